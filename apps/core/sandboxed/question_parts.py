"""Shared by the readers of question files: the result types, and how weights in percent become right and wrong."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

FULL = Decimal(100)
# Tolerance for rounded thirds and sevenths: three times 33.33333 % counts as 100 %, three times 33 % doesn't.
ROUNDED = Decimal("0.1")
ALL_OR_NOTHING = "The percentages aren’t kept: this quiz gives all or nothing."
EVEN = (
    "The percentages aren’t kept: each right option earns the same share of the points, and each wrong one takes as "
    "much away."
)
ONE_COUNTS = "The percentages aren’t kept: only the right option earns points."
SPACE = re.compile(r"\s+")


class Unfit(Exception):  # noqa: N818 - describes a question, not a failure
    """The question can't be imported; the message says why."""


@dataclass
class Weighed:
    """An answer in a file; `weight` is in percent of the question's points, `tolerance` is for numbers."""

    text: str
    weight: Decimal
    feedback: str = ""
    tolerance: str = "0"


@dataclass
class Read:
    """A question that can be imported. All text is Markdown, except `variants` and numbers, which are compared."""

    line: int
    kind: str
    text: str
    points: str = "1"
    options: list[tuple[str, bool]] = field(default_factory=list)
    variants: list[str] = field(default_factory=list)
    case_matters: bool = False
    number_key: str = ""
    tolerance: str = "0"
    feedback: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class Found:
    """The content of a file: importable questions, `rejected` ones as (line, title, reason), and notes on the file."""

    questions: list[Read] = field(default_factory=list)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Add a note on the whole file, unless it has it already."""
        if sentence not in self.notes:
            self.notes.append(sentence)


def decimal(text: str, what: str) -> Decimal:
    """Parse a number with a decimal point or comma; raises Unfit, which names `what` isn't one."""
    try:
        found = Decimal(text.strip().replace(",", ".")) if len(text) < 60 else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found.adjusted()) > 100:
        raise Unfit(f"{what} “{text.strip()[:40]}” isn’t a number")
    return found


def plainly(number: Decimal) -> str:
    """Format a number without trailing zeros or exponent."""
    return f"{number.normalize() + 0:f}"


def one_line(text: str) -> str:
    """Join the lines of a Markdown text."""
    return SPACE.sub(" ", text.replace("\\\n", " ")).strip()


def points(text: str, notes: list[str]) -> str:
    """A question's points, rounded to hundredths with a note; raises Unfit outside 0.01 to 10000."""
    exact = decimal(text or "1", "The mark")
    if not 0 <= exact <= 10_000:
        raise Unfit(f"it is worth {plainly(exact)} points, and a question earns from 0.01 to 10000")
    rounded = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if not rounded:
        raise Unfit(f"it is worth {plainly(exact)} points, and a question earns at least 0.01")
    if rounded != exact:
        notes.append(f"{plainly(exact)} points became {plainly(rounded)}.")
    return plainly(rounded)


def choose_one(question: Read, answers: list[Weighed]) -> None:
    """Fill a single choice question: the option with 100 % is right."""
    right = [answer for answer in answers if answer.weight == FULL]
    if not right:
        raise Unfit("no option is right")
    if len(right) > 1:
        raise Unfit(f"{len(right)} options are right, and only one can be chosen")
    if any(answer.weight not in (0, FULL) for answer in answers):
        question.notes.append(ONE_COUNTS)
    question.options = [(one_line(answer.text), answer.weight == FULL) for answer in answers]


def choose_several(question: Read, answers: list[Weighed], *, minus: bool) -> None:
    """Fill a multiple choice question: options above 0 % are right. With `minus`, wrong ones cost a share."""
    right = [answer.weight for answer in answers if answer.weight > 0]
    if not right:
        raise Unfit("no option is right")
    if abs(sum(right) - FULL) > ROUNDED:
        raise Unfit(f"the right options add up to {plainly(sum(right, Decimal(0)))} %, not to 100 %")
    share = FULL / len(right)
    even = all(abs(abs(answer.weight) - share) < ROUNDED for answer in answers)
    if not minus and len(right) > 1:
        question.notes.append(ALL_OR_NOTHING)
    elif minus and not even:
        question.notes.append(EVEN)
    question.options = [(one_line(answer.text), answer.weight > 0) for answer in answers]


def write_texts(question: Read, answers: list[Weighed]) -> None:
    """Fill a short text question: answers with 100 % are accepted."""
    for answer in answers:
        said = one_line(answer.text)
        if answer.weight == FULL:
            question.variants.append(said)
        elif answer.weight > 0:
            question.notes.append(f"“{said[:60]}” earned {plainly(answer.weight)} %, and isn’t accepted here.")
    if not question.variants:
        raise Unfit("no answer is right")


def write_number(question: Read, answers: list[Weighed]) -> None:
    """Fill a number question: the one answer with 100 % is the key."""
    right = [answer for answer in answers if answer.weight == FULL]
    if len(right) != 1:
        raise Unfit("no number is right" if not right else f"not supported: {len(right)} right numbers")
    question.number_key, question.tolerance = right[0].text, right[0].tolerance
    for answer in answers:
        if 0 < answer.weight < FULL:
            question.notes.append(f"{answer.text[:60]} earned {plainly(answer.weight)} %, and earns nothing here.")


def all_feedback(general: str, said: Iterable[tuple[str, str]]) -> str:
    """A question's feedback as Markdown: the general one, then a list of (answer, feedback) without empty ones."""
    lines = [f"- {one_line(label)}: {one_line(words)}" for label, words in said if words.strip()]
    return "\n\n".join(part for part in (general.strip(), "\n".join(lines)) if part)
