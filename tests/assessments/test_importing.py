"""Importing questions: what the preview shows is what is written, at once and once."""

import html
import re
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import AuditEntry
from apps.assessments import actions
from apps.assessments.actions import NewQuestion
from apps.assessments.models import Choice, Question, QuestionVersion, Quiz
from apps.core import sandbox
from tests import factories
from tests.assessments.question_files import AIKEN, GIFT, answer, many, moodle, xml

TRUE = (("True", True), ("False", False))


@pytest.fixture
def quiz(cast):
    return factories.quiz(course=cast.course, title="Week 1")


def text(response, status=200):
    assert response.status_code == status, response.content.decode()[:3000]
    return response.content.decode()


def url(quiz):
    return f"{quiz.get_absolute_url()}import/"


def draft_in(page):
    return html.unescape(re.search(r'name="draft" value="([^"]*)"', page)[1])


def as_file(content, name="questions.txt"):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def test_a_file_is_looked_at_and_then_imported_as_it_was_seen(cast, client_for, quiz):
    client = client_for(cast.staff)
    assert url(quiz) in text(client.get(f"{quiz.get_absolute_url()}edit/"))
    page = text(client.post(url(quiz), {"file": as_file(GIFT)}))
    for seen in ("Import 4 questions", "not supported: matching", "not supported: essay", "Read as GIFT in UTF-8."):
        assert seen in page
    for seen in ("What is the capital of France: really?", "Grant&#x27;s tomb", "3.14 ± 0.01", "Look at a map."):
        assert seen in page
    assert "Categories aren’t kept." in page
    assert "only the right option earns points" in page
    assert not Question.objects.exists()
    response = client.post(url(quiz), {"draft": draft_in(page)})
    assert response.headers["Location"] == f"{quiz.get_absolute_url()}edit/"
    assert "4 questions are imported." in text(client.get(response.headers["Location"]))
    rows = list(quiz.questions.asked().select_related("current"))
    assert [row.current.kind for row in rows] == ["single", "true_false", "text", "number"]
    first = rows[0].current
    assert (first.number, first.saved_by, first.points) == (1, cast.staff, 1)
    assert [(each.text, each.is_right) for each in first.choices.all()] == [
        *(("Paris", True), ("Rome", False), ("Lyon", False))
    ]
    assert "Well done" in first.feedback_html
    entry = AuditEntry.objects.get(verb="quiz.questions_imported")
    assert (entry.actor, entry.detail["counts"]) == (cast.staff, {"imported": 4, "there": 0})


def test_what_was_pasted_stays_while_it_is_looked_at(cast, client_for, quiz):
    page = text(client_for(cast.staff).post(url(quiz), {"text": AIKEN}))
    assert "Import 1 question<" in page
    assert "the answer is E, but there is no option E" in page
    assert html.escape(AIKEN.strip().split("\n")[0]) in page.split("<textarea", 1)[1]
    assert "Read as Aiken." in page


def test_imported_twice_it_changes_nothing(cast, client_for, quiz):
    client = client_for(cast.staff)
    draft = draft_in(text(client.post(url(quiz), {"file": as_file(GIFT)})))
    for _ in range(2):
        assert client.post(url(quiz), {"draft": draft}).status_code == 302
    assert quiz.questions.count() == 4
    page = text(client.post(url(quiz), {"file": as_file(GIFT + "\n\nNew? {T}\n\nNew? {T}")}))
    assert page.count("it is already in this quiz") == 4
    assert "it repeats the question in line 22" in page
    assert "Import 1 question<" in page
    assert AuditEntry.objects.filter(verb="quiz.questions_imported").count() == 1


def test_an_imported_question_is_edited_like_any_other(cast, client_for, quiz):
    client = client_for(cast.staff)
    content = "Stars? {=\\n* one ~* two ~2 * 3}\n\n[markdown]Which?{=* a ~b}"
    client.post(url(quiz), {"draft": draft_in(text(client.post(url(quiz), {"text": content})))})
    for question in quiz.questions.all():
        before = [(each.text, each.is_right) for each in question.current.choices.all()]
        page = text(client.get(f"{quiz.get_absolute_url()}edit/?question={question.pk}"))
        sent = html.unescape(re.search(r'<textarea name="options"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)[1])
        edit = f"{quiz.get_absolute_url()}questions/{question.pk}/"
        assert client.post(edit, {"text": question.current.text, "options": sent, "points": 1}).status_code == 302
        question.refresh_from_db()
        assert [(each.text, each.is_right) for each in question.current.choices.all()] == before


BAD = {
    "nothing": ({}, "Choose a file, or paste the questions below."),
    "both": ({"file": b"A {T}", "text": "A {T}"}, "not both"),
    "an empty file": ({"file": b""}, "It is empty."),
    "10,000 questions": ({"file": many(10_000).encode()}, "It has 10,000 questions; a file may have at most 1,000"),
    "more than there is room for": ({"text": many(501)}, "has room for 500."),
    "a bomb": ({"text": "<!DOCTYPE quiz [<!ENTITY a 'a'>]><quiz>&a;</quiz>"}, "Line 1 declares a document type"),
    "cut off": ({"text": "<quiz><question>"}, "isn’t well-formed XML"),
    "prose": ({"text": "Dear teacher"}, "This is neither GIFT nor Aiken nor Moodle XML"),
    "another XML": ({"text": "<?xml version='1.0'?><html/>"}, "This XML begins with <html>"),
    "too much": ({"text": "x" * 500_001}, "at most 500000 characters"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_said_at_its_field_and_what_was_typed_is_kept(cast, client_for, quiz, name):
    sent, why = BAD[name]
    sent = {key: as_file(value) if isinstance(value, bytes) else value for key, value in sent.items()}
    page = text(client_for(cast.staff).post(url(quiz), sent), 422)
    assert why in html.unescape(page)
    at = "id_text_error" if "text" in sent else "id_file_error"
    assert f'id="{at}"' in page
    assert html.escape(str(sent.get("text", ""))[:30]) in page
    assert not Question.objects.exists()


@pytest.mark.parametrize("what", [sandbox.Busy, sandbox.Failed])
def test_a_reader_that_does_not_answer_is_said(cast, client_for, quiz, monkeypatch, what):
    def fail(*_args, **_more):
        raise what

    monkeypatch.setattr(sandbox, "run", fail)
    page = text(client_for(cast.staff).post(url(quiz), {"text": "A {T}"}), 422)
    assert ("Try again in a few seconds" in page) is (what is sandbox.Busy)
    assert "A {T}" in page


def test_latin_1_is_said(cast, client_for, quiz):
    page = text(client_for(cast.staff).post(url(quiz), {"file": as_file("Café? {T}".encode("latin-1"))}))
    assert "Windows-1252" in page
    assert "check that accents" in page
    assert "Café?" in page


def test_moodles_html_runs_nothing(cast, client_for, quiz):
    hostile = "<p onclick=x>One <script>alert(1)</script><a href='javascript:x'>two</a></p>"
    content = xml(moodle("truefalse", answer("true", 100) + answer("false", 0), text=hostile))
    page = text(client_for(cast.staff).post(url(quiz), {"file": as_file(content, "moodle.xml")}))
    assert "<p>One two</p>" in page
    assert "alert(1)" not in page
    assert "2 points" in page


def test_a_preview_of_another_quiz_or_person_or_one_that_was_changed_is_refused(cast, client_for, quiz):
    client, other = client_for(cast.staff), factories.quiz(course=cast.course)
    draft = draft_in(text(client.post(url(quiz), {"text": "A {T}"})))
    for who, where, what in ((cast.staff, other, draft), (cast.admin, quiz, draft), (cast.staff, quiz, draft[:-2])):
        page = text(client_for(who).post(url(where), {"draft": what}), 422)
        assert "Choose the file again." in page
    assert not Question.objects.exists()


def asked(count, start=0):
    return [
        NewQuestion("single", f"Question {n}?", options=(("Yes", True), ("No", False)))
        for n in range(start, start + count)
    ]


def test_500_questions_cost_as_many_queries_as_5(cast, quiz, django_assert_max_num_queries):
    other = factories.quiz(course=cast.course)
    with django_assert_max_num_queries(22) as few:
        assert actions.import_questions(cast.staff, other, asked(5)) == 5
    # A batch holds so many rows as the database takes values: SQLite takes some thousands.
    with django_assert_max_num_queries(len(few) + 12):
        assert actions.import_questions(cast.staff, quiz, asked(500)) == 500
    assert quiz.questions.asked().count() == 500
    assert Choice.objects.filter(version__question__quiz=quiz).count() == 1000
    assert list(quiz.questions.asked().values_list("current__text", flat=True)[:3]) == [
        *("Question 0?", "Question 1?", "Question 2?")
    ]
    with pytest.raises(ValidationError, match="room for 0"):
        actions.import_questions(cast.staff, quiz, asked(1, start=600))


def test_all_come_or_none(cast, quiz, monkeypatch):
    monkeypatch.setattr(Choice.objects, "bulk_create", lambda _rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        actions.import_questions(cast.staff, quiz, asked(3))
    assert not Question.objects.exists()
    assert not QuestionVersion.objects.exists()


def test_they_stand_behind_those_that_are_there_and_running_attempts_keep_theirs(cast, quiz):
    actions.save_question(cast.staff, quiz, NewQuestion("true_false", "First?", options=TRUE))
    attempt = actions.start_attempt(cast.amina_user, quiz)
    actions.import_questions(cast.staff, quiz, [NewQuestion("number", "N?", Decimal(2), number_key="3")])
    assert list(quiz.questions.asked().values_list("current__text", flat=True)) == ["First?", "N?"]
    assert attempt.questions.count() == 1


def test_the_pages_of_the_course_hear_of_it_and_others_may_not(cast, quiz, monkeypatch):
    told = []
    monkeypatch.setattr("apps.assessments.live.quiz_changed", lambda of: told.append(of.pk))
    actions.import_questions(cast.staff, quiz, asked(2))
    assert told == [quiz.pk]
    with pytest.raises(PermissionDenied):
        actions.import_questions(cast.teacher, quiz, asked(2, start=10))


def test_questions_that_were_removed_can_be_imported_anew(cast, quiz):
    Quiz.objects.update(published=False)
    actions.import_questions(cast.staff, quiz, asked(1))
    actions.remove_question(cast.staff, quiz.questions.get())
    assert actions.import_questions(cast.staff, quiz, asked(1)) == 1
