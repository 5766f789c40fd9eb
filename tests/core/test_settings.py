"""Settings come from the environment; what is missing, malformed or unknown stops the start with its name."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.elsewhere import ROOT, environment

SECRET = "".join(chr(33 + number) for number in range(60))
PRODUCTION = {
    "DATABASE_URL": "postgres://homeroom@127.0.0.1:5/homeroom",
    "REDIS_URL": "redis://127.0.0.1:6/0",
    "HOMEROOM_HOSTS": "academy.example",
    "HOMEROOM_SECRET_KEY": SECRET,
    "EMAIL_URL": "submission://homeroom:secret@mail.example:587",
}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The settings as read with these variables, in a folder that isn't there yet."""

    def run(**variables: str) -> dict[str, Any]:
        for name in os.environ:
            if name.startswith("HOMEROOM_") or name in {"DATABASE_URL", "REDIS_URL", "EMAIL_URL"}:
                monkeypatch.delenv(name)
        for name, value in {"HOMEROOM_DATA": str(tmp_path / "data"), **variables}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "project/settings.py"))

    return run


def manage(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(data) | variables,
        capture_output=True,
        text=True,
    )


def test_with_nothing_set_one_process_needs_nothing(read, tmp_path):
    settings = read()
    assert settings["EMBEDDED"]
    assert settings["DATABASES"]["default"]["NAME"] == str(tmp_path / "data" / "homeroom.sqlite3")
    assert settings["HUEY"]["huey_class"] == "apps.core.queues.SqliteQueue"
    assert settings["MAILERS"]["default"]["BACKEND"].endswith("console.EmailBackend")
    assert not settings["DEBUG"]
    assert settings["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost"]


def test_the_embedded_secret_is_made_once_and_nobody_elses(read, tmp_path):
    first = read()["SECRET_KEY"]
    assert len(first) >= 50
    assert read()["SECRET_KEY"] == first
    secret = tmp_path / "data" / "secret"
    assert secret.stat().st_mode & 0o077 == 0
    assert [path.name for path in secret.parent.iterdir()] == ["secret"]


def test_two_processes_that_start_at_once_have_one_secret(tmp_path):
    code = "import project.settings as settings; print(settings.SECRET_KEY)"
    command = [sys.executable, "-c", code]
    env = environment(tmp_path / "data")
    started = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    secrets = {process.communicate(timeout=60)[0].strip() for process in started}
    assert len(secrets) == 1
    assert len(secrets.pop()) >= 50


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOMEROOM_DEBUG", "maybe"),
        ("HOMEROOM_HTTPS", "2"),
        ("HOMEROOM_TIME_ZONE", "Mars/Olympus"),
        ("HOMEROOM_COUNTRY", "Germany"),
        ("HOMEROOM_COUNTRY", "DE-XX"),
        ("HOMEROOM_CURRENCY", "euro"),
        ("HOMEROOM_ORIGINS", "https://academy.example/path"),
        ("HOMEROOM_MAIL_FROM", "nobody"),
        ("HOMEROOM_ORIGINS", "academy.example"),
        ("HOMEROOM_HOSTS", "https://academy.example"),
        ("HOMEROOM_HOSTS", "academy.example:443"),
        ("HOMEROOM_HOSTS", "academy.example, other.example"),
        ("HOMEROOM_HOSTS", ""),
        ("HOMEROOM_URL", "academy.example"),
        ("HOMEROOM_URL", "ftp://academy.example"),
        ("HOMEROOM_URL", "https://"),
        ("HOMEROOM_URL", "https://academy.example/homeroom"),
        ("HOMEROOM_URL", "https://academy.example?from=mail"),
        ("HOMEROOM_SECOND_FACTOR", "owner"),
        ("HOMEROOM_SIGNUP", "maybe"),
        ("HOMEROOM_INVITATION_DAYS", "0"),
        ("HOMEROOM_MAX_FILE", "huge"),
        ("HOMEROOM_MAX_FILES", "1000"),
        ("HOMEROOM_QUIZ_GRACE", "600"),
        ("HOMEROOM_ACCEL", "media"),
        ("GRIP_PREFIX", "a b"),
        ("HOMEROOM_DATA", "/dev/null/data"),
        ("HOMEROOM_LIMIT_POSTS", "many"),
        ("HOMEROOM_LIMIT_POSTS", "0/minute"),
        ("HOMEROOM_LIMIT_SEARCH", "5/minute;1/second"),
        ("HOMEROOM_LIMIT_TYPING", ""),
        ("HOMEROOM_LIMIT_UPLOADS", "5/fortnight"),
        ("HOMEROOM_LIMIT_ADDRESS", "0"),
        ("HOMEROOM_LIMIT_STREAMS", "-1"),
        ("HOMEROOM_LOG_LEVEL", "LOUD"),
        ("HOMEROOM_METRICS_FROM", "localhost"),
        ("HOMEROOM_PROXIES", "10.0.0.1/8"),
        ("SENTRY_DSN", "https://sentry.example/1"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "postgres://user:password@host:port/name"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("EMAIL_URL", "nonsense"),
        ("EMAIL_URL", "smtp://host:port"),
    ],
)
@pytest.mark.parametrize("mode", [{}, PRODUCTION], ids=["embedded", "production"])
def test_a_malformed_variable_stops_the_start_with_its_name(read, mode, name, value):
    if name == "HOMEROOM_DATA":
        mode = {}  # In production nothing is kept there.
    with pytest.raises(ImproperlyConfigured, match=name) as stopped:
        read(**{"HOMEROOM_HOSTS": "academy.example", "HOMEROOM_SECRET_KEY": SECRET, **mode, name: value})
    assert "password" not in str(stopped.value).replace("user:password@host", "")


def test_a_kind_of_file_that_is_not_recognised_stops_the_start(tmp_path):
    started = manage(tmp_path / "data", "check", HOMEROOM_FILE_TYPES="text/html")
    assert started.returncode
    assert "HOMEROOM_FILE_TYPES is malformed" in started.stderr


@pytest.mark.parametrize("name", ["HOMEROOM_SECRET_KEY", "HOMEROOM_HOSTS", "EMAIL_URL"])
@pytest.mark.parametrize("address", ["DATABASE_URL", "REDIS_URL"])
def test_what_production_needs_is_asked_for_by_name(read, name, address):
    variables = {key: value for key, value in PRODUCTION.items() if key not in {name, "DATABASE_URL", "REDIS_URL"}}
    with pytest.raises(ImproperlyConfigured, match=f"{name}.*not set.*DATABASE_URL or REDIS_URL"):
        read(**variables, **{address: PRODUCTION[address]})


@pytest.mark.parametrize(
    "secret",
    ["short", "a" * 80, "abc" * 30, "", f"django-insecure-{SECRET}", SECRET[:49]],
)
def test_a_weak_secret_is_refused_in_production(read, secret):
    with pytest.raises(ImproperlyConfigured, match="HOMEROOM_SECRET_KEY"):
        read(**PRODUCTION | {"HOMEROOM_SECRET_KEY": secret})


@pytest.mark.parametrize(
    "more",
    [{"HOMEROOM_DEBUG": "true"}, {"HOMEROOM_HOSTS": "*"}, {"HOMEROOM_HOSTS": "a.b,*"}, {"HOMEROOM_HOSTS": ".a.b"}],
)
def test_what_is_for_development_is_refused_in_production(read, more):
    with pytest.raises(ImproperlyConfigured, match=next(iter(more))):
        read(**PRODUCTION | more)


@pytest.mark.parametrize("mode", [{}, PRODUCTION], ids=["embedded", "production"])
def test_an_unknown_variable_of_ours_stops_the_start_with_its_name(read, mode):
    with pytest.raises(ImproperlyConfigured, match="HOMEROOM_SECRTE_KEY"):
        read(**mode, HOMEROOM_SECRTE_KEY="typo")


def test_a_production_process_doesnt_start_and_says_why_in_one_line(tmp_path):
    """As it is started, by the name of the variable and without its value. (What else stops it is read above.)"""
    name, value = "HOMEROOM_SECRET_KEY", "a" * 60
    stopped = subprocess.run(
        [sys.executable, "-c", "import project.wsgi"],
        cwd=ROOT,
        env=environment(tmp_path) | PRODUCTION | {name: value},
        capture_output=True,
        text=True,
    )
    assert stopped.returncode != 0
    assert name in stopped.stderr.splitlines()[-1]
    assert PRODUCTION["HOMEROOM_SECRET_KEY"] not in stopped.stderr
    assert "a" * 60 not in stopped.stderr


def test_production_is_served_over_https_only(read):
    settings = read(**PRODUCTION)
    assert not settings["EMBEDDED"]
    for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        assert settings[name] is True
    assert settings["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert settings["HUEY"]["huey_class"] == "apps.core.queues.RedisQueue"


@pytest.mark.parametrize(
    ("variables", "begins"),
    [
        ({}, "http://127.0.0.1:8000"),
        (PRODUCTION, "https://academy.example"),
        (PRODUCTION | {"HOMEROOM_HOSTS": "one.example,two.example"}, "https://one.example"),
        (PRODUCTION | {"HOMEROOM_HTTPS": "false"}, "http://academy.example"),
        (PRODUCTION | {"HOMEROOM_URL": "https://www.academy.example/"}, "https://www.academy.example"),
        (PRODUCTION | {"HOMEROOM_URL": "https://www.academy.example:8443"}, "https://www.academy.example:8443"),
    ],
)
def test_links_in_mails_begin_with_the_first_host_unless_it_is_said(read, variables, begins):
    assert read(**variables)["SITE_URL"] == begins


@pytest.mark.parametrize("address", ["postgres://homeroom@127.0.0.1:5/homeroom", "sqlite:////tmp/homeroom"])
def test_a_database_without_redis_stops_the_start(read, address):
    variables = PRODUCTION | {"DATABASE_URL": address, "REDIS_URL": ""}
    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_URL is missing"):
        read(**variables)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("postgres://h@10.0.0.1/academy", "postgres://h@db.example:5432/academy", True),
        ("postgres://h@10.0.0.1/academy", "postgres://h@10.0.0.1/academy2", False),
        ("postgres://h@10.0.0.1/academy", "postgres://h@10.0.0.1/Academy", False),
        ("postgres://h@10.0.0.1/a%20b", "postgres://h@10.0.0.1/a-b", False),
        ("postgres://h@10.0.0.1/a:b", "postgres://h@10.0.0.1/a_b", False),
        ("sqlite:////srv/one/homeroom.sqlite3", "sqlite:////srv/two/homeroom.sqlite3", False),
    ],
)
def test_what_an_academy_keeps_in_redis_is_called_after_its_database_however_that_is_reached(read, one, other, alike):
    first, second = (read(**PRODUCTION | {"DATABASE_URL": address}) for address in (one, other))
    for name in ("REDIS_PREFIX", "GRIP_PREFIX"):
        assert (first[name] == second[name]) is alike
        assert not first[name].startswith(second[name]) or alike


@pytest.mark.parametrize("address", ["http://10.0.0.5:5561", "http://10.0.0.5:5561/?key=", "http://a/?key=x,http://b/"])
def test_a_pushpin_without_a_key_stops_the_start(read, address):
    with pytest.raises(ImproperlyConfigured, match="GRIP_URL is malformed"):
        read(**PRODUCTION, GRIP_URL=address)


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("submission://u:p%40ss@mail.example:587", {"host": "mail.example", "password": "p@ss", "use_tls": True}),
        ("smtp://mail.example:25", {"host": "mail.example", "use_tls": False}),
        ("file:///var/mail/homeroom", {"file_path": "/var/mail/homeroom"}),
    ],
)
def test_mail_is_sent_where_its_address_says(read, address, options):
    assert read(EMAIL_URL=address)["MAILERS"]["default"]["OPTIONS"].items() >= options.items()


def test_a_start_that_settings_stop_is_one_line_and_exits_with_1(tmp_path):
    stopped = manage(tmp_path, "check", HOMEROOM_DEBUG="maybe")
    assert stopped.returncode == 1
    assert stopped.stdout == ""
    assert stopped.stderr == (
        'Homeroom can\'t start. Environment variable "HOMEROOM_DEBUG" invalid: Not a valid boolean.\n'
    )


def test_the_deployment_check_has_no_warnings_under_production_settings(tmp_path):
    checked = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout
    assert list(tmp_path.iterdir()) == []
