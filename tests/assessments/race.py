"""One attempt, one result and one rule, whatever happens at the same moment, on whatever database there is.

Run by test_race.py in a process of its own. Ends silently, or with the assertion that failed.
"""

import os
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.exceptions import PermissionDenied, ValidationError  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.accounts.models import AuditEntry, Role  # noqa: E402
from apps.assessments import actions  # noqa: E402
from apps.assessments.actions import NewQuestion, Sent  # noqa: E402
from apps.assessments.actions.answering import Saved  # noqa: E402
from apps.assessments.models import Answer, Attempt, KeyMending  # noqa: E402
from apps.courses.actions import end_enrollment  # noqa: E402
from tests import factories  # noqa: E402
from tests.assessments.sitting import every_kind, right_answers, words  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

MANY = 50


def race(user, quiz):
    # Fifty starts are one attempt.
    found = at_once(*[lambda: actions.start_attempt(user, quiz)] * MANY, refusals=(ValidationError,))
    assert {each.pk for each in found} == {Attempt.objects.get().pk}, found
    attempt = found[0]
    assert AuditEntry.objects.filter(verb="attempt.started").count() == 1

    # Fifty saves of one answer, in any order: the newest is there.
    saves = [lambda n=n: actions.save_answers(user, attempt, [Sent(4, text=str(n), counter=n)]) for n in range(1, MANY)]
    at_once(*saves)
    assert list(Answer.objects.values_list("text", "counter")) == [(str(MANY - 1), MANY - 1)]
    actions.save_answers(user, attempt, right_answers(attempt))

    # Fifty hand-ins are one result, whatever is saved meanwhile.
    late = Sent(5, text="1", counter=10**12)
    deeds = [lambda: actions.hand_in(user, attempt)] * (MANY - 5)
    ended = at_once(*deeds, *[lambda: actions.save_answers(user, attempt, [late])] * 5)
    results = {(each.points, each.ended_at) for each in ended if isinstance(each, Attempt)}
    assert len(results) == 1, results
    counted = Answer.objects.get(question__slot=5, is_late=False)
    assert results.pop()[0] == (10 if counted.text == "3,15" else 8), counted.text
    assert AuditEntry.objects.filter(verb="attempt.handed_in").count() == 1
    (refused,) = at_once(lambda: actions.start_attempt(user, quiz), refusals=(ValidationError,))
    assert isinstance(refused, ValidationError)


def starts_beside(quiz, users, deed):
    """All of them start while `deed` is done; their attempts."""
    at_once(*[lambda user=user: actions.start_attempt(user, quiz) for user in users], deed)
    found = list(Attempt.objects.filter(quiz=quiz))
    assert len(found) == len(users)
    return found


def extend_beside_starts(admin, users, course):
    """More time for everybody reaches each attempt once: it was there already, or it starts with the later end."""
    end = timezone.now() + timedelta(minutes=20)
    quiz = every_kind(course, ends_at=end)
    for attempt in starts_beside(quiz, users, lambda: actions.extend_all(admin, quiz, 5)):
        assert attempt.deadline == end + timedelta(minutes=5), (attempt.added_minutes, attempt.ends_at)


def edit_beside_starts(admin, users, course):
    """Each attempt has a question as it was or as it is, never both or half of each."""
    quiz = every_kind(course)
    question = quiz.questions.order_by("position").first()
    new = NewQuestion("single", "New?", points=7, options=(("Yes", True), ("No", False)))
    for attempt in starts_beside(quiz, users, lambda: actions.save_question(admin, quiz, new, question)):
        rows = list(attempt.questions.select_related("version").prefetch_related("version__choices"))
        asked = [row.version for row in rows if row.version.question_id == question.pk]
        assert (len(rows), len(asked)) == (5, 1)
        assert attempt.possible == sum(row.possible for row in rows) == (15 if asked[0].number == 2 else 10)
        assert all(sorted(row.words.values()) == sorted(c.pk for c in row.version.choices.all()) for row in rows)


def mend_beside_hand_ins(admin, users, course):
    """Whoever hands in while a key is mended is marked by the new key."""
    quiz = every_kind(course)
    version = quiz.questions.order_by("position").first().current
    rome = version.choices.get(text="Rome")
    attempts = [(user, actions.start_attempt(user, quiz)) for user in users]
    for user, attempt in attempts:
        actions.save_answers(user, attempt, [Sent(1, words(attempt, 1, "Rome"))])
    mending = KeyMending(version=version, mode="new", right=[rome.pk])
    hand_ins = [lambda user=user, attempt=attempt: actions.hand_in(user, attempt) for user, attempt in attempts]
    at_once(*hand_ins, lambda: actions.mend_key(admin, mending))
    assert set(Attempt.objects.filter(quiz=quiz).values_list("points", flat=True)) == {2}


def withdraw_beside_saves(admin, place, user):
    """What was taken while its student was withdrawn is stored, and nothing is taken afterwards."""
    quiz = every_kind(place.course, minutes=None)
    attempt = actions.start_attempt(user, quiz)
    saves = [lambda n=n: actions.save_answers(user, attempt, [Sent(5, text=str(n), counter=n)]) for n in range(1, 20)]
    done = at_once(*saves, lambda: end_enrollment(admin, place), refusals=(PermissionDenied,))
    taken = [n for n, each in enumerate(done, 1) if isinstance(each, Saved) and each.taken]
    assert list(Answer.objects.filter(question__attempt=attempt).values_list("counter", flat=True)) == taken[-1:]
    (refused,) = at_once(saves[0], refusals=(PermissionDenied,))
    assert isinstance(refused, PermissionDenied)
    later = timezone.now() + timedelta(hours=2)
    assert sorted(at_once(*[lambda: actions.end_left(later)] * 8)) == [0] * 7 + [1]
    assert Attempt.objects.get(pk=attempt.pk).ending == "left"


learner = factories.student_with_account()
group = factories.batch(teacher=factories.user(Role.TEACHER))
place = factories.enrollment(student=learner, batch=group)
race(learner.user, every_kind(place.course))
more = [factories.enrollment(student=factories.student_with_account(), batch=group) for _ in range(12)]
users, admin = [each.student.user for each in more], factories.user(Role.ADMIN)
for beside in (extend_beside_starts, edit_beside_starts, mend_beside_hand_ins):
    beside(admin, users, place.course)
withdraw_beside_saves(admin, place, learner.user)
print("settled")
