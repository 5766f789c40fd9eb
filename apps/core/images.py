"""Pictures that people send, read in the sandbox: measured, cut to a stamp, or written anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from django.core.files.base import ContentFile

from apps.core import sandbox
from apps.core.formats import number

TOO_SLOW = "This picture takes too long to open. Save it in another format, and try again."
BUSY = "Other pictures are being opened at this moment. Try again in a few seconds."
FAILED = "This picture could not be opened. Try again, or save it in another format first."


class Unreadable(Exception):  # noqa: N818 - its text is for the sender
    """This isn't a picture that can be shown; the text says why."""

    code = "unreadable"


class Busy(Unreadable):
    """It may be one: others are in the way."""

    code = "busy"


@dataclass(frozen=True)
class Rewritten:
    """A picture and its thumbnail as they are kept; sides in pixels."""

    picture: ContentFile[bytes]
    thumbnail: ContentFile[bytes]
    content_type: str
    width: int
    height: int


def measure(file: IO[bytes]) -> tuple[int, int]:
    """Width and height that the picture will have; raises Unreadable, also where others are in the way for long."""
    facts = _asked("pictures.measure", file).facts
    return facts["width"], facts["height"]


def square(file: IO[bytes], side: int) -> ContentFile[bytes]:
    """The middle of the picture as a square WebP of so many pixels, an animation's first; raises as `measure`."""
    return ContentFile(_asked("pictures.square", file, side=side).files[0])


def pixels(file: IO[bytes], width: int, height: int) -> tuple[int, int, bytes]:
    """The picture as large as fits: its width, its height, and four bytes (RGBA) a pixel; raises as `measure`."""
    facts, (raw,) = _asked("pictures.pixels", file, width=width, height=height)
    return facts["width"], facts["height"], raw


def _asked(function: str, file: IO[bytes], **arguments: Any) -> sandbox.Answer:
    """What a request waits for."""
    try:
        return _read(lambda: sandbox.run(function, file, sandbox.REQUEST, **arguments))
    except sandbox.Busy:
        raise Busy(BUSY) from None
    except sandbox.Failed:
        raise Unreadable(FAILED) from None


def rewrite(file: IO[bytes]) -> Rewritten:
    """The picture as it is shown, and small; raises Unreadable, or sandbox.Failed where another try may do it."""
    facts, (picture, thumbnail) = _read(lambda: sandbox.run("pictures.rewrite", file, sandbox.BACKGROUND))
    return Rewritten(ContentFile(picture), ContentFile(thumbnail), **facts)


def _read(run: Callable[[], sandbox.Answer]) -> sandbox.Answer:
    try:
        return run()
    except sandbox.Refused as refused:
        raise Unreadable(_sentence(refused)) from None


def _sentence(refused: sandbox.Refused) -> str:
    """What the sandbox found, to the person who sent it."""
    if refused.code == "pixels" and refused.facts:
        width, height = (number(refused.facts[side]) for side in ("width", "height"))
        return f"This picture has {width} × {height} pixels; that is too many."
    return {
        "no-picture": "This isn't a picture that can be read.",
        "damaged": "This picture is damaged.",
        "pixels": "This picture has too many pixels.",
        "memory": "This picture has too many pixels.",
        "frames": "This picture is damaged: its frames differ in size.",
        "slow": TOO_SLOW,
    }[refused.code]
