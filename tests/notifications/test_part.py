"""What notifications keep of a person is theirs to have, and goes with them."""

import pytest

from apps.accounts import invitations
from apps.accounts.closing import close_account
from apps.accounts.models import Invitation
from apps.courses import actions as courses
from apps.notifications.models import Delivery, Event, Notification, Preference, Schedule
from apps.notifications.part import NotificationsPart
from tests.notifications.conftest import told

pytestmark = pytest.mark.django_db


def test_one_has_what_one_was_told_and_chose(cast, thread, write):
    write(cast.staff, thread)
    Preference.objects.create(user=cast.teacher, kind="message", way="email", wanted=False)
    Schedule.objects.create(user=cast.teacher, digest_hour=17)
    data = NotificationsPart().own_data(cast.teacher)
    (row,) = data["notifications"]
    assert (row["kind"], row["title"]) == ("message", "New message: Amina Diallo")
    assert data["chosen"] == [{"kind": "message", "way": "email", "wanted": False}]
    assert data["times"]["digest_hour"] == 17


def titles(person):
    return [row["title"] for row in NotificationsPart().own_data(person)["notifications"]]


def test_titles_name_nobody_whom_one_may_not_see_any_more(cast, thread, write, commits):
    write(cast.staff, thread)
    with commits():
        courses.move_student(cast.staff, cast.batch, cast.batch2, cast.bruno)
    assert titles(cast.teacher) == ["New message: Amina Diallo", "Moved: Bruno Costa"]
    with commits():
        courses.update_batch(cast.staff, cast.batch, {"teacher": cast.teacher2})
    said = titles(cast.teacher)
    assert len(said) == 2
    assert not any(name in title for title in said for name in ("Amina", "Bruno", "Diallo", "Costa"))
    assert "Moved: Bruno Costa" in titles(cast.teacher2)


def test_who_goes_leaves_no_row_and_no_name(cast, thread, write, commits):
    write(cast.amina_user, thread, "@Tariq Teacher")
    write(cast.staff, thread)
    Preference.objects.create(user=cast.amina_user, kind="message", way="email", wanted=False)
    with commits():
        close_account(cast.admin, cast.amina_user)
    assert told(cast.amina_user) == []
    assert not Preference.objects.filter(user=cast.amina_user).exists()
    assert not Delivery.objects.filter(recipient=cast.amina_user).exists()
    assert told(cast.teacher) == ["mention", "message"]
    for model in (Notification, Event):
        for row in model.objects.filter(actor=cast.amina_user):
            assert "Amina" not in row.title


def test_an_invitation_that_is_accepted_tells_who_sent_it(cast, commits):
    with commits():
        invitation = Invitation(email="nina@new.test", role="teacher", invited_by=cast.staff)
        token = invitation.new_token()
        invitation.save()
        invitations.accept(token, invitations.Newcomer("Nina", "New", "correct horse battery"))
    assert told(cast.staff) == ["invitation"]
    assert told(cast.admin) == []
