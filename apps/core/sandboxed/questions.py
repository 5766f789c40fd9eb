"""Reads questions from GIFT, Aiken and Moodle XML files, and says why others can't be imported."""

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from typing import Any, BinaryIO

from apps.core.sandboxed import question_aiken as aiken
from apps.core.sandboxed import question_gift as gift
from apps.core.sandboxed import question_moodle as moodle
from apps.core.sandboxed.main import Refused
from apps.core.sandboxed.question_parts import Found, Read, Unfit

MAX = 5_000_000
MOST = 1_000
# Characters of all questions together. The preview's form sends them back, so they must fit into it.
ROOM = 1_000_000
MARKS = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding=["']([\w.-]{1,40})["']""")
LATIN = {"iso-8859-1", "latin-1", "latin1", "windows-1252", "cp1252", "us-ascii", "ascii"}
XML = re.compile(r"\s*(?:<\?xml|<!doctype|<!--|<quiz)", re.IGNORECASE)
# Control characters, as in binary or damaged files, and noncharacters, which Unicode reserves for internal use.
CONTROL = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f-\x9f]")
OWN = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")


def read(file: BinaryIO, *, minus: bool, pasted: bool = False) -> tuple[dict[str, Any], list[bytes]]:
    """Facts: `questions`, `rejected` (line, title, reason), `notes`, `format` and `encoding` (empty if `pasted`).

    `minus` says that each wrong option of a multiple choice question costs a share of the points. Raises Refused.
    """
    content = file.read(MAX + 1)
    if len(content) > MAX:
        raise Refused("large")
    text, encoding = _decoded(content)
    found = Found()
    name = _fill(text, found, minus=minus)
    room = sum(len(str(asdict(question))) for question in found.questions)
    if room > ROOM:
        raise Refused("long")
    facts = {"questions": [asdict(each) for each in found.questions], "rejected": found.rejected, "notes": found.notes}
    return facts | {"format": name, "encoding": "" if pasted else encoding}, []


def _decoded(content: bytes) -> tuple[str, str]:
    """The text and its encoding: UTF-8 or UTF-16, else Windows-1252 unless an XML file declares another."""
    if not content.strip():
        raise Refused("empty")
    mark = next((name for begins, name in MARKS if content.startswith(begins)), "")
    stated = DECLARED.match(content)
    if mark == "UTF-16":
        text, encoding = content.decode("utf-16", "replace"), mark
    else:
        try:
            text, encoding = content.decode("utf-8-sig"), "UTF-8"
        except UnicodeDecodeError:
            if mark or (stated and stated[1].decode().lower() not in LATIN):
                raise Refused("encoding", name=mark or stated[1].decode()) from None  # type: ignore[index]
            text, encoding = content.decode("cp1252", "replace"), "Windows-1252"
    if "\0" in text or content.startswith((b"PK\3\4", b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise Refused("binary")
    return OWN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")), encoding


def _fill(text: str, found: Found, *, minus: bool) -> str:
    """Detect the format, read the file into `found`, and return the format's name."""
    if XML.match(text):
        read_one = partial(moodle.read, found=found, minus=minus)
        _take(moodle.blocks(text, found), found, lambda each: each.line, moodle.title_of, read_one)
        return "Moodle XML"
    if aiken.looks_so(text):
        _take(aiken.blocks(text), found, lambda each: each.line, aiken.title_of, aiken.read)
        return "Aiken"
    if "{" not in text:
        raise Refused("unknown")
    _take(
        gift.blocks(text, found),
        found,
        lambda each: each[0],
        lambda each: gift.title_of(each[1]),
        lambda each: gift.read(*each, minus=minus),
    )
    return "GIFT"


def _take[Block](
    blocks: Iterable[Block],
    found: Found,
    line_of: Callable[[Block], int],
    title_of: Callable[[Block], str],
    read_one: Callable[[Block], Read],
) -> None:
    """Read each block into `found`, Unfit ones as rejected; raises Refused for none and for too many."""
    every = list(blocks)
    if len(every) > MOST:
        raise Refused("many", count=len(every), most=MOST)
    if not every:
        raise Refused("none")
    for block in every:
        try:
            question = read_one(block)
            if not question.text.strip():
                raise Unfit("it has answers, but no question")
            if control := CONTROL.search(_words(question)):
                raise Unfit(f"it holds the control character U+{ord(control[0]):04X}")
            found.questions.append(question)
        except Unfit as unfit:
            found.rejected.append((line_of(block), CONTROL.sub("\ufffd", title_of(block)), str(unfit)))


def _words(question: Read) -> str:
    return "\n".join([question.text, question.feedback, *question.variants, *(text for text, _ in question.options)])
