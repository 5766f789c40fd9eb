"""Feeds: a secret address, one UID for life, and nothing in them that others may not read. Read back with vobject."""

import logging
import re
from dataclasses import replace
from datetime import UTC, time, timedelta

import pytest
import time_machine
import vobject
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import AuditEntry, User
from apps.core.logs import JsonFormatter, PlainFormatter
from apps.scheduling import actions
from apps.scheduling.models import Feed
from apps.scheduling.recurrence import Pattern, Rule
from tests import factories


def lesson(cast, days=30, hour=15, **more):
    day = (timezone.now() + timedelta(days=days)).date()
    own = {"teacher": cast.teacher, "students": (cast.amina,), "zone": "Europe/Berlin", "minutes": 60}
    return actions.book(cast.staff, actions.Lesson(**{"subject": "Algebra"} | own | more, day=day, at=time(hour)))


def fetch(client, secret):
    return client.get(f"/feeds/{secret}.ics")


def events(client, secret):
    answer = fetch(client, secret)
    assert answer.status_code == 200
    calendar = vobject.readOne(answer.content.decode())
    return {event.uid.value: event for event in calendar.contents.get("vevent", [])}


@pytest.fixture
def feed(cast):
    return actions.create_feed(cast.amina_user)


def test_the_secret_is_long_and_kept_only_as_a_hash(cast, feed):
    row, secret = feed
    assert len(secret) == 43
    assert re.fullmatch(r"[0-9a-f]{64}", row.digest)
    assert secret not in str(Feed.objects.values())
    assert secret not in str(AuditEntry.objects.values())


def test_the_page_shows_an_address_once(cast, client_for, client):
    student = client_for(cast.amina_user)
    made = student.post("/calendar/feeds/", {"shows": "details"})
    (secret,) = re.findall(r"/feeds/([\w-]+)\.ics", made.content.decode())
    assert "no-store" in made["Cache-Control"]
    assert secret not in student.get("/calendar/feeds/").content.decode()
    assert fetch(client, secret).status_code == 200
    again = student.post(f"/calendar/feeds/{Feed.objects.get().pk}/replacement/")
    (new,) = re.findall(r"/feeds/([\w-]+)\.ics", again.content.decode())
    assert (fetch(client, secret).status_code, fetch(client, new).status_code) == (404, 200)
    student.post(f"/calendar/feeds/{Feed.objects.get().pk}/end/")
    assert fetch(client, new).status_code == 404


def test_an_event_says_when_in_utc_with_whom_and_where(cast, client, feed):
    booking = lesson(cast, room=factories.room(name="Studio"))
    answer = fetch(client, feed[1])
    assert answer["Content-Type"].startswith("text/calendar")
    assert "private" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    text = answer.content.decode()
    assert f"DTSTART:{booking.start.astimezone(UTC):%Y%m%dT%H%M%SZ}" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in text
    assert "X-PUBLISHED-TTL:PT1H" in text
    assert not re.search("RRULE|EXDATE|VTIMEZONE|TZID", text)
    (event,) = events(client, feed[1]).values()
    assert event.uid.value == str(booking.uid)
    assert (event.dtstart.value, event.dtend.value) == (booking.start, booking.end)
    assert (event.summary.value, event.location.value, event.status.value) == ("Algebra", "Studio", "CONFIRMED")
    assert event.description.value == "With Tariq Teacher"
    assert event.url.value.endswith(booking.get_absolute_url())


def test_moved_twice_and_called_off_it_keeps_its_uid_and_its_sequence_rises(cast, client, feed):
    """V32."""
    booking = lesson(cast)
    told = [events(client, feed[1])]
    for hour in (10, 11):
        actions.move(cast.staff, booking, booking.day, time(hour), "UTC", 60)
        told.append(events(client, feed[1]))
    actions.call_off(cast.staff, booking, "Ill: see the secretary")
    told.append(events(client, feed[1]))
    assert [set(each) for each in told] == [{str(booking.uid)}] * 4
    assert [each[str(booking.uid)].sequence.value for each in told] == ["0", "1", "2", "3"]
    assert told[-1][str(booking.uid)].status.value == "CANCELLED"
    assert "secretary" not in fetch(client, feed[1]).content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=63), tick=False):
        assert events(client, feed[1]) == {}


def test_students_removed_from_a_series_see_its_lessons_as_cancelled_for_two_months(cast, client):
    """Of the lessons from the change on, as they were told; what became of them since is not theirs to read."""
    first = (timezone.now() + timedelta(days=7)).date()
    with_both = series_of(cast, first, 3, cast.amina, cast.bruno)
    series, _ = actions.start_series(cast.staff, with_both)
    _, secret = actions.create_feed(cast.bruno_user)
    before = events(client, secret)
    second = first + timedelta(days=7)
    later = replace(series_of(cast, second, 2, cast.amina), subject="Exam", at=time(11))
    new, change = actions.change_series(cast.staff, series, actions.SeriesEdit(second, later, {}))
    after = events(client, secret)
    assert after.keys() == before.keys()
    gone = {str(uid) for uid in new.bookings.values_list("uid", flat=True)}
    for uid, event in after.items():
        assert event.status.value == ("CANCELLED" if uid in gone else "CONFIRMED")
        assert (event.summary.value, event.dtstart.value) == ("Algebra", before[uid].dtstart.value)
        assert (int(event.sequence.value) > int(before[uid].sequence.value)) == (uid in gone)
    assert len(gone) == 2
    with time_machine.travel(timezone.now() + timedelta(days=63)):
        assert all(event.status.value == "CONFIRMED" for event in events(client, secret).values())
    actions.undo_series(cast.staff, change)
    assert {event.status.value for event in events(client, secret).values()} == {"CONFIRMED"}


def test_a_lesson_moved_beyond_the_feed_is_not_cancelled_for_who_still_takes_part(cast, client):
    first = (timezone.now() + timedelta(days=7)).date()
    series, _ = actions.start_series(cast.staff, series_of(cast, first, 3, cast.amina))
    _, secret = actions.create_feed(cast.amina_user)
    second = first + timedelta(days=7)
    later = replace(series_of(cast, second, 2, cast.amina, cast.bruno), at=time(11))
    new, _ = actions.change_series(cast.staff, series, actions.SeriesEdit(second, later, {}))
    far = new.bookings.latest("start")
    actions.move(cast.staff, far, first + timedelta(days=400), time(11), "UTC", 60)
    found = events(client, secret)
    assert str(far.uid) not in found
    assert {event.status.value for event in found.values()} == {"CONFIRMED"}


def series_of(cast, first, count, *students):
    rule = Rule(Pattern.WEEKLY, first, count=count)
    return actions.NewSeries("Algebra", cast.teacher, rule, time(9), "UTC", 60, students)


def test_busy_only_says_nothing_else(cast, client):
    booking = lesson(cast, subject="Canary", room=factories.room(name="Cage"), place="https://join.test/?pwd=1")
    _, secret = actions.create_feed(cast.amina_user, busy_only=True)
    text = fetch(client, secret).content.decode()
    assert not re.search("Canary|Cage|Tariq|join|bookings|Algebra", text)
    assert events(client, secret)[str(booking.uid)].summary.value == "Busy"


def test_no_feed_holds_links_to_join_batches_or_other_students(cast, client, feed):
    batch = lesson(cast, students=(), batch=cast.batch, place="https://join.test/?pwd=1")
    text = fetch(client, feed[1]).content.decode()
    assert str(batch.uid) in text
    assert not re.search(r"join\.test|Algebra A|Bruno", text)
    _, teachers = actions.create_feed(cast.teacher)
    assert events(client, teachers)[str(batch.uid)].description.value == "Algebra A"


INJECTED = "Algebra\r\nBEGIN:VEVENT\rUID:evil\nX:1;2,3\\n" + "ü" * 60


def test_text_cannot_begin_another_line(cast, client, feed):
    booking = lesson(cast)
    type(booking).objects.filter(pk=booking.pk).update(subject=INJECTED[:120])
    content = fetch(client, feed[1]).content
    assert content.count(b"\r\nBEGIN:VEVENT\r\n") == 1
    assert b"\nUID:evil" not in content
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    (event,) = events(client, feed[1]).values()
    assert ";2,3" in event.summary.value


def test_it_ends_with_the_account_and_when_everything_is_signed_out(cast, client, feed):
    User.objects.filter(pk=cast.amina_user.pk).update(era=F("era") + 1)
    assert fetch(client, feed[1]).status_code == 404
    User.objects.filter(pk=cast.amina_user.pk).update(era=F("era") - 1, is_active=False)
    assert fetch(client, feed[1]).status_code == 404
    User.objects.filter(pk=cast.amina_user.pk).update(is_active=True)
    assert fetch(client, feed[1]).status_code == 200


def test_only_its_person_replaces_or_ends_it(cast, feed):
    for who in (cast.admin, cast.teacher, cast.bruno_user):
        with pytest.raises(PermissionDenied):
            actions.end_feed(who, feed[0])
        with pytest.raises(PermissionDenied):
            actions.replace_feed(who, feed[0])


def test_a_person_has_five_at_most(cast):
    for _ in range(5):
        actions.create_feed(cast.teacher)
    with pytest.raises(ValidationError, match="5 addresses"):
        actions.create_feed(cast.teacher)


def test_it_takes_as_many_queries_for_many_lessons(cast, client, feed, query_count):
    lesson(cast)
    few = query_count(lambda: fetch(client, feed[1]))
    for days in range(1, 6):
        lesson(cast, days)
    assert query_count(lambda: fetch(client, feed[1])) == few <= 5


def test_who_asks_too_often_is_told_when_to_come_back(cast, client, feed, settings):
    settings.LIMITS = settings.LIMITS | {"feeds": type(settings.LIMITS["feeds"])(2, 1)}
    assert [fetch(client, feed[1]).status_code for _ in range(3)][-1] == 429


def test_no_log_of_homeroom_holds_an_address(cast, client, settings, caplog, monkeypatch):
    """nginx's logs: tests/live/test_secret_addresses.py."""
    secret = actions.create_feed(cast.amina_user)[1]
    caplog.set_level(logging.DEBUG)
    client.raise_request_exception = False
    for path in (f"/feeds/{secret}.ics", f"/feeds/{secret}.ics/", f"/feeds/x{secret}.ics"):
        for method in ("get", "head", "post", "delete"):
            getattr(client, method)(path)
    with monkeypatch.context() as broken:
        broken.setattr("apps.scheduling.feeds.written", lambda feed: 1 // 0)
        assert fetch(client, secret).status_code == 500
    settings.LIMITS = settings.LIMITS | {"feeds": type(settings.LIMITS["feeds"])(1, 60)}
    assert [fetch(client, secret).status_code for _ in range(2)][-1] == 429
    told = [form.format(record) for form in (JsonFormatter(), PlainFormatter()) for record in caplog.records]
    assert any("Not Found" in line for line in told)
    assert any("ZeroDivisionError" in line for line in told)
    assert [line for line in told if secret in line] == []
