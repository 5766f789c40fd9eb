"""The members of a community: who is listed, who moderates, who left."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from apps.accounts.models import AuditEntry
from apps.community import actions, policies
from apps.community.models import Membership
from apps.conversations.actions import send_message
from apps.courses.models import Enrollment
from tests import factories


@pytest.fixture
def community(cast):
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    return cast.course.community


def path(community, name="member_list", *more):
    return reverse(f"community:{name}", args=[community.course_id, *more])


def names(response):
    return [person.full_name for person in response.context["listing"].rows]


def test_members_are_listed_by_role_and_counted(cast, client_for, community):
    actions.appoint(cast.teacher, community, cast.bruno_user, "moderator")
    response = client_for(cast.amina_user).get(path(community))
    listed = names(response)
    assert listed[0] == "Tariq Teacher"
    assert set(listed[1:5]) == {"Ada Admin", "Bruno Costa", "Sam Staff", "Sofia Second"}
    assert set(listed[5:]) == {"Amina Diallo", "Chloe Martin", "Tessa Other"}
    assert "Instructors 1" in response.text
    assert "Moderators 4" in response.text
    assert "Members 3" in response.text
    assert "Otto" not in response.text


def test_a_role_and_a_name_narrow_the_list(cast, client_for, community):
    client = client_for(cast.amina_user)
    assert names(client.get(path(community), {"role": "instructors"})) == ["Tariq Teacher"]
    assert names(client.get(path(community), {"q": "cost bru"})) == ["Bruno Costa"]


def test_fifty_fit_on_a_page(cast, client_for, community):
    for number in range(60):
        who = factories.user("student", f"Many {number:02}")
        factories.enrollment(student=factories.student(user=who), batch=cast.batch)
    client = client_for(cast.amina_user)
    first, second = client.get(path(community)), client.get(path(community), {"page": 2})
    assert len(names(first)) == 50
    assert len(names(first) + names(second)) == len({*names(first), *names(second)}) == 68


def test_the_list_takes_the_same_queries_for_few_as_for_many(cast, client_for, community, query_count):
    client = client_for(cast.teacher)
    few = query_count(lambda: client.get(path(community)))
    for number in range(20):
        who = factories.user("student", f"Many {number:02}")
        factories.enrollment(student=factories.student(user=who), batch=cast.batch)
    assert query_count(lambda: client.get(path(community))) == few
    assert few <= 15


def test_a_moderator_whose_enrollment_ended_is_not_listed(cast, client_for, community):
    actions.appoint(cast.teacher, community, cast.bruno_user, "moderator")
    Enrollment.objects.filter(student=cast.bruno).update(is_active=False)
    assert "Bruno Costa" not in names(client_for(cast.amina_user).get(path(community)))
    assert client_for(cast.bruno_user).get(path(community)).status_code == 404


def test_an_instructor_appoints_and_dismisses(cast, client_for, community):
    client, url = client_for(cast.teacher), path(community, "role", cast.bruno_user.pk)
    page = client.post(url, {"role": "moderator"}, follow=True)
    assert "Bruno Costa moderates now." in page.text
    assert policies.may_moderate(cast.bruno_user, community)
    assert AuditEntry.objects.filter(verb="community.appointed").count() == 1
    page = client.post(url, {"role": "member"}, follow=True)
    assert "Bruno Costa no longer moderates." in page.text
    assert not policies.may_moderate(cast.bruno_user, community)


@pytest.mark.parametrize("who", ["teacher2", "amina_user", "bruno_user", "outsider"])
def test_nobody_else_appoints(cast, client_for, community, who):
    actions.appoint(cast.teacher, community, cast.bruno_user, "moderator")
    answer = client_for(getattr(cast, who)).post(path(community, "role", cast.amina_user.pk), {"role": "moderator"})
    assert answer.status_code == 404
    assert not policies.may_moderate(cast.amina_user, community)


def test_an_instructor_appoints_a_batch_teacher_who_moderates_while_the_batch_is_theirs(cast, client_for, community):
    client, url = client_for(cast.teacher), path(community, "role", cast.teacher2.pk)
    shown = client.get(path(community)).text
    assert f"Make {cast.teacher2.full_name} a moderator" in shown
    assert f"Make {cast.teacher.full_name} a moderator" not in shown
    assert f"{cast.teacher2.full_name} moderates now." in client.post(url, {"role": "moderator"}, follow=True).text
    queue = path(community, "community_moderation")
    assert client_for(cast.teacher2).get(queue).status_code == 200
    assert f"Stop {cast.teacher2.full_name} from moderating" in client.get(path(community)).text
    community.course.batches.update(teacher=None)
    assert not policies.may_moderate(cast.teacher2, community)
    assert client_for(cast.teacher2).get(queue).status_code == 404


def test_an_unknown_role_and_an_instructor_are_refused_in_words(cast, client_for, community):
    client = client_for(cast.teacher)
    page = client.post(path(community, "role", cast.bruno_user.pk), {"role": "king"}, follow=True)
    assert "Choose member or moderator." in page.text
    page = client.post(path(community, "role", cast.teacher.pk), {"role": "moderator"}, follow=True)
    assert "Choose somebody who takes the course, or teaches a batch of it." in page.text
    assert client.post(path(community, "role", cast.outsider.pk), {"role": "moderator"}).status_code == 404
    with pytest.raises(ValidationError):
        actions.appoint(cast.teacher, community, cast.outsider, "moderator")


def test_open_pages_hear_of_a_new_moderator(cast, community, published):
    with published():
        actions.appoint(cast.teacher, community, cast.bruno_user, "moderator")
    assert f"community-{community.pk}" in {channel for channel, _ in published}
    assert cast.bruno_user.pk in published.rights


def test_leaving_and_returning_keep_the_role_and_the_settings(cast, client_for, community):
    actions.choose_levels(cast.amina_user, community, "everything", "nothing")
    actions.appoint(cast.teacher, community, cast.amina_user, "moderator")
    client, url = client_for(cast.amina_user), path(community, "membership")
    assert client.delete(url).status_code == 204
    assert Membership.objects.get(user=cast.amina_user).left_at
    assert "Return" in client.get(path(community)).text
    assert client.put(url).status_code == 204
    kept = Membership.objects.get(user=cast.amina_user)
    assert (kept.left_at, kept.level, kept.chat_level, kept.role) == (None, "everything", "nothing", "moderator")


def test_leaving_without_script_is_a_button(cast, client_for, community):
    client = client_for(cast.amina_user)
    assert 'name="leave"' in client.get(path(community)).text
    page = client.post(path(community, "membership"), {"leave": "1"}, follow=True)
    assert "You left Algebra." in page.text
    assert Membership.objects.get(user=cast.amina_user).left_at


def test_staff_belong_to_all_and_leave_none(cast, client_for, community):
    assert 'name="leave"' not in client_for(cast.staff).get(path(community)).text
    with pytest.raises(PermissionDenied):
        actions.leave(cast.staff, community)
    assert client_for(cast.staff).delete(path(community, "membership")).status_code == 403
    assert client_for(cast.outsider).delete(path(community, "membership")).status_code == 404


def test_a_moderator_stops_somebodys_reports_and_allows_them_again(cast, client_for, community):
    actions.appoint(cast.teacher, community, cast.bruno_user, "moderator")
    post = send_message(cast.teacher, community.chat, "Hello")
    url = reverse("community:member_detail", args=[community.course_id, cast.amina_user.pk])
    moderator = client_for(cast.bruno_user)
    for sent, said, may in (("stop", "Let them report again", False), ("allow", "Stop their reports", True)):
        assert said in moderator.post(url, {"reports": sent}, follow=True).text
        assert policies.may_flag(cast.amina_user, post, community) is may
    assert AuditEntry.objects.filter(verb__startswith="community.reports_").count() == 2
    assert client_for(cast.amina_user).post(url, {"reports": "stop"}).status_code == 404
