"""The settings of a community: its instructors change them, and nobody overwrites what they haven't seen."""

from contextlib import closing
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.accounts.models import AuditEntry
from apps.community import actions
from apps.community.models import Community
from apps.core.editing import EditConflict
from apps.courses.models import Course
from tests import factories
from tests.conversations.files import picture

WHOLE = {"title": "Numbers", "description": "**All** welcome", "audience": "members", "approval": "newcomers"}
WHOLE["first_posts"] = "3"


@pytest.fixture
def community(cast):
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    return cast.course.community


@pytest.fixture
def url(community):
    return reverse("community:community_edit", args=[community.course_id])


def test_an_instructor_saves_them_and_members_see_them(cast, client_for, community, url):
    page = client_for(cast.teacher).post(url, WHOLE, follow=True)
    assert "Saved." in page.text
    community.refresh_from_db()
    assert (community.title, community.approval, community.first_posts) == ("Numbers", "newcomers", 3)
    listed = client_for(cast.amina_user).get(community.get_absolute_url()).text
    assert "Numbers" in listed
    assert "<strong>All</strong> welcome" in listed
    assert AuditEntry.objects.get(verb="community.changed").detail["fields"] == [
        *("approval", "description", "first_posts", "title")
    ]


@pytest.mark.parametrize("who", ["teacher2", "amina_user", "outsider"])
def test_nobody_else_does(cast, client_for, community, url, who):
    user = getattr(cast, who)
    assert client_for(user).get(url).status_code == 404
    assert client_for(user).post(url, WHOLE).status_code == 404
    with pytest.raises(PermissionDenied):
        actions.update_community(user, community, {"title": "Mine"})


def test_a_preview_writes_nothing(cast, client_for, community, url):
    page = client_for(cast.teacher).post(url, {**WHOLE, "preview": "1"})
    assert "<strong>All</strong> welcome" in page.text
    assert "**All** welcome" in page.text
    community.refresh_from_db()
    assert community.title == ""


def test_what_cannot_be_is_said_at_its_field_and_kept(cast, client_for, url):
    page = client_for(cast.teacher).post(url, {**WHOLE, "first_posts": "0", "audience": "nobody"})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"first_posts", "audience"}
    assert 'value="Numbers"' in page.text


def test_nobody_overwrites_what_they_have_not_seen(cast, client_for, community, url):
    actions.update_community(cast.staff, community, {"title": "Theirs"})
    seen = {f"initial-{name}": getattr(community, name) for name in WHOLE}
    page = client_for(cast.teacher).post(url, {**WHOLE, **seen})
    assert page.status_code == 409
    assert "changed this to “Theirs”" in page.text
    with pytest.raises(EditConflict):
        actions.update_community(cast.teacher, community, {"title": "Mine"}, {"title": ""})


def sent(name, content):
    return {"banner": SimpleUploadedFile(name, content)}


def test_a_banner_stands_above_the_topics_for_members_alone(cast, client_for, community, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client, address = client_for(cast.teacher), reverse("community:banner_edit", args=[community.course_id])
    assert client.post(address, sent("wide.jpg", picture())).status_code == 302
    community.refresh_from_db()
    shown = reverse("community:community_banner", args=[community.course_id])
    assert f'src="{shown}?{community.banner_id}"' in client_for(cast.amina_user).get(community.get_absolute_url()).text
    with closing(client_for(cast.amina_user).get(shown)) as answer:
        assert answer.status_code == 200
    assert client_for(cast.outsider).get(shown).status_code == 404
    assert client.post(address, {"remove": "1"}).status_code == 302
    community.refresh_from_db()
    assert community.banner is None
    assert client.get(shown).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
def test_a_banner_that_is_no_picture_is_refused_at_its_field(cast, client_for, community, headers):
    address = reverse("community:banner_edit", args=[community.course_id])
    page = client_for(cast.teacher).post(address, sent("notes.txt", b"no picture"), headers=headers)
    assert page.status_code == 415
    field = page.text.split('name="banner"', 1)[1]
    assert 'aria-invalid="true"' in field[:300]
    assert 'class="field-error" role="alert"' in field
    community.refresh_from_db()
    assert community.banner is None


def test_only_instructors_choose_a_banner(cast, client_for, community):
    address = reverse("community:banner_edit", args=[community.course_id])
    for who in (cast.amina_user, cast.teacher2, cast.outsider):
        assert client_for(who).post(address, sent("wide.jpg", picture())).status_code == 404
    with pytest.raises(PermissionDenied):
        actions.set_banner(cast.amina_user, community, None)


@pytest.mark.django_db
def test_every_course_has_a_community_with_a_chat_however_it_is_made():
    courses = [
        Course.objects.create(title="Saved"),
        *Course.objects.bulk_create([Course(title="A"), Course(title="B")]),
    ]
    old = Course.objects.create(title="From before communities")
    Community.objects.filter(course=old).delete()
    make, name_areas = (
        import_module(f"apps.community.migrations.{name}") for name in ("0002_communities_of_courses", "0006_areas")
    )
    make.make(apps, None)
    make.make(apps, None)
    name_areas.set_areas(apps, None)
    made = Community.objects.filter(course__in=[*courses, old]).select_related("chat")
    assert len(made) == 4
    assert all((each.chat.kind, each.chat.area) == ("course", each.course_id) for each in made)
