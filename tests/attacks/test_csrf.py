"""No other site has somebody's browser change anything: each unsafe request has a token that our pages alone know."""

import pytest
from django.apps import apps
from django.conf import settings
from django.core import signing
from django.test import Client
from django.urls import resolve, reverse

from apps.accounts import email_change
from apps.conversations.models import Message
from apps.notifications import writing
from apps.notifications.models import Preference, Way
from tests.attacks.routes import routes

TOKEN = "c" * 32
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# A mail program posts there, signed in nowhere (RFC 8058): the signed link itself is the right, and turns a mail off.
EXEMPT = {"notifications/unsubscribe/<str:token>/"}


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
        if route.pattern not in EXEMPT
        # What the method is makes no difference for the check, which one person shows for all addresses of ours.
        for method in (UNSAFE if who == "admin" and not route.path.startswith("/admin/") else UNSAFE[:1])
        if (answer := client.generic(method, route.path, b"", "text/plain")).status_code != 403
        or b"This page was open too long" not in answer.content
    ]
    assert taken == []


def test_no_other_view_is_exempt():
    views = {route.pattern: resolve(route.path).func for route in routes()}
    assert {pattern for pattern, view in views.items() if getattr(view, "csrf_exempt", False)} == EXEMPT


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1],
        lambda token: f"{token}x",
        lambda token: token.swapcase(),
        lambda token: f"x{token}",
        lambda token: token.partition(":")[0],
        lambda token: f"{token.rpartition(':')[0]}:",
        lambda token: ":",
        lambda token: "ü:1:2",
        lambda token: "a" * 3_000,
        lambda token: signing.dumps(signing.loads(token, salt=writing.SALT), salt=email_change.SALT, compress=True),
        lambda token: signing.dumps(signing.loads(token, salt=writing.SALT), salt=writing.SALT, key="k" * 50),
        lambda token: f"{signing.dumps([1, 'email', 'message']).split(':')[0]}:{token.partition(':')[2]}",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_somebody_made_or_changed_turns_no_mail_off(cast, spoil, method):
    token = writing.token_for(cast.teacher, Way.EMAIL, ["message"])
    before = facts()
    path = reverse("notifications:unsubscribe", args=[spoil(token)])
    for client in (Client(enforce_csrf_checks=True), stranger(cast.amina_user), stranger(cast.teacher)):
        answer = getattr(client, method)(path)
        assert answer.status_code == 404
        assert "Tariq" not in answer.content.decode()
    assert facts() == before


def test_a_link_turns_off_what_it_names_for_whom_it_names_whoever_is_signed_in(cast):
    path = reverse("notifications:unsubscribe", args=[writing.token_for(cast.teacher, Way.EMAIL, ["message"])])
    before = facts()
    more = {"user": cast.admin.pk, "way": "page", "kind": "mention", "names": "mention", "token": "x"}
    assert stranger(cast.amina_user).post(f"{path}?user={cast.admin.pk}&way=page", more).status_code == 200
    after = facts()
    (row,) = Preference.objects.all()
    assert (row.user, row.kind, row.way, row.wanted) == (cast.teacher, "message", Way.EMAIL, False)
    assert {name for name in before if before[name] != after[name]} == {"notifications.Preference"}


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
