"""Homeroom's settings: one typed file, read from the environment.

With nothing set this is the embedded mode: one process, SQLite, Huey on SQLite, no Redis, mail to the console.
`DATABASE_URL` and `REDIS_URL` make it a production start, which asks for everything a public site needs.
A malformed, missing or unknown variable stops the start with its name.
"""

import errno
import os
import re
import secrets
import zoneinfo
from pathlib import Path
from typing import Any

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from environs import Env, EnvError
from environs.exceptions import EnvNotSetError

# Lets ModelForm[Student] and the like, which the type checker knows, be written at run time too.
django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parent.parent
KNOWN = {
    "HOMEROOM_CURRENCY",
    "HOMEROOM_DATA",
    "HOMEROOM_DEBUG",
    "HOMEROOM_HOSTS",
    "HOMEROOM_HTTPS",
    "HOMEROOM_MAIL_FROM",
    "HOMEROOM_NAME",
    "HOMEROOM_ORIGINS",
    "HOMEROOM_SECRET_KEY",
    "HOMEROOM_TIME_ZONE",
}

if unknown := {name for name in os.environ if name.startswith("HOMEROOM_")} - KNOWN:
    raise ImproperlyConfigured(f"Unknown variable: {', '.join(sorted(unknown))}")

env = Env()


def make_data_folder(data: Path) -> None:
    """The folder of what is kept in files (SQLite, the embedded mode's secret), made where it is missing."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not os.access(data, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise ImproperlyConfigured(f"HOMEROOM_DATA: can't write in {data} ({error.strerror}).") from None


def check_is_sqlite(path: Path) -> None:
    """Stop the start at a file that is there but no SQLite database (https://www.sqlite.org/fileformat.html, 1.3)."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        if file.read(16) not in {b"", b"SQLite format 3\0"}:
            raise ImproperlyConfigured(f"HOMEROOM_DATA: {path} isn't a database. Move it away, or set another folder.")


def secret_key(data: Path) -> str:
    """The embedded mode's own secret, made once and kept in its data folder."""
    path, fresh = data / "secret", data / f"secret.{os.getpid()}"
    try:
        if not path.exists():
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(50))
            try:
                # Whole or not at all, and never over another's: two processes may start at once.
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_text()
    except OSError as error:
        raise ImproperlyConfigured(f"HOMEROOM_DATA: can't use {path} ({error.strerror}).") from None


def check(name: str, condition: bool, wanted: str) -> None:
    """Stop the start at a variable whose value can't be used, saying its name and what it has to be."""
    if not condition:
        raise ImproperlyConfigured(f"{name} is malformed: {wanted}")


try:
    DATA: Path = env.path("HOMEROOM_DATA", ROOT / ".data")
    REDIS_URL: str = env.str("REDIS_URL", "")
    DATABASE_URL: str = env.str("DATABASE_URL", "")
    EMBEDDED = not (REDIS_URL or DATABASE_URL)
    DEBUG: bool = env.bool("HOMEROOM_DEBUG", False)
    HTTPS: bool = env.bool("HOMEROOM_HTTPS", not EMBEDDED)
    ALLOWED_HOSTS: list[str] = (
        env.list("HOMEROOM_HOSTS", ["127.0.0.1", "localhost"]) if EMBEDDED else env.list("HOMEROOM_HOSTS")
    )
    CSRF_TRUSTED_ORIGINS: list[str] = env.list("HOMEROOM_ORIGINS", [])
    TIME_ZONE: str = env.str("HOMEROOM_TIME_ZONE", "UTC")
    ACADEMY_NAME: str = env.str("HOMEROOM_NAME", "Homeroom Academy")
    CURRENCY: str = env.str("HOMEROOM_CURRENCY", "EUR")
    DEFAULT_FROM_EMAIL: str = env.str("HOMEROOM_MAIL_FROM", "Homeroom <homeroom@localhost>")
    DATABASES: dict[str, Any] = {
        "default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA / 'homeroom.sqlite3'}", conn_max_age=60)
    }
    MAIL: dict[str, Any] = env.dj_email_url("EMAIL_URL", "console:") if EMBEDDED else env.dj_email_url("EMAIL_URL")
    SECRET_KEY: str = env.str("HOMEROOM_SECRET_KEY", "") if EMBEDDED else env.str("HOMEROOM_SECRET_KEY")
except EnvError as error:
    asked = "" if EMBEDDED else " (asked for where DATABASE_URL or REDIS_URL is set)"
    raise ImproperlyConfigured(f"{error}{asked if isinstance(error, EnvNotSetError) else ''}") from None

check("HOMEROOM_TIME_ZONE", TIME_ZONE in zoneinfo.available_timezones(), "a name like Europe/Berlin")
check("HOMEROOM_CURRENCY", bool(re.fullmatch("[A-Z]{3}", CURRENCY)), "three letters (ISO 4217) like EUR")
check("DATABASE_URL", bool(DATABASES["default"].get("ENGINE")), "postgres://user:password@host:port/name")
check("EMAIL_URL", "EMAIL_BACKEND" in MAIL, "submission://user:password@host:port")
check("REDIS_URL", re.match("(redis|rediss|unix)://|$", REDIS_URL) is not None, "redis://host:port/number")
check("HOMEROOM_MAIL_FROM", "@" in DEFAULT_FROM_EMAIL, "an address, or a name with <an address>")
for origin in CSRF_TRUSTED_ORIGINS:
    check("HOMEROOM_ORIGINS", re.match("https?://[^/]+$", origin) is not None, "https://host, separated by commas")

if not REDIS_URL:
    make_data_folder(DATA)
    check_is_sqlite(DATA / "huey.sqlite3")
if EMBEDDED and not SECRET_KEY:
    SECRET_KEY = secret_key(DATA)
if not EMBEDDED and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10):
    raise ImproperlyConfigured("HOMEROOM_SECRET_KEY is too short or too plain: 50 random characters or more")
if not EMBEDDED and (DEBUG or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured("HOMEROOM_DEBUG and a wildcard in HOMEROOM_HOSTS are for development only")

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at BEGIN, so that what a transaction read still holds when it writes.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

INSTALLED_APPS = [
    "apps.core",
    "apps.realtime",
    "apps.accounts",
    "apps.notifications",
    "apps.conversations",
    "apps.students",
    "apps.courses",
    "apps.billing",
    "apps.dashboard",
    "theme",
    "allauth",
    "allauth.account",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_eventstream",
    "django_htmx",
    "huey.contrib.djhuey",
    "tailwind",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.accounts.middleware.SignedInMiddleware",
    "apps.accounts.middleware.TimeZoneMiddleware",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
ASGI_APPLICATION = "project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.core.context.academy",
            ],
            "builtins": ["apps.core.templatetags.homeroom", "apps.conversations.templatetags.messages"],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
# What a message calls example.com leads to https://example.com.
URLIZE_ASSUME_HTTPS = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "apps.core.storage.StaticStorage"},
}
TAILWIND_APP_NAME = "theme"

HUEY: dict[str, Any] = {"name": "homeroom", "immediate": False, "consumer": {"workers": 2}}
if REDIS_URL:
    HUEY |= {"huey_class": "huey.PriorityRedisHuey", "url": REDIS_URL}
else:
    HUEY |= {"huey_class": "huey.SqliteHuey", "filename": str(DATA / "huey.sqlite3")}
TASKS = {
    "default": {
        "BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend",
        "OPTIONS": {"enqueue_on_commit": True},
    }
}

MAILERS: dict[str, Any] = {"default": {"BACKEND": MAIL["EMAIL_BACKEND"]}}
if MAIL["EMAIL_BACKEND"].endswith("smtp.EmailBackend"):
    MAILERS["default"]["OPTIONS"] = {
        "host": MAIL["EMAIL_HOST"],
        "port": MAIL["EMAIL_PORT"],
        "username": MAIL["EMAIL_HOST_USER"],
        "password": MAIL["EMAIL_HOST_PASSWORD"],
        "use_tls": MAIL["EMAIL_USE_TLS"],
        "use_ssl": MAIL["EMAIL_USE_SSL"],
        "timeout": 20,
    }
elif MAIL["EMAIL_BACKEND"].endswith("filebased.EmailBackend"):
    MAILERS["default"]["OPTIONS"] = {"file_path": f"/{MAIL['EMAIL_FILE_PATH']}"}

EVENTSTREAM_CHANNELMANAGER_CLASS = "apps.realtime.channels.ChannelManager"

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "apps.core.views.csrf_failure"
# A form of 5,000 characters in any script, or a list of rows to change, is far smaller; files have their own limits.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django": {"level": "WARNING"}, "homeroom": {"level": "INFO"}},
}
