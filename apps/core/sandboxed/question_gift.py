"""Questions in Moodle's GIFT (https://docs.moodle.org/en/GIFT_format)."""

import re
from collections.abc import Iterator
from decimal import Decimal

from apps.core.sandboxed import question_text as texts
from apps.core.sandboxed.question_parts import (
    FULL,
    Found,
    Read,
    Unfit,
    Weighed,
    all_feedback,
    choose_one,
    choose_several,
    decimal,
    one_line,
    plainly,
    write_number,
    write_texts,
)

# Escaped signs become noncharacters (Unicode 23.7), which no text contains, while the syntax is parsed.
ESCAPED = {"\\" + sign: chr(0xFDD2 + place) for place, sign in enumerate("~=#{}:")}
MEANT = {hidden: typed[1] for typed, hidden in ESCAPED.items()}
LINE = "\ufdd8"
HIDE = re.compile(r"\\[~=#{}:n]")
SHOW = re.compile("[\ufdd2-\ufdd7]")
TITLE = re.compile(r"\s*::(.*?)::", re.DOTALL)
FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
WEIGHT = re.compile(r"\s*%\s*(-?[\d.,]+)\s*%")
TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}
STRAY = "a } stands where no { was opened: write \\} for the sign itself"
GAP = r"\_\_\_\_\_"


def blocks(text: str, found: Found) -> Iterator[tuple[int, str]]:
    """Split a file at blank lines into (first line, text) of each question."""
    lines: list[str] = []
    first = 0
    for number, line in enumerate([*text.split("\n"), ""], 1):
        bare = line.strip()
        if bare.startswith("//"):
            continue
        if bare.upper().startswith("$CATEGORY:"):
            found.note("Categories aren’t kept.")
            bare = ""
        if bare:
            first = first if lines else number
            lines.append(line)
        elif lines:
            yield first, "\n".join(lines)
            lines = []


def read(line: int, block: str, *, minus: bool) -> Read:
    """Parse one question; raises Unfit."""
    hidden = HIDE.sub(lambda sign: LINE if sign[0] == "\\n" else ESCAPED[sign[0]], block)
    if title := TITLE.match(hidden):
        hidden = hidden[title.end() :]
    before, body, after = _parts(hidden)
    style = FORMAT.match(before)
    kind = style[1].lower() if style else ""
    stem = _markdown(before, kind)
    if rest := _markdown(after, kind):
        # Kept on one line: on a new one, Markdown would read the rest as a block of its own.
        stem = f"{stem} {GAP} {rest}" if rest[0] not in ".,;:!?)" else f"{stem} {GAP}{rest}"
    question = Read(line, "", stem)
    body, _, general = body.partition("####")
    said = _fill(question, body.strip(), kind, minus=minus)
    question.feedback = all_feedback(_markdown(general, kind), said)
    return question


def title_of(block: str) -> str:
    """A question's title, or else the first 80 characters of its text."""
    hidden = HIDE.sub(lambda sign: ESCAPED.get(sign[0], " "), block)
    title = TITLE.match(hidden)
    return one_line(_shown(title[1] if title else hidden))[:80]


def _parts(hidden: str) -> tuple[str, str, str]:
    opening, closing = hidden.find("{"), hidden.find("}")
    if opening < 0 and closing < 0:
        raise Unfit("not supported: a text without a question (it has no { and })")
    if closing < 0 or (0 <= opening < closing and "{" in hidden[opening + 1 : closing]):
        raise Unfit("a { is never closed: is there a blank line in the answers? Write \\{ for the sign itself")
    if opening < 0 or closing < opening:
        raise Unfit(STRAY)
    after = hidden[closing + 1 :]
    if "{" in after:
        raise Unfit("not supported: gaps (several sets of answers in one text)")
    if "}" in after:
        raise Unfit(STRAY)
    return hidden[:opening], hidden[opening + 1 : closing], after


def _fill(question: Read, body: str, kind: str, *, minus: bool) -> list[tuple[str, str]]:
    """Parse the answers in `body` into the question; returns (answer, feedback) pairs. Raises Unfit."""
    if not body:
        raise Unfit("not supported: essay")
    if body.startswith("#"):
        return _number(question, body[1:])
    word, *said = body.split("#")
    if (truth := TRUTH.get(word.strip().upper())) is not None:
        question.kind = "true_false"
        question.options = [("True", truth), ("False", not truth)]
        labels = ("If the answer is wrong", "If the answer is right")
        return [(label, _markdown(words, kind)) for label, words in zip(labels, said, strict=False)]
    answers = _answers(body)
    if any("->" in answer.text for answer in answers):
        raise Unfit("not supported: matching")
    if "~" not in body:
        question.kind = "text"
        plain = [Weighed(_raw(each.text), each.weight) for each in answers]
        write_texts(question, plain)
        said_of = [(texts.plain(new.text), old.feedback) for new, old in zip(plain, answers, strict=True)]
    else:
        shown = [Weighed(_markdown(each.text, kind), each.weight) for each in answers]
        question.kind = "single" if "=" in body else "multiple"
        if question.kind == "single":
            choose_one(question, shown)
        else:
            choose_several(question, shown, minus=minus)
        said_of = [(new.text, old.feedback) for new, old in zip(shown, answers, strict=True)]
    return [(label, _markdown(words, kind)) for label, words in said_of]


def _answers(body: str) -> list[Weighed]:
    head, *pieces = re.split(r"(?=[=~])", body)
    if head.strip():
        raise Unfit(f"an answer begins with = or ~, not with “{one_line(_shown(head))[:40]}”")
    found = []
    for piece in pieces:
        weight, text = FULL if piece[0] == "=" else Decimal(0), piece[1:]
        if stated := WEIGHT.match(text):
            weight, text = decimal(stated[1], "The percentage"), text[stated.end() :]
        text, _, feedback = text.partition("#")
        if not text.strip():
            raise Unfit("an answer is empty")
        found.append(Weighed(text, weight, feedback))
    return found


def _number(question: Read, body: str) -> list[tuple[str, str]]:
    question.kind = "number"
    answers = _answers(body) if body.lstrip().startswith(("=", "~")) else _answers("=" + body)
    read = []
    for answer in answers:
        value, tolerance = _range(answer.text)
        read.append(Weighed(value, answer.weight, _markdown(answer.feedback, ""), tolerance))
    write_number(question, read)
    return [(answer.text, answer.feedback) for answer in read]


def _range(text: str) -> tuple[str, str]:
    text = _raw(text).strip()
    if ".." in text:
        low, high = (decimal(part, "The number") for part in text.split("..", 1))
        if high < low:
            raise Unfit(f"the range {text[:40]} ends before it begins")
        return plainly((low + high) / 2), plainly((high - low) / 2)
    value, _, tolerance = text.partition(":")
    off = decimal(tolerance or "0", "The tolerance")
    if off < 0:
        raise Unfit("the tolerance is below zero")
    return plainly(decimal(value, "The number")), plainly(off)


def _raw(text: str) -> str:
    """An accepted answer as plain text, for comparison rather than display."""
    return one_line(_shown(FORMAT.sub("", text, count=1)))


def _markdown(text: str, kind: str) -> str:
    if own := FORMAT.match(text):
        text, kind = text[own.end() :], own[1].lower()
    text = text.strip().strip(LINE)
    if kind == "markdown":
        return _shown(text)
    if kind == "html" or (kind != "plain" and texts.has_tags(_shown(text))):
        return texts.markdown(_shown(text))
    lines = " ".join(line.strip() for line in text.split("\n"))
    return texts.paragraphs(_shown(lines.replace(LINE, "\n")))


def _shown(text: str) -> str:
    return SHOW.sub(lambda sign: MEANT[sign[0]], text).replace(LINE, "\n")
