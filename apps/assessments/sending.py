"""What an attempt's page sends, read: by script each answer with its counter, by a form the whole page."""

from collections.abc import Iterable, Iterator

from django.http import QueryDict

from apps.assessments.actions import Sent
from apps.assessments.shown import QuestionShown, digest

MOST_SLOTS = 500


def read(data: QueryDict) -> list[Sent]:
    """Answers of a script: `c<slot>` is the counter, `a<slot>` what was answered. What can't be read is left out."""
    found = []
    for name in [*data][: 3 * MOST_SLOTS]:
        slot, counter = name[1:], str(data[name])
        if name[:1] == "c" and slot.isascii() and slot.isdecimal() and len(slot) < 5 and _is_counter(counter):
            values = data.getlist(f"a{slot}")
            found.append(_sent(int(slot), values, int(counter)))
    return found


def touched(data: QueryDict, questions: Iterable[QuestionShown]) -> Iterator[Sent]:
    """Answers of a form: those that differ from what its page had shown (`w<slot>`), and from what is stored.

    A page that was left open says nothing of questions that nobody touched there.
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
    """Both ways to read it; the question's kind says which one counts."""
    return Sent(slot, tuple(dict.fromkeys(value for value in values if value)), values[0] if values else "", counter)


def _is_counter(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 19
