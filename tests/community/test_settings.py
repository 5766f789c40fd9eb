"""The settings of a community: its instructors change them, and nobody overwrites what they haven't seen."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from apps.accounts.models import AuditEntry
from apps.community import actions
from apps.core.editing import EditConflict
from tests import factories

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
