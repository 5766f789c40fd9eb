"""One attempt and one result, however many ask at the same moment, on whatever database the environment names.

Run by test_race.py in a process of its own. Ends silently, or with the assertion that failed.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402

from apps.accounts.models import AuditEntry, Role  # noqa: E402
from apps.assessments import actions  # noqa: E402
from apps.assessments.actions import Sent  # noqa: E402
from apps.assessments.models import Answer, Attempt  # noqa: E402
from tests import factories  # noqa: E402
from tests.assessments.sitting import every_kind, right_answers  # noqa: E402
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


learner = factories.student_with_account()
place = factories.enrollment(student=learner, batch=factories.batch(teacher=factories.user(Role.TEACHER)))
race(learner.user, every_kind(place.course))
print("settled")
