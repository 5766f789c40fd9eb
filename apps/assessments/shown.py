"""Questions as students see them: types that hold no key, so that no template can leak one."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.safestring import SafeString

from apps.assessments.actions.marks import asked_of
from apps.assessments.marking import CHOSEN, Kind
from apps.assessments.models import Answer, Attempt, AttemptQuestion, QuestionVersion
from apps.assessments.policies import Shown, shown


@dataclass(frozen=True)
class OptionShown:
    """An option: the token that the page sends, its HTML, and whether it is chosen."""

    word: str
    html: SafeString
    chosen: bool = False


@dataclass
class QuestionShown:
    """A question of a running attempt."""

    slot: int
    html: SafeString
    kind: str
    points: Decimal
    options: list[OptionShown]
    text: str = ""
    flagged: bool = False
    counter: int = 0
    error: str = ""
    # What was typed and refused; `text` stays what is stored.
    typed: str | None = None

    @property
    def value(self) -> str:
        """What the field of a text or number shows."""
        return self.text if self.typed is None else self.typed

    @property
    def answered(self) -> bool:
        """Does it have an answer?"""
        return bool(self.text.strip()) or any(option.chosen for option in self.options)

    @property
    def is_multiple(self) -> bool:
        """May several options be chosen?"""
        return self.kind == Kind.MULTIPLE

    @property
    def is_number(self) -> bool:
        """Is the answer a number?"""
        return self.kind == Kind.NUMBER

    @property
    def was(self) -> str:
        """Digest of the shown answer. A form sends it back, which reveals the questions that nobody touched."""
        return digest(self.text, (option.word for option in self.options if option.chosen))


def digest(text: str, words: Iterable[str]) -> str:
    """A short digest of an answer."""
    return hashlib.sha256("\0".join([text.replace("\r\n", "\n"), *sorted(words)]).encode()).hexdigest()[:12]


def questions_of(attempt: Attempt) -> list[QuestionShown]:
    """The questions of a running attempt as its student sees them; three queries."""
    rows = attempt.questions.select_related("version").prefetch_related("version__choices", "answers")
    return [_question(row, _counted(row)) for row in rows]


def _counted(row: AttemptQuestion) -> Answer | None:
    return next((answer for answer in row.answers.all() if not answer.is_late), None)


def _question(row: AttemptQuestion, answer: Answer | None) -> QuestionShown:
    texts = {choice.pk: choice.rendered for choice in row.version.choices.all()}
    chosen = set(answer.chosen) if answer else set()
    options = [OptionShown(word, texts[pk], pk in chosen) for word, pk in row.words.items() if pk in texts]
    return QuestionShown(
        row.slot,
        row.version.rendered,
        row.version.kind,
        row.possible,
        options if row.version.kind in CHOSEN else [],
        answer.text if answer else "",
        row.flagged,
        answer.counter if answer else 0,
    )


def trial_questions(versions: list[QuestionVersion]) -> list[QuestionShown]:
    """The questions of a quiz as a student would see them, unshuffled, for its teacher."""
    return [
        QuestionShown(
            slot,
            version.rendered,
            version.kind,
            version.points,
            [OptionShown(str(each.pk), each.rendered) for each in version.choices.all()],
        )
        for slot, version in enumerate(versions, 1)
    ]


@dataclass
class ResultLine:
    """A question of an ended attempt. Parts that may not be shown are None."""

    slot: int
    html: SafeString
    possible: Decimal
    points: Decimal | None = None
    given: "list[SafeString | str] | None" = None
    right: "list[SafeString | str] | None" = None
    feedback: SafeString | None = None
    late: Answer | None = None
    late_given: "list[SafeString | str]" = field(default_factory=list)
    saved: Answer | None = None

    @property
    def verdict(self) -> str:
        """`right`, `partly` or `wrong`; empty where points aren't shown."""
        if self.points is None:
            return ""
        return "right" if self.points == self.possible else "partly" if self.points else "wrong"


EVERYTHING = Shown(True, True, True, True)


def result_of(attempt: Attempt, *, everything: bool = False) -> list[ResultLine]:
    """The questions of an ended attempt with the parts that its student may see; `everything` for teachers.

    A single question's points reveal its key, so they are shown with the key only.
    """
    allowed = EVERYTHING if everything else shown(attempt)
    if not (allowed.answers or allowed.key or allowed.feedback):
        return []
    return [_line(row, allowed, everything=everything) for row in asked_of(attempt)]


def _line(row: AttemptQuestion, allowed: Shown, *, everything: bool) -> ResultLine:
    version, answer = row.version, _counted(row)
    line = ResultLine(row.slot, version.rendered, row.possible)
    if allowed.answers:
        line.given, line.saved = said(version, answer), answer
    if allowed.key:
        line.points = row.points
        line.right = right_of(version)
    if allowed.feedback and version.feedback_html:
        line.feedback = version.rendered_feedback
    if everything:
        line.late = next((each for each in row.answers.all() if each.is_late), None)
        line.late_given = said(version, line.late)
    return line


def said(version: QuestionVersion, answer: Answer | None) -> list[SafeString | str]:
    """An answer as HTML; empty for none."""
    if answer is None or answer.given.is_empty:
        return []
    if version.kind not in CHOSEN:
        return [answer.text]
    return [choice.rendered for choice in version.choices.all() if choice.pk in answer.chosen]


def right_of(version: QuestionVersion) -> list[SafeString | str]:
    """The right answers as HTML."""
    key = version.key
    if version.kind in CHOSEN:
        return [choice.rendered for choice in version.choices.all() if choice.pk in key.right]
    if version.kind == Kind.TEXT:
        return list(key.variants)
    around = f" ± {key.tolerance.normalize():f}" if key.tolerance else ""
    return [f"{key.number.normalize():f}{around}"] if key.number is not None else []
