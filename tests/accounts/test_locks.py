"""Wrong passwords and codes are slowed, then locked: per account, per address, whether the account exists or not."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import locks
from apps.accounts.models import AuditEntry, Tries, User
from tests import factories
from tests.accounts.test_sign_in import CODE, password
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("commits")

WRONG = "The e-mail address or the password is wrong."


def told(page) -> str:
    """What the page says is wrong, as text."""
    said = re.search(r'id="login-error" role="alert">.*?<span>(.*?)</span>', page.content.decode(), re.DOTALL)
    return said[1] if said else ""


def later(monkeypatch, seconds: float) -> None:
    now = timezone.now()
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timezone.timedelta(seconds=seconds))


def be_wrong(email: str, times: int, client: Client | None = None) -> list[str]:
    return [told(password(client or Client(), email, f"guess {number}")) for number in range(times)]


@pytest.mark.parametrize("email", ["tariq@homeroom.test", "nobody@example.com"])
def test_tries_are_slowed_and_then_locked_whether_the_account_exists_or_not(cast, monkeypatch, email):
    later(monkeypatch, 0)  # No second passes meanwhile.
    assert be_wrong(email, 7) == [WRONG] * 5 + ["Too many wrong tries. Try again in 1 minute."] * 2
    later(monkeypatch, 61)
    assert be_wrong(email, 6) == [WRONG] * 5 + ["Too many wrong tries. Try again in 15 minutes."]
    later(monkeypatch, 15 * 60 + 1)
    assert be_wrong(email, 6) == [WRONG] * 5 + ["Too many wrong tries. Try again in 1 hour."]
    later(monkeypatch, 3600)
    locked = "Too many wrong tries. Try again in 24 hours. A new password lets you in at once."
    assert be_wrong(email, 6) == [WRONG] * 5 + [locked]
    later(monkeypatch, 23 * 3600)
    assert told(password(Client(), email)).startswith("Too many wrong tries. Try again in 1 hour")
    later(monkeypatch, 3601)
    assert be_wrong(email, 1) == [WRONG]


def test_a_locked_account_refuses_the_right_password_too_and_keeps_what_was_typed(cast):
    be_wrong(cast.teacher.email, 5)
    page = password(Client(), cast.teacher.email)
    assert told(page).startswith("Too many wrong tries")
    assert f'value="{cast.teacher.email}"' in page.content.decode()
    assert PASSWORD not in page.content.decode()
    assert password(Client(), cast.teacher2.email).status_code == 302


def test_a_known_and_an_unknown_account_cost_the_same(cast, monkeypatch):
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args))

    def cost(email: str) -> tuple[int, list[str], int, str]:
        client, before = Client(), len(hashed)
        client.get("/accounts/login/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = password(client, email, "guess")
        kinds = [re.sub(r"'[^']*'|\bs?\d+(_x\d+)?\b|NULL", "?", query["sql"])[:60] for query in queries]
        body = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page.content.decode()).replace(email, "")
        return len(hashed) - before, kinds, page.status_code, body

    for _ in range(7):
        assert cost(cast.teacher.email) == cost("nobody@example.com")
    assert {entry.verb for entry in AuditEntry.objects.all()} == {"user.sign-in-failed"}
    assert hashed


def test_tries_while_locked_are_not_looked_at(cast, monkeypatch):
    be_wrong(cast.teacher.email, 5)
    hashed = []
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(1))
    be_wrong(cast.teacher.email, 3)
    assert hashed == []
    assert AuditEntry.objects.filter(verb="user.sign-in-failed").count() == 5


def lock(monkeypatch, email: str) -> None:
    """Be wrong twenty times, as long as it takes."""
    for wait in (61, 901, 3601, 0):
        be_wrong(email, 5)
        later(monkeypatch, wait)


def test_the_owner_of_a_locked_account_gets_one_mail_and_nobody_else_one(cast, monkeypatch):
    lock(monkeypatch, cast.teacher.email)
    be_wrong(cast.teacher.email, 5)
    (letter,) = mail.outbox
    assert letter.to == [cast.teacher.email]
    assert "http://testserver/accounts/password/reset/" in letter.body
    entry = AuditEntry.objects.get(verb="user.locked")
    assert (entry.actor, entry.thing, entry.address) == (None, cast.teacher, "127.0.0.1")
    lock(monkeypatch, "nobody@example.com")
    assert len(mail.outbox) == 1


def test_a_new_password_opens_a_locked_account_at_once(cast, monkeypatch):
    lock(monkeypatch, cast.teacher.email)
    client = Client()
    client.post("/accounts/password/reset/", {"email": cast.teacher.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]
    page = client.get(link, follow=True)
    new = {"password1": "seven wild horses", "password2": "seven wild horses"}
    assert client.post(page.redirect_chain[-1][0], new).status_code == 302
    assert password(Client(), cast.teacher.email, "seven wild horses").status_code == 302


def test_more_sign_in_from_one_address_within_a_minute_than_may_be_wrong(cast):
    people = [factories.user("student") for _ in range(70)]
    answers = {password(Client(), person.email).status_code for person in people}
    assert answers == {302}


def test_one_address_is_wrong_sixty_times_a_minute_and_not_more(cast, monkeypatch):
    later(monkeypatch, 0)
    said = [told(password(Client(), f"p{number}@example.com", "guess")) for number in range(61)]
    assert said == [WRONG] * 60 + ["Too many wrong tries. Try again in 1 minute."]
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert password(elsewhere, cast.teacher.email).status_code == 302
    later(monkeypatch, 61)
    assert password(Client(), cast.teacher.email).status_code == 302


@pytest.fixture
def suspect(monkeypatch):
    """An address that was wrong for a day's worth, and more."""
    monkeypatch.setitem(locks.ADDRESS, "day", locks.Stairs(locks.DAY, {8: locks.DAY}))
    monkeypatch.setattr("apps.accounts.adapter.AccountAdapter.generate_login_code", lambda self: "123456")
    assert {told(password(Client(), f"p{number}@example.com", "guess")) for number in range(12)} == {WRONG}


def signed_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("who", ["amina_user", "teacher", "outsider"])
def test_where_a_thousand_were_wrong_in_a_day_a_right_password_is_followed_by_a_code(cast, suspect, who):
    client, person = Client(), getattr(cast, who)
    assert password(client, person.email).headers["Location"].startswith(CODE)
    assert not signed_in(client)
    assert mail.outbox[-1].to == [person.email]
    client.post(CODE, {"code": "654321"})
    assert not signed_in(client)
    client.post(CODE, {"code": "123456"})
    client.post("/accounts/2fa/trust/", {"action": "dont_trust"})
    assert signed_in(client)


def test_that_an_address_is_suspect_is_recorded_once(cast, suspect):
    assert AuditEntry.objects.filter(verb="address.suspect").count() == 1


def test_no_code_is_asked_for_elsewhere_or_where_one_has_signed_in_before(cast, monkeypatch, request):
    usual = Client()
    password(usual, cast.amina_user.email)
    usual.post("/accounts/logout/")
    request.getfixturevalue("suspect")
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    for client in (usual, elsewhere):
        password(client, cast.amina_user.email)
        assert signed_in(client)


def test_guessing_on_does_not_end_what_is_asked_for_and_the_day_does(cast, suspect, monkeypatch):
    for number in range(20):
        password(Client(), f"q{number}@example.com", "guess")
    password(client := Client(), cast.amina_user.email)
    assert not signed_in(client)
    later(monkeypatch, locks.DAY + 1)
    password(client := Client(), cast.amina_user.email)
    assert signed_in(client)


def test_one_account_is_locked_there_as_anywhere(cast, suspect):
    assert be_wrong(cast.teacher.email, 6)[-1].startswith("Too many wrong tries.")


def test_neighbours_of_an_ipv6_network_are_one_address(cast, monkeypatch):
    monkeypatch.setitem(locks.ADDRESS, "minute", locks.Stairs(60, {2: 60}))
    for end in ("1", "2"):
        password(Client(REMOTE_ADDR=f"2001:db8::{end}"), f"p{end}@example.com", "guess")
    assert told(password(Client(REMOTE_ADDR="2001:db8::3"), cast.teacher.email)).startswith("Too many")
    assert password(Client(REMOTE_ADDR="2001:db8:0:1::1"), cast.teacher.email).status_code == 302


def test_nobody_locks_a_person_out_of_the_browser_they_always_use(cast, client, monkeypatch):
    password(client, cast.teacher.email)
    client.post("/accounts/logout/")
    lock(monkeypatch, cast.teacher.email)
    assert told(password(Client(), cast.teacher.email)).startswith("Too many")
    assert password(client, cast.teacher.email).status_code == 302
    # That browser is counted too, by itself.
    client.post("/accounts/logout/")
    assert be_wrong(cast.teacher.email, 6, client)[-1].startswith("Too many")
    # And is a stranger to other accounts.
    lock(monkeypatch, cast.teacher2.email)
    assert told(password(client, cast.teacher2.email)).startswith("Too many")


def test_a_forged_cookie_makes_no_known_browser(cast, monkeypatch):
    lock(monkeypatch, cast.teacher.email)
    stranger = Client()
    for value in ("", "x", "W1tdXQ:x", "[]:[]:[]"):
        stranger.cookies["known"] = value
        assert told(password(stranger, cast.teacher.email)).startswith("Too many")


def test_wrong_codes_are_counted_with_wrong_passwords(cast, monkeypatch):
    monkeypatch.setattr("apps.accounts.adapter.AccountAdapter.generate_login_code", lambda self: "123456")
    be_wrong(cast.staff.email, 2)
    client = Client()
    password(client, cast.staff.email)
    for _ in range(3):
        client.post(CODE, {"code": "654321"})
    page = client.post(CODE, {"code": "123456"})
    assert "Too many wrong tries. Try again in 1 minute." in page.content.decode()
    assert AuditEntry.objects.filter(verb="user.sign-in-failed", detail={"method": "code"}).count() == 3
    later(monkeypatch, 61)
    assert client.post(CODE, {"code": "123456"}).status_code == 302


def test_starting_over_gives_no_more_codes_to_guess(cast, monkeypatch):
    monkeypatch.setattr("apps.accounts.adapter.AccountAdapter.generate_login_code", lambda self: "123456")
    for _ in range(5):
        client = Client()
        password(client, cast.staff.email)
        client.post(CODE, {"code": "654321"})
    assert told(password(Client(), cast.staff.email)).startswith("Too many")


@pytest.mark.parametrize(
    ("url", "field"),
    [("/accounts/reauthenticate/", "password"), ("/accounts/password/change/", "oldpassword")],
)
def test_whoever_sits_at_an_open_page_guesses_no_more_than_at_the_door(cast, client_for, url, field):
    client = client_for(cast.teacher)
    more = {"password1": "seven wild horses", "password2": "seven wild horses"}
    for _ in range(5):
        assert "Too many wrong tries" not in client.post(url, {field: "guess", **more}).content.decode()
    assert "Too many wrong tries" in client.post(url, {field: PASSWORD, **more}).content.decode()
    assert User.objects.get(pk=cast.teacher.pk).check_password(PASSWORD)


def test_counts_are_kept_without_what_was_typed_and_not_for_long(cast, monkeypatch):
    from apps.accounts.tasks import forget_tries

    be_wrong("typed.by.somebody@example.com", 1)
    keys = Tries.objects.values_list("key", flat=True)
    assert len(keys) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)
    forget_tries.call_local()
    assert Tries.objects.count() == 3
    later(monkeypatch, 3 * locks.DAY)
    forget_tries.call_local()
    assert not Tries.objects.exists()


def test_processes_count_together_and_many_at_once_don_t_slip_through(elsewhere):
    with ThreadPoolExecutor(2) as pool:
        done = [*pool.map(lambda _: elsewhere("tests.accounts.race_locks", "8")[0].split(), range(2))]
    assert sum(int(looked_at) for looked_at, _ in done) == 5
    assert sum(int(refused) for _, refused in done) == 11
    # The account, its address in this minute and this day.
    assert elsewhere("tests.accounts.race_locks", "count") == ["5 5 5"]


def test_what_is_held_back_otherwise_is_counted_by_all_processes_too_and_after_a_restart(elsewhere):
    assert elsewhere("tests.accounts.race_locks", "limit") == ["True True"]
    assert elsewhere("tests.accounts.race_locks", "limit") == ["True False"]
