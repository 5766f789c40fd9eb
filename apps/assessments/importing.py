"""Previews the import of a question file, and carries the preview to its confirmation.

The sandbox reads the file once. The page carries the result, signed, so that what was previewed is what is written.
"""

from collections.abc import Hashable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import IO, Any, NamedTuple

from django.core import signing
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.assessments.actions import NewQuestion
from apps.assessments.actions.importing import asked_already, no_room, room, sameness
from apps.assessments.actions.questions import drafted
from apps.assessments.forms import options_problem
from apps.assessments.marking import CHOSEN, Kind, Partial, read_number
from apps.assessments.models import Choice, QuestionVersion, Quiz
from apps.core import sandbox
from apps.core.formats import number

SALT = "assessments.import"
KEPT = 24 * 60 * 60
# Characters, below what a form may send (DATA_UPLOAD_MAX_MEMORY_SIZE).
MOST_SENT = 2_000_000
# The most questions and rejected lines that the preview shows.
SHOWN = 100
MOST_MEGABYTES, MOST_QUESTIONS = 5, 1_000
SENTENCES = {
    "empty": "It is empty.",
    "none": "It has no questions.",
    "large": f"This file is too large: the limit is {MOST_MEGABYTES} MB.",
    "long": "The questions are too long together: split the file.",
    "many": "It has {count} questions; a file may have at most {most}. Split it.",
    "binary": "This isn’t text. Choose a file in GIFT, Aiken or Moodle XML.",
    "unknown": "This is neither GIFT nor Aiken nor Moodle XML: it has no answers in { }, no “ANSWER:” and no <quiz>.",
    "encoding": "This file isn’t {name} throughout, or in an encoding that can’t be read. Save it as UTF-8.",
    "xml": "Line {line} isn’t well-formed XML: the file is damaged or cut off.",
    "entities": "Line {line} declares a document type or entities, which is refused. Export it from Moodle again.",
    "deep": "The XML is nested too deeply in line {line}.",
    "no-quiz": "This XML begins with <{name}>; Moodle’s begins with <quiz>.",
}
BUSY = "Other files are being read at the moment. Try again in a few seconds."
HARD = "This takes too long to read. Split the file, and try again."
GONE = "This preview is too old, or belongs to another quiz. Choose the file again."
FIELDS = ("kind", "text", "variants", "case_matters", "number_key", "tolerance", "feedback")


class Left(NamedTuple):
    """A question that isn't imported, with its first line in the file."""

    line: int
    title: str
    reason: str


@dataclass(frozen=True)
class Planned:
    """A question to import; `notes` say what gets lost."""

    line: int
    written: NewQuestion
    notes: list[str]

    @cached_property
    def drafted(self) -> tuple[QuestionVersion, list[tuple[Choice, bool]]]:
        """The unsaved version, with (option, is right)."""
        version, choices = drafted(self.written)
        return version, [(choice, choice.is_right) for choice in choices]

    @property
    def accepted(self) -> list[str]:
        """The accepted answers of a question without options."""
        written = self.written
        if written.kind == Kind.NUMBER:
            return [written.number_key if written.tolerance == "0" else f"{written.number_key} ± {written.tolerance}"]
        return written.variants.splitlines()


@dataclass
class Plan:
    """The questions of a file, sorted into new ones and ones left out."""

    format: str
    encoding: str
    notes: list[str]
    new: list[Planned] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @property
    def shown(self) -> list[Planned]:
        """The new questions that the preview shows."""
        return self.new[:SHOWN]


def plan_import(quiz: Quiz, file: IO[bytes], *, pasted: bool = False) -> Plan:
    """Read a file and compare it with the quiz. Raises ValidationError if nothing in it can be imported."""
    minus = quiz.partial == Partial.MINUS
    try:
        facts = sandbox.run("questions.read", file, sandbox.REQUEST, minus=minus, pasted=pasted).facts
    except sandbox.Refused as refused:
        words = {name: number(fact) if isinstance(fact, int) else fact for name, fact in refused.facts.items()}
        sentence = SENTENCES.get(refused.code, HARD)
        raise ValidationError(sentence.format(**words) if words else sentence) from None
    except sandbox.Busy:
        raise ValidationError(BUSY) from None
    except sandbox.Failed:
        raise ValidationError(HARD) from None
    plan = Plan(facts["format"], facts["encoding"], facts["notes"], left=[Left(*each) for each in facts["rejected"]])
    _sort(plan, facts["questions"], asked_already(quiz))
    left = room(quiz)
    if len(plan.new) > left:
        raise ValidationError(no_room(len(plan.new), left))
    return plan


def _sort(plan: Plan, found: list[dict[str, Any]], there: set[Hashable]) -> None:
    lines: dict[Hashable, int] = {}
    for each in found:
        written, line = _written(each), each["line"]
        same = sameness(written)
        if reason := _problem(written):
            pass
        elif same in there:
            reason = "it is already in this quiz"
        elif lines.setdefault(same, line) != line:
            reason = f"it repeats the question in line {number(lines[same])}"
        if reason:
            plan.left.append(Left(line, " ".join(written.text.split())[:80], reason))
        else:
            plan.new.append(Planned(line, written, each["notes"]))
    plan.left.sort()


def _written(found: dict[str, Any]) -> NewQuestion:
    options = tuple((_option(text), right) for text, right in found["options"])
    variants = "\n".join(dict.fromkeys(found["variants"]))
    fields = {name: found[name] for name in FIELDS} | {"variants": variants}
    return NewQuestion(**fields, points=Decimal(found["points"]), options=options)


def _option(text: str) -> str:
    """The option with its leading star escaped, which the form would read as the mark of a right option."""
    return f"\\{text}" if text.startswith("*") and text[1:2].isspace() else text


def _problem(written: NewQuestion) -> str:
    """The clause that says why the question form would refuse it; empty if it wouldn't."""
    if written.kind in CHOSEN and (why := options_problem(written.kind, list(written.options))):
        return why[0].lower() + why[1:].removesuffix(".")
    for name, most in (("text", 20_000), ("feedback", 5_000), ("variants", 5_000)):
        if len(getattr(written, name)) > most:
            what = {"text": "it", "feedback": "its feedback", "variants": "the list of its answers"}[name]
            return f"{what} is longer than {number(most)} characters"
    if written.kind == Kind.NUMBER and not all(map(_fits, (written.number_key, written.tolerance))):
        return "its number is too long"
    return ""


def _fits(typed: str) -> bool:
    return read_number(typed) is not None


def sealed(user: User, quiz: Quiz, plan: Plan) -> str:
    """The signed draft with which the page confirms a plan; raises ValidationError if it is too long for a form."""
    rows = [asdict(each.written) | {"points": str(each.written.points)} for each in plan.new]
    draft = signing.dumps([user.pk, quiz.pk, rows], salt=SALT, compress=True)
    if len(draft) > MOST_SENT:
        raise ValidationError(SENTENCES["long"])
    return draft


def opened(user: User, quiz: Quiz, draft: str) -> list[NewQuestion]:
    """The questions of a signed draft. Raises ValidationError if it is expired or of another person or quiz."""
    try:
        whose, where, rows = signing.loads(draft, salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        raise ValidationError(GONE) from None
    if (whose, where) != (user.pk, quiz.pk):
        raise ValidationError(GONE)
    return [
        NewQuestion(**row | {"points": Decimal(row["points"]), "options": tuple(map(tuple, row["options"]))})
        for row in rows
    ]
