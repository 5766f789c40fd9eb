"""Questions in Aiken (https://docs.moodle.org/en/Aiken_format): a text, options `A.` or `A)`, and `ANSWER: B`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from apps.core.sandboxed import question_text as texts
from apps.core.sandboxed.question_parts import FULL, Read, Unfit, Weighed, choose_one, one_line

OPTION = re.compile(r"\s*([A-Z])[.)](?:[ \t]+|$)(.*)")
ANSWER = re.compile(r"\s*ANSWER\s*:\s*(.*?)\s*", re.IGNORECASE)


@dataclass
class Block:
    """A question's lines, unparsed; `options` are (letter, text)."""

    line: int
    text: list[str] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    answer: str | None = None


def looks_so(text: str) -> bool:
    """Does the text have at least one Aiken option and one `ANSWER:` line?"""
    lines = text.split("\n")
    return any(map(ANSWER.fullmatch, lines)) and any(map(OPTION.fullmatch, lines))


def blocks(text: str) -> Iterator[Block]:
    """Split a file into questions. Blank lines don't count."""
    block: Block | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        option, answer = OPTION.fullmatch(line), ANSWER.fullmatch(line)
        if block and block.options and not option and not answer:
            yield block
            block = None
        block = block or Block(number)
        if answer:
            block.answer = answer[1]
            yield block
            block = None
        elif option and block.text:
            block.options.append((option[1], option[2].strip()))
        else:
            block.text.append(line.strip())
    if block:
        yield block


def read(block: Block) -> Read:
    """Parse one question; raises Unfit."""
    letters = [letter for letter, _ in block.options]
    if block.answer is None:
        raise Unfit("it has no line “ANSWER:”")
    if not block.text:
        raise Unfit("there is an answer, but no question before it")
    if len(letters) < 2:
        raise Unfit("it has fewer than two options (A. and B.)")
    if twice := next((letter for letter in letters if letters.count(letter) > 1), ""):
        raise Unfit(f"option {twice} stands there twice")
    if empty := next((letter for letter, text in block.options if not text), ""):
        raise Unfit(f"option {empty} is empty")
    right = block.answer.rstrip(".)").upper()
    if len(right) != 1:
        raise Unfit(f"the answer has to be one letter, not “{block.answer[:40]}”")
    if right not in letters:
        raise Unfit(f"the answer is {right}, but there is no option {right}")
    question = Read(block.line, "single", texts.paragraphs("\n".join(block.text)))
    answers = [Weighed(texts.plain(text), FULL if letter == right else Decimal(0)) for letter, text in block.options]
    choose_one(question, answers)
    return question


def title_of(block: Block) -> str:
    """The first 80 characters of a question."""
    return one_line(" ".join(block.text))[:80]
