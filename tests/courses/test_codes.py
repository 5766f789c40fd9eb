"""Joining: by a code, or by oneself."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.core.academy_calendar import academy_midnight, academy_today
from apps.courses import actions
from apps.courses.actions import NewCode
from apps.courses.models import Course, Enrollment, EnrollmentCode, Visibility
from tests import factories


@pytest.fixture
def geometry(cast):
    return factories.course(title="Geometry")


@pytest.fixture
def code(geometry):
    return factories.enrollment_code(course=geometry, text="CIRCLE22")


def refusal(deed, *arguments):
    with pytest.raises(ValidationError) as refused:
        deed(*arguments)
    return refused.value.messages[0]


@pytest.mark.parametrize(
    "typed", ["CIRCLE22", "circle22", " Circle-22 ", "cir cle 22", "\uff23\uff29\uff32\uff23\uff2c\uff25\uff12\uff12"]
)
def test_a_code_is_compared_as_people_write_it(cast, code, typed):
    assert actions.use_code(cast.amina_user, typed).code == code


def test_a_code_gives_so_many_days_to_the_end_of_the_last(cast, code):
    EnrollmentCode.objects.update(access_days=30)
    made = actions.use_code(cast.amina_user, "circle22")
    assert made.expires_at == academy_midnight(academy_today() + timedelta(days=31))


def test_a_code_into_a_batch_takes_a_place_there(cast, geometry):
    batch = factories.batch(course=geometry, capacity=1)
    factories.enrollment_code(course=geometry, batch=batch, text="EARLY")
    assert actions.use_code(cast.amina_user, "early").batch == batch
    assert "is full: 1 of 1 places" in refusal(actions.use_code, cast.bruno_user, "early")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_active": False}, "This code has been stopped."),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "This code has expired."),
        ({"text": "OTHER"}, "No course has this code."),
    ],
)
def test_a_code_that_opens_nothing_says_why(cast, code, change, said):
    EnrollmentCode.objects.update(**change)
    assert refusal(actions.use_code, cast.amina_user, "circle22").startswith(said)
    assert not Enrollment.objects.filter(course=code.course).exists()


def test_a_code_is_used_as_often_as_it_may_be_and_no_oftener(cast, code):
    EnrollmentCode.objects.update(uses=1)
    made = actions.use_code(cast.amina_user, "circle22")
    assert "used up" in refusal(actions.use_code, cast.bruno_user, "circle22")
    actions.end_enrollment(cast.staff, made)  # Who leaves gives no use back.
    assert "used up" in refusal(actions.use_code, cast.bruno_user, "circle22")


def test_a_code_of_a_course_that_has_not_begun_a_full_one_or_ones_own_says_so(cast, code):
    Course.objects.filter(pk=code.course.pk).update(published=False)
    assert "hasn't begun yet" in refusal(actions.use_code, cast.amina_user, "circle22")
    Course.objects.filter(pk=code.course.pk).update(published=True, capacity=1)
    actions.use_code(cast.amina_user, "circle22")
    assert "You already take Geometry." in refusal(actions.use_code, cast.amina_user, "circle22")
    assert "Geometry is full: 1 of 1 places" in refusal(actions.use_code, cast.bruno_user, "circle22")


class TestMaking:
    def test_a_random_code_is_long_and_has_no_letter_that_looks_like_another(self, cast, geometry):
        code = actions.make_code(cast.staff, geometry, NewCode("", 5))
        assert len(code.text) == 8
        assert not set(code.text) & set("01OIL")

    def test_a_word_of_ones_own_is_kept_as_it_is_compared(self, cast, geometry):
        assert actions.make_code(cast.staff, geometry, NewCode("autumn-26", 5)).text == "AUTUMN26"

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            (NewCode("abc", 5), "text"),
            (NewCode("--", 5), "text"),
            (NewCode("circle22", 5), "text"),
            (NewCode("", 5, last_day=academy_today() - timedelta(days=1)), "last_day"),
        ],
    )
    def test_what_can_not_be_a_code_is_said_at_its_field(self, cast, code, asked, field):
        with pytest.raises(ValidationError) as refused:
            actions.make_code(cast.staff, code.course, asked)
        assert list(refused.value.message_dict) == [field]


class TestJoining:
    @pytest.fixture
    def open_one(self, geometry):
        Course.objects.filter(pk=geometry.pk).update(open_to_join=True, visibility=Visibility.SIGNED_IN, access_days=7)
        geometry.refresh_from_db()
        return geometry

    def test_a_student_joins_what_is_open_for_its_days(self, cast, open_one):
        made = actions.join(cast.amina_user, open_one)
        assert made.expires_at == academy_midnight(academy_today() + timedelta(days=8))
        assert "You already take Geometry." in refusal(actions.join, cast.amina_user, open_one)

    def test_a_full_course_says_so(self, cast, open_one):
        Course.objects.filter(pk=open_one.pk).update(capacity=1)
        actions.join(cast.amina_user, open_one)
        assert "Geometry is full" in refusal(actions.join, cast.bruno_user, open_one)

    @pytest.mark.parametrize(
        "change",
        [
            {"open_to_join": False},
            {"published": False},
            {"visibility": Visibility.ENROLLED},
            {"visibility": Visibility.INVITED},
        ],
    )
    def test_nobody_joins_what_is_not_open_to_them(self, cast, open_one, change):
        Course.objects.filter(pk=open_one.pk).update(**change)
        with pytest.raises(PermissionDenied):
            actions.join(cast.amina_user, open_one)

    def test_the_invited_join_what_is_for_them_until_the_invitation_is_taken_back(self, cast, open_one):
        Course.objects.filter(pk=open_one.pk).update(visibility=Visibility.INVITED)
        actions.invite(cast.staff, open_one, cast.amina)
        taken_back = actions.invite(cast.staff, open_one, cast.bruno)
        actions.take_back_invitation(cast.staff, taken_back)
        assert actions.join(cast.amina_user, open_one)
        with pytest.raises(PermissionDenied):
            actions.join(cast.bruno_user, open_one)


class TestPages:
    def test_the_reason_stands_at_the_field(self, cast, client_for, code):
        answer = client_for(cast.amina_user).post("/courses/join/", {"code": "nothing"})
        assert answer.status_code == 422
        assert answer.context["form"].errors["code"] == ["No course has this code. Check it and try again."]

    def test_a_link_brings_its_code_and_enrolls_nobody_by_itself(self, cast, client_for, code):
        answer = client_for(cast.amina_user).get("/courses/join/?code=CIRCLE22")
        assert 'value="CIRCLE22"' in answer.content.decode()
        assert not Enrollment.objects.filter(course=code.course).exists()

    def test_tries_are_limited(self, cast, client_for, code, settings, one_window):
        settings.LIMITS |= {"codes": type(settings.LIMITS["codes"])(3)}
        client = client_for(cast.amina_user)
        said = [client.post("/courses/join/", {"code": f"wrong{n}"}).status_code for n in range(4)]
        assert said == [422, 422, 422, 429]
        assert client.post("/courses/join/", {"code": "CIRCLE22"}).status_code == 429
        assert client_for(cast.bruno_user).post("/courses/join/", {"code": "wrong"}).status_code == 422
