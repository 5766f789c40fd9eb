"""No secret stands in the repository, now or ever before, nor in a line of a log."""

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.elsewhere import ROOT
from tests.servers import Homeroom

# What is a key by its looks: https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns
KEYS = (
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{36}",
    r"\bgithub_pat_[A-Za-z0-9_]{50}",
    r"\bglpat-[A-Za-z0-9_-]{20}",
    r"\bxox[abprs]-[A-Za-z0-9-]{20}",
    r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{20}",
    r"\bsk-[A-Za-z0-9_-]{32}",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\bpypi-[A-Za-z0-9_-]{60}",
    r"\bnpm_[A-Za-z0-9]{36}",
    r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{40}",
    r"django-insecure-[^\"'{\s]{20}",
    r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20}",
    # An address with a password that is none of those that stand for one.
    r"[a-z]+://[A-Za-z0-9._-]+:(?!(?i:password|secret|p%40ss)@)[^\s/@:\"'<>{}$*…]{6,}@[a-z0-9.-]+\.[a-z]{2,}",
    r"(?:SECRET_KEY|API_KEY|TOKEN|PASSWORD)[\"']?\s*[=:]\s*[\"'](?=[^\"']*[0-9])(?=[^\"']*[A-Za-z])[A-Za-z0-9+/_=-]{32,}[\"']",
)
KEY = re.compile("|".join(KEYS))
# Looked like keys and opened nothing: what a test once gave a process of its own.
MADE_UP = ("race-of-many-against-one-another-",)
# Vendored and built, and this list itself.
PASSED_OVER = re.compile(r"^(?:static/vendor/|theme/static/|tests/attacks/test_secrets\.py$)")


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True)
    return done.stdout.decode(errors="replace")


def found_in(text: str) -> list[str]:
    lines = (line for line in text.splitlines() if len(line) < 5_000 and KEY.search(line))
    return [f"{line[:80]}…" for line in lines if not any(known in line for known in MADE_UP)]


@pytest.mark.parametrize(
    "key",
    [
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "postgres://homeroom:" + "hunter2hunter2@db.example.com/homeroom",
        'SECRET_KEY = "' + "django-insecure-" + 'abcdefgh#(ijklmno=pqrs"',
        'API_KEY: "' + "a1b2c3d4" * 5 + '"',
    ],
)
def test_a_key_is_recognised(key):
    assert found_in(f"x\n  {key}\ny")


def test_no_file_holds_a_key():
    files = [ROOT / name for name in git("ls-files", "-co", "--exclude-standard").splitlines()]
    assert len(files) > 500
    found = {
        str(file.relative_to(ROOT)): keys
        for file in files
        if file.is_file()
        and not PASSED_OVER.match(str(file.relative_to(ROOT)))
        and (keys := found_in(file.read_text(errors="replace")))
    }
    assert found == {}


def test_no_commit_ever_held_one():
    if not (ROOT / ".git").exists():
        pytest.skip("This isn't a clone: there is no history to look at.")
    where, found = "", []
    for line in git("log", "--all", "-p", "-U0", "--no-color", "--format=commit %h", "--no-textconv").splitlines():
        if line.startswith("+++ b/"):
            where = line.removeprefix("+++ b/")
        elif line.startswith("+") and not PASSED_OVER.match(where):
            found += [f"{where}: {key}" for key in found_in(line)]
    assert found == []


def test_what_holds_secrets_is_kept_out_of_the_repository():
    for name in (".env", ".data/secret", "project/.env", "homeroom.sqlite3", ".data/homeroom.sqlite3"):
        assert subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT).returncode == 0, name


SAID = "unsayable"  # In all that is typed here.
# The job that has mail to send after a visit.
TRIED = "apps.core.tasks.send_emails complete"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Homeroom:
    """A server that tells all it ever tells, once it is started."""
    server = Homeroom(tmp_path_factory.mktemp("secrets"))
    server.env |= {"HOMEROOM_LOG_LEVEL": "DEBUG", "HOMEROOM_SIGNUP": "true"}
    return server


@pytest.fixture(scope="module", params=["sent", "not sent"])
def visited(request: pytest.FixtureRequest, server: Homeroom) -> tuple[str, list[str]]:
    """The log of that server after a visit, and the secrets of that visit.

    Its mail arrives in a folder, or nowhere: then each job that sends one fails, or leaves it for later.
    """
    letters, before = server.data / "letters", len(server.log())
    is_sent = request.param == "sent"
    server.env["EMAIL_URL"] = f"file://{letters}" if is_sent else "smtp://nobody:unsayable@127.0.0.1:1"
    with server:
        secrets = visit(server, f"{SAID}{request.param_index}@home.test")
        if is_sent:
            secrets += read(letters)
        else:
            waits = "An email waits for the mail server"
            wait(lambda: TRIED in server.log()[before:] and waits in server.log()[before:])
        return server.log()[before:], secrets


def visit(server: Homeroom, invited: str) -> list[str]:
    """Do what has to do with secrets, one thing of them an invitation to this address; returns the secrets."""
    with httpx.Client(base_url=server.url, headers={"User-Agent": SAID, "Referer": f"{server.url}/{SAID}"}) as client:

        def post(path: str, **fields: str) -> httpx.Response:
            return client.post(path, data=fields | {"csrfmiddlewaretoken": client.cookies["csrftoken"]})

        client.get(f"/accounts/login/?next=/{SAID}/")
        post("/accounts/login/", login=f"{SAID}@home.test", password=f"{SAID} password")
        post("/accounts/login/", login="staff@homeroom.test", password=f"{SAID} password")
        post("/accounts/password/reset/", email="staff@homeroom.test")
        post("/accounts/password/reset/", email=f"{SAID}@home.test")
        for link in ("join", "password/reset/key/1", "confirm-email", "email/stop"):
            client.get(f"/accounts/{link}/{SAID}-key/")
        client.get(f"/feeds/{SAID}-key.ics")
        before = [client.cookies["csrftoken"]]
        post("/accounts/login/", login="admin@homeroom.test", password="homeroom")
        post("/accounts/invitations/new/", role="teacher", addresses=invited)
        client.get(f"/students/?q={SAID}")
        client.get(f"/conversations/search/?q={SAID}")
        client.get(f"/{SAID}/")
        client.post("/students/new/", data={"given_name": SAID})  # Without a token.
        client.get("/events/", params={"channel": SAID})
        return [*before, client.cookies["csrftoken"], client.cookies["sessionid"]]


def read(letters: Path) -> list[str]:
    """The keys in the mails, which come in the background: of an invitation, and of a new password."""

    def keys() -> list[str]:
        text = "".join(file.read_text(errors="replace") for file in letters.glob("*"))
        return re.findall(r"/accounts/(?:join|password/reset/key)/([\w:-]{20,})", text)

    wait(lambda: len(set(keys())) >= 2)
    return keys()


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not until() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert until()


def test_no_line_of_a_log_tells_what_was_typed_or_a_key(visited):
    log, secrets = visited
    assert "accounts:invitation_create 200" in log  # All was told of.
    assert "account_login" in log
    assert SAID not in log
    assert [secret for secret in secrets if secret in log] == []
    assert not re.search(r"/accounts/(?:join|password/reset/key|confirm-email|email/stop)/[\w:-]", log)
    demo = {"admin", "staff", "teacher", "student"}  # Its addresses are shown at the start.
    assert set(re.findall(r"(\w+)@\w+\.test", log)) <= demo
    assert log.count("@") == len(demo)
