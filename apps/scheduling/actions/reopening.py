"""What undoing a series does to the request that it came from."""

from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling import live, notices_requests
from apps.scheduling.models import LessonRequest, RequestState


def reopen(request: LessonRequest, actor: User) -> None:
    """Have an approved request whose lessons are gone wait for an answer again, or end it where it is too late."""
    late = request.expires <= timezone.now()
    request.booking, request.state = None, RequestState.WITHDRAWN if late else RequestState.OPEN
    request.answered_by, request.answered_at = (actor, timezone.now()) if late else (None, None)
    request.save(update_fields=["booking", "state", "answered_by", "answered_at", "updated"])
    audit.record(actor, "lesson-request.reopened", request, open=not late)
    if late:
        notices_requests.answered(request, actor)
    else:
        notices_requests.waits(request, actor)
    live.request_changed(request)
