"""What people are told of requests: that one waits for their answer, and what became of one."""

from apps.accounts.models import User
from apps.notifications.events import notify, withdraw
from apps.notifications.models import Event
from apps.notifications.notification_types import Found
from apps.scheduling.models import LessonRequest, Side
from apps.scheduling.notices_asked import question_and_answer


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


def _found(request: LessonRequest, user: User | None) -> Found:
    return Found(request.get_absolute_url(), request.note, request.subject, more={"request": request})


TYPES = question_and_answer(
    LessonRequest.objects.select_related("student", "teacher").prefetch_related("times"),
    _side,
    _found,
    {
        "name": "lesson_request",
        "order": 32,
        "label": "Requests for lessons",
        "about": "Somebody asks you for a lesson, or answers with other times.",
        "why": "The request waits for your answer.",
        "template": "scheduling/notices/lesson_request.html",
    },
    {
        "name": "request_answer",
        "order": 33,
        "label": "Answers to requests",
        "about": "A request for a lesson was declined, withdrawn, or ended without an answer.",
        "why": "You are one of the two sides of this request.",
        "template": "scheduling/notices/request_answer.html",
    },
)
