"""Parses what an attempt's page sends: answers with counters from a script, or the whole page from a form."""

from collections.abc import Iterable, Iterator

from django.http import QueryDict

from apps.assessments.actions import Sent
from apps.assessments.shown import QuestionShown, digest

MOST_SLOTS = 500


def read(data: QueryDict) -> list[Sent]:
    """Answers from a script: `c<slot>` is the counter, `a<slot>` the answer. Malformed ones are left out."""
    found = []
    for name in [*data][: 3 * MOST_SLOTS]:
        slot, counter = name[1:], str(data[name])
        if name[:1] == "c" and slot.isascii() and slot.isdecimal() and len(slot) < 5 and _is_counter(counter):
            values = data.getlist(f"a{slot}")
            found.append(_sent(int(slot), values, int(counter)))
    return found


def touched(data: QueryDict, questions: Iterable[QuestionShown]) -> Iterator[Sent]:
    """Answers from a form that differ from both what its page showed (digest in `w<slot>`) and what is stored.

    A stale page therefore never overwrites a question that nobody touched on it.
    """
    for question in questions:
        if f"w{question.slot}" not in data:
            continue
        sent = _sent(question.slot, data.getlist(f"a{question.slot}"), None)
        words, text = ((), sent.text) if not question.options else (sent.words, "")
        now = digest(text, words)
        if now not in (data[f"w{question.slot}"], question.was):
            yield sent


def _sent(slot: int, values: list[str], counter: int | None) -> Sent:
    """The value both as options and as text; the question's kind decides which counts."""
    return Sent(slot, tuple(dict.fromkeys(value for value in values if value)), values[0] if values else "", counter)


def _is_counter(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 19
