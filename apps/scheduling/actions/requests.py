"""Requests for lessons: asked, answered with other times, approved, declined, withdrawn, expired.

Each change of state is one conditional update, so that of two answers at once one counts.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import Role, User
from apps.core.formats import day as written
from apps.scheduling import live, notices, notices_requests, notices_series, policies
from apps.scheduling.actions.bookings import Lesson, check_room, create, refuse_busy
from apps.scheduling.actions.claims import clash_at, lock
from apps.scheduling.actions.series import create_series
from apps.scheduling.actions.series_dates import dates_of, plan_series, settled
from apps.scheduling.actions.series_plan import NewSeries, Plan, Planned, Unsettled
from apps.scheduling.actions.wishes import AS_ASKED, InRoom, WallTime, Wish
from apps.scheduling.models import (
    Booking,
    LessonRequest,
    RequestState,
    RequestTime,
    Room,
    Side,
    expiry,
    rule_fields,
)
from apps.scheduling.models.requests import MOST_TIMES
from apps.scheduling.recurrence import Pattern, Rule
from apps.scheduling.words import said
from apps.students.models import Status

# How many requests of one student and one teacher may be open.
MOST_OPEN = 10
ANSWERED = "This request has been answered already."


def ask(actor: User, wish: Wish) -> LessonRequest:
    """Ask for a lesson: a student asks a teacher of theirs, a teacher a student of theirs, staff for a student.

    The same `client_key` twice is one request. Raises PermissionDenied, ValidationError by field, Clash.
    """
    if not policies.may_ask(actor, wish.student, wish.teacher):
        raise PermissionDenied("You can't ask for this lesson.")
    with transaction.atomic():
        lock([wish.teacher.pk], students=[wish.student])
        if wish.client_key:
            made = LessonRequest.objects.filter(asked_by=actor, client_key=wish.client_key).first()
            if made:
                return made
        if LessonRequest.objects.open().filter(student=wish.student, teacher=wish.teacher).count() >= MOST_OPEN:
            raise ValidationError(f"{MOST_OPEN} requests of these two are open: wait for an answer first.", code="many")
        turn = Side.STUDENT if actor.role == Role.TEACHER else Side.TEACHER
        own = {name: getattr(wish, name) for name in ("student", "teacher", "subject", "minutes", "place", "note")}
        request = LessonRequest(**own, turn=turn, asked_by=actor, client_key=wish.client_key, expires=timezone.now())
        time = _first_time(wish)
        for name, value in rule_fields(wish.rule or Rule(Pattern.WEEKLY, time.day)).items():
            setattr(request, name, value)
        request.first, request.repeats = time.day, wish.rule is not None
        if wish.student.status == Status.LEFT:
            raise ValidationError({"student": f"{wish.student.full_name} has left the academy."})
        if not wish.teacher.is_active:
            raise ValidationError({"teacher": "This teacher can't sign in any more. Choose another."})
        request.save()
        _offer(actor, request, [time])
        audit.record(actor, "lesson-request.sent", request, teacher=wish.teacher.pk, student=wish.student.pk)
        notices_requests.waits(request, actor)
        live.request_changed(request)
    return request


def _first_time(wish: Wish) -> WallTime:
    """The time of the first lesson: of a series on the first of its dates."""
    if wish.rule is None:
        return wish.time
    return replace(wish.time, day=dates_of(wish.rule)[0])


def offer_times(
    actor: User, request: LessonRequest, times: Sequence[WallTime], word: str = "", room: InRoom = AS_ASKED
) -> LessonRequest:
    """Answer with other times, MOST_TIMES at most: the request then waits for the other side.

    `room` is where the lesson would be. Raises PermissionDenied, ValidationError by field, Clash.
    """
    with transaction.atomic():
        lock([request.teacher_id])
        request = _in_room(actor, _locked(actor, request), room)
        request.turn = Side(request.turn).other
        request.answer, request.answered_by, request.answered_at = said(word)[:300], actor, timezone.now()
        request.times.all().delete()
        _offer(actor, request, times)
        audit.record(actor, "lesson-request.answered", request, times=len(times))
        notices_requests.waits(request, actor)
        live.request_changed(request)
    return request


def approve(
    actor: User,
    request: LessonRequest,
    time_pk: int,
    anyway: bool = False,
    without: Collection[date] = (),
    room: InRoom = AS_ASKED,
) -> Booking:
    """Agree to one of its times: the lesson, or each of a series, is in the calendar at once, or nothing has changed.

    `without` are dates of a series to leave out where they clash, as whoever agrees has seen. Raises PermissionDenied,
    ValidationError (answered already, the time is gone, or by field), Clash; Unsettled where other dates of a series
    clash.
    """
    with transaction.atomic():
        lock([request.teacher_id], [request.room_id, room.pk if isinstance(room, Room) else None], [request.student])
        request = _in_room(actor, _locked(actor, request), room)
        chosen = request.times.filter(pk=time_pk).first()
        if chosen is None:
            raise ValidationError("This time isn't offered any more.", code="gone")
        if request.repeats:
            return _approve_series(actor, request, chosen, anyway and actor.sees_all, without)
        lesson = Lesson(
            request.subject,
            request.teacher,
            chosen.day,
            chosen.at,
            chosen.zone,
            request.minutes,
            students=(request.student,),
            course=request.course,
            room=request.room,
            place=request.place,
        )
        booking = create(actor, lesson, anyway and actor.sees_all)
        _end(actor, request, RequestState.APPROVED, booking=booking, room=request.room)
        audit.record(actor, "lesson-request.approved", request)
        notices.booked(booking, actor)
        live.lessons_changed(booking)
    return booking


def _approve_series(
    actor: User, request: LessonRequest, chosen: RequestTime, anyway: bool, without: Collection[date]
) -> Booking:
    """The same for a series, from the chosen time on; returns its first lesson."""
    wanted = NewSeries(
        request.subject,
        request.teacher,
        request.rule.starting(chosen.day),
        chosen.at,
        chosen.zone,
        request.minutes,
        students=(request.student,),
        room=request.room,
        place=request.place,
    )
    plan = plan_series(wanted)
    clashing = [each for each in plan.dates if each.taken or (each.busy and not anyway)]
    if any(each.day not in without for each in clashing):
        raise _unsettled(plan, clashing, request.room)
    for each in clashing:
        each.skip = True
    settled(plan, [each.day for each in plan.busy], anyway=True)
    series, change = create_series(actor, wanted, plan)
    booking = series.bookings.order_by("start")[0]
    _end(actor, request, RequestState.APPROVED, booking=booking, room=request.room)
    audit.record(actor, "lesson-request.approved", request)
    notices_series.told(change, actor)
    return booking


def _unsettled(plan: Plan, clashing: Sequence[Planned], room: Room | None) -> Unsettled:
    """The error that lists the clashing dates; its code is "room" if only the room is taken."""
    dates = "; ".join(written(each.row.start) for each in clashing[:10])
    if len(clashing) > 10:
        dates += f"; and {len(clashing) - 10} more"
    number = f"{len(clashing)} of {len(plan.dates)} dates"
    if room and all(each.needs_room and not each.busy for each in clashing):
        return Unsettled(f"{room.name} is taken on {number}: {dates}.", plan, clashing, "room")
    return Unsettled(f"{number} clash: {dates}.", plan, clashing)


def decline(actor: User, request: LessonRequest, reason: str) -> LessonRequest:
    """Say no, and why. Raises PermissionDenied, ValidationError."""
    if not (reason := said(reason)):
        raise ValidationError({"reason": "Say why: the other side reads it."}, code="required")
    with transaction.atomic():
        lock([request.teacher_id])
        request = _locked(actor, request)
        _end(actor, request, RequestState.DECLINED, answer=reason[:300])
        audit.record(actor, "lesson-request.declined", request)
        notices_requests.answered(request, actor)
    return request


def withdraw_request(actor: User, request: LessonRequest) -> LessonRequest:
    """Take back what one asked or offered. Raises PermissionDenied, ValidationError."""
    with transaction.atomic():
        lock([request.teacher_id])
        request = _fresh(request)
        if not policies.may_withdraw(actor, request):
            raise PermissionDenied("You can't withdraw this request.")
        _end(actor, request, RequestState.WITHDRAWN)
        audit.record(actor, "lesson-request.withdrawn", request)
        notices_requests.answered(request, actor)
    return request


def follow_requests() -> int:
    """End the requests whose time has come, and remind once of those that wait; returns how many ended."""
    now, ended = timezone.now(), 0
    for pk in LessonRequest.objects.open().filter(expires__lte=now).values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            request = LessonRequest.objects.select_for_update().get(pk=pk)
            if request.is_open and request.expires <= now:
                _end(None, request, RequestState.EXPIRED)
                audit.record(None, "lesson-request.expired", request)
                notices_requests.answered(request, None)
                ended += 1
    for pk in LessonRequest.objects.open().filter(remind_at__lte=now).values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            if LessonRequest.objects.open().filter(pk=pk, remind_at__lte=now).update(remind_at=None):
                notices_requests.still_waits(LessonRequest.objects.get(pk=pk))
    return ended


def _offer(actor: User, request: LessonRequest, times: Sequence[WallTime]) -> None:
    """Write the times that a request offers; each must be to come, and free for both."""
    if not 1 <= len(times) <= MOST_TIMES:
        raise ValidationError({"day": f"Offer one to {MOST_TIMES} times."}, code="number")
    rows: list[RequestTime] = []
    for wall in times:
        row = RequestTime(request=request).timed(wall.day, wall.at, wall.zone, request.minutes)
        if row.start <= timezone.now():
            raise ValidationError({"at": "This time has passed. Choose one to come."}, code="past")
        if request.repeats and request.until and row.day > request.until:
            raise ValidationError({"day": "The series ends before this day."}, code="late")
        if any(row.start == other.start for other in rows):
            raise ValidationError({"at": "You offer this time twice."}, code="twice")
        _refuse_taken(actor, request, row)
        rows.append(row)
    RequestTime.objects.bulk_create(rows)
    now, first = timezone.now(), min(row.start for row in rows)
    request.expires = expiry(first, now)
    request.remind_at = now + (request.expires - now) / 2
    request.save()


def _refuse_taken(actor: User, request: LessonRequest, row: RequestTime) -> None:
    """Raise Clash where the teacher is taken then, or the student; staff may ask although the student is."""
    wanted = Booking(teacher=request.teacher, room=request.room).timed(row.day, row.at, row.zone, row.minutes)
    if clash := clash_at(wanted, row.span, [request.student_id]):
        raise clash
    if not actor.sees_all:
        refuse_busy(wanted, [request.student])


def _in_room(actor: User, request: LessonRequest, room: InRoom) -> LessonRequest:
    """Set the room that the answering person chose, unsaved. Raises PermissionDenied."""
    if room is not AS_ASKED:
        if room and not policies.may_choose_room(actor):
            raise PermissionDenied("You can't choose a room.")
        check_room(room, 1)
        request.room = room
    return request


def _locked(actor: User, request: LessonRequest) -> LessonRequest:
    """The request as it is now, under its lock, if its answer is this person's to give."""
    request = _fresh(request)
    if not policies.may_answer(actor, request):
        raise PermissionDenied("This request waits for somebody else.")
    return request


def _fresh(request: LessonRequest) -> LessonRequest:
    rows = LessonRequest.objects.select_for_update(of=("self",)).select_related("student__user", "teacher", "room")
    found = rows.get(pk=request.pk)
    if not found.is_open or found.expires <= timezone.now():
        raise ValidationError(ANSWERED if not found.is_open else "This request has expired.", code="answered")
    return found


def _end(actor: User | None, request: LessonRequest, state: RequestState, **more: object) -> None:
    """Close it, once."""
    values = {"state": state, "answered_by": actor, "answered_at": timezone.now(), "remind_at": None, **more}
    if not LessonRequest.objects.open().filter(pk=request.pk).update(**values, updated=timezone.now()):
        raise ValidationError(ANSWERED, code="answered")
    request.refresh_from_db()
    live.request_changed(request)
