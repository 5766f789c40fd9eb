"""Own events: on whole days or with times, once or repeated; their owner's, and "busy" for others."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile

import pytest
import vobject
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.scheduling import actions
from apps.scheduling.actions import Happening
from apps.scheduling.models import Feed, OwnEvent
from apps.scheduling.own_events import blocks_of
from apps.scheduling.part import SchedulingPart
from apps.scheduling.recurrence import Pattern, Rule
from tests import factories

BERLIN = "Europe/Berlin"
CANARY = "Canary and dentist"
DAY = date(2099, 1, 7)
WEEK = f"/calendar/?week=2099-W{DAY.isocalendar().week:02}"


def dentist(first=DAY, **more):
    own = {"at": time(10), "zone": "UTC", "minutes": 60, "notes": f"{CANARY}: notes"}
    return Happening(CANARY, first, **own | more)


def whole(first, last, **more):
    return Happening("Holiday", date.fromisoformat(first), date.fromisoformat(last), **more)


def days_of(user, first, last, zone="UTC"):
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return blocks_of(user, [user.pk], days, zone)


def test_whole_days_are_the_same_dates_everywhere_and_the_last_counts(cast):
    """V21."""
    actions.add_event(cast.teacher, whole("2026-12-24", "2026-12-26"))
    for zone in (BERLIN, "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        (block,) = days_of(cast.teacher, date(2026, 12, 21), date(2026, 12, 27), zone)
        covered = [day for day in range(20, 30) if block.covers(date(2026, 12, day))]
        assert covered == [24, 25, 26], zone
    assert days_of(cast.teacher, date(2026, 12, 27), date(2026, 12, 31)) == []
    assert days_of(cast.teacher, date(2026, 12, 26), date(2026, 12, 26))


def test_times_stay_on_the_clock_that_they_were_given_on(cast):
    weekly = Rule(Pattern.WEEKLY, date(2026, 10, 19), weekdays=frozenset({0}))
    actions.add_event(cast.teacher, dentist(weekly.first, zone=BERLIN, rule=weekly))
    blocks = days_of(cast.teacher, date(2026, 10, 19), date(2026, 11, 1), BERLIN)
    assert [block.start for block in blocks] == [
        datetime(2026, 10, 19, 8, tzinfo=UTC),
        datetime(2026, 10, 26, 9, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (Rule(Pattern.WEEKLY, date(2020, 1, 1), 2, frozenset({2})), ["2026-12-09", "2026-12-23"]),
        (Rule(Pattern.MONTH_DAY, date(2020, 1, 31)), ["2026-12-31"]),
        (Rule(Pattern.MONTH_WEEKDAY, date(2020, 1, 14)), ["2026-12-08"]),
        (Rule(Pattern.WEEKLY, date(2020, 1, 1), until=date(2026, 12, 3)), ["2026-12-02"]),
    ],
)  # fmt: skip
def test_one_from_long_ago_is_found_on_its_days(cast, rule, found):
    actions.add_event(cast.teacher, dentist(rule.first, rule=rule))
    blocks = days_of(cast.teacher, date(2026, 12, 1), date(2026, 12, 31))
    assert [block.first.isoformat() for block in blocks] == found
    slow = takewhile(lambda day: day <= date(2026, 12, 31), rule.dates())
    assert [block.first for block in blocks] == [day for day in slow if day >= date(2026, 12, 1)]


def pages(cast, client_for, who, extra=""):
    client = client_for(getattr(cast, who))
    with CaptureQueriesContext(connection) as queries:
        text = client.get(f"{WEEK}{extra}").content.decode()
    asked = [query["sql"] for query in queries if "scheduling_ownevent" in query["sql"]]
    return text, " ".join(asked)


def test_its_owner_sees_it_and_others_see_busy_by_query(cast, client_for):
    actions.add_event(cast.amina_user, dentist())
    text, _ = pages(cast, client_for, "amina_user")
    assert CANARY in text
    for who in ("teacher", "staff", "admin"):
        text, asked = pages(cast, client_for, who, f"&student={cast.amina.pk}")
        assert "Busy" in text, who
        assert CANARY not in text, who
        assert "notes" not in asked, who
    for who in ("teacher2", "bruno_user", "outsider"):
        text, _ = pages(cast, client_for, who, f"&student={cast.amina.pk}")
        assert "Busy" not in text, who
        assert CANARY not in text, who
    for who in ("teacher", "staff"):
        assert "data-event" not in pages(cast, client_for, who)[0]


def test_what_is_not_private_is_read_by_staff_alone_and_free_ones_by_nobody(cast, client_for):
    actions.add_event(cast.amina_user, dentist(is_private=False))
    actions.add_event(cast.amina_user, dentist(at=time(15), is_busy=False))
    staff, _ = pages(cast, client_for, "staff", f"&student={cast.amina.pk}")
    teacher, _ = pages(cast, client_for, "teacher", f"&student={cast.amina.pk}")
    assert (staff.count("Canary"), teacher.count("Canary")) == (1, 0)
    assert staff.count("data-event") == teacher.count("data-event") == 1


def test_staff_see_when_a_teacher_is_busy_and_teachers_do_not(cast, client_for):
    actions.add_event(cast.teacher2, dentist())
    assert "data-event" in pages(cast, client_for, "staff", f"&teacher={cast.teacher2.pk}")[0]
    assert "data-event" not in pages(cast, client_for, "teacher", f"&teacher={cast.teacher2.pk}")[0]


@pytest.mark.parametrize("view", ["", "&view=list", "&view=month", "&view=day"])
def test_each_view_shows_it_beside_the_lessons(cast, client_for, view, query_count):
    client = client_for(cast.amina_user)
    address = f"/calendar/?day={DAY.isoformat()}{view}" if view in ("", "&view=day") else f"{WEEK}{view}"
    few = query_count(lambda: client.get(address))
    actions.add_event(cast.amina_user, dentist())
    actions.add_event(cast.amina_user, whole("2099-01-06", "2099-01-08"))
    factories.booking(teacher=cast.teacher, students=[cast.amina])
    text = client.get(address).content.decode()
    assert CANARY in text
    assert "Holiday" in text
    assert query_count(lambda: client.get(address)) <= max(few, 15)


def test_it_is_in_its_owners_feed_day_by_day(cast, client):
    first = timezone.now().date() + timedelta(days=3)
    rule = Rule(Pattern.WEEKLY, first, until=first + timedelta(days=7))
    actions.add_event(cast.amina_user, dentist(first, rule=rule))
    actions.add_event(cast.amina_user, Happening("Trip", first, first + timedelta(days=2), is_busy=False))
    _, secret = actions.create_feed(cast.amina_user)
    text = client.get(f"/feeds/{secret}.ics").content.decode()
    told = vobject.readOne(text).contents["vevent"]
    trip = next(event for event in told if event.summary.value == "Trip")
    assert (trip.dtstart.value, trip.dtend.value) == (first, first + timedelta(days=3))
    assert f"DTSTART;VALUE=DATE:{first:%Y%m%d}" in text
    assert trip.transp.value == "TRANSPARENT"
    assert sum(event.summary.value == CANARY for event in told) == 2
    _, busy = actions.create_feed(cast.amina_user, busy_only=True)
    text = client.get(f"/feeds/{busy}.ics").content.decode()
    assert text.count("SUMMARY:Busy") == 2
    assert "Canary" not in text


def test_a_change_raises_its_sequence(cast):
    event = actions.add_event(cast.teacher, dentist())
    changed = actions.change_event(cast.teacher, event, dentist(at=time(11)))
    assert (changed.sequence, changed.at, changed.uid) == (1, time(11), event.uid)


def test_only_its_owner_changes_or_deletes_it(cast):
    event = actions.add_event(cast.amina_user, dentist())
    for who in (cast.admin, cast.staff, cast.teacher, cast.bruno_user):
        with pytest.raises(PermissionDenied):
            actions.change_event(who, event, dentist())
        with pytest.raises(PermissionDenied):
            actions.delete_event(who, event)
    actions.delete_event(cast.amina_user, event)
    assert not OwnEvent.objects.kept().exists()


@pytest.mark.parametrize(
    ("happening", "said"),
    [
        (whole("2026-12-26", "2026-12-24"), "ends before it begins"),
        (whole("2026-01-01", "2026-12-24"), "60 days at most"),
        (
            dentist(rule=Rule(Pattern.WEEKLY, DAY, weekdays=frozenset({1}), until=DAY + timedelta(days=2))),
            "would never happen",
        ),
    ],
)
def test_what_cannot_be_is_said(cast, happening, said):
    with pytest.raises(ValidationError, match=said):
        actions.add_event(cast.teacher, happening)
    assert not OwnEvent.objects.exists()


def test_the_same_form_twice_is_one_event(cast):
    key = uuid.uuid4()
    assert actions.add_event(cast.teacher, dentist(), key) == actions.add_event(cast.teacher, dentist(), key)


def test_the_pages_offer_an_hour_keep_what_was_typed_and_save(cast, client_for):
    student = client_for(cast.amina_user)
    assert "at=2099-01-07T10:00" in student.get(WEEK).content.decode()
    offered = student.get("/calendar/hour/?at=2099-01-07T10:00").content.decode()
    assert "/calendar/events/?at=2099-01-07T10:00" in offered
    assert "/requests/new/?day=2099-01-07&amp;at=10:00" in offered
    assert "New lesson" not in offered
    form = student.get("/calendar/events/?at=2099-01-07T10:00").content.decode()
    assert 'value="2099-01-07"' in form
    assert 'value="10:00"' in form
    sent = {"title": "Dentist", "first": "2099-01-07", "minutes": 60, "zone": "UTC", "shows": "busy", "notes": "Teeth"}
    wrong = student.post("/calendar/events/", sent)
    assert (wrong.status_code, "Give a time" in wrong.content.decode()) == (422, True)
    assert "Teeth" in wrong.content.decode()
    sent |= {"pattern": "weekly", "weekdays": ["2", "4"], "at": "10:00", "until": "2099-02-01"}
    assert student.post("/calendar/events/", sent).url == WEEK
    event = OwnEvent.objects.get()
    assert (event.owner, event.weekdays, event.is_private) == (cast.amina_user, "24", False)
    page = student.get(event.get_absolute_url()).content.decode()
    assert "Teeth" in page
    assert "Delete on all days" in page
    student.post(event.get_absolute_url(), {**sent, "pattern": "", "all_day": "1", "last": "2099-01-08"})
    event.refresh_from_db()
    assert (event.is_all_day, event.last, event.repeats) == (True, date(2099, 1, 8), False)
    student.post(f"{event.get_absolute_url()}deletion/")
    assert not OwnEvent.objects.kept().exists()


def test_events_and_addresses_go_with_the_account_and_are_in_the_own_data(cast):
    actions.add_event(cast.amina_user, dentist())
    actions.create_feed(cast.amina_user)
    actions.create_feed(cast.teacher)
    part = SchedulingPart()
    data = part.own_data(cast.amina_user)
    assert [row["title"] for row in data["own_events"]] == [CANARY]
    assert [set(row) for row in data["calendar_feeds"]] == [{"busy_only", "created", "updated"}]
    part.stand_down(cast.teacher)
    part.forget(cast.amina_user)
    assert not OwnEvent.objects.exists()
    assert not Feed.objects.exists()


def test_who_looks_as_its_owner_or_in_the_admin_reads_no_private_event(cast, client_for):
    event = factories.own_event(owner=cast.teacher, title="Dentist", is_private=True)
    page = client_for(cast.admin).get(f"/admin/scheduling/ownevent/{event.pk}/change/")
    assert page.status_code == 200
    assert "Dentist" not in page.text
    cast.teacher.looked_as = True
    assert [row.shown_title for row in OwnEvent.objects.shown_to(cast.teacher)] == [""]
    assert not OwnEvent.objects.visible_to(cast.teacher).exists()
