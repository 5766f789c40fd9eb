"""Around a quiz nothing tells a key, feedback or another student's answer: streams, searches, files, emails, errors."""

import json

import pytest
from django.test import override_settings

from apps.accounts import own_data
from apps.accounts.models import AuditEntry
from apps.assessments import actions
from apps.assessments.actions import NewQuestion, Sent
from apps.assessments.models import KeyMending
from apps.notifications import fanout
from apps.notifications.models import Delivery, Event, Notification
from tests import factories

KEY, FEEDBACK, OTHERS = "KEYTEXT", "FEEDBACKTEXT", "ANSWEROFBRUNO"
SECRETS = (KEY, FEEDBACK, OTHERS)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def quiz(cast):
    quiz = factories.quiz(course=cast.course, title="Planets", minutes=30, key_when="released", result_when="released")
    actions.save_question(cast.admin, quiz, _text(KEY))
    return quiz


def _text(variants):
    return NewQuestion("text", "Word?", variants=variants, feedback=FEEDBACK)


def _teach(cast, quiz):
    """Two students sit it while its teachers edit, watch, give time, mend the key, import and release."""
    amina = actions.start_attempt(cast.amina_user, quiz)
    bruno = actions.start_attempt(cast.bruno_user, quiz)
    actions.save_answers(cast.bruno_user, bruno, [Sent(1, text=OTHERS)])
    actions.save_answers(cast.amina_user, amina, [Sent(1, text="own")])
    question = quiz.questions.get()
    old = question.current
    actions.save_question(cast.admin, quiz, _text(f"{KEY}\n{KEY} again"), question)
    actions.extend_attempt(cast.admin, amina, 5)
    actions.extend_all(cast.admin, quiz, 5)
    actions.hand_in(cast.bruno_user, bruno)
    actions.hand_in(cast.amina_user, amina)
    actions.save_answers(cast.bruno_user, bruno, [Sent(1, text=f"{OTHERS} late", counter=2**40)])
    actions.mend_key(cast.admin, KeyMending(version=old, mode="new", variants=f"{KEY}\nown"))
    return amina, bruno


def silent(where, *texts):
    for secret in SECRETS:
        assert not any(secret in text for text in texts), where


def read(client, url, **how):
    response = client.get(url, **how)
    body = b"".join(response) if response.streaming else response.content
    return response.status_code, f"{response.headers}{body.decode()}"


def test_no_stream_carries_more_than_that_something_happened(cast, client_for, quiz, published):
    with published():
        _teach(cast, quiz)
        client = client_for(cast.admin)
        for url in ("results/", "edit/", f"questions/{quiz.questions.get().pk}/mending/"):
            assert client.get(f"{quiz.get_absolute_url()}{url}", headers=HTMX).status_code == 200, url
        actions.unpublish_quiz(cast.admin, quiz)
        actions.publish_quiz(cast.admin, quiz)
    assert len(published) > 20
    silent("stream", *(text for event in published for text in event))


def test_no_search_finds_them(cast, client_for, quiz):
    _teach(cast, quiz)
    at = f"/courses/{quiz.course_id}"
    for user in (cast.amina_user, cast.chloe_user, cast.outsider, cast.teacher2):
        client = client_for(user)
        for secret in SECRETS:
            for url in ("/conversations/search/", f"{at}/community/search/", "/students/", "/courses/"):
                for headers in ({}, HTMX):
                    # What is searched for stands on the page itself: so it is a little less than the secret.
                    status, text = read(client, f"{url}?q={secret[:-1]}", headers=headers)
                    assert status == 200 or "/search/" not in url or "/courses/" in url, url
                    silent((user, url), text)


def test_no_file_or_export_of_others_holds_them(cast, client_for, quiz):
    amina, bruno = _teach(cast, quiz)
    results = f"{quiz.get_absolute_url()}results/"
    for user in (cast.amina_user, cast.chloe_user, cast.outsider):
        client = client_for(user)
        for url in (f"{results}export/", results, f"{results}{bruno.pk}/", f"{results}{amina.pk}/"):
            status, text = read(client, url)
            assert status == 404, (user, url)
            silent(url, text)
        silent("own data", json.dumps("".join(own_data.as_json(user))))


def test_the_django_admin_is_closed_to_all_who_have_no_permission_in_it(cast, client_for, quiz):
    _, bruno = _teach(cast, quiz)
    version = quiz.questions.get().current
    things = {
        "quiz": quiz.pk,
        "question": version.question_id,
        "questionversion": version.pk,
        "attempt": bruno.pk,
        "keymending": KeyMending.objects.get().pk,
    }
    for user in (cast.amina_user, cast.outsider, cast.teacher, cast.staff):
        client = client_for(user)
        for model, pk in things.items():
            for place in ("", f"?q={KEY}", f"{pk}/change/", f"{pk}/history/", f"{pk}/delete/"):
                status, text = read(client, f"/admin/assessments/{model}/{place}")
                assert status in {302, 403, 404}, (user, model, place)
                silent((user, model), text.replace(f"q%3D{KEY}", ""))


def test_an_admin_who_impersonates_a_student_reads_no_more_than_they_do(cast, client_for, quiz):
    amina, _ = _teach(cast, quiz)
    client = client_for(cast.admin)
    client.post(f"/people/{cast.amina_user.pk}/look/")
    own = ("", "attempts/1/", "attempts/1/end/", "results/", "edit/", "trial/", "import/", "results/export/")
    urls = [f"{quiz.get_absolute_url()}{each}" for each in own]
    urls += ["/", "/notifications/", "/you/", f"/courses/{quiz.course_id}/quizzes/", "/quizzes/today/"]
    urls += [f"/admin/assessments/attempt/{amina.pk}/change/", f"/conversations/search/?q={OTHERS[:-1]}"]
    for url in urls:
        for headers in ({}, HTMX):
            silent(url, read(client, url, headers=headers)[1])


def test_today_notifications_and_what_is_sent_say_nothing_of_them(cast, client_for, quiz):
    _teach(cast, quiz)
    actions.release_results(cast.admin, quiz)
    for key in Event.objects.values_list("key", flat=True):
        fanout.tell(key)
    for user in (cast.amina_user, cast.chloe_user):
        client = client_for(user)
        for url in ("/", "/quizzes/today/", "/notifications/", "/notifications/unread/", "/you/"):
            silent(url, read(client, url)[1], read(client, url, headers=HTMX)[1])
    # Emails and pushes are composed of these rows alone, and of the titles of what they are about.
    assert Notification.objects.filter(recipient=cast.amina_user).exists()
    for model in (Event, Notification, Delivery, AuditEntry):
        for row in model.objects.values():
            silent(model, str(row))


@override_settings(DEBUG_PROPAGATE_EXCEPTIONS=False)
def test_no_error_page_says_them(cast, client_for, quiz, monkeypatch):
    _teach(cast, quiz)
    client = client_for(cast.amina_user)
    client.raise_request_exception = False
    attempt = f"{quiz.get_absolute_url()}attempts/1/"
    for url in (f"{attempt}nowhere/", f"{quiz.get_absolute_url()}attempts/2/", f"{quiz.get_absolute_url()}edit/"):
        status, text = read(client, url)
        assert status == 404, url
        silent(url, text)

    def fail(*_args, **_more):
        held = [str(row) for row in quiz.questions.get().versions.values()]
        raise RuntimeError(held)

    monkeypatch.setattr("apps.assessments.views_attempts.result_of", fail)
    status, text = read(client, attempt)
    assert status == 500
    silent("500", text)
