"""Mail goes through a real server: for what is still unread, in one letter a burst, tried again until it arrives."""

import re
import time as clock
from datetime import datetime, time, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.parts import security_notice
from apps.conversations.actions import delete_message, edit_message, mark_read
from apps.conversations.actions.keeping import mute
from apps.core import email_delivery
from apps.courses.models import Batch
from apps.notifications import letters, preferences
from apps.notifications.models import Delivery, Notification, Preference, Schedule, State, Way
from apps.notifications.writing import token_for
from tests.notifications.conftest import told

pytestmark = pytest.mark.django_db


def parts(letter) -> tuple[str, str]:
    """Its text and its HTML."""
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    return text.get_content(), html.get_content()


def test_a_burst_is_one_letter_after_five_minutes(cast, thread, write, postbox, later):
    for number in range(3):
        write(cast.staff, thread, f"Number {number}")
    assert email_delivery.send_due() == 0
    assert later(4) == 0
    assert later(2) == 2
    (letter,) = postbox.to(cast.teacher.email)
    text, html = parts(letter)
    for number in range(3):
        assert f"Number {number}" in text
        assert f"Number {number}" in html
    assert letter["Subject"] == "3 new messages about Amina Diallo"
    assert len(postbox.to(cast.amina_user.email)) == 1
    assert later(60) == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


def test_conversations_have_letters_of_their_own(cast, thread, write, postbox, later):
    write(cast.staff, thread)
    write(cast.staff, cast.bruno.conversation)
    later()
    assert len(postbox.to(cast.teacher.email)) == 2


def test_what_was_read_meanwhile_is_not_mailed(cast, thread, write, commits, postbox, later):
    message = write(cast.staff, thread)
    with commits():
        mark_read(cast.teacher, thread, message.key)
    assert later() == 1
    assert postbox.to(cast.teacher.email) == []
    assert Delivery.objects.get(recipient=cast.teacher).state == State.SKIPPED


@pytest.mark.parametrize("why", ["deleted", "muted", "not permitted", "not wanted", "deactivated"])
def test_what_holds_no_longer_when_it_is_sent_is_not_mailed(cast, thread, write, commits, postbox, later, why):
    message = write(cast.staff, thread)
    if why == "deleted":
        with commits():
            delete_message(cast.staff, message)
    elif why == "muted":
        mute(cast.teacher, thread, "hour")
    elif why == "not permitted":
        Batch.objects.update(teacher=None)
    elif why == "not wanted":
        Preference.objects.create(user=cast.teacher, kind="message", way="email", wanted=False)
    else:
        User.objects.filter(pk=cast.teacher.pk).update(is_active=False)
    later()
    assert postbox.to(cast.teacher.email) == []


def test_a_letter_says_what_the_message_says_now(cast, thread, write, commits, postbox, later):
    message = write(cast.staff, thread, "At nine")
    with commits():
        edit_message(cast.staff, message, "At ten")
    later()
    text, _ = parts(postbox.to(cast.teacher.email)[0])
    assert "At ten" in text
    assert "At nine" not in text


def test_what_people_write_is_text_in_a_letter(cast, thread, write, postbox, later):
    write(cast.staff, thread, "<script>alert(1)</script> & more")
    later()
    text, html = parts(postbox.to(cast.teacher.email)[0])
    assert "<script>alert(1)</script> & more" in text
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_letters_times_are_on_its_readers_clock(cast, thread, write, postbox, later):
    User.objects.filter(pk=cast.teacher.pk).update(time_zone="Asia/Kathmandu", locale="de")
    message = write(cast.staff, thread)
    later()
    text, _ = parts(postbox.to(cast.teacher.email)[0])
    there = message.created.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert f"{there:%H:%M}" in text
    assert f"{there:%d.%m.%Y}" in text


def test_its_link_leads_to_the_very_message(cast, thread, write, postbox, later, client_for, settings):
    settings.SITE_URL = "https://academy.test"
    message = write(cast.staff, thread)
    later()
    text, html = parts(postbox.to(cast.teacher.email)[0])
    (link,) = re.findall(r"Reply: https://academy\.test(/notifications/\d+/)", text)
    assert f'href="https://academy.test{link}"' in html
    answer = client_for(cast.teacher).get(link)
    notice = link.split("/")[2]
    page = f"/conversations/{thread.pk}/?at={message.pk}&notice={notice}#message-{message.pk}"
    assert answer.headers["Location"] == page
    assert told(cast.teacher, read_at=None) == ["message"], "the page has it read, by a POST"


def test_one_click_turns_that_kind_off_and_no_other(cast, thread, write, postbox, later, settings):
    write(cast.staff, thread)
    later()
    letter = postbox.to(cast.teacher.email)[0]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = letter["List-Unsubscribe"].strip("<>")
    path = address.removeprefix(settings.SITE_URL)
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.get(path).status_code == 200
    assert Preference.objects.count() == 0, "a link that is only looked at does nothing"
    answer = stranger.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    (row,) = Preference.objects.values_list("user", "kind", "way", "wanted")
    assert row == (cast.teacher.pk, "message", "email", False)
    write(cast.staff, thread)
    write(cast.staff, thread, "@Tariq Teacher")
    later()
    assert [letter["Subject"] for letter in postbox.to(cast.teacher.email)][1:] == [
        "Sam Staff mentioned you about Amina Diallo"
    ]
    assert told(cast.teacher)[:2] == ["message", "message"], "on the page it stays"


def test_a_tampered_link_turns_nothing_off(cast, thread, write, postbox, later, client, settings):
    write(cast.staff, thread)
    later()
    path = postbox.to(cast.teacher.email)[0]["List-Unsubscribe"].strip("<>").removeprefix(settings.SITE_URL)
    assert client.post(f"{path[:-3]}x/").status_code == 404
    assert Preference.objects.count() == 0


def test_names_make_no_headers(cast, thread, write, postbox, later):
    User.objects.filter(pk=cast.staff.pk).update(given_name="Sam\r\nBcc: all@academy.test")
    cast.staff.refresh_from_db()
    write(cast.staff, thread, "@Tariq Teacher")
    later()
    (letter,) = postbox.to(cast.teacher.email)
    assert letter["Bcc"] is None
    assert parseaddr(letter["To"])[1] == cast.teacher.email


class TestFailing:
    def test_a_server_that_is_down_is_tried_again_later_and_later(self, cast, thread, write, postbox, later):
        write(cast.staff, thread)
        postbox.down = True
        assert later() == 0
        waits = []
        for _ in range(6):
            delivery = Delivery.objects.get(recipient=cast.teacher)
            assert delivery.state == State.WAITING
            waits.append((delivery.due - timezone.now()).total_seconds())
            assert email_delivery.send_due() == 0, "not before its time"
            later(max(waits[-1] / 60, 0) + 0.1)
        assert waits == pytest.approx([60 * 2**n for n in range(6)], abs=5)
        postbox.down = False
        later(70)
        assert len(postbox.to(cast.teacher.email)) == 1

    def test_after_a_day_it_is_given_up_and_that_is_to_be_seen(self, cast, thread, write, postbox, later):
        write(cast.staff, thread)
        postbox.down = True
        for _ in range(40):
            later(240)
        delivery = Delivery.objects.get(recipient=cast.teacher)
        assert delivery.state == State.FAILED
        assert delivery.error == "Given up, as the mail server took it in no try: SMTPRecipientsRefused"
        assert later(10_000) == 0

    def test_a_broken_address_holds_up_nobody_else(self, cast, thread, write, postbox, later):
        write(cast.staff, thread)
        postbox.refuse[cast.amina_user.email] = "550 no such user"
        assert later() == 1
        assert len(postbox.to(cast.teacher.email)) == 1
        delivery = Delivery.objects.get(recipient=cast.amina_user)
        assert (delivery.state, delivery.error) == (State.FAILED, "550: refused by the mail server")

    def test_no_server_at_all_is_no_error_of_the_job(self, cast, thread, write, postbox, later):
        write(cast.staff, thread)
        postbox.stop()
        assert later() == 0
        assert set(Delivery.objects.values_list("state", flat=True)) == {State.WAITING}

    def test_a_letter_that_cannot_be_written_holds_up_no_other(self, cast, thread, write, postbox, later, monkeypatch):
        write(cast.staff, thread)
        real = letters.write

        def write_one(user, *about):
            if user == cast.amina_user:
                raise ZeroDivisionError
            return real(user, *about)

        monkeypatch.setattr(letters, "write", write_one)
        assert later() == 1
        assert Delivery.objects.get(recipient=cast.amina_user).state == State.WAITING

    def test_who_died_with_a_claim_has_it_repeated_later(self, cast, thread, write, postbox, later, monkeypatch):
        """The one repeat that can't be ruled out: the server took it, and nobody lived to write that down."""
        Preference.objects.create(user=cast.amina_user, kind="message", way="email", wanted=False)
        write(cast.staff, thread)
        with monkeypatch.context() as dies:
            dies.setattr(letters.Letters, "sent", lambda *about: (_ for _ in ()).throw(SystemExit))
            with pytest.raises(SystemExit):
                later()
        assert email_delivery.send_due() == 0, "another worker leaves it alone while the claim holds"
        later(email_delivery.LEASE.total_seconds() / 60 + 1)
        assert len(postbox.to(cast.teacher.email)) == 2
        assert later(60) == 0


class TestSecurity:
    def test_it_leaves_at_once_in_quiet_hours_too_and_even_if_it_was_read(self, cast, postbox, commits):
        Schedule.objects.create(user=cast.teacher, quiet_from=time(0), quiet_until=time(23, 59))
        with commits():
            security_notice(cast.teacher, "Your password was changed", "Hello", cast.teacher.email)
        (came,) = postbox.to(cast.teacher.email)
        assert came["Subject"] == "Your password was changed"
        assert came["List-Unsubscribe"] is None
        assert Notification.objects.get().data == {}, "what it said is kept no longer than it takes to say it"

    def test_nobody_can_turn_it_off(self, cast, client_for):
        client = client_for(cast.teacher)
        path = "/notifications/preferences/"
        assert client.post(path, {"section": "ways", "way": "security.email"}).status_code == 422
        client.post(path, {"section": "ways"})
        assert preferences.table(cast.teacher)["security"] == {"page", "email"}


class TestQuietHours:
    def test_a_mail_waits_for_their_end(self, cast, thread, write):
        now = timezone.now().astimezone(ZoneInfo("Pacific/Auckland"))
        User.objects.filter(pk=cast.teacher.pk).update(time_zone="Pacific/Auckland")
        begin, end = (now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).replace(second=0, microsecond=0)
        Schedule.objects.create(user=cast.teacher, quiet_from=begin, quiet_until=end.time())
        write(cast.staff, thread)
        assert Delivery.objects.get(recipient=cast.teacher).due == end
        assert Delivery.objects.get(recipient=cast.amina_user).due < end

    @pytest.mark.parametrize(
        ("begin", "end", "at", "until"),
        [
            ("22:00", "07:00", "23:00", "07:00 next"),
            ("22:00", "07:00", "06:59", "07:00"),
            ("22:00", "07:00", "07:00", None),
            ("22:00", "07:00", "21:59", None),
            ("13:00", "14:00", "13:30", "14:00"),
            ("13:00", "13:00", "13:00", None),
        ],
    )
    def test_they_may_go_over_midnight(self, cast, begin, end, at, until):
        cast.teacher.time_zone = "Europe/Lisbon"
        zone = ZoneInfo("Europe/Lisbon")
        schedule = Schedule(quiet_from=time.fromisoformat(begin), quiet_until=time.fromisoformat(end))
        moment = datetime.combine(datetime(2026, 7, 1), time.fromisoformat(at), zone)
        found = preferences.quiet_until(schedule, cast.teacher, moment)
        if until is None:
            assert found is None
        else:
            day = moment + timedelta(days="next" in until)
            assert found == datetime.combine(day, time.fromisoformat(until.split()[0]), zone)


class TestDigest:
    @pytest.fixture
    def digests(self, cast):
        for user in (cast.teacher, cast.amina_user):
            Preference.objects.create(user=user, kind="message", way="digest", wanted=True)
            Preference.objects.create(user=user, kind="message", way="email", wanted=False)
            Preference.objects.create(user=user, kind="mention", way="digest", wanted=True)

    def test_it_holds_what_is_still_unread_and_comes_once(self, cast, thread, write, commits, digests, postbox, later):
        first = write(cast.staff, thread, "First")
        with commits():
            mark_read(cast.teacher, thread, first.key)
        write(cast.staff, thread, "Second")
        gone = write(cast.staff, thread, "Third")
        with commits():
            delete_message(cast.staff, gone)
        write(cast.staff, cast.bruno.conversation, "Fourth")
        later(48 * 60)
        (letter,) = postbox.to(cast.teacher.email)
        text, html = parts(letter)
        assert letter["Subject"] == "2 things you missed at Homeroom Academy"
        assert ("Second" in text, "Fourth" in html) == (True, True)
        assert "First" not in text
        assert "Third" not in text
        assert later(48 * 60) == 0

    def test_what_a_mail_has_told_is_not_in_it(self, cast, thread, write, digests, postbox, later):
        write(cast.staff, thread, "@Tariq Teacher")
        later()
        later(48 * 60)
        assert [letter["Subject"] for letter in postbox.to(cast.teacher.email)] == [
            "Sam Staff mentioned you about Amina Diallo"
        ]

    def test_it_is_due_at_their_hour_on_their_day(self, cast, thread, write, digests):
        User.objects.filter(pk=cast.teacher.pk).update(time_zone="America/New_York")
        Schedule.objects.create(user=cast.teacher, digest="weekly", digest_day=4, digest_hour=17)
        write(cast.staff, thread)
        due = Delivery.objects.get(recipient=cast.teacher, way=Way.DIGEST).due
        there = due.astimezone(ZoneInfo("America/New_York"))
        assert (there.weekday(), there.hour, there.minute) == (4, 17, 0)
        assert timedelta(0) < due - timezone.now() <= timedelta(days=8)

    def test_another_hour_moves_what_waits(self, cast, thread, write, digests, client_for):
        write(cast.staff, thread)
        client = client_for(cast.teacher)
        times = {"digest": "daily", "digest_day": "0", "digest_hour": "23"}
        assert client.post("/notifications/preferences/", {"section": "schedule", **times}).status_code == 302
        assert Delivery.objects.get(recipient=cast.teacher, way=Way.DIGEST).due.hour == 23


@pytest.mark.parametrize(("days", "status"), [(0, 200), (364, 200), (366, 410)])
def test_a_link_that_turns_mails_off_ends_after_a_year_and_says_what_to_do(cast, monkeypatch, days, status):
    token, now = token_for(cast.teacher, "email", ["message"]), clock.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + days * 86_400)
    path = f"/notifications/unsubscribe/{token}/"
    for answer in (Client().get(path), Client().post(path)):
        assert answer.status_code == status
        assert ("This link has ended" in answer.content.decode()) == (status == 410)
        assert "/notifications/preferences/" in answer.content.decode()
    assert Preference.objects.exists() == (status == 200)
