"""Saving answers: idempotent, and never an older one over a newer one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import FilteredRelation, Q
from django.utils import timezone

from apps.accounts.models import User
from apps.assessments import live, policies
from apps.assessments.marking import CHOSEN, Kind
from apps.assessments.models import Answer, Attempt, AttemptQuestion
from apps.assessments.models.attempts import words_of

# The most characters of a short text. A longer one is refused and stays on the page.
LONGEST = 2_000
# The largest counter that a 64-bit column holds.
HIGHEST = 2**63 - 1
FIELDS = ("counter", "chosen", "text", "saved_at")
# Teachers hear of a newly answered question at once, and of other saves this often at most.
PULSE = timedelta(seconds=10)


@dataclass(frozen=True)
class Sent:
    """An answer as a page sent it: the tokens of the chosen options, or a text.

    `counter` is the sender's own. A form without script has None: its answers are newer than any stored one.
    """

    slot: int
    words: tuple[str, ...] = ()
    text: str = ""
    counter: int | None = None


@dataclass
class Saved:
    """The outcome for each slot that was sent; `refused` maps a slot to the reason.

    Those of `older` had been saved before; of `newer`, another device has a later answer.
    """

    taken: list[int] = field(default_factory=list)
    older: list[int] = field(default_factory=list)
    newer: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


class _Asked(NamedTuple):
    """A question of an attempt; `counter` of the stored answer, None without one."""

    pk: int
    slot: int
    options: list[list[object]]
    kind: str
    counter: int | None

    @property
    def words(self) -> dict[str, int]:
        return words_of(self.options)


def save_answers(actor: User, attempt: Attempt, answers: Iterable[Sent]) -> Saved:
    """Save answers to the student's own attempt. Those that arrive after its end are stored as late.

    Brings the times of `attempt` up to date. Four queries however many answers, one more where teachers
    who watch are told, and one more after the end.
    Raises PermissionDenied if the student can no longer sit the quiz.
    """
    _check(actor, attempt)
    saved = Saved()
    with transaction.atomic():
        held = Attempt.objects.select_for_update(of=("self",)).get(pk=attempt.pk)
        now, sent = timezone.now(), {each.slot: each for each in answers}
        late = held.ended_at is not None or (held.over_at is not None and held.over_at <= now)
        rows = {row.slot: row for row in _asked(held, sent, late)}
        counted = _counted(rows.values()) if late else {}
        taken: list[Answer] = []
        for slot, each in sent.items():
            if slot not in rows:
                saved.refused[slot] = "This question doesn’t belong to this attempt."
                continue
            if each.counter is not None and counted.get(rows[slot].pk, -1) >= each.counter:
                # The answer was saved in time; only the reply got lost.
                saved.older.append(slot)
                continue
            if answer := _taken(rows[slot], each, late, now, saved):
                taken.append(answer)
        # The attempt's lock keeps others away, so that each row is still as it was compared.
        Answer.objects.bulk_create(
            taken, update_conflicts=True, unique_fields=["question", "is_late"], update_fields=FIELDS
        )
        new = any(rows[slot].counter is None for slot in saved.taken)
        if new or saved.late or now - held.heard_at > PULSE:
            if not late:
                Attempt.objects.filter(pk=held.pk).update(heard_at=now)
            live.watched(held.quiz_id)
        attempt.ended_at, attempt.deadline = held.ended_at, held.deadline
    return saved


def flag_question(actor: User, attempt: Attempt, slot: int, flagged: bool) -> None:
    """Flag a question to return to, or remove the flag; raises PermissionDenied."""
    _check(actor, attempt)
    with transaction.atomic():
        AttemptQuestion.objects.filter(attempt=attempt, attempt__ended_at=None, slot=slot).update(flagged=flagged)


def problem(row: _Asked, sent: Sent) -> str:
    """The sentence that refuses an answer; empty if it is acceptable."""
    kind = row.kind
    if kind in CHOSEN:
        if not set(sent.words) <= set(row.words):
            return "This option doesn’t belong to this attempt: reload the page and choose again."
        if kind != Kind.MULTIPLE and len(sent.words) > 1:
            return "Choose one option."
        return ""
    if "\0" in sent.text:
        return "This holds a character that can’t be stored; type it again."
    return f"Write at most {LONGEST} characters." if len(sent.text) > LONGEST else ""


def _check(actor: User, attempt: Attempt) -> None:
    if attempt.student.user_id != actor.pk or policies.may_sit(actor, attempt.quiz) is None:
        raise PermissionDenied("You can’t answer here.")


def _asked(attempt: Attempt, slots: Iterable[int], late: bool) -> Iterator[_Asked]:
    """The questions in these slots, each with what is stored of it."""
    stored = FilteredRelation("answers", condition=Q(answers__is_late=late))
    rows = attempt.questions.filter(slot__in=slots).annotate(stored=stored)
    return map(_Asked._make, rows.values_list("pk", "slot", "options", "version__kind", "stored__counter"))


def _counted(rows: Iterable[_Asked]) -> dict[int, int]:
    return dict(
        Answer.objects.filter(question__in=[row.pk for row in rows], is_late=False).values_list("question", "counter")
    )


def _taken(row: _Asked, sent: Sent, late: bool, now: datetime, saved: Saved) -> Answer | None:
    """The answer to store; None if it is refused or older than the stored one."""
    if why := problem(row, sent):
        saved.refused[row.slot] = why
        return None
    last = row.counter or 0
    counter = min(last + 1 if sent.counter is None else sent.counter, HIGHEST)
    if row.counter is not None and sent.counter is not None and last >= counter:
        (saved.newer if last > counter and not late else saved.older).append(row.slot)
        return None
    chosen = sorted(row.words[word] for word in set(sent.words)) if row.kind in CHOSEN else []
    (saved.late if late else saved.taken).append(row.slot)
    text = "" if chosen else sent.text
    return Answer(question_id=row.pk, is_late=late, counter=counter, chosen=chosen, text=text, saved_at=now)
