"""Captions of a video, written anew as WebVTT (https://www.w3.org/TR/webvtt1/) from what somebody sent, also as SubRip.

Only cues are kept: styles and regions, which say how a page looks, are not, nor are tags that WebVTT doesn't have.
"""

import re
from typing import Any, BinaryIO

from apps.core.sandboxed.main import Refused

MAX = 1_000_000
TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
TIMING = re.compile(rf"\s*{TIME}[ \t]+-->[ \t]+{TIME}(?:[ \t]+(.*))?$")
SETTING = re.compile(
    r"(?:vertical:(?:rl|lr)|(?:line|position):-?[\d.]+%?(?:,[a-z-]+)?|size:[\d.]+%|align:(?:start|center|end|left|right))"
)
TAG = re.compile(r"(<[^<>\n]*>)")
KEPT = re.compile(r"</?(?:b|i|u|c|v|lang|ruby|rt)(?:[. \t][^<>\"']*)?>|<(?:\d+:)?\d\d:\d\d\.\d{3}>")
ENTITY = re.compile(r"&(?!(?:amp|lt|gt|nbsp|lrm|rlm|#\d{1,6}|#x[0-9a-fA-F]{1,6});)")
DROPPED = {"NOTE", "STYLE", "REGION"}
# SubRip players' own: where a line stands.
PLACED = re.compile(r"\{\\[^}]{0,40}\}")


def clean(file: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """The captions, as they are kept; `cues` is how many there are, `seconds` when the last of them ends."""
    content = file.read(MAX + 1)
    if len(content) > MAX:
        raise Refused("large")
    lines = _text(content).split("\n")
    cues, last = [], 0.0
    for first, block in _blocks(lines):
        if block[0].split()[0] in DROPPED:
            continue
        at = next((n for n, line in enumerate(block) if "-->" in line), None)
        if at is None:
            continue
        cue, end = _cue(first + at, block[at], block[at + 1 :])
        if at > 1:
            raise Refused("timing", line=first)
        if cue:
            cues.append(cue)
            last = max(last, end)
    if not cues:
        raise Refused("no-cues")
    written = "\n\n".join(["WEBVTT", *cues]) + "\n"
    return {"cues": len(cues), "seconds": last}, [written.encode()]


def _text(content: bytes) -> str:
    """SubRip says nothing of its encoding: what isn't UTF-8 comes from an old Windows."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    return text.replace("\0", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")


def _blocks(lines: list[str]) -> list[tuple[int, list[str]]]:
    """What stands between empty lines, with the number of its first line, from 1."""
    found: list[tuple[int, list[str]]] = []
    fresh = True
    for number, line in enumerate(lines, 1):
        if not line.strip():
            fresh = True
        elif fresh:
            found.append((number, [line]))
            fresh = False
        else:
            found[-1][1].append(line)
    return found


def _cue(number: int, timing: str, text: list[str]) -> tuple[str, float]:
    found = TIMING.match(timing)
    if not found:
        raise Refused("timing", line=number)
    begin, end = (_milliseconds(*found.groups()[at : at + 4]) for at in (0, 4))
    if end <= begin:
        raise Refused("order", line=number)
    words = "\n".join(_words(line) for line in text).strip()
    if not words:
        return "", 0.0
    settings = [each for each in (found[9] or "").split() if SETTING.fullmatch(each)]
    return f"{' '.join([_time(begin), '-->', _time(end), *settings])}\n{words}", end / 1000


def _words(line: str) -> str:
    parts = TAG.split(PLACED.sub("", line.strip()))
    return "".join(
        (part if KEPT.fullmatch(part) else "")
        if place % 2
        else ENTITY.sub("&amp;", part).replace("<", "&lt;").replace(">", "&gt;")
        for place, part in enumerate(parts)
    )


def _milliseconds(hours: str | None, minutes: str, seconds: str, part: str) -> int:
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(part.ljust(3, "0"))


def _time(milliseconds: int) -> str:
    seconds, part = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{part:03}"
