"""The kinds of lessons. Rooms above add theirs (a quiz is a lesson, too); courses know only their names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.csp import CSP

from apps.core import page_headers
from apps.courses import embeds

if TYPE_CHECKING:
    from django.http import HttpResponse

    from apps.accounts.models import User
    from apps.courses.models import Lesson


# Seconds by which captions may outlast their video: encoders round.
CAPTIONS_SLACK = 5.0


def _no_context(lesson: "Lesson", user: Any) -> Mapping[str, Any]:
    return {}


def _nothing_wrong(lesson: "Lesson") -> list[str]:
    return []


def _as_it_is(response: "HttpResponse", lesson: "Lesson") -> None:
    """Leave the headers of the page as they are everywhere."""


@dataclass(frozen=True)
class LessonKind:
    """A kind of lesson.

    `template` shows its content in the lesson's page, with what `context(lesson, user)` adds; `fields` are those of the
    lesson that its author fills in beside the title, and `rules` the completion rules to choose from. `problems` says,
    in sentences, why a lesson can't be published yet. `widen` adds to the page's headers what this kind needs.
    """

    name: str
    label: str
    icon: str
    template: str
    fields: tuple[str, ...] = ("body",)
    rules: tuple[str, ...] = ("button",)
    context: "Callable[[Lesson, User | Any], Mapping[str, Any]]" = _no_context
    problems: "Callable[[Lesson], list[str]]" = _nothing_wrong
    widen: "Callable[[HttpResponse, Lesson], None]" = field(default=_as_it_is)


_kinds: dict[str, LessonKind] = {}


def register(*kinds: LessonKind) -> None:
    """Add kinds; called by the owning app when it is ready."""
    _kinds.update({kind.name: kind for kind in kinds})


def find(name: str) -> LessonKind:
    """The kind of a name; text for one that nobody registered any more."""
    return _kinds.get(name) or _kinds["text"]


def kinds() -> list[LessonKind]:
    """All of them, in the order in which they were registered."""
    return list(_kinds.values())


def _text_problems(lesson: "Lesson") -> list[str]:
    return [] if lesson.body.strip() else ["It has no text yet."]


def _file_problems(lesson: "Lesson") -> list[str]:
    return [] if lesson.file_id else ["It has no file yet."]


def _video_problems(lesson: "Lesson") -> list[str]:
    if not (lesson.file_id and lesson.file):
        return ["It has no video yet."]
    captions, seconds = lesson.captions, lesson.file.seconds
    if captions and captions.seconds and seconds and captions.seconds > seconds + CAPTIONS_SLACK:
        return ["Its captions run past the end of the video: they belong to another one."]
    return []


def _embed_problems(lesson: "Lesson") -> list[str]:
    if not lesson.url:
        return ["It has no video yet."]
    return [] if embeds.find(lesson.url) else ["Its video is on a site that this academy doesn't allow."]


def _embed_context(lesson: "Lesson", user: Any) -> Mapping[str, Any]:
    return {"embed": embeds.find(lesson.url)}


def _widen_file(response: "HttpResponse", lesson: "Lesson") -> None:
    if lesson.file and lesson.file.is_pdf:
        page_headers.widen(response, frame=CSP.SELF, fullscreen=True)


def _widen_video(response: "HttpResponse", lesson: "Lesson") -> None:
    page_headers.widen(response, media=True, fullscreen=True)


def _widen_embed(response: "HttpResponse", lesson: "Lesson") -> None:
    if found := embeds.find(lesson.url):
        page_headers.widen(response, frame=found.provider.origin, fullscreen=True)


def _link_problems(lesson: "Lesson") -> list[str]:
    return [] if lesson.url else ["It has no link yet."]


TEXT = LessonKind("text", "Text", "file-text", "courses/kinds/_text.html", problems=_text_problems)
LINK = LessonKind(
    *("link", "Link", "external-link", "courses/kinds/_link.html"),
    fields=("url", "body"),
    rules=("opened", "button"),
    problems=_link_problems,
)
# Opened in the page (a PDF) or downloaded.
FILE = LessonKind(
    *("file", "File", "paperclip", "courses/kinds/_file.html"),
    fields=("file", "body"),
    rules=("opened", "button"),
    problems=_file_problems,
    widen=_widen_file,
)
# Uploaded: only of these is it known how much somebody has watched.
VIDEO = LessonKind(
    *("video", "Video", "file-video", "courses/kinds/_video.html"),
    fields=("file", "captions", "body"),
    rules=("watched", "button", "opened"),
    problems=_video_problems,
    widen=_widen_video,
)
# On another site, whose player tells nothing that could be believed.
EMBED = LessonKind(
    *("embed", "Video of another site", "presentation", "courses/kinds/_embed.html"),
    fields=("url", "body"),
    rules=("button", "opened"),
    context=_embed_context,
    problems=_embed_problems,
    widen=_widen_embed,
)
OURS = (TEXT, VIDEO, FILE, LINK, EMBED)
