"""Questions written in the admin: the same versions, refusals, permissions and audit as on the quiz's page."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission

from apps.accounts.models import AuditEntry
from apps.assessments import actions
from apps.assessments.forms_admin import CHANGED_MEANWHILE
from apps.assessments.models import KeyMending, Question
from tests import factories
from tests.assessments.sitting import every_kind, sat

ADD = "/admin/assessments/question/add/"
LIST = "/admin/assessments/question/"


def change(question):
    return f"{LIST}{question.pk}/change/"


def rows(*options, old=()):
    """What the rows of these (text, is right) options send; `old` are ids of those that were there."""
    sent = {"options-TOTAL_FORMS": len(options), "options-INITIAL_FORMS": len(old)}
    for number, (text, right) in enumerate(options):
        sent |= {f"options-{number}-text": text} | ({f"options-{number}-is_right": "on"} if right else {})
        sent |= {f"options-{number}-id": old[number]} if number < len(old) else {}
    return sent


def form_of(client, question):
    """What the form of a question sends when nothing was touched."""
    page = client.get(change(question)).context
    form = page["adminform"].form
    sent = {name: form[name].value() or "" for name in form.fields}
    for formset in (each.formset for each in page["inline_admin_formsets"]):
        sent |= {f"{formset.prefix}-TOTAL_FORMS": len(formset.forms)}
        sent |= {f"{formset.prefix}-INITIAL_FORMS": len(formset.initial_forms)}
        for row in formset.forms:
            sent |= {row.add_prefix(name): row[name].value() for name in row.fields if row[name].value()}
    return sent


def told(response):
    assert response.status_code == 200
    return response.content.decode()


def written(question):
    question.refresh_from_db()
    return [(each.text, each.is_right) for each in question.current.choices.all()]


@pytest.fixture
def client(cast, client_for):
    return client_for(cast.admin)


@pytest.fixture
def quiz(cast):
    return every_kind(cast.course)


def test_a_question_is_added_to_a_quiz_with_its_options(client, quiz):
    page = told(client.get(f"/admin/assessments/quiz/{quiz.pk}/change/"))
    assert f"{ADD}?quiz={quiz.pk}&amp;kind=single" in page
    assert 'name="text"' not in told(client.get(ADD))
    asked = client.post(ADD, {"quiz": quiz.pk, "kind": "single"})
    assert asked.headers["Location"] == f"{ADD}?quiz={quiz.pk}&kind=single"
    page = told(client.get(asked.headers["Location"]))
    assert 'name="options-3-text"' in page
    assert 'name="number_key"' not in page
    sent = {"quiz": quiz.pk, "kind": "single", "text": "Capital of *Spain*?", "points": "1,5", "feedback": "Madrid."}
    sent |= rows(("Madrid", True), ("", False), ("Sevilla", False))
    assert client.post(ADD, sent).status_code == 302
    made = quiz.questions.last()
    assert written(made) == [("Madrid", True), ("Sevilla", False)]
    assert (made.current.number, made.current.points) == (1, 1.5)
    assert "<em>Spain</em>" in made.current.html
    entry = AuditEntry.objects.get(verb="question.saved")
    assert (entry.thing, entry.detail) == (made, {"quiz": quiz.pk, "version": 1})


@pytest.mark.parametrize(
    ("kind", "own", "key"),
    [
        ("true_false", {"is_true": "false"}, [("True", False), ("False", True)]),
        ("text", {"variants": "PS\nPS\nPhotosynthesis"}, ("PS", "Photosynthesis")),
        ("number", {"number_key": "3,5", "tolerance": "0.1"}, Decimal("3.5")),
    ],
)
def test_a_question_without_rows_is_added(client, quiz, kind, own, key):
    sent = {"quiz": quiz.pk, "kind": kind, "text": "What?", "points": "1"} | own
    assert client.post(ADD, sent).status_code == 302
    made = quiz.questions.last()
    found = made.current.key
    assert key in (written(made), found.variants, found.number)
    assert client.post(change(made), form_of(client, made)).status_code == 302
    assert made.versions.count() == 1


def test_an_edit_is_a_new_version_and_an_old_attempt_keeps_its_own(cast, client, quiz):
    attempt, first = sat(cast.amina_user, quiz), quiz.questions.first()
    sent = form_of(client, first) | {"text": "Which?", "options-1-text": "Oslo", "options-2-DELETE": "on"}
    assert client.post(change(first), sent | {"options-3-text": "Riga"}).status_code == 302
    assert written(first) == [("Paris", True), ("Oslo", False), ("Riga", False)]
    assert (first.current.number, first.current.text, first.current.saved_by) == (2, "Which?", cast.admin)
    old = attempt.questions.get(slot=1).version
    assert (old.number, [each.text for each in old.choices.all()]) == (1, ["Paris", "Rome", "Bern"])
    assert AuditEntry.objects.get(verb="question.saved").detail["version"] == 2


def test_a_form_that_was_not_touched_makes_no_version(client, quiz):
    for question in quiz.questions.all():
        assert client.post(change(question), form_of(client, question)).status_code == 302
        assert question.versions.count() == 1
    assert not AuditEntry.objects.filter(verb="question.saved").exists()


def test_the_form_shows_the_key_that_was_mended(cast, client, quiz):
    first = quiz.questions.first()
    rome = first.current.choices.get(text="Rome")
    actions.mend_key(cast.admin, KeyMending(version=first.current, mode="new", right=[rome.pk]))
    sent = form_of(client, first)
    assert (sent.get("options-0-is_right"), sent["options-1-is_right"]) == (None, True)
    client.post(change(first), sent | {"text": "Which?"})
    assert written(first) == [("Paris", False), ("Rome", True), ("Bern", False)]


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("single", rows(("Madrid", False), ("Rome", False)), "Mark the right option: tick its box."),
        ("single", rows(("Madrid", True), ("Rome", True)), "Only one option can be right here: tick one box."),
        ("multiple", rows(("Madrid", True), ("  MADRID ", False)), "is listed twice."),
        ("multiple", rows(("Madrid", True), ("", True)), "Write at least two options."),
        ("single", rows(("x" * 1_001, True), ("y", False)), "at most 1000 characters"),
        ("single", rows(("Madrid", True), ("Rome", False)) | {"text": " "}, "Write the question."),
        ("single", rows(("Madrid", True), ("Rome", False)) | {"points": "0"}, "Give points from 0.01 to 10000"),
        ("true_false", {}, "Choose true or false."),
        ("text", {"variants": " "}, "Write at least one accepted answer."),
        ("number", {"number_key": "three"}, "Write the right number, such as 3.5 or 3,5."),
        ("number", {"number_key": "3", "tolerance": "-1"}, "Write a number from 0 on, such as 0.01."),
    ],
)
def test_bad_input_is_refused_in_words_and_kept(client, quiz, kind, changed, said):
    sent = {"quiz": quiz.pk, "kind": kind, "text": "Capital of Spain?", "points": "1", "feedback": "As typed."}
    page = told(client.post(ADD, sent | changed))
    assert said in page
    assert "As typed." in page
    assert Question.objects.count() == 5


def test_options_that_somebody_else_replaced_are_not_overwritten(cast, client, quiz):
    first = quiz.questions.first()
    sent = form_of(client, first) | {"text": "Late?"}
    meanwhile = actions.NewQuestion("single", "Early?", options=(("A", True), ("B", False)))
    actions.save_question(cast.staff, quiz, meanwhile, first)
    assert CHANGED_MEANWHILE in told(client.post(change(first), sent))
    assert written(first) == [("A", True), ("B", False)]


def test_a_question_without_options_that_somebody_else_changed_is_not_overwritten(cast, client, quiz):
    number = quiz.questions.last()
    sent = form_of(client, number) | {"text": "Late?"}
    actions.save_question(cast.staff, quiz, actions.NewQuestion("number", "Early?", number_key="4"), number)
    page = told(client.post(change(number), sent))
    assert CHANGED_MEANWHILE in page
    assert "Late?" in page
    assert number.versions.first().text == "Early?"


def test_a_full_quiz_takes_no_more(client, quiz, monkeypatch):
    monkeypatch.setattr("apps.assessments.actions.questions.MOST", 5)
    sent = {"quiz": quiz.pk, "kind": "true_false", "text": "Really?", "points": "1", "is_true": "true"}
    assert "A quiz has at most 5 questions." in told(client.post(ADD, sent, follow=True))
    assert Question.objects.count() == 5


def test_questions_are_removed_and_restored(client, quiz):
    one, two, *others = quiz.questions.all()
    chosen = {"action": "remove", "_selected_action": [one.pk, two.pk]}
    assert "Removed 2 questions." in told(client.post(LIST, chosen, follow=True))
    assert [*quiz.questions.asked()] == others
    assert AuditEntry.objects.filter(verb="question.removed").count() == 2
    rest = {"action": "remove", "_selected_action": [each.pk for each in others]}
    assert "A published quiz needs a question: unpublish it first." in told(client.post(LIST, rest, follow=True))
    assert quiz.questions.asked().count() == 1
    assert "Restored 1 question." in told(
        client.post(LIST, chosen | {"action": "restore", "_selected_action": one.pk}, follow=True)
    )
    assert quiz.questions.asked().first() == one
    assert client.post(f"{LIST}{one.pk}/delete/", {"post": "yes"}).status_code == 403


def test_staff_write_with_the_permission_and_only_look_without(cast, client_for, quiz):
    first, client = quiz.questions.first(), client_for(cast.staff)
    cast.staff.user_permissions.add(Permission.objects.get(codename="view_question"))
    assert 'name="text"' not in told(client.get(change(first)))
    assert client.post(change(first), {"text": "Which?"}).status_code == 403
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"quiz": quiz.pk, "kind": "single"}).status_code == 403
    cast.staff.user_permissions.add(*Permission.objects.filter(codename__in=["add_question", "change_question"]))
    client = client_for(cast.staff)
    assert client.post(change(first), form_of(client, first) | {"text": "Which?"}).status_code == 302
    first.refresh_from_db()
    assert (first.current.text, first.current.saved_by) == ("Which?", cast.staff)


def test_a_question_opens_in_as_many_queries_however_many_options_it_has(client, django_assert_max_num_queries, quiz):
    few = factories.question(quiz=quiz)
    many = factories.question(quiz=quiz, options=[f"Option {n}" for n in range(40)])
    client.get(change(few))
    with django_assert_max_num_queries(15):
        client.get(change(few))
    with django_assert_max_num_queries(15):
        client.get(change(many))
