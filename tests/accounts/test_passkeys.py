"""Passkeys: instead of the password, after it, and before a change."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from limits import RateLimitItemPerMinute

from apps.accounts.models import AuditEntry, User
from tests.accounts.passkeys import SoftPasskey, options_in
from tests.conftest import PASSWORD
from tests.doors.house import untouched

pytestmark = pytest.mark.usefixtures("commits")

LOGIN, STEP, CONFIRM, ADD = (
    f"/accounts/2fa/{path}"
    for path in ("webauthn/login/", "authenticate/", "webauthn/reauthenticate/", "webauthn/add/")
)


def browser(user: User | None = None) -> Client:
    """A browser at http://localhost: passkeys belong to a site's name."""
    client = Client(SERVER_NAME="localhost")
    if user:
        # The hash of the cast's password is made anew when it is first checked.
        client.force_login(User.objects.get(pk=user.pk))
    return client


def confirmed(user: User) -> Client:
    client = browser(user)
    client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    return client


def add(client: Client, passkey: SoftPasskey | None = None, **typed: str) -> SoftPasskey:
    passkey = passkey or SoftPasskey()
    options = options_in(client.get(ADD).content.decode())
    answer = client.post(ADD, {"credential": json.dumps(passkey.create(options)), "passwordless": "on", **typed})
    assert answer.status_code == 302, answer.content.decode()
    return passkey


def challenge(client: Client) -> dict:
    return client.get(LOGIN, headers={"Accept": "application/json"}).json()["request_options"]["publicKey"]


def sign_in(client: Client, passkey: SoftPasskey, **more: str):
    return client.post(LOGIN, {"credential": json.dumps(passkey.get(challenge(client))), **more})


def is_in(client: Client) -> bool:
    return client.get("/accounts/2fa/").status_code == 200


@pytest.fixture
def amina(cast):
    """Amina's browser, her passkey, herself."""
    client = confirmed(cast.amina_user)
    return client, add(client, name="My phone"), cast.amina_user


@pytest.mark.parametrize("who", ["admin", "staff", "amina_user"])
def test_a_passkey_is_all_that_is_needed_to_sign_in_whatever_the_role(cast, who):
    passkey = add(confirmed(getattr(cast, who)))
    mail.outbox.clear()
    client = browser()
    assert sign_in(client, passkey, next="/messages/").headers["Location"] == "/messages/"
    assert is_in(client)
    assert not [letter for letter in mail.outbox if "code" in letter.subject]


def test_an_added_passkey_is_listed_by_its_name_told_by_mail_and_recorded(amina):
    client, _, user = amina
    assert "My phone" in client.get("/accounts/2fa/").content.decode()
    assert mail.outbox[-1].subject == "A passkey was added"
    assert mail.outbox[-1].to == [user.email]
    told = {
        (entry.verb, entry.detail["kind"]) for entry in AuditEntry.objects.filter(actor=user, verb__startswith="factor")
    }
    assert told == {("factor.added", "webauthn"), ("factor.added", "recovery_codes")}


def test_the_list_says_when_a_passkey_was_last_used(amina):
    client, passkey, _ = amina
    assert "not used yet" in client.get("/accounts/2fa/").content.decode()
    sign_in(browser(), passkey)
    page = client.get("/accounts/2fa/").content.decode()
    assert "last used" in page
    assert "not used yet" not in page


def test_a_passkey_is_called_after_the_device_it_is_made_on(cast):
    client = confirmed(cast.amina_user)
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/605"
    assert 'value="iPhone"' in client.get(ADD, headers={"User-Agent": phone}).content.decode()


def test_after_the_password_a_passkey_takes_the_place_of_the_mailed_code(cast):
    passkey = add(confirmed(cast.staff))
    mail.outbox.clear()
    client = browser()
    answer = client.post("/accounts/login/", {"login": cast.staff.email, "password": PASSWORD})
    assert answer.headers["Location"] == STEP
    assert mail.outbox == []
    assert not is_in(client)
    page = client.get(STEP).content.decode()
    assert "Use your passkey" in page
    answer = client.post(STEP, {"credential": json.dumps(passkey.get(options_in(page)))})
    assert answer.headers["Location"] == "/accounts/2fa/trust/"


def test_a_passkey_confirms_that_it_is_still_its_owner(amina):
    _, passkey, user = amina
    client = browser(user)
    assert client.get(ADD).status_code == 302
    page = client.get(f"{CONFIRM}?next={ADD}").content.decode()
    answer = client.post(f"{CONFIRM}?next={ADD}", {"credential": json.dumps(passkey.get(options_in(page)))})
    assert answer.headers["Location"] == ADD
    assert client.get(ADD).status_code == 200


def test_a_wrong_answer_before_a_change_is_told_on_that_page(amina):
    _, _, user = amina
    client = browser(user)
    page = client.get(f"{CONFIRM}?next={ADD}").content.decode()
    answer = client.post(f"{CONFIRM}?next={ADD}", {"credential": json.dumps(SoftPasskey().get(options_in(page)))})
    assert answer.status_code == 200
    assert "isn't known here" in answer.content.decode().replace("&#x27;", "'")
    assert client.get(ADD).status_code == 302


def forged(passkey: SoftPasskey, options: dict, how: str) -> dict:
    if how == "of another site":
        return passkey.get(options, origin="https://localhost.evil.example")
    if how == "to another question":
        return passkey.get(options, challenge="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    if how == "without a finger":
        passkey.verifies = False
        return passkey.get(options)
    if how == "by another key":
        passkey.key = SoftPasskey().key
        return passkey.get(options)
    if how == "for another person":
        passkey.user = b"1"
        return passkey.get(options)
    stranger = SoftPasskey()
    stranger.user = passkey.user
    return stranger.get(options)


@pytest.mark.parametrize(
    "how",
    [
        "of another site",
        "to another question",
        "without a finger",
        "by another key",
        "for another person",
        "by a passkey that nobody added",
    ],
)
def test_a_forged_answer_lets_nobody_in(amina, how):
    _, passkey, _ = amina
    client = browser()
    answer = client.post(
        LOGIN, {"credential": json.dumps(forged(passkey, challenge(client), how)), "next": "/messages/"}
    )
    assert answer.headers["Location"] == "/accounts/login/?next=%2Fmessages%2F"
    assert "known here" in client.get("/accounts/login/").content.decode()
    assert not is_in(client)
    assert AuditEntry.objects.filter(verb="user.sign-in-failed", detail__method="passkey").count() == 1


def test_an_answer_that_was_overheard_is_worth_nothing_the_second_time(amina):
    _, passkey, _ = amina
    client, other = browser(), browser()
    credential = json.dumps(passkey.get(challenge(client)))
    client.post(LOGIN, {"credential": credential})
    assert is_in(client)
    challenge(other)
    other.post(LOGIN, {"credential": credential})
    assert not is_in(other)
    client.logout()
    client.post(LOGIN, {"credential": credential})
    assert not is_in(client)


def like_one(response: dict, **more: object) -> str:
    """What has the outline of an answer."""
    return json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": response, **more})


NONSENSE = [
    json.dumps({"id": "A" * 30_000}),
    "",
    "null",
    "5",
    "[]",
    '"x"',
    "{}",
    "{",
    "[" * 100_000,
    "9" * 5000,
    like_one({}),
    like_one({"clientDataJSON": "e30", "attestationObject": "oA"}),
    json.dumps({"id": 1, "rawId": 2, "type": "public-key", "response": 3}),
    like_one(
        {"clientDataJSON": "AA", "authenticatorData": "AA", "signature": "", "userHandle": "\0"},
        clientExtensionResults=[],
    ),
    like_one(
        {"clientDataJSON": "e30", "authenticatorData": "A" * 50, "signature": "AA", "userHandle": 7},
        clientExtensionResults={"credProps": 1},
    ),
]


@pytest.mark.parametrize("path", [LOGIN, STEP, CONFIRM, ADD])
def test_nonsense_in_the_place_of_an_answer_is_refused_with_a_sentence(amina, path):
    owner, _, user = amina
    for nonsense in NONSENSE:
        client = {LOGIN: browser(), STEP: browser(), CONFIRM: browser(user), ADD: owner}[path]
        with untouched():
            if path == LOGIN:
                challenge(client)
            if path == STEP:
                client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
            client.get(path)
            answer = client.post(path, {"credential": nonsense, "passwordless": "on"}, follow=True)
            assert answer.status_code == 200, nonsense
            assert "work" in answer.content.decode(), nonsense
            assert user.authenticator_set.filter(type="webauthn").count() == 1, nonsense
            if path in {LOGIN, STEP}:
                assert not is_in(client), nonsense


def test_a_passkey_is_renamed_and_removed_by_its_owner_alone(amina, cast):
    client, _, user = amina
    row = Authenticator.objects.get(user=user, type="webauthn")
    edit, remove = (f"/accounts/2fa/webauthn/keys/{row.pk}/{what}/" for what in ("edit", "remove"))
    other = confirmed(cast.bruno_user)
    for method in (other.get, other.post):
        assert method(edit, {"name": "Mine"}).status_code == 404
        assert method(remove).status_code == 404
    assert client.post(edit, {"name": " "}).status_code == 200
    assert "Give it a name." in client.post(edit, {"name": " "}).content.decode()
    assert client.post(edit, {"name": "x" * 61}).status_code == 200
    client.post(edit, {"name": "<b>Old</b> phone"})
    assert "&lt;b&gt;Old&lt;/b&gt; phone" in client.get("/accounts/2fa/").content.decode()
    assert client.get(remove).status_code == 200
    client.post(remove)
    assert not Authenticator.objects.filter(user=user).exists()
    assert mail.outbox[-1].subject == "A passkey was removed"
    told = AuditEntry.objects.filter(verb="factor.removed", actor=user).values_list("detail", flat=True)
    assert {detail["kind"] for detail in told} == {"webauthn", "recovery_codes"}


def test_somebody_who_was_deactivated_is_not_let_in_by_a_passkey(amina):
    _, passkey, user = amina
    User.objects.filter(pk=user.pk).update(is_active=False)
    client = browser()
    assert sign_in(client, passkey).headers["Location"] == "/accounts/inactive/"
    assert not is_in(client)


def test_a_key_without_a_finger_or_pin_is_kept_for_after_the_password_only(cast):
    client, key = confirmed(cast.amina_user), SoftPasskey(verifies=False)
    options = options_in(client.get(ADD).content.decode())
    made = json.dumps(key.create(options))
    assert client.post(ADD, {"credential": made, "passwordless": "on"}).status_code == 200
    options = options_in(client.get(ADD).content.decode())
    assert client.post(ADD, {"credential": json.dumps(key.create(options))}).status_code == 302
    stranger = browser()
    sign_in(stranger, key)
    assert not is_in(stranger)
    stranger.post("/accounts/login/", {"login": cast.amina_user.email, "password": PASSWORD})
    page = stranger.get(STEP).content.decode()
    stranger.post(STEP, {"credential": json.dumps(key.get(options_in(page)))})
    stranger.post("/accounts/2fa/trust/", {"action": "skip"})
    assert is_in(stranger)


@pytest.fixture
def new(cast):
    """Somebody who has just accepted an invitation and chose a passkey: an account without a password."""
    cast.outsider.set_unusable_password()
    cast.outsider.save()
    return cast.outsider


def test_a_new_account_without_a_password_gets_its_passkey_at_once_and_signs_in_with_it_from_then_on(new):
    client = browser(new)
    page = client.get(f"{ADD}?next=/messages/").content.decode()
    assert "Make your passkey" in page
    assert "/accounts/password/set/?next=%2Fmessages%2F" in page
    passkey = SoftPasskey()
    made = {"credential": json.dumps(passkey.create(options_in(page))), "next": "/messages/"}
    answer = client.post(ADD, made)
    assert answer.headers["Location"] == "/accounts/2fa/recovery-codes/?next=%2Fmessages%2F"
    assert 'href="/messages/"' in client.get(answer.headers["Location"]).content.decode()
    again = browser()
    assert sign_in(again, passkey).headers["Location"] == "/"
    assert is_in(again)


def test_a_new_account_needs_a_passkey_that_signs_in_alone(new):
    client = browser(new)
    options = options_in(client.get(ADD).content.decode())
    made = SoftPasskey(verifies=False).create(options)
    assert client.post(ADD, {"credential": json.dumps(made)}).status_code == 200
    options = options_in(client.get(ADD).content.decode())
    made = SoftPasskey().create(options)
    made["clientExtensionResults"]["credProps"]["rk"] = False
    answer = client.post(ADD, {"credential": json.dumps(made)})
    assert "sign in by itself" in answer.content.decode()
    assert not Authenticator.objects.filter(user=new).exists()


def test_the_only_way_in_stays_until_there_is_another(new):
    passkey = add(browser(new))
    client = browser(new)
    assert client.get(ADD).status_code == 302, "from now on they confirm that it is them"
    page = client.get(CONFIRM).content.decode()
    client.post(CONFIRM, {"credential": json.dumps(passkey.get(options_in(page)))})
    remove = f"/accounts/2fa/webauthn/keys/{Authenticator.objects.get(user=new, type='webauthn').pk}/remove/"
    assert "your only way in" in client.get(remove).content.decode()
    assert client.post(remove).status_code == 409
    add(client)
    assert client.post(remove).status_code == 302
    assert Authenticator.objects.filter(user=new, type="webauthn").count() == 1


def test_an_open_session_gets_no_password_where_a_passkey_is_the_only_way_in(new):
    add(browser(new))
    client = browser(new)
    typed = {"password1": "quite another horse", "password2": "quite another horse"}
    assert "/reauthenticate/" in client.post("/accounts/password/set/", typed).headers["Location"]
    assert typed["password1"] not in str(dict(client.session))
    new.refresh_from_db()
    assert not new.has_usable_password()


def test_who_has_nothing_yet_may_set_a_password_instead(new):
    client = browser(new)
    assert "neither a password nor a passkey" in client.get("/accounts/2fa/").content.decode()
    assert client.get("/accounts/password/set/").status_code == 200
    typed = {"password1": "quite another horse", "password2": "quite another horse"}
    assert client.post("/accounts/password/set/", typed).status_code == 302
    new.refresh_from_db()
    assert new.check_password("quite another horse")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "[::1]:8000"])
def test_at_a_bare_address_the_page_says_why_there_can_be_no_passkey(cast, settings, host):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "[::1]"]
    client = Client(headers={"Host": host})
    client.force_login(cast.amina_user)
    client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    page = client.get(ADD).content.decode()
    assert "at a bare address" in page
    assert "data-passkey=" not in page


def test_asking_for_a_challenge_tells_nothing_of_who_has_an_account(amina):
    options = challenge(browser())
    assert not options.get("allowCredentials")
    assert options["userVerification"] == "required"
    assert options["rpId"] == "localhost"


def test_challenges_are_not_for_flooding_and_are_kept_for_an_hour(db, monkeypatch):
    client = browser()
    challenge(client)
    assert client.session.get_expiry_age() <= 3600
    monkeypatch.setattr("apps.accounts.views_factors.CHALLENGES", RateLimitItemPerMinute(2))
    asked = [client.get(LOGIN, headers={"Accept": "application/json"}).status_code for _ in range(4)]
    assert asked[-1] == 429


def test_a_session_that_a_passkey_opened_lasts_as_long_as_any_other(amina):
    _, passkey, _ = amina
    client = browser()
    sign_in(client, passkey)
    assert client.session.get_expiry_age() > 86_400


def test_one_has_so_many_passkeys_and_no_more(amina, monkeypatch):
    client, _, user = amina
    monkeypatch.setattr("apps.accounts.forms_factors.MOST_PASSKEYS", 1)
    options = options_in(client.get(ADD).content.decode())
    answer = client.post(ADD, {"credential": json.dumps(SoftPasskey().create(options)), "passwordless": "on"})
    assert "as many passkeys as one can have" in answer.content.decode()
    assert Authenticator.objects.filter(user=user, type="webauthn").count() == 1
