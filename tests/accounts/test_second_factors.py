"""Authenticator apps and recovery codes: getting them, signing in with them, losing them."""

import re
import time
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import factors
from apps.accounts.models import AuditEntry, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("commits")

NOW = 1_800_000_000
LOGIN, STEP, TRUST, LIST = "/accounts/login/", "/accounts/2fa/authenticate/", "/accounts/2fa/trust/", "/accounts/2fa/"
APP, CODES = "/accounts/2fa/totp/activate/", "/accounts/2fa/recovery-codes/"


class Clock:
    """The time that codes are made for; `clock.now += 30` is the time of the next one."""

    now = NOW


@pytest.fixture
def clock(monkeypatch):
    Clock.now = NOW
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: Clock.now))
    return Clock


def code_of(secret: str, now: int) -> str:
    return format_hotp_value(hotp_value(secret, now // 30))


def confirmed(user: User) -> Client:
    """The browser of somebody who has just confirmed that it is them."""
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    answer = client.post(f"/accounts/reauthenticate/?next={LIST}", {"password": PASSWORD})
    assert answer.headers["Location"] == LIST
    return client


def said(answer) -> str:
    """What a page has at the field of the code."""
    return " ".join(re.findall(r'class="field-error"[^>]*>([^<]*)<', answer.content.decode())).replace("&#x27;", "'")


def type_password(client: Client, user: User, typed: str = PASSWORD) -> str:
    """Where the sign-in form leads after a password."""
    return client.post(LOGIN, {"login": user.email, "password": typed}).headers["Location"]


class Owner:
    """Somebody with an authenticator app."""

    def __init__(self, user: User, clock: type[Clock], callbacks) -> None:
        self.user, self.clock, self.callbacks = user, clock, callbacks
        self.client = confirmed(user)
        page = self.client.get(APP).content.decode()
        self.secret = re.search(r'class="secret"[^>]*>([A-Z2-7 ]+)<', page).group(1).replace(" ", "")
        with callbacks(execute=True):
            assert self.client.post(APP, {"code": self.code()}).headers["Location"] == CODES
        self.codes = re.findall(r"<li>(\d{8})</li>", self.client.get(CODES).content.decode())
        clock.now += 30

    def code(self, later: int = 0) -> str:
        return code_of(self.secret, self.clock.now + later)

    def at_the_step(self, client: Client | None = None) -> Client:
        """A browser where the password was right, and the second step is asked for."""
        client = client or Client()
        assert type_password(client, self.user) == STEP
        return client


@pytest.fixture
def owner(cast, clock, django_capture_on_commit_callbacks) -> Owner:
    return Owner(cast.amina_user, clock, django_capture_on_commit_callbacks)


def is_in(client: Client) -> bool:
    return client.get(LIST).status_code == 200


def test_the_code_of_the_app_is_asked_for_after_the_password(owner):
    client = owner.at_the_step()
    assert not is_in(client)
    page = client.get(STEP).content.decode()
    assert 'inputmode="numeric"' in page
    assert 'autocomplete="one-time-code"' in page
    assert client.post(STEP, {"code": owner.code()}).headers["Location"] == TRUST
    assert not is_in(client)
    assert client.post(TRUST, {"action": "skip"}).headers["Location"] == "/"
    assert is_in(client)


@pytest.mark.parametrize("who", ["admin", "staff", "teacher"])
def test_an_app_takes_the_place_of_the_mailed_code_for_every_role(cast, clock, django_capture_on_commit_callbacks, who):
    owner = Owner(getattr(cast, who), clock, django_capture_on_commit_callbacks)
    mail.outbox.clear()
    client = owner.at_the_step()
    assert mail.outbox == []
    assert client.post(STEP, {"code": owner.code()}).headers["Location"] == TRUST


def test_a_code_works_once(owner):
    typed = {"code": owner.code()}
    owner.at_the_step().post(STEP, typed)
    assert said(owner.at_the_step().post(STEP, typed)) == "This code has been used. Wait for the next one."
    owner.clock.now += 30
    assert owner.at_the_step().post(STEP, typed).status_code == 200, "its time is not over, and it is still used"
    assert owner.at_the_step().post(STEP, {"code": owner.code()}).status_code == 302


def test_the_code_that_set_the_app_up_is_used_up(owner):
    owner.clock.now -= 30
    assert (
        said(owner.at_the_step().post(STEP, {"code": owner.code()}))
        == "This code has been used. Wait for the next one."
    )


def test_after_a_code_no_earlier_one_works(owner):
    owner.clock.now += 300
    assert owner.at_the_step().post(STEP, {"code": owner.code()}).status_code == 302
    assert owner.at_the_step().post(STEP, {"code": owner.code(-30)}).status_code == 200


@pytest.mark.parametrize(("later", "right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_phone_whose_clock_is_off_by_half_a_minute_is_good_enough(owner, later, right):
    owner.clock.now += 300
    answer = owner.at_the_step().post(STEP, {"code": owner.code(later)})
    assert (answer.status_code == 302) is right


def test_a_code_may_be_typed_in_groups_and_in_digits_of_another_script(owner):
    code = owner.code()
    arabic = code[:3].translate({ord("0") + digit: chr(0x660 + digit) for digit in range(10)})
    assert owner.at_the_step().post(STEP, {"code": f" {arabic} {code[3:]} "}).status_code == 302


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter the code."),
        ("000000", "This code is wrong. Look for the newest one and try again."),
        ("abc", "This code is wrong. Look for the newest one and try again."),
        ("ä\u0000", "Null characters are not allowed."),
        ("1" * 5000, "Ensure this value has at most 32 characters (it has 5000)."),
    ],
)
def test_a_wrong_code_is_told_at_its_field(owner, typed, sentence):
    assert said(owner.at_the_step().post(STEP, {"code": typed})) == sentence


def test_guessing_is_locked_also_for_the_right_code_and_each_guess_is_recorded(owner):
    client = owner.at_the_step()
    for _ in range(5):
        client.post(STEP, {"code": "000000"})
    answer = client.post(STEP, {"code": owner.code()})
    assert "Too many wrong tries. Try again in" in said(answer)
    assert AuditEntry.objects.filter(verb="user.sign-in-failed", detail={"method": "second-factor"}).count() == 5


def test_a_wrong_code_at_the_confirmation_counts_as_well(owner):
    client = Client()
    client.force_login(User.objects.get(pk=owner.user.pk))
    for _ in range(5):
        assert client.post("/accounts/2fa/reauthenticate/", {"code": "000000"}).status_code == 200
    assert "Too many wrong tries" in said(client.post("/accounts/2fa/reauthenticate/", {"code": owner.code()}))


def test_a_recovery_code_works_once_is_told_by_mail_and_recorded(owner):
    mail.outbox.clear()
    assert owner.at_the_step().post(STEP, {"code": owner.codes[3]}).headers["Location"] == TRUST
    told = [letter for letter in mail.outbox if letter.subject == "A recovery code was used"]
    assert len(told) == 1
    assert told[0].to == [owner.user.email]
    assert "9 are left" in told[0].body
    assert AuditEntry.objects.get(verb="factor.code-used").detail == {"left": 9}
    assert said(owner.at_the_step().post(STEP, {"code": owner.codes[3]})).startswith("This code is wrong")
    assert "9 codes left" in owner.client.get(LIST).content.decode()


def test_recovery_codes_are_shown_once_with_a_file_to_keep(cast, clock, django_capture_on_commit_callbacks):
    client = confirmed(cast.amina_user)
    page = client.get(APP).content.decode()
    secret = re.search(r'class="secret"[^>]*>([A-Z2-7 ]+)<', page).group(1).replace(" ", "")
    client.post(APP, {"code": code_of(secret, clock.now)})
    page = client.get(CODES).content.decode()
    codes = re.findall(r"<li>(\d{8})</li>", page)
    assert len(set(codes)) == 10
    kept = unquote(
        re.search(r'href="data:text/plain;charset=utf-8,([^"]*)" download="recovery-codes.txt"', page).group(1)
    )
    assert [line for line in kept.splitlines() if line.isdecimal()] == codes
    page = client.get(CODES).content.decode()
    assert "are not shown again" in page
    assert not [code for code in codes if code in page]


def test_new_recovery_codes_end_those_of_before(owner):
    with owner.callbacks(execute=True):
        owner.client.post("/accounts/2fa/recovery-codes/generate/")
    assert mail.outbox[-1].subject == "You have new recovery codes"
    assert AuditEntry.objects.filter(verb="factor.replaced", detail__kind="recovery_codes").count() == 1
    fresh = re.findall(r"<li>(\d{8})</li>", owner.client.get(CODES).content.decode())
    assert not set(fresh) & set(owner.codes)
    assert owner.at_the_step().post(STEP, {"code": owner.codes[0]}).status_code == 200
    assert owner.at_the_step().post(STEP, {"code": fresh[0]}).status_code == 302


def test_a_trusted_browser_is_not_asked_again_and_another_is(owner):
    client = owner.at_the_step()
    client.post(STEP, {"code": owner.code()})
    client.post(TRUST, {"action": "trust"})
    client.post("/accounts/logout/")
    assert client.post(LOGIN, {"login": owner.user.email, "password": PASSWORD}).headers["Location"] == "/"
    assert is_in(client)
    owner.at_the_step()


def test_a_browser_is_trusted_for_one_person(owner, cast, django_capture_on_commit_callbacks):
    client = owner.at_the_step()
    client.post(STEP, {"code": owner.code()})
    client.post(TRUST, {"action": "trust"})
    client.post("/accounts/logout/")
    assert type_password(client, owner.user) == "/"
    client.post("/accounts/logout/")
    other = Owner(cast.bruno_user, owner.clock, django_capture_on_commit_callbacks)
    assert type_password(client, other.user) == STEP


@pytest.mark.parametrize("changed", ["factors", "password"])
def test_trust_ends_when_the_factors_or_the_password_change(owner, changed):
    client = owner.at_the_step()
    client.post(STEP, {"code": owner.code()})
    client.post(TRUST, {"action": "trust"})
    client.post("/accounts/logout/")
    password = PASSWORD
    if changed == "factors":
        owner.client.post("/accounts/2fa/recovery-codes/generate/")
    else:
        password = "another-Password-31"
        user = User.objects.get(pk=owner.user.pk)
        user.set_password(password)
        user.save()
    assert type_password(client, owner.user, password) == STEP


def test_trust_lasts_thirty_days(owner, monkeypatch):
    client = owner.at_the_step()
    client.post(STEP, {"code": owner.code()})
    client.post(TRUST, {"action": "trust"})
    (cookie,) = [cookie for name, cookie in client.cookies.items() if "trusted" in name]
    assert cookie["max-age"] == 30 * 86_400
    assert cookie["httponly"]
    client.post("/accounts/logout/")
    later = time.time() + 30 * 86_400 + 1
    monkeypatch.setattr("allauth.mfa.internal.flows.trust.time", SimpleNamespace(time=lambda: later))
    assert type_password(client, owner.user) == STEP


CHANGES = [
    APP,
    "/accounts/2fa/totp/deactivate/",
    CODES,
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/webauthn/add/",
]


@pytest.mark.parametrize("path", CHANGES)
def test_a_page_left_open_shows_and_changes_nothing_without_a_confirmation(owner, path):
    before = list(Authenticator.objects.order_by("pk").values())
    client = Client()
    client.force_login(User.objects.get(pk=owner.user.pk))
    answers = [client.get(path)] + [client.post(path, {"code": owner.code()})] * (path != CODES)
    for answer in answers:
        if answer.headers.get("Location") == reverse("mfa_deactivate_totp"):
            answer = client.post(answer.headers["Location"])
        assert answer.status_code == 302
        assert "/reauthenticate/?next=" in answer.headers["Location"]
    assert list(Authenticator.objects.order_by("pk").values()) == before


def test_a_confirmation_leads_on_to_what_was_about_to_be_done(cast):
    client = Client()
    client.force_login(cast.amina_user)
    asked = client.get(APP).headers["Location"]
    assert "Confirm that it's you" in client.get(asked).content.decode()
    assert said(client.post(asked, {"password": "wrong"})) == "That isn't your password."
    assert client.post(asked, {"password": PASSWORD}).headers["Location"] == APP
    assert client.get(APP).status_code == 200


@pytest.mark.parametrize("who", ["staff", "amina_user"])
def test_with_the_last_factor_go_the_recovery_codes_and_the_page_says_what_is_asked_then(
    cast, clock, django_capture_on_commit_callbacks, who
):
    owner = Owner(getattr(cast, who), clock, django_capture_on_commit_callbacks)
    page = owner.client.get("/accounts/2fa/totp/deactivate/").content.decode()
    assert ("asked for a code by e-mail" in page) is (who == "staff")
    assert ("the password alone lets you in" in page) is (who != "staff")
    owner.client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=owner.user).exists()
    assert mail.outbox[-1].subject == "The authenticator app was removed"
    removed = AuditEntry.objects.filter(verb="factor.removed", actor=owner.user)
    assert {entry.detail["kind"] for entry in removed} == {"totp", "recovery_codes"}
    answer = Client().post(LOGIN, {"login": owner.user.email, "password": PASSWORD})
    assert answer.headers["Location"] == ("/accounts/login/code/confirm/" if who == "staff" else "/")


def test_an_app_that_was_set_up_in_another_tab_stays(owner):
    app = Authenticator.objects.get(user=owner.user, type="totp")
    answer = owner.client.post(APP, {"code": "123456"})
    assert answer.status_code == 302
    assert Authenticator.objects.get(user=owner.user, type="totp").pk == app.pk


def test_an_app_is_told_by_mail_and_recorded(owner):
    letter = next(letter for letter in mail.outbox if letter.subject == "An authenticator app was added")
    assert letter.to == [owner.user.email]
    told = AuditEntry.objects.filter(verb="factor.added", actor=owner.user)
    assert {entry.detail["kind"] for entry in told} == {"totp", "recovery_codes"}
    assert all(entry.thing == owner.user for entry in told)


def test_the_app_calls_us_by_the_academys_name(cast, settings):
    settings.ACADEMY_NAME = "École & Söhne"
    page = confirmed(cast.amina_user).get(APP).content.decode()
    assert "issuer=%C3%89cole%20%26%20S%C3%B6hne" in page
    assert 'src="data:image/svg+xml;base64,' in page


def test_the_database_alone_gives_no_secret_away(owner):
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert owner.secret not in kept
    assert not [code for code in owner.codes if code in kept]


def test_after_the_secret_key_changed_codes_work_while_the_old_one_is_a_fallback(owner, settings):
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another " * 8
    settings.SECRET_KEY_FALLBACKS = [old]
    assert owner.at_the_step().post(STEP, {"code": owner.code()}).status_code == 302
    assert owner.at_the_step().post(STEP, {"code": owner.codes[0]}).status_code == 302


def test_sealed_anew_the_secrets_open_without_the_old_key(owner, settings):
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another " * 8
    with pytest.raises(CommandError, match="HOMEROOM_SECRET_KEY_FALLBACKS"):
        call_command("reseal")
    settings.SECRET_KEY_FALLBACKS = [old]
    call_command("reseal")
    settings.SECRET_KEY_FALLBACKS = []
    assert owner.at_the_step().post(STEP, {"code": owner.code()}).status_code == 302
    assert owner.at_the_step().post(STEP, {"code": owner.codes[0]}).status_code == 302


def test_without_the_old_key_a_code_is_answered_with_a_sentence_and_the_log_says_why(owner, settings, caplog):
    settings.SECRET_KEY = "another " * 8
    assert said(owner.at_the_step().post(STEP, {"code": owner.code()})).startswith("Codes can't be checked")
    assert "HOMEROOM_SECRET_KEY_FALLBACKS" in caplog.text
    owner.client = confirmed(owner.user)
    assert "10 codes left" in owner.client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("actor", "person", "may"),
    [
        ("admin", "staff", True),
        ("admin", "amina_user", True),
        ("admin", "admin", False),
        ("staff", "amina_user", True),
        ("staff", "teacher", True),
        ("staff", "staff2", False),
        ("staff", "admin", False),
        ("teacher", "amina_user", False),
        ("amina_user", "bruno_user", False),
    ],
)
def test_who_lost_everything_is_helped_by_those_who_lead_them(
    cast, clock, django_capture_on_commit_callbacks, actor, person, may
):
    actor, user = getattr(cast, actor), getattr(cast, person)
    Owner(user, clock, django_capture_on_commit_callbacks)
    if not may:
        with pytest.raises(PermissionDenied):
            factors.remove_all(actor, user)
        assert factors.factors_of(user).any
        return
    with request_context(RequestFactory().get("/")), django_capture_on_commit_callbacks(execute=True):
        factors.remove_all(actor, user)
    assert not Authenticator.objects.filter(user=user).exists()
    assert (mail.outbox[-1].subject, mail.outbox[-1].to) == ("Your passkeys and codes were removed", [user.email])
    assert {entry.actor for entry in AuditEntry.objects.filter(verb="factor.removed")} == {actor}


def test_the_admin_shows_no_secret_and_changes_no_factor(owner, cast, client_for):
    admin = client_for(cast.admin)
    app = Authenticator.objects.get(user=owner.user, type="totp")
    page = admin.get(f"/admin/mfa/authenticator/{app.pk}/change/").content.decode()
    assert "Authenticator" in page
    assert app.data["secret"] not in page
    assert admin.post(f"/admin/mfa/authenticator/{app.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Authenticator.objects.filter(pk=app.pk).exists()


def test_the_list_of_factors_takes_as_many_questions_for_one_passkey_as_for_twenty(owner):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            owner.client.get(LIST)
        return len(asked)

    count()
    few = count()
    data = {"name": "A key", "credential": {}}
    Authenticator.objects.bulk_create(Authenticator(user=owner.user, type="webauthn", data=data) for _ in range(20))
    assert count() == few <= 15


def test_the_office_takes_lost_factors_away_on_the_persons_page(owner, cast, client_for):
    staff, page = client_for(cast.staff), f"/people/{owner.user.pk}/"
    assert "Remove second factors" in staff.get(page).content.decode()
    with owner.callbacks(execute=True):
        assert staff.post(f"{page}factors/removal/").headers["Location"] == page
    assert (mail.outbox[-1].subject, mail.outbox[-1].to) == ("Your passkeys and codes were removed", [owner.user.email])
    assert "Remove second factors" not in staff.get(page).content.decode()
    assert Client().post(LOGIN, {"login": owner.user.email, "password": PASSWORD}).headers["Location"] == "/"
    for other in (cast.teacher, cast.bruno_user):
        assert client_for(other).post(f"{page}factors/removal/").status_code == 404


def test_of_several_at_once_one_gets_in_with_a_code_and_one_way_in_is_left(elsewhere):
    assert elsewhere("tests.accounts.race_factors") == ["app 1", "recovery 1", "removed 1"]
