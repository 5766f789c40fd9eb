"""Series that end with their batch follow its last day: lessons after it are called off, and come back with it."""

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.courses.actions.batches import update_batch
from apps.courses.models import Batch, Enrollment
from apps.notifications import fanout
from apps.notifications.models import Event, Notification
from apps.scheduling import actions
from apps.scheduling.actions import series_fill
from apps.scheduling.actions.series_batches import waiting_batches
from apps.scheduling.models import Attendance, Booking, Claim, Series, SeriesChange
from apps.scheduling.recurrence import Pattern, Rule
from apps.scheduling.tasks import fill_batch
from tests.notifications.conftest import commits  # noqa: F401 - a fixture

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
TUESDAY = date(2026, 10, 13)
LAST = date(2026, 11, 10)


@pytest.fixture(autouse=True)
def october(cast):
    """1 October 2026; the batch ends on 10 November."""
    Enrollment.objects.update(enrolled_at=NOW - timedelta(days=30))
    Batch.objects.filter(pk=cast.batch.pk).update(start=date(2026, 9, 1), end=LAST)
    cast.batch.refresh_from_db()
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def start(cast, **more):
    rule = Rule(Pattern.WEEKLY, TUESDAY, **more)
    wanted = actions.NewSeries("Algebra", cast.teacher, rule, time(17), "UTC", 60, batch=cast.batch)
    return actions.start_series(cast.staff, wanted)[0]


def end(cast, day):
    update_batch(cast.staff, cast.batch, {"end": day})
    fill_batch.call(cast.batch.pk)


def days(series=None):
    rows = Booking.objects.on().order_by("start")
    return [row.day.isoformat()[5:] for row in (rows.filter(series=series) if series else rows)]


FIVE = ["10-13", "10-20", "10-27", "11-03", "11-10"]


def test_lessons_after_an_earlier_end_are_called_off_and_people_are_told_once(cast):
    series = start(cast)
    assert days() == FIVE
    update_batch(cast.staff, cast.batch, {"end": date(2026, 10, 27)})
    assert days() == FIVE[:3]
    assert Claim.objects.count() == 3
    off = Booking.objects.exclude(state="on")
    assert {row.reason for row in off} == {f"{cast.batch.name} ends on 27 Oct 2026."}
    assert {row.sequence for row in off} == {1}
    change = SeriesChange.objects.latest("pk")
    told = Event.objects.get(key=f"series-{change.pk}")
    assert told.title == "Called off lessons: Algebra"
    assert set(told.people) == {cast.teacher.pk, cast.amina_user.pk, cast.bruno_user.pk}
    assert not change.is_undoable
    with pytest.raises(Exception, match="can't be undone"):
        actions.undo_series(cast.staff, change)
    assert series.ended_from is None


def test_the_past_what_was_marked_and_single_lessons_stay(cast, october):
    start(cast)
    october.move_to(datetime(2026, 10, 21, tzinfo=UTC))
    marked = Booking.objects.get(day=date(2026, 11, 3))
    Attendance.objects.create(booking=marked, student=cast.amina, state="excused")
    single = actions.Lesson("Exam", cast.teacher, date(2026, 11, 5), time(9), "UTC", 60, batch=cast.batch)
    actions.book(cast.staff, single)
    update_batch(cast.staff, cast.batch, {"end": date(2026, 10, 14)})
    assert days() == ["10-13", "10-20", "11-03", "11-05"]


def test_the_lessons_come_back_when_the_batch_ends_later_after_all(cast):
    series = start(cast)
    end(cast, date(2026, 10, 20))
    assert days() == FIVE[:2]
    end(cast, date(2026, 11, 4))
    assert days() == FIVE[:4]
    end(cast, date(2026, 11, 17))
    assert days() == [*FIVE, "11-17"]
    assert Claim.objects.count() == 6
    assert Booking.objects.filter(series=series).count() == 6
    resumed = SeriesChange.objects.filter(kind="resumed")
    assert resumed.count() == 2
    assert all(Event.objects.filter(key=f"series-{change.pk}").exists() for change in resumed)
    assert actions.fill_series() == 0


def again(cast, series, day, at=time(17), weekday=TUESDAY, **choices):
    """The series goes on from a day at this hour, with an open end."""
    rule = Rule(Pattern.WEEKLY, weekday if weekday > day else day)
    wanted = actions.NewSeries("Algebra", cast.teacher, rule, at, "UTC", 60, batch=series.batch)
    edit = actions.SeriesEdit(day, actions.rule_from(series, day, wanted), choices)
    return actions.change_series(cast.staff, series, edit)[0]


def times():
    return {row.uid: (row.start, row.series_id) for row in Booking.objects.on()}


def test_those_of_a_series_that_another_continues_come_back_too(cast):
    series = start(cast)
    again(cast, series, date(2026, 11, 3))
    before = times()
    end(cast, date(2026, 10, 14))
    assert days() == FIVE[:1]
    end(cast, LAST)
    assert times() == before
    assert days(series) == FIVE[:3]


def test_a_series_that_changes_while_its_batch_is_shorter_takes_its_lessons_along(cast):
    series = start(cast)
    moved = Booking.objects.get(day=date(2026, 11, 3))
    actions.move(cast.staff, moved, date(2026, 11, 4), time(9), "UTC", 60)
    actions.call_off(cast.staff, Booking.objects.get(day=date(2026, 10, 27)), "Holiday")
    uids = set(times())
    end(cast, date(2026, 10, 20))
    new = again(cast, series, date(2026, 10, 20), time(18))
    end(cast, LAST)
    assert [f"{row.start:%m-%d %H}" for row in Booking.objects.on()] == ["10-13 17", "10-20 18", "11-04 09", "11-10 18"]
    assert set(times()) == uids
    assert set(new.bookings.values_list("series_day", flat=True)) == {date.fromisoformat(f"2026-{d}") for d in FIVE[1:]}
    assert Claim.objects.count() == 4
    assert actions.fill_series() == 0


def test_the_lessons_go_to_another_weekday_with_their_series(cast):
    series = start(cast)
    uids = set(times())
    end(cast, date(2026, 10, 22))
    again(cast, series, date(2026, 10, 20), weekday=date(2026, 10, 22))
    end(cast, LAST)
    assert days() == ["10-13", "10-22", "10-29", "11-05"]
    assert set(times()) < uids


def test_a_skipped_day_after_the_end_stays_skipped_when_the_series_changes(cast):
    rule = Rule(Pattern.WEEKLY, TUESDAY)
    wanted = actions.NewSeries("Algebra", cast.teacher, rule, time(17), "UTC", 60, batch=cast.batch)
    series, _ = actions.start_series(cast.staff, wanted, {date(2026, 11, 3): actions.Choice(skip=True)})
    end(cast, date(2026, 10, 20))
    again(cast, series, date(2026, 10, 20), time(18))
    end(cast, LAST)
    assert days() == ["10-13", "10-20", "10-27", "11-10"]


def test_undoing_such_a_change_leaves_the_lessons_waiting_for_the_old_series(cast):
    series = start(cast)
    before = times()
    end(cast, date(2026, 10, 20))
    new = again(cast, series, date(2026, 10, 20), time(18))
    actions.undo_series(cast.staff, new.changes.get(kind="changed"))
    end(cast, LAST)
    assert times() == before


def test_undo_is_over_once_the_batch_has_added_lessons_to_the_series(cast):
    series = start(cast)
    change = series.changes.get()
    end(cast, date(2026, 11, 17))
    with pytest.raises(ValidationError, match="Lessons were added since"):
        actions.undo_series(cast.staff, change)
    assert days() == [*FIVE, "11-17"]


def test_of_a_series_that_ends_later_than_the_batch_those_before_its_end_come_back(cast):
    series = start(cast)
    end(cast, date(2026, 10, 20))
    actions.end_series(cast.staff, series, date(2026, 11, 3), "Enough")
    end(cast, None)
    assert days() == FIVE[:3]


@pytest.mark.parametrize("seed", range(6))
def test_an_earlier_end_and_then_the_old_one_leave_what_was_there(cast, seed):
    """Whatever was moved, called off, changed or split before, and however often the end moves in between."""
    chance = random.Random(seed)
    series = start(cast)
    for _ in range(4):
        row = chance.choice(list(Booking.objects.on().filter(start__gt=NOW)))
        deed = chance.choice(["move", "off", "split"])
        if deed == "move":
            actions.move(cast.staff, row, row.day + timedelta(days=chance.randint(1, 3)), time(7), "UTC", 60)
        elif deed == "off" and Booking.objects.on().count() > 2:
            actions.call_off(cast.staff, row, "Ill")
        elif row.series.ended_from is None and row.series_day > series.first:
            series = again(cast, row.series, row.series_day, time(chance.randint(8, 20)))
    before = times()
    end(cast, TUESDAY - timedelta(days=1))
    assert not times()
    for _ in range(3):
        end(cast, TUESDAY + timedelta(days=chance.randint(0, 28)))
        assert times().items() <= before.items()
    end(cast, LAST)
    assert times() == before
    assert sorted(Claim.objects.values_list("start", flat=True)) == sorted(start for start, _ in before.values())


def test_people_are_told_once_of_all_series_of_a_batch(cast, client_for):
    """Two lessons a week, given by two teachers: one notice each, which counts what the reader takes part in."""
    start(cast)
    rule = Rule(Pattern.WEEKLY, TUESDAY + timedelta(days=2))
    wanted = actions.NewSeries("Geometry", cast.teacher2, rule, time(9), "UTC", 60, batch=cast.batch)
    actions.start_series(cast.staff, wanted)
    Event.objects.all().delete()
    for last, kind, said in (
        (
            date(2026, 10, 20),
            "Called off lessons",
            f"were called off: <bdi>{cast.batch.name} ends on 20 Oct 2026.</bdi>",
        ),
        (LAST, "Lessons are back on", "are back on: the batch ends later"),
    ):
        end(cast, last)
        event = Event.objects.get()
        assert event.title == f"{kind}: {cast.batch.name}"
        assert {cast.teacher2.pk, cast.amina_user.pk, cast.bruno_user.pk} <= set(event.people)
        fanout.tell(event.key)
        assert Notification.objects.filter(recipient=cast.amina_user, event=event.key).count() == 1
        for reader in (cast.amina_user, cast.teacher):
            page = client_for(reader).get("/notifications/").content.decode()
            assert f"6 lessons of <bdi>{cast.batch.name}</bdi> {said}" in page
        page = client_for(cast.teacher2).get("/notifications/").content.decode()
        assert "Geometry" in page
        assert "6 lessons" not in page
        event.delete()


def test_a_later_end_is_followed_once_it_is_saved(cast, commits):  # noqa: F811
    start(cast)
    update_batch(cast.staff, cast.batch, {"end": date(2026, 10, 20)})
    with commits():
        update_batch(cast.staff, cast.batch, {"end": date(2026, 11, 17)})
    assert days() == [*FIVE, "11-17"]


@pytest.mark.parametrize("more", [{"until": date(2026, 12, 1)}, {"count": 8}], ids=["until", "count"])
def test_one_with_an_end_of_its_own_goes_on_to_it_when_the_batch_does(cast, october, more):
    start(cast, **more)
    assert days() == FIVE
    end(cast, date(2026, 11, 17))
    assert days() == [*FIVE, "11-17"]
    october.move_to(datetime(2026, 11, 20, tzinfo=UTC))
    end(cast, None)
    assert days() == [*FIVE, "11-17", "11-24", "12-01"]
    assert actions.fill_series() == 0
    assert not Event.objects.filter(kind="series_clash").exists()


def test_days_that_passed_while_the_batch_was_over_are_no_clashes(cast, october):
    start(cast)
    october.move_to(datetime(2026, 11, 30, tzinfo=UTC))
    end(cast, date(2026, 12, 8))
    assert days() == [*FIVE, "12-01", "12-08"]
    assert not Event.objects.filter(kind="series_clash").exists()


def test_undo_is_over_once_the_batch_ends_before_what_it_would_bring_back(cast):
    series = start(cast)
    change = actions.end_series(cast.staff, series, TUESDAY, "Too few people")
    update_batch(cast.staff, cast.batch, {"end": date(2026, 10, 27)})
    with pytest.raises(ValidationError, match="ends before some of these lessons"):
        actions.undo_series(cast.staff, change)
    assert days() == []


def test_what_was_called_off_by_hand_or_taken_since_stays_off(cast):
    series = start(cast, count=5)
    actions.call_off(cast.staff, Booking.objects.get(day=date(2026, 10, 27)), "Holiday")
    end(cast, date(2026, 10, 20))
    assert days() == FIVE[:2]
    other = actions.Lesson("Physics", cast.teacher, date(2026, 11, 3), time(17, 30), "UTC", 60, students=(cast.chloe,))
    actions.book(cast.staff, other)
    end(cast, None)
    assert days(series) == ["10-13", "10-20", "11-10"]
    told = Event.objects.get(kind="series_clash")
    assert told.data["why"] == f"{cast.teacher.full_name} is taken at this time."
    end(cast, LAST)
    end(cast, None)
    assert days(series) == ["10-13", "10-20", "11-10"]


def test_dates_of_a_preview_end_with_the_batch(cast):
    until = Rule(Pattern.WEEKLY, TUESDAY, until=date(2027, 3, 1))
    wanted = actions.NewSeries("Algebra", cast.teacher, until, time(17), "UTC", 60, batch=cast.batch)
    assert actions.plan_series(wanted).dates[-1].day == LAST
    late = {LAST: actions.Choice(day=date(2026, 11, 11))}
    with pytest.raises(actions.Unsettled) as refused:
        actions.start_series(cast.staff, wanted, late)
    assert refused.value.plan.stopped[0].taken == f"{cast.batch.name} ends before this day."
    update_batch(cast.staff, cast.batch, {"end": date(2026, 10, 20)})
    # The form still has the batch as it was.
    series, _ = actions.start_series(cast.staff, wanted)
    assert days(series) == FIVE[:2]
    assert Series.objects.count() == 1


def test_the_batchs_own_page_does_all_of_it(cast, client_for):
    start(cast)
    client, url = client_for(cast.staff), cast.batch.get_absolute_url()
    page = client.get(url)
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"end": "2026-10-27"}
    sent |= {f"initial-{name}": form[name].value() for name in form.fields}
    sent = {name: value if value is not None else "" for name, value in sent.items()}
    assert client.post(url, sent).status_code in (200, 302, 303)
    assert days() == FIVE[:3]
    fanout.tell(f"series-{SeriesChange.objects.latest('pk').pk}")
    text = client_for(cast.amina_user).get("/notifications/").content.decode()
    assert f"{cast.batch.name} ends on 27 Oct 2026." in text


def waiting():
    return [was["id"] for change in SeriesChange.objects.filter(kind="shortened") for was in change.before]


def test_what_passed_and_what_another_series_took_over_waits_no_longer(cast, october):
    series = start(cast)
    end(cast, date(2026, 10, 20))
    assert len(waiting()) == 3
    again(cast, series, date(2026, 10, 20), time(18))
    october.shift(timedelta(minutes=11))
    actions.fill_series()
    assert sorted(waiting()) == sorted(set(waiting()))
    assert len(waiting()) == 3
    october.move_to(datetime(2026, 11, 4, tzinfo=UTC))
    # A batch that is over is looked at when its end moves.
    assert not waiting_batches().exists()
    end(cast, date(2026, 11, 8))
    assert len(waiting()) == 1
    assert waiting_batches().get() == cast.batch


def test_a_lesson_whose_own_teacher_has_left_stays_off(cast):
    series = start(cast)
    Booking.objects.filter(day=date(2026, 11, 3)).update(teacher=cast.teacher2)
    end(cast, date(2026, 10, 20))
    User.objects.filter(pk=cast.teacher2.pk).update(is_active=False)
    end(cast, LAST)
    assert days(series) == ["10-13", "10-20", "10-27", "11-10"]
    assert Event.objects.get(kind="series_clash").data["why"] == f"{cast.teacher2.full_name} can't sign in any more."


def test_lessons_that_were_called_off_before_their_hour_was_kept_come_back(cast):
    start(cast)
    end(cast, date(2026, 10, 20))
    change = SeriesChange.objects.get(kind="shortened")
    change.before = [{name: value for name, value in was.items() if name != "off"} for was in change.before]
    change.save()
    end(cast, LAST)
    assert days() == FIVE


def test_one_batch_that_fails_at_night_is_named_and_keeps_no_other_from_it(cast, monkeypatch, caplog):
    start(cast)
    update_batch(cast.staff, cast.batch, {"end": date(2026, 10, 20)})

    def fails(pk):
        raise ValidationError("No")

    monkeypatch.setattr(series_fill, "resume", fails)
    assert actions.fill_series() == 0
    assert f"The lessons of batch {cast.batch.pk} can't be filled in" in caplog.text


def test_of_two_lessons_that_wait_for_the_same_hour_one_comes_back_and_the_others_with_it(cast):
    """Moved by hand after its end was brought forward, the series has a date where its moved lesson waits."""
    series = start(cast)
    moved = Booking.objects.get(day=date(2026, 10, 27))
    actions.move(cast.staff, moved, date(2026, 11, 5), time(17), "UTC", 60)
    other = Rule(Pattern.WEEKLY, TUESDAY + timedelta(days=1))
    wanted = actions.NewSeries("Geometry", cast.teacher2, other, time(9), "UTC", 60, batch=cast.batch)
    actions.start_series(cast.staff, wanted)
    end(cast, date(2026, 10, 22))
    again(cast, series, date(2026, 10, 20), weekday=date(2026, 10, 22))
    end(cast, LAST)
    assert Booking.objects.on().get(day=date(2026, 11, 5)) == moved
    assert not Booking.objects.on().filter(day=date(2026, 11, 3)).exists()
    assert Booking.objects.on().filter(subject="Geometry", day__gt=date(2026, 10, 21)).count() == 2
    told = Event.objects.get(kind="series_clash")
    assert told.data["why"] == f"{cast.teacher.full_name} is taken at this time."
