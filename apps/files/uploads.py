"""Forms with a file: what a view says of one that was too much before anybody could look at it.

@require_POST
@takes_files(VIDEOS, may=lambda user: user.role != Role.STUDENT)
def video_create(request, pk):
    course = get_object_or_404(…)
    try:
        stored = store(signed_in(request), sent_file(request, "video", kinds=VIDEOS), kinds=VIDEOS)
    except ValidationError as error:
        form.add_error("video", error)
        … status=status_of(error)
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from apps.accounts.models import User
from apps.core.uploads import NO_ROOM, no_room, takes, too_big
from apps.files.actions import too_large
from apps.files.kinds import Kinds

# RFC 9110, sections 15.5.14 and 15.5.16; RFC 4918, section 11.5. A page tries again what was `busy`.
STATUSES = {"too_large": 413, "kind": 415, "busy": 503, "no_room": 507}


def takes_files[View: Callable[..., Any]](kinds: Kinds, *, may: Callable[[User], bool]) -> Callable[[View], View]:
    """Have a view take a file as long as `kinds` allows, from people who `may`; others are stopped at the usual limit.

    `may` is asked before the first byte is kept. It sees the person alone: the view still decides about its own rows.
    """
    return takes(kinds.limit, may)


def sent_file(request: HttpRequest, field: str, *, kinds: Kinds) -> UploadedFile[Any]:
    """The file in a field of this request.

    Raises ValidationError where there is none (`required`), or it was stopped on its way (`too_large`, `no_room`).
    """
    if no_room(request):
        raise ValidationError(NO_ROOM, code="no_room")
    if too_big(request):
        raise too_large(kinds)
    file = request.FILES.get(field)
    if not file:
        raise ValidationError("Choose a file first.", code="required")
    return file


def status_of(error: ValidationError) -> int:
    """The status of an answer that says what is wrong with a file."""
    return STATUSES.get(getattr(error, "code", None) or "", 422)
