"""Where one is signed in: the list, signing out there, and the notice of a sign-in from a new place."""

import re
from datetime import timedelta
from html import unescape

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.accounts import browsers, sessions
from apps.accounts.models import AuditEntry, User
from apps.accounts.tasks import forget_sessions
from apps.realtime.stream import reader_of
from tests.accounts.test_sign_in import is_in, password
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("commits")

URL = "/accounts/sessions/"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0.0.0 Safari/537.36"


@pytest.fixture
def laptop(cast) -> Client:
    """The teacher's, signed in."""
    client = Client(headers={"User-Agent": LAPTOP})
    password(client, cast.teacher.email)
    return client


@pytest.fixture
def phone(cast, laptop) -> Client:
    """The teacher's too, signed in afterwards."""
    client = Client(headers={"User-Agent": PHONE}, REMOTE_ADDR="198.51.100.7")
    password(client, cast.teacher.email)
    return client


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


def test_the_list_names_each_browser_and_which_of_them_this_is(laptop, phone):
    page = laptop.get(URL).content.decode()
    here, there = re.findall(r'<li id="session-\d+">.*?</li>', page, re.DOTALL)
    assert "Chrome on Windows" in here
    assert "This browser" in here
    assert "Sign out" not in here
    assert "Mobile Safari on iOS" in there
    assert "198.51.100.7" in there
    assert "This browser" not in there


def test_signing_out_there_ends_that_session_and_its_streams_at_once(cast, laptop, phone, published):
    key = phone.session.session_key
    assert reader_of(key, [f"user-{cast.teacher.pk}"]) == cast.teacher.pk
    with published():
        answer = laptop.post(f"{URL}{row_of(phone).pk}/ending/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "iOS" not in answer.content.decode()
    assert published.rights == [cast.teacher.pk]
    assert reader_of(key, [f"user-{cast.teacher.pk}"]) is None
    assert (is_in(laptop), is_in(phone)) == (True, False)
    entry = AuditEntry.objects.get(verb="session.ended")
    assert (entry.actor, entry.thing) == (cast.teacher, cast.teacher)


def test_the_next_thing_written_there_is_refused_and_given_back(laptop, phone):
    laptop.post(f"{URL}{row_of(phone).pk}/ending/")
    answer = phone.post("/conversations/1/messages/", {"body": "Half an hour of writing"})
    assert answer.status_code == 401
    assert "Half an hour of writing" in answer.content.decode()


def test_nobody_ends_a_session_of_another_or_the_one_they_use_here(cast, client_for, laptop):
    own = row_of(laptop).pk
    assert client_for(cast.admin).post(f"{URL}{own}/ending/").status_code == 404
    assert laptop.post(f"{URL}{own}/ending/").status_code == 404
    assert is_in(laptop)


def test_signing_out_everywhere_else_ends_also_what_no_row_tells_of(cast, client_for, laptop, phone):
    old = client_for(cast.teacher)
    answer = laptop.post(f"{URL}others/ending/", follow=True)
    assert "Signed out everywhere else." in answer.content.decode()
    assert [is_in(client) for client in (laptop, phone, old)] == [True, False, False]
    assert UserSession.objects.filter(user=cast.teacher).count() == 1
    assert AuditEntry.objects.get(verb="session.ended").detail == {"sessions": 1}


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(cast, laptop, phone, published):
    new = {"password1": "seven wild horses", "password2": "seven wild horses"}
    with published():
        laptop.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new})
    assert (is_in(laptop), is_in(phone)) == (True, False)
    assert cast.teacher.pk in published.rights
    assert UserSession.objects.filter(user=cast.teacher).count() == 1
    assert AuditEntry.objects.filter(verb="user.password-changed", actor=cast.teacher).count() == 1


def test_a_reset_password_ends_all_sessions_and_its_link_works_once(cast, laptop, phone, published):
    client = Client()
    client.post("/accounts/password/reset/", {"email": cast.teacher.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    with published():
        client.post(form, {"password1": "seven wild horses", "password2": "seven wild horses"})
    assert (is_in(laptop), is_in(phone)) == (False, False)
    assert cast.teacher.pk in published.rights
    assert "This link no longer works" in Client().get(link, follow=True).content.decode()
    assert AuditEntry.objects.get(verb="user.password-reset").thing == cast.teacher
    assert mail.outbox[-1].to == [cast.teacher.email]
    assert "has been reset" in mail.outbox[-1].subject


def test_whoever_resets_a_password_where_they_are_signed_in_is_signed_out_there_too(cast, laptop):
    laptop.post("/accounts/password/reset/", {"email": cast.teacher.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]
    form = laptop.get(link, follow=True).redirect_chain[-1][0]
    laptop.post(form, {"password1": "seven wild horses", "password2": "seven wild horses"})
    assert not is_in(laptop)
    assert AuditEntry.objects.filter(verb="user.password-reset").exists()
    assert not UserSession.objects.filter(user=cast.teacher).exists()


def test_signing_out_takes_the_session_off_the_list(cast, laptop, phone):
    phone.post("/accounts/logout/")
    assert laptop.get(URL).content.decode().count('id="session-') == 1
    assert UserSession.objects.filter(user=cast.teacher).count() == 1


def test_a_session_that_has_expired_is_not_listed(cast, laptop, phone):
    Session.objects.filter(session_key=phone.session.session_key).update(expire_date=timezone.now())
    assert laptop.get(URL).content.decode().count('id="session-') == 1


def test_the_list_takes_the_same_queries_however_long(cast, laptop, django_assert_max_num_queries):
    laptop.get(URL)
    with django_assert_max_num_queries(15) as few:
        laptop.get(URL)
    most = len(few)
    for _ in range(5):
        password(Client(headers={"User-Agent": PHONE}), cast.teacher.email)
    with django_assert_max_num_queries(most):
        assert laptop.get(URL).content.decode().count('id="session-') == 6


def test_when_a_session_was_last_active_is_written_once_a_minute(cast, laptop, monkeypatch, django_assert_num_queries):
    key, long_ago = laptop.session.session_key, timezone.now() - timedelta(hours=3)
    UserSession.objects.update(last_seen_at=long_ago)
    monkeypatch.setattr(sessions, "_seen", sessions.OrderedDict())
    url = f"/conversations/{cast.amina.conversation_id}/position/"
    laptop.post(url, {"read": "0"})
    assert row_of(laptop).last_seen_at > long_ago
    UserSession.objects.update(last_seen_at=long_ago)
    with django_assert_num_queries(0):
        sessions.mark_seen(key)
    assert row_of(laptop).last_seen_at == long_ago
    # Another process finds that it was written lately.
    monkeypatch.setattr(sessions, "_seen", sessions.OrderedDict())
    UserSession.objects.update(last_seen_at=timezone.now())
    with django_assert_num_queries(1):
        sessions.mark_seen(key)


def test_a_sign_in_from_a_new_place_is_told_and_the_first_of_all_and_a_known_browser_are_not(cast, laptop, published):
    assert mail.outbox == []
    published.clear()
    User.objects.filter(pk=cast.teacher.pk).update(time_zone="Asia/Kolkata")
    password(Client(headers={"User-Agent": PHONE}, REMOTE_ADDR="198.51.100.7"), cast.teacher.email)
    (letter,) = mail.outbox
    assert letter.to == [cast.teacher.email]
    for said in ("Mobile Safari on iOS", "198.51.100.7", "IST", "/accounts/password/reset/", "/accounts/sessions/"):
        assert said in letter.body
    [(channel, [toast])] = published.toasts.items()
    assert channel == f"user-{cast.teacher.pk}"
    assert letter.subject in unescape(toast)
    assert published.bells == {channel: [""]}
    laptop.post("/accounts/logout/")
    password(laptop, cast.teacher.email)
    assert len(mail.outbox) == 1
    assert len(published.toasts[channel]) == 1
    entry = AuditEntry.objects.filter(verb="user.signed-in").order_by("-pk").first()
    assert entry.detail["new_browser"] is False


def test_a_browser_known_for_one_account_is_new_for_another(cast, laptop):
    laptop.post("/accounts/logout/")
    User.objects.filter(pk=cast.teacher2.pk).update(last_login=timezone.now())
    password(laptop, cast.teacher2.email)
    assert [letter.to for letter in mail.outbox] == [[cast.teacher2.email]]


def test_the_cookie_of_a_known_browser_says_nothing_and_belongs_to_this_host_alone(cast, client, settings):
    settings.HTTPS, settings.COOKIE_PREFIX = True, "__Host-"
    password(client, cast.teacher.email, secure=True)
    cookie = client.cookies["__Host-known"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        *(True, True, "Lax", "/"),
        "",
    )
    assert cast.teacher.email not in cookie.value


def test_sessions_that_are_over_are_not_kept(laptop):
    over = Session.objects.create(session_key="over", session_data="", expire_date=timezone.now() - timedelta(hours=1))
    forget_sessions.call_local()
    assert not Session.objects.filter(pk=over.pk).exists()
    assert is_in(laptop)


@pytest.mark.parametrize(
    ("agent", "said", "icon"),
    [
        (PHONE, "Mobile Safari on iOS", "smartphone"),
        (LAPTOP, "Chrome on Windows", "monitor"),
        ("Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) Version/16.0 Mobile/15E148 Safari/604.1", "on iOS", "tablet"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/129.0 Mobile Safari/537.36", "on Android", "smartphone"),
        ("", "A browser", "monitor"),
        ("\0<script>" + "x" * 100_000, "A browser", "monitor"),
    ],
)
def test_browsers_are_called_as_people_call_them(agent, said, icon):
    browser = browsers.named(agent)
    assert said in str(browser)
    assert browser.icon == icon


@pytest.mark.parametrize("way", ["/accounts/logout/", "/admin/logout/"])
def test_signing_out_has_the_browser_forget_the_pictures_that_it_kept(cast, client_for, way):
    client = client_for(cast.admin)
    assert "Clear-Site-Data" not in client.get("/accounts/settings/").headers
    assert client.post(way).headers["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in client.get("/accounts/login/").headers
