"""No other site has somebody's browser change anything: each unsafe request has a token that our pages alone know."""

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import resolve

from apps.conversations.models import Message
from tests.attacks.routes import routes

TOKEN = "c" * 32
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def stranger(user) -> Client:
    """A browser that checks as a real one's requests are checked, where `user` is signed in."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["csrftoken"] = TOKEN
    return client


@pytest.mark.parametrize("who", ["amina_user", "admin"])
def test_no_address_takes_anything_without_the_token(cast, monkeypatch, who):
    monkeypatch.setattr("apps.core.limits._counts", None)
    client = stranger(getattr(cast, who))
    taken = [
        f"{method} {route.path}: {answer.status_code}"
        for route in routes()
        for method in UNSAFE
        if (answer := client.generic(method, route.path, b"", "text/plain")).status_code != 403
        or b"This page was open too long" not in answer.content
    ]
    assert taken == []


def test_no_view_is_exempt():
    views = {route.path: resolve(route.path).func for route in routes()}
    assert [path for path, view in views.items() if getattr(view, "csrf_exempt", False)] == []


BODY = {"body": "By whom?", "client_key": "5f9c0f1e-7c3b-4c57-9c84-0d2f3ab1c111", "audience": "everyone"}
OURS = "http://testserver"


@pytest.mark.parametrize(
    ("fields", "headers", "taken"),
    [
        ({}, {"X-CSRFToken": TOKEN}, True),
        ({"csrfmiddlewaretoken": TOKEN}, {}, True),
        ({"csrfmiddlewaretoken": TOKEN}, {"Origin": OURS}, True),
        ({}, {}, False),
        ({}, {"X-CSRFToken": ""}, False),
        ({}, {"X-CSRFToken": "d" * 32}, False),
        ({"csrfmiddlewaretoken": "d" * 64}, {}, False),
        ({"csrfmiddlewaretoken": TOKEN}, {"Origin": "https://evil.test"}, False),
        ({"csrfmiddlewaretoken": TOKEN}, {"Origin": "null"}, False),
        ({"csrfmiddlewaretoken": TOKEN}, {"Origin": f"{OURS}.evil.test"}, False),
        ({"csrfmiddlewaretoken": TOKEN}, {"Origin": f"{OURS}:81"}, False),
        ({}, {"X-HTTP-Method-Override": "GET"}, False),
    ],
)
def test_the_token_counts_in_the_form_or_the_header_from_our_own_pages_alone(cast, fields, headers, taken):
    path = f"/conversations/{cast.amina.conversation_id}/messages/"
    answer = stranger(cast.staff).post(path, BODY | fields, headers=headers)
    assert (answer.status_code != 403) is taken
    assert Message.objects.filter(body=BODY["body"]).exists() is taken


def test_over_https_a_form_also_says_which_page_it_is_from(cast):
    client = stranger(cast.staff)
    path = f"/conversations/{cast.amina.conversation_id}/messages/"
    sent = BODY | {"csrfmiddlewaretoken": TOKEN}
    for referer, status in ((None, 403), ("https://evil.test/", 403), ("https://testserver/", 200)):
        headers = {"Referer": referer, "HX-Request": "true"} if referer else {"HX-Request": "true"}
        assert (client.post(path, sent, secure=True, headers=headers).status_code == 403) is (status == 403), referer


def test_nothing_is_changed_by_a_link(cast, client_for, monkeypatch):
    """GET and HEAD write nothing: no picture's address on another site does anything to whoever sees it."""
    monkeypatch.setattr("apps.core.limits._counts", None)
    client = client_for(cast.admin)
    before = facts()
    for route in routes():
        client.get(route.path)
    # A look is remembered, as a bookmark is: nothing else.
    assert facts() == before


def facts() -> dict[str, list[object]]:
    """Every row of Homeroom's own tables."""
    remembered = {"last_login", "last_read", "last_seen"}
    return {
        model._meta.label: list(
            model.objects.order_by("pk").values(
                *(field.attname for field in model._meta.concrete_fields if field.name not in remembered)
            )
        )
        for model in apps.get_models()
        if model._meta.app_config.name.startswith("apps.") and model._meta.label != "accounts.AuditEntry"
    }


def test_a_form_of_another_site_carries_no_cookie_of_ours():
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
