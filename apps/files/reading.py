"""What is learnt of a file from its content. Whatever has to be decoded is read in the sandbox, never here."""

from collections.abc import Callable
from typing import IO, Any, NamedTuple

from django.core.exceptions import ValidationError

from apps.core import images, sandbox

BUSY = "Other files are being opened at this moment. Try again in a few seconds."
PLAYS = "Save it as MP4 with H.264 and AAC, which every browser plays, and choose that file."
OTHER_FILMS = {
    "avi": f"This is an AVI, which browsers don't play. {PLAYS}",
    "mkv": f"This is a Matroska film (MKV), which browsers don't play. {PLAYS}",
    "mov": f"This is a QuickTime film (MOV), which not every browser plays. {PLAYS}",
    "wmv": f"This is a Windows Media film (WMV), which browsers don't play. {PLAYS}",
    "flv": f"This is a Flash film (FLV), which browsers don't play. {PLAYS}",
    "mpeg": f"This is an MPEG film (MPG, TS), which browsers don't play. {PLAYS}",
}
SENTENCES = {
    "hevc": f"This video is in H.265 (HEVC), which many browsers don't play. {PLAYS}",
    "codec": f"The picture of this video is in a format that browsers don't play ({{codec}}). {PLAYS}",
    "sound": f"The sound of this video is in a format that browsers don't play ({{codec}}). {PLAYS}",
    "matroska": OTHER_FILMS["mkv"],
    "no-video": "There is no picture in this video: it is only a recording.",
    "cut": "This video is incomplete: its end is missing. Copy it once more, and try again.",
    "timing": "Line {line} isn't a time like 00:01:02.500 --> 00:01:05.000.",
    "order": "In line {line} the captions end before they begin.",
    "no-cues": "There are no captions in this file.",
    "no-drawing": "This isn't a drawing in SVG.",
    "script": "This drawing holds a script. Save it as plain SVG, and try again.",
    "entities": "This drawing holds XML entities. Save it as plain SVG, and try again.",
    "large": "This file is too large.",
    "damaged": "This file is damaged.",
}
HARD = "This file takes too long to read. Save it in another way, and try again."


class Facts(NamedTuple):
    """What is known: sides in pixels, a length in seconds, the content that is kept in place of what came."""

    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    content: bytes | None = None


def measure_picture(file: IO[bytes]) -> Facts:
    """The size that a picture will have; raises ValidationError."""
    try:
        return Facts(*images.measure(file))
    except images.Unreadable as error:
        raise ValidationError(str(error), code=error.code) from None


def measure_drawing(file: IO[bytes]) -> Facts:
    """The size of an SVG, which no script is in; raises ValidationError."""
    return Facts(**_asked("drawings.measure", file).facts)


def measure_video(file: IO[bytes], kind: str) -> Facts:
    """The size and length of a video that browsers play; raises ValidationError with what to do about another."""
    return Facts(**_asked("mp4.measure" if kind == "video/mp4" else "webm.measure", file).facts)


def clean_captions(file: IO[bytes]) -> Facts:
    """Captions as they are kept, and when the last of them ends; raises ValidationError."""
    answer = _asked("captions.clean", file)
    return Facts(seconds=answer.facts["seconds"], content=answer.files[0])


def _asked(function: str, file: IO[bytes], **arguments: Any) -> sandbox.Answer:
    try:
        return sandbox.run(function, file, sandbox.REQUEST, **arguments)
    except sandbox.Refused as refused:
        sentence = SENTENCES.get(refused.code, HARD).format(**refused.facts)
        raise ValidationError(sentence, code="unreadable") from None
    except sandbox.Busy:
        raise ValidationError(BUSY, code="busy") from None
    except sandbox.Failed:
        raise ValidationError(HARD, code="unreadable") from None


FILMS: dict[str, Callable[[bytes], bool]] = {
    "avi": lambda head: head[:4] == b"RIFF" and head[8:12] == b"AVI ",
    "mkv": lambda head: head[:4] == b"\x1aE\xdf\xa3",
    "mov": lambda head: head[4:8] in {b"moov", b"wide", b"mdat"} or head[4:12] == b"ftypqt  ",
    "wmv": lambda head: head[:4] == b"0&\xb2u",
    "flv": lambda head: head[:3] == b"FLV",
    "mpeg": lambda head: head[:4] in {b"\0\0\1\xba", b"\0\0\1\xb3"} or (head[:1] == b"G" and head[188:189] == b"G"),
}


def other_film(file: IO[bytes]) -> str:
    """What is said of a film of a kind that browsers don't play; empty for what isn't one."""
    file.seek(0)
    head = file.read(200)
    file.seek(0)
    return next((OTHER_FILMS[name] for name, matches in FILMS.items() if matches(head)), "")
