"""Fifty people want one hour, on whatever database the environment names; and raw SQL can't take it twice.

Run by test_race.py in a process of its own. Ends silently, or with the assertion that failed.
"""

import os
import uuid
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402

from apps.accounts.models import Role  # noqa: E402
from apps.courses.actions.batches import update_batch  # noqa: E402
from apps.scheduling import actions  # noqa: E402
from apps.scheduling.models import Booking, Claim, Series, SeriesChange  # noqa: E402
from apps.scheduling.recurrence import Pattern, Rule  # noqa: E402
from tests import factories  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402
from tests.scheduling.tables import killed_between_two_reminders, raw_sql, stays_quick  # noqa: E402

MANY = 50
CLASH = (actions.Clash,)
DAY = datetime.now(UTC).date() + timedelta(days=30)


def lesson(teacher, hour=15, minute=0, **more):
    students = more.pop("students", None) or (factories.student(),)
    own = {"subject": "Algebra", "day": DAY, "at": time(hour, minute), "zone": "UTC", "minutes": 60}
    return actions.Lesson(**own | {"teacher": teacher, "students": students} | more)


def at(hour, minute=0):
    return datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=UTC)


def race_for_one_hour(staff):
    """Bookings, approvals and moves want one hour: one gets it, each other is told who is taken and what is free."""
    teacher = factories.user(Role.TEACHER)
    asked = [asked_for(staff, teacher) for _ in range(MANY // 3)]
    elsewhere = [actions.book(staff, lesson(teacher, day=DAY + timedelta(days=n))) for n in range(1, 1 + MANY // 3)]
    lessons = [lesson(teacher) for _ in range(MANY - len(asked) - len(elsewhere))]
    found = at_once(
        *(lambda each=each: actions.book(staff, each) for each in lessons),
        *(lambda each=each: actions.approve(staff, each, each.times.get().pk) for each in asked),
        *(lambda each=each: actions.move(staff, each, DAY, time(15), "UTC", 60) for each in elsewhere),
        refusals=CLASH,
    )
    lost = [each for each in found if isinstance(each, actions.Clash)]
    assert len(found) == MANY
    assert len(lost) == MANY - 1, found
    assert all(teacher.full_name in each.messages[0] and at(16) in each.nearest for each in lost), lost
    booking = Booking.objects.get(teacher=teacher, start=at(15))
    assert booking in found
    assert Claim.objects.filter(resource=f"user-{teacher.pk}", start=at(15)).get().booking == booking
    for each in asked:
        each.refresh_from_db()
        assert (each.state == "approved") == (each.booking == booking), each
    kept = Booking.objects.filter(pk__in=[each.pk for each in elsewhere]).exclude(pk=booking.pk)
    assert [each.start for each in kept] == [each.start for each in elsewhere if each.pk != booking.pk]
    no_overlaps()


def asked_for(staff, teacher):
    when = actions.WallTime(DAY, time(15), "UTC")
    return actions.ask(staff, actions.Wish(factories.student(), teacher, "Algebra", 60, when))


def race_of_series_for_one_hour(staff):
    """Of many series that want one hour one is there, whole; of each other nothing, and its clashes are named."""
    teacher, rule = factories.user(Role.TEACHER), Rule(Pattern.WEEKLY, DAY, count=4)

    def wanted():
        return actions.NewSeries("Algebra", teacher, rule, time(1), "UTC", 60, (factories.student(),))

    series = [wanted() for _ in range(MANY)]
    found = at_once(
        *(lambda each=each: actions.start_series(staff, each) for each in series), refusals=(ValidationError,)
    )
    lost = [each for each in found if isinstance(each, actions.Unsettled)]
    assert len(lost) == MANY - 1, found
    assert all(
        [date.taken for date in each.plan.dates] == [f"{teacher.full_name} is taken at this time."] * 4 for each in lost
    )
    assert Series.objects.filter(teacher=teacher).get().bookings.count() == 4
    assert (
        Booking.objects.filter(teacher=teacher).count()
        == Claim.objects.filter(resource=f"user-{teacher.pk}").count()
        == 4
    )


def race_for_one_room(staff):
    """Teachers who want one room at overlapping times don't wait for each other for ever."""
    rooms = [factories.room(), factories.room()]
    teachers = [factories.user(Role.TEACHER) for _ in range(4)]
    wanted = [lesson(teachers[n % 4], 9 + n % 2, 30 * (n % 2), room=rooms[n % 2]) for n in range(MANY)]
    found = at_once(*(lambda each=each: actions.book(staff, each) for each in wanted), refusals=CLASH)
    assert all(isinstance(each, Booking | actions.Clash) for each in found), found
    no_overlaps()


def race_of_moves_into_each_others_hour(staff):
    """Two lessons of one teacher are moved to one free hour: one goes there, the other stays where it is."""
    teacher = factories.user(Role.TEACHER)
    both = [actions.book(staff, lesson(teacher, hour)) for hour in (9, 11)]
    found = at_once(
        *(lambda each=each: actions.move(staff, each, DAY, time(13), "UTC", 60) for each in both), refusals=CLASH
    )
    assert sorted(type(each).__name__ for each in found) == ["Booking", "Clash"], found
    assert {each.start for each in Booking.objects.filter(teacher=teacher)} in ({at(9), at(13)}, {at(11), at(13)})
    no_overlaps()


def race_of_one_form(staff):
    """The same form sent several times at once is one lesson."""
    teacher = factories.user(Role.TEACHER)
    form = lesson(teacher, client_key=uuid.uuid4())
    found = at_once(*(lambda: actions.book(staff, form) for _ in range(4)))
    assert len({booking.pk for booking in found}) == 1, found


def race_of_moving_and_calling_off(staff):
    """A lesson that is moved and called off at once is called off, and takes nobody's time."""
    booking = actions.book(staff, lesson(factories.user(Role.TEACHER)))
    at_once(
        lambda: actions.move(staff, booking, DAY, time(18), "UTC", 60),
        lambda: actions.call_off(staff, booking, "Ill"),
        refusals=(ValidationError,),
    )
    booking.refresh_from_db()
    assert booking.state == "called_off"
    assert not booking.claims.exists()
    assert booking.sequence == 1 + booking.moves.count()


def race_of_acceptances(staff):
    """Many accept one of three times at once: one moves the lesson, once; each other is told that it is answered."""
    booking = actions.book(staff, lesson(factories.user(Role.TEACHER)))
    proposal = proposed(staff, booking, 18, 19, 20)
    times = list(proposal.times.values_list("pk", flat=True))
    found = at_once(
        *(lambda pk=times[n % 3]: actions.accept(staff, proposal, pk) for n in range(MANY)), refusals=(ValidationError,)
    )
    assert sum(isinstance(each, Booking) for each in found) == 1, found
    assert all("answered already" in each.messages[0] for each in found if not isinstance(each, Booking)), found
    booking.refresh_from_db()
    assert (booking.sequence, booking.moves.count()) == (1, 1)
    assert [claim.start for claim in Claim.objects.filter(resource=f"user-{booking.teacher_id}")] == [booking.start]


def race_of_proposals_for_one_hour(staff):
    """Two lessons of one teacher are proposed for one hour while somebody books it: it is held or taken once."""
    teacher = factories.user(Role.TEACHER)
    both = [actions.book(staff, lesson(teacher, hour)) for hour in (9, 11)]
    found = at_once(
        *(lambda each=each: proposed(staff, each, 13) for each in both),
        lambda: actions.book(staff, lesson(teacher, 13)),
        refusals=CLASH,
    )
    assert sum(isinstance(each, actions.Clash) for each in found) == 2, found
    assert Claim.objects.filter(resource=f"user-{teacher.pk}", start=at(13)).count() == 1


def race_of_accepting_and_calling_off(staff):
    """A lesson is moved or not before it is called off; either way it holds nothing in the end."""
    booking = actions.book(staff, lesson(factories.user(Role.TEACHER)))
    proposal = proposed(staff, booking, 18)
    at_once(
        lambda: actions.accept(staff, proposal, proposal.times.get().pk),
        lambda: actions.take_back(staff, proposal),
        lambda: actions.call_off(staff, booking, "Ill"),
        refusals=(ValidationError,),
    )
    booking.refresh_from_db()
    proposal.refresh_from_db()
    assert booking.state == "called_off"
    assert not proposal.is_open
    assert not Claim.objects.filter(resource=f"user-{booking.teacher_id}").exists()
    assert booking.moves.count() == (proposal.state == "approved")


def proposed(staff, booking, *hours):
    return actions.propose(staff, booking, actions.Terms([actions.WallTime(DAY, time(hour), "UTC") for hour in hours]))


def race_of_series(staff):
    """Series and single lessons that want some of the same hours: each series is whole, or not there at all."""
    teachers, rooms = [factories.user(Role.TEACHER) for _ in range(2)], [factories.room(), factories.room()]

    def weekly(number):
        rule = Rule(Pattern.WEEKLY, DAY + timedelta(days=number % 3), count=12)
        who, where = teachers[number % 2], rooms[number // 2 % 2]
        students = (factories.student(),)
        return actions.NewSeries("Algebra", who, rule, time(6), "UTC", 60, students, room=where)

    wanted = [weekly(number) for number in range(6)]
    singles = [lesson(teacher, 6, 30, day=DAY + timedelta(weeks=3)) for teacher in teachers]
    found = at_once(
        *(lambda each=each: actions.start_series(staff, each) for each in wanted),
        *(lambda each=each: actions.book(staff, each) for each in singles),
        refusals=(ValidationError,),
    )
    assert all(isinstance(each, tuple | Booking | ValidationError) for each in found), found
    series = [each[0] for each in found if isinstance(each, tuple)]
    assert Series.objects.count() == len(series) > 0
    assert all(each.bookings.count() == 12 for each in series)
    assert not Booking.objects.filter(series=None, series_day__isnull=False).exists()
    no_overlaps()


def race_of_undo_and_change(staff):
    """A series that is undone and moved at once: all of it is gone, or all of it is there."""
    teacher = factories.user(Role.TEACHER)
    rule = Rule(Pattern.WEEKLY, DAY, count=8)
    wanted = actions.NewSeries("Algebra", teacher, rule, time(3), "UTC", 60, (factories.student(),))
    series, change = actions.start_series(staff, wanted)
    first = series.bookings.order_by("start")[0]
    at_once(
        lambda: actions.undo_series(staff, change),
        lambda: actions.move(staff, first, DAY, time(20), "UTC", 60),
        refusals=(ValidationError, Booking.DoesNotExist),
    )
    assert Booking.objects.filter(teacher=teacher).count() in (0, 8)
    assert (
        Claim.objects.filter(resource=f"user-{teacher.pk}").count() == Booking.objects.filter(teacher=teacher).count()
    )


def race_of_a_batchs_end_and_moves(staff):
    """A batch ends earlier while its lessons move across that day: none of those that take place is after it."""
    teacher = factories.user(Role.TEACHER)
    batch = factories.batch(teacher=teacher, start=DAY, end=DAY + timedelta(days=40))
    wanted = actions.NewSeries("Algebra", teacher, Rule(Pattern.WEEKLY, DAY), time(2), "UTC", 60, batch=batch)
    series, _ = actions.start_series(staff, wanted)
    last, rows = DAY + timedelta(days=15), list(series.bookings.order_by("start"))
    at_once(
        lambda: update_batch(staff, batch, {"end": last}),
        *(lambda row=row: actions.move(staff, row, last + timedelta(days=2), time(4), "UTC", 60) for row in rows[:1]),
        *(lambda row=row: actions.move(staff, row, DAY + timedelta(days=1), time(4), "UTC", 60) for row in rows[-1:]),
        *(lambda row=row: actions.call_off(staff, row, "Ill") for row in rows[-2:-1]),
        refusals=(ValidationError,),
    )
    assert Booking.objects.get(pk=rows[1].pk).is_on
    assert not Booking.objects.on().filter(series=series, day__gt=last).exists()
    only_those_on_take_time(teacher)
    update_batch(staff, batch, {"end": None})
    at_once(*(lambda: actions.fill_series(batch=batch.pk) for _ in range(3)))
    assert Booking.objects.on().filter(series=series, pk__in=[row.pk for row in rows]).count() >= len(rows) - 1
    assert SeriesChange.objects.filter(series=series, kind="resumed").count() <= 1
    only_those_on_take_time(teacher)


def only_those_on_take_time(teacher):
    """What is claimed of a teacher's time is just what their lessons take."""
    spans = Booking.objects.on().filter(teacher=teacher).order_by("start").values_list("start", "end")
    claims = Claim.objects.filter(resource=f"user-{teacher.pk}").order_by("start").values_list("start", "end")
    assert list(spans) == list(claims)


def no_overlaps():
    """The slow way: each claim against each other of its resource."""
    rows = list(Claim.objects.order_by("resource", "start"))
    for one, two in pairwise(rows):
        assert one.resource != two.resource or one.end <= two.start, (one, two)


def main():
    staff = factories.user(Role.STAFF)
    raw_sql(actions.book(staff, lesson(factories.user(Role.TEACHER), 4)))
    stays_quick(actions.book(staff, lesson(factories.user(Role.TEACHER), 5)))
    killed_between_two_reminders()
    race_for_one_hour(staff)
    race_for_one_room(staff)
    race_of_moves_into_each_others_hour(staff)
    race_of_one_form(staff)
    race_of_moving_and_calling_off(staff)
    race_of_acceptances(staff)
    race_of_proposals_for_one_hour(staff)
    race_of_accepting_and_calling_off(staff)
    race_of_series(staff)
    race_of_series_for_one_hour(staff)
    race_of_undo_and_change(staff)
    race_of_a_batchs_end_and_moves(staff)
    print("settled")


main()
