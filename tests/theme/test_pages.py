"""The frame, the pages at the entrance, and the pages that say no."""

import re
from pathlib import Path

import pytest
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client, override_settings

from tests.conftest import PASSWORD


def test_the_login_form_is_made_for_password_managers_and_phones(client, db):
    page = client.get("/accounts/login/").content.decode()
    login = re.search(r'<input[^>]*name="login"[^>]*>', page).group()
    assert 'type="email"' in login
    assert 'autocomplete="username webauthn"' in login
    assert 'inputmode="email"' in login
    assert 'autocomplete="current-password"' in re.search(r'<input[^>]*name="password"[^>]*>', page).group()
    assert '<label for="id_login">' in page
    assert "/accounts/password/reset/" in page
    assert "signup" not in page


def test_a_wrong_password_is_told_with_the_address_kept(client, db):
    page = client.post("/accounts/login/", {"login": "sam@homeroom.test", "password": "no"}).content.decode()
    assert 'role="alert"' in page
    assert 'value="sam@homeroom.test"' in page


def test_a_missing_password_is_told_at_its_field(client, db):
    page = client.post("/accounts/login/", {"login": "sam@homeroom.test", "password": ""}).content.decode()
    assert 'aria-describedby="id_password_error"' in page
    assert 'id="id_password_error"' in page


def test_signing_in_keeps_where_one_was_going(client, cast):
    page = client.get("/accounts/login/?next=/batches/").content.decode()
    assert '<input type="hidden" name="next" value="/batches/">' in page
    answer = client.post("/accounts/login/", {"login": cast.teacher.email, "password": PASSWORD, "next": "/batches/"})
    assert answer.headers["Location"] == "/batches/"


@pytest.mark.parametrize(
    "path", ["", "password/reset/", "password/reset/done/", "password/reset/key/1-wrong/", "inactive/"]
)
def test_a_page_at_the_entrance_wears_our_look(client, db, path):
    page = client.get(f"/accounts/{path or 'login/'}").content.decode()
    assert 'class="entrance-card"' in page
    assert "<h1>" in page


@pytest.mark.parametrize("path", ["password/change/", "logout/", "reauthenticate/"])
def test_a_page_about_ones_account_wears_our_look(client_for, cast, path):
    page = client_for(cast.amina_user).get(f"/accounts/{path}").content.decode()
    assert 'class="entrance-card"' in page


@override_settings(TASKS={"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}})
@pytest.mark.django_db(transaction=False)
def test_the_letter_with_a_new_password_is_plain_and_leads_back(client, cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/password/reset/", {"email": cast.amina_user.email})
    (letter,) = mail.outbox
    assert letter.subject == "Choose a new password"
    assert letter.body.startswith("Hello Amina,")
    link = re.search(r"http://testserver(/\S+)", letter.body).group(1)
    page = client.get(link, follow=True).content.decode()
    assert "Choose a new password" in page


def test_the_page_one_is_on_is_marked(client_for, cast):
    page = client_for(cast.staff).get("/batches/").content.decode()
    marked = re.findall(r'href="([^"]+)" aria-current="page"', page)
    assert marked == ["/batches/", "/more/"]  # In the sidebar, and in the dock, where More leads to it.


def test_what_is_not_there_is_a_page_for_readers_and_a_line_for_htmx(client_for, cast):
    client = client_for(cast.staff)
    page = client.get("/nothing-here/")
    assert page.status_code == 404
    assert "<!doctype html>" in page.content.decode()
    part = client.get("/nothing-here/", headers={"HX-Request": "true"})
    assert part.status_code == 404
    assert "<html" not in part.content.decode()


def test_the_page_for_a_broken_server_needs_nothing():
    page = render_to_string("500.html")
    assert "Something broke" in page
    assert "<script" not in page


@pytest.mark.parametrize("template", ["accounts/signed_out.html", "403_csrf.html"])
def test_what_was_typed_is_shown_to_copy(rf, template):
    page = render_to_string(template, {"typed": "Dear <b>Ada</b>"}, rf.post("/"))
    assert re.search(r"<textarea[^>]*readonly[^>]*>Dear &lt;b&gt;Ada&lt;/b&gt;</textarea>", page)
    assert "/accounts/login/" in page


def test_a_form_that_is_too_old_gives_its_text_back(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.staff)
    answer = client.post(f"/conversations/{cast.amina.conversation_id}/messages/", {"body": "A long letter"})
    assert answer.status_code == 403
    assert "A long letter" in answer.content.decode()


def test_signed_out_in_the_middle_says_where_to_sign_in_again(client, cast):
    answer = client.get(
        f"/conversations/{cast.amina.conversation_id}/messages/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/students/1/?tab=a&b=c"},
    )
    assert answer.status_code == 401
    text = answer.content.decode()
    assert "?next=%2Fstudents%2F1%2F%3Ftab%3Da%26b%3Dc" in text
    assert "<html" not in text


def test_nothing_asks_with_the_browsers_own_dialogs():
    """The house's own <dialog> asks: it has words of its own for the deed, in the page's colours."""
    places = [*Path("templates").rglob("*.html"), *Path("static/js").rglob("*.js"), *Path("apps").rglob("*.py")]
    found = [str(path) for path in places if re.search(r"hx-confirm|\b(confirm|alert|prompt)\(", path.read_text())]
    assert len(places) > 300
    assert found == []
