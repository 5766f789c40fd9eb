"""A correction of a key is undone: the marks from before it, one notice, and nothing twice."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.accounts.models import AuditEntry
from apps.assessments import actions
from apps.assessments.actions import Sent
from apps.assessments.models import Attempt, KeyMending
from apps.notifications.models import Notification
from tests.assessments.sitting import every_kind, sat, words


@pytest.fixture
def quiz(cast):
    return every_kind(cast.course)


@pytest.fixture
def marks(cast, quiz):
    """The marks of two attempts: one right in the first question, one wrong."""
    sat(cast.amina_user, quiz, lambda it: [Sent(1, words(it, 1, "Rome"))])
    sat(cast.bruno_user, quiz)
    return lambda: list(Attempt.objects.order_by("pk").values_list("points", flat=True))


def corrected(cast, quiz, mode, option):
    version = quiz.questions.first().current
    mending = KeyMending(version=version, mode=mode, right=[version.choices.get(text=option).pk])
    actions.mend_key(cast.admin, mending)
    return mending


def told(user):
    return Notification.objects.filter(kind="quiz_result", recipient=user).count()


@pytest.mark.parametrize("mode", ["new", "keep", "full"])
def test_undoing_gives_everyone_the_mark_from_before(cast, quiz, marks, mode, published):
    corrected(cast, quiz, "keep", "Bern")
    before, heard = marks(), told(cast.amina_user)
    with published():
        mending = corrected(cast, quiz, mode, "Rome")
    assert marks() != before
    with published():
        changes = actions.undo_mending(cast.admin, mending)
    assert marks() == before
    assert {change.attempt.student for change in changes} == (
        {cast.amina, cast.bruno} if mode == "new" else {cast.amina}
    )
    assert told(cast.amina_user) == heard + 2
    entry = AuditEntry.objects.get(verb="question.key_restored")
    assert (entry.actor, entry.detail["mode"], entry.detail["marks"]) == (cast.admin, mode, len(changes))
    assert KeyMending.objects.count() == 2


def test_an_attempt_handed_in_afterwards_is_marked_by_the_key_that_came_back(cast, quiz, marks):
    actions.undo_mending(cast.admin, corrected(cast, quiz, "new", "Rome"))
    assert sat(cast.chloe_user, quiz).points == 10


def test_only_the_last_correction_is_undone_and_only_once(cast, quiz, marks):
    first, second = corrected(cast, quiz, "new", "Rome"), corrected(cast, quiz, "new", "Bern")
    with pytest.raises(ValidationError, match="Only the last correction"):
        actions.undo_mending(cast.admin, first)
    with pytest.raises(PermissionDenied):
        actions.undo_mending(cast.teacher, second)
    actions.undo_mending(cast.admin, second)
    after = marks()
    with pytest.raises(ValidationError, match="Only the last correction"):
        actions.undo_mending(cast.admin, second)
    assert marks() == after == [2, 8]
    actions.undo_mending(cast.admin, first)
    assert marks() == [0, 10]


def test_the_page_lists_corrections_and_undoes_the_last(cast, client_for, quiz, marks):
    first, second = corrected(cast, quiz, "new", "Rome"), corrected(cast, quiz, "new", "Bern")
    client, question = client_for(cast.admin), quiz.questions.first()
    page = f"/quizzes/{quiz.pk}/questions/{question.pk}/mending/"
    text = client.get(page).content.decode()
    assert text.count("data-correction=") == 2
    assert f"{page}{second.pk}/undoing/" in text
    assert f"{page}{first.pk}/undoing/" not in text
    assert "Undone. 1 mark changed." in client.post(f"{page}{second.pk}/undoing/", follow=True).content.decode()
    text = client.get(page).content.decode()
    assert "undone <time" in text
    assert f"{page}{first.pk}/undoing/" in text
    late = client.post(f"{page}{second.pk}/undoing/", follow=True).content.decode()
    assert "Only the last correction can be undone" in late
    elsewhere = every_kind(cast.course)
    assert (
        client.post(f"/quizzes/{elsewhere.pk}/questions/{question.pk}/mending/{first.pk}/undoing/").status_code == 404
    )
