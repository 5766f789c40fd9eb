"""What people are told of requests: that one waits for their answer, and what became of one."""

from collections.abc import Iterable, Mapping, Sequence

from apps.accounts.models import Role, User
from apps.notifications.events import notify, withdraw
from apps.notifications.models import Event
from apps.notifications.notification_types import Found, NotificationType, looked_up
from apps.scheduling.models import LessonRequest, RequestState, Side


def waits(request: LessonRequest, actor: User) -> None:
    """Tell the side whose answer it waits for; what was told of an earlier turn holds no longer."""
    withdraw(*_keys(request))
    key = f"lesson-request-{request.pk}-{request.updated.timestamp():.6f}"
    title = f"Request: {request.subject}"
    notify("lesson_request", key, title, actor=actor, thing=request, about=request, to=_side(request, request.turn))


def still_waits(request: LessonRequest) -> None:
    """Remind that side, once."""
    key = f"lesson-request-again-{request.pk}-{request.updated.timestamp():.6f}"
    title = f"Still waiting: {request.subject}"
    notify("lesson_request", key, title, thing=request, about=request, to=_side(request, request.turn), again=True)


def answered(request: LessonRequest, actor: User | None) -> None:
    """Tell both sides but the actor what became of it."""
    withdraw(*_keys(request))
    to = _side(request, Side.STUDENT) + _side(request, Side.TEACHER)
    key, title = f"request-answer-{request.pk}", f"{request.get_state_display()}: {request.subject}"
    notify("request_answer", key, title, actor=actor, thing=request, about=request, to=to)


def _keys(request: LessonRequest) -> list[str]:
    return list(Event.objects.filter(kind="lesson_request", thing=request.pk).values_list("key", flat=True))


def _side(request: LessonRequest, side: str) -> list[int]:
    user_id = request.teacher_id if side == Side.TEACHER else request.student.user_id
    return [user_id] if user_id else []


def _open(user: User | None, ids: list[int]) -> Mapping[int, LessonRequest]:
    rows = LessonRequest.objects.open().select_related("student", "teacher").prefetch_related("times")
    return (rows.waiting_for(user) if user else rows).in_bulk(ids)


def _ended(user: User | None, ids: list[int]) -> Mapping[int, LessonRequest]:
    rows = LessonRequest.objects.exclude(state=RequestState.OPEN).select_related("student", "teacher")
    return (rows.visible_to(user) if user else rows).in_bulk(ids)


def _found(request: LessonRequest, user: User | None) -> Found:
    return Found(request.get_absolute_url(), request.note, request.subject, more={"request": request})


def _may_answer(event: Event, ids: Sequence[int]) -> Iterable[int]:
    request = LessonRequest.objects.open().filter(pk=event.thing).select_related("student").first()
    return set(_side(request, request.turn)) & set(ids) if request else []


_find_open, _show_open = looked_up(_open, _found)
_find_ended, _show_ended = looked_up(_ended, _found)
PEOPLE = frozenset({Role.TEACHER, Role.STUDENT})
TYPES = (
    NotificationType(
        name="lesson_request",
        order=32,
        label="Requests for lessons",
        about="Somebody asks you for a lesson, or answers with other times.",
        why="The request waits for your answer.",
        icon="calendar-clock",
        template="scheduling/notices/lesson_request.html",
        find=_find_open,
        show=_show_open,
        readers=_may_answer,
        urgent=True,
        roles=PEOPLE,
    ),
    NotificationType(
        name="request_answer",
        order=33,
        label="Answers to requests",
        about="A request for a lesson was declined, withdrawn, or ended without an answer.",
        why="You are one of the two sides of this request.",
        icon="calendar",
        template="scheduling/notices/request_answer.html",
        find=_find_ended,
        show=_show_ended,
        roles=PEOPLE,
    ),
)
