"""What is sent to several people can be stopped for a minute: taken back with nothing sent, or sent once."""

import datetime
import html
import re

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from apps.accounts import invitations, sendings
from apps.accounts.models import AuditEntry, Invitation, OutgoingEmail, Role
from apps.accounts.outcomes import Guest
from apps.accounts.outgoing_email import AccountEmails
from apps.core.email_delivery import claim, send_due
from apps.students.models import Student
from tests import factories

pytestmark = pytest.mark.usefixtures("commits")

NEW, MANY, LIST = "/accounts/invitations/new/", "/students/invitations/", "/accounts/invitations/"
HTMX = {"HX-Request": "true"}


def later() -> int:
    """The minute is over: how many emails leave."""
    OutgoingEmail.objects.update(due=timezone.now() - datetime.timedelta(seconds=1))
    return send_due()


def sent_in_one_go(actor, count: int = 3):
    guests = [Guest(f"p{number}@example.org") for number in range(count)]
    outcomes = invitations.send(actor, Role.TEACHER, guests, "http://testserver", stoppable_from=1)
    return outcomes[0].invitation.sending


def states() -> list[str]:
    return [invitation.state for invitation in Invitation.objects.order_by("pk")]


def text(answer) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def test_nothing_leaves_for_a_minute_and_then_each_leaves_once(cast):
    sent_in_one_go(cast.admin)
    assert send_due() == 0
    assert {round((row.due - row.created).total_seconds()) for row in OutgoingEmail.objects.all()} == {60}
    assert (later(), later()) == (3, 0)
    assert len(mail.outbox) == 3
    assert states() == ["pending"] * 3


def test_what_is_stopped_is_taken_back_and_nothing_leaves(cast):
    sending = sent_in_one_go(cast.admin)
    assert sendings.stop(cast.admin, sending).said == "Stopped: 3 invitations were taken back, and no mail has left."
    assert later() == 0
    assert mail.outbox == []
    assert states() == ["revoked"] * 3
    assert AuditEntry.objects.filter(verb="invitation.revoked", actor=cast.admin).count() == 3
    # Once more changes nothing, and each can be invited anew.
    assert sendings.stop(cast.admin, sending).taken_back == 3
    again = sent_in_one_go(cast.admin)
    assert again != sending
    assert later() == 3


def test_what_the_worker_has_in_its_hands_leaves_and_the_others_are_taken_back(cast):
    sending = sent_in_one_go(cast.admin)
    first = OutgoingEmail.objects.order_by("pk")[0]
    OutgoingEmail.objects.filter(pk=first.pk).update(due=timezone.now())
    claim(AccountEmails())
    stopped = sendings.stop(cast.admin, sending)
    assert stopped.said == "2 invitations were taken back; 1 had left already."
    assert states() == ["pending", "revoked", "revoked"]


def test_what_has_left_is_not_taken_back(cast):
    sending = sent_in_one_go(cast.admin)
    later()
    assert sendings.stop(cast.admin, sending).said == "3 invitations are on the way."
    assert states() == ["pending"] * 3


def test_nobody_stops_what_somebody_else_sent(cast, client_for):
    sending = sent_in_one_go(cast.admin)
    with pytest.raises(PermissionDenied):
        sendings.stop(cast.staff, sending)
    for who in (cast.staff, cast.teacher, cast.amina_user):
        assert client_for(who).post(f"{LIST}sendings/{sending}/stopping/").status_code == 404
    assert later() == 3


def test_an_invitation_that_is_revoked_before_its_mail_left_sends_none(cast):
    sent_in_one_go(cast.admin)
    invitations.revoke(cast.admin, Invitation.objects.order_by("pk")[0])
    assert later() == 2


@pytest.mark.parametrize(("count", "waits"), [(1, False), (2, True), (5, True)])
def test_the_general_page_waits_where_several_are_sent(cast, client_for, count, waits):
    typed = "\n".join([*(f"p{number}@example.org" for number in range(count)), "nobody"])
    answer = client_for(cast.staff).post(NEW, {"addresses": typed, "role": "teacher"})
    assert len(mail.outbox) == (0 if waits else count)
    assert (f"{count} invitations leave at" in text(answer)) == waits
    assert "1 was not invited:" in text(answer)
    assert (f"{count} invitation is on the way." in text(answer)) != waits


def test_the_page_of_students_ticks_nobody_and_all_by_a_link(cast, client_for):
    students = [factories.student(f"T{number}", email=f"t{number}@example.org") for number in range(3)]
    left = factories.student("T9", email="t9@example.org", status="left")
    client = client_for(cast.staff)

    def ticked(address: str) -> set[int]:
        page = client.get(address).content.decode()
        return {int(pk) for pk in re.findall(r'value="(\d+)" checked', page)}

    assert ticked(MANY) == set()
    assert ticked(f"{MANY}?select=all") >= {student.pk for student in students}
    assert left.pk not in ticked(f"{MANY}?select=all")
    assert "Send invitations" in text(client.get(MANY))
    page = text(client.get(f"{MANY}?select=all&q=T0"))
    assert "Send 1 invitation " in page
    refused = client.post(MANY, {})
    assert refused.status_code == 422
    assert "Choose at least one student." in text(refused)


def test_students_are_invited_after_a_minute_in_which_it_can_be_stopped_from_any_page(cast, client_for):
    students = [factories.student(f"T{number}", email=f"t{number}@example.org") for number in range(2)]
    client = client_for(cast.staff)
    answer = client.post(MANY, {"student": [student.pk for student in students]}, headers=HTMX)
    assert "2 invitations leave at" in text(answer)
    assert mail.outbox == []
    stop = re.search(r'action="([^"]+/stopping/)"', answer.content.decode())[1]
    # Whoever left the page, or loads it anew, finds it still.
    for page in (MANY, LIST, NEW):
        assert stop in client.get(page).content.decode(), page
    assert stop not in client_for(cast.admin).get(LIST).content.decode()
    assert "2 invitations were taken back" in text(client.post(stop, headers=HTMX))
    for page in (MANY, LIST, NEW):
        assert stop not in client.get(page).content.decode(), page
    assert later() == 0
    assert {student.invitation.state for student in Student.objects.filter(code__startswith="T")} == {"revoked"}
    # They are offered again; one alone can be stopped as well.
    answer = client.post(MANY, {"student": students[0].pk}, headers=HTMX)
    assert "1 invitation leaves at" in text(answer)
    assert later() == 1


def test_without_script_the_list_says_what_came_of_stopping(cast, client_for):
    client = client_for(cast.staff)
    client.post(NEW, {"addresses": "a@example.org b@example.org", "role": "teacher"})
    stop = re.search(r'action="([^"]+/stopping/)"', client.get(LIST).content.decode())[1]
    assert "Stopped: 2 invitations were taken back" in text(client.post(stop, follow=True))


def test_when_the_minute_is_over_the_page_hears_that_they_are_on_the_way(cast, client_for):
    sending = sent_in_one_go(cast.staff)
    address = f"{LIST}sendings/{sending}/"
    client = client_for(cast.staff)
    assert re.search(r'hx-trigger="load delay:(59|60|61)s"', client.get(address, headers=HTMX).content.decode())
    later()
    page = client.get(address, headers=HTMX)
    assert "3 invitations are on the way." in text(page)
    assert "hx-trigger" not in page.content.decode()


def test_one_who_can_not_be_invited_is_named_in_one_sentence_with_what_to_do(cast, client_for):
    client = client_for(cast.staff)
    invitations.send(cast.admin, Role.TEACHER, [Guest("frieda@bücher.example")], "http://testserver")
    for typed, said in (
        ("Frieda@BÜCHER.example", "frieda@bücher.example has an invitation already. Send it again?"),
        (cast.teacher.email, f"{cast.teacher.email} has an account already."),
        ("jürgen@x.example", "jürgen@x.example : “ü” can't stand before the @ of an address."),
    ):
        answer = text(client.post(NEW, {"addresses": typed, "role": "teacher"}))
        assert said in answer
        assert "Nobody was invited" not in answer


def test_however_a_worker_and_a_person_meet_each_leaves_once_or_is_taken_back(elsewhere):
    for _ in range(3):
        assert elsewhere("tests.accounts.race_sendings", "12") == [
            "each left or was taken back: True",
            "none left twice: True",
            "none waits: True",
        ]
        elsewhere.clear(tables=True)
