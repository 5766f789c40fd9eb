"""Homeroom's settings: one typed file, read from the environment.

With nothing set this is the embedded mode: one process, SQLite, Huey on SQLite, no Redis, mail to the console.
`DATABASE_URL` and `REDIS_URL` make it a production start, which asks for everything a public site needs.
A malformed, missing or unknown variable stops the start with its name.
"""

import re
import zoneinfo
from pathlib import Path
from typing import Any

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError
from environs.exceptions import EnvNotSetError

from project.headers import *
from project.installed import *
from project.sign_in import *
from project.variables import (
    HOST,
    academy,
    check,
    check_is_sqlite,
    check_names,
    has_holidays,
    is_weak,
    log_config,
    mailers,
    make_data_folder,
    networks,
    rate,
    s3_storage,
    secret_key,
    site_url,
    size,
)

# Lets ModelForm[Student] and the like, which the type checker knows, be written at run time too.
django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parent.parent
check_names()

env = Env()


try:
    DATA: Path = env.path("HOMEROOM_DATA", ROOT / ".data")
    REDIS_URL: str = env.str("REDIS_URL", "")
    DATABASE_URL: str = env.str("DATABASE_URL", "")
    # The Pushpins that hold the streams, separated by commas: http://host:5561/?key=SECRET
    GRIP_URL: str = env.str("GRIP_URL", "")
    # Lets several academies share a Pushpin.
    GRIP_PREFIX: str = env.str("GRIP_PREFIX", "")
    EMBEDDED = not (REDIS_URL or DATABASE_URL)
    DEBUG: bool = env.bool("HOMEROOM_DEBUG", False)
    HTTPS: bool = env.bool("HOMEROOM_HTTPS", not EMBEDDED)
    ALLOWED_HOSTS: list[str] = (
        env.list("HOMEROOM_HOSTS", ["127.0.0.1", "localhost"]) if EMBEDDED else env.list("HOMEROOM_HOSTS")
    )
    CSRF_TRUSTED_ORIGINS: list[str] = env.list("HOMEROOM_ORIGINS", [])
    # What links in mails begin with.
    SITE_URL: str = env.str("HOMEROOM_URL", "").rstrip("/")
    TIME_ZONE: str = env.str("HOMEROOM_TIME_ZONE", "UTC")
    COUNTRY: str = env.str("HOMEROOM_COUNTRY", "")
    ACADEMY_NAME: str = env.str("HOMEROOM_NAME", "Homeroom Academy")
    CURRENCY: str = env.str("HOMEROOM_CURRENCY", "EUR")
    NOTICE_HOURS: int = env.int("HOMEROOM_NOTICE_HOURS", 24)
    DEFAULT_FROM_EMAIL: str = env.str("HOMEROOM_MAIL_FROM", "Homeroom <homeroom@localhost>")
    DATABASES: dict[str, Any] = {
        "default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA / 'homeroom.sqlite3'}", conn_max_age=60)
    }
    MAIL: dict[str, Any] = env.dj_email_url("EMAIL_URL", "console:") if EMBEDDED else env.dj_email_url("EMAIL_URL")
    SECRET_KEY: str = env.str("HOMEROOM_SECRET_KEY", "") if EMBEDDED else env.str("HOMEROOM_SECRET_KEY")
    # Keys of before: they open the links, cookies and second factors that they sealed, and seal nothing any more.
    SECRET_KEY_FALLBACKS: list[str] = env.list("HOMEROOM_SECRET_KEY_FALLBACKS", [])
    # The roles that are asked for a code by e-mail after the password, where they have no stronger second factor.
    SECOND_FACTOR: list[str] = env.list("HOMEROOM_SECOND_FACTOR", ["admin", "staff"])
    # May anybody make an account?
    SIGNUP: bool = env.bool("HOMEROOM_SIGNUP", False)
    INVITATION_DAYS: int = env.int("HOMEROOM_INVITATION_DAYS", 7)
    # How often one person may do a thing; one address, behind which a school sits, LIMIT_ADDRESS times as often.
    LIMITS = {
        "posts": rate("HOMEROOM_LIMIT_POSTS", "1200/minute"),
        "typing": rate("HOMEROOM_LIMIT_TYPING", "120/minute"),
        "uploads": rate("HOMEROOM_LIMIT_UPLOADS", "60/minute"),
        "search": rate("HOMEROOM_LIMIT_SEARCH", "120/minute"),
        "certificates": rate("HOMEROOM_LIMIT_CERTIFICATES", "60/minute"),
        "exports": rate("HOMEROOM_LIMIT_EXPORTS", "20 per 10 minutes"),
        "codes": rate("HOMEROOM_LIMIT_CODES", "20/hour"),
        "support": rate("HOMEROOM_LIMIT_SUPPORT", "60 per 10 minutes"),
        "flags": rate("HOMEROOM_LIMIT_FLAGS", "30/hour"),
        "feeds": rate("HOMEROOM_LIMIT_FEEDS", "60/hour"),
    }
    # The largest file that may be sent, in bytes, how many in one message, and of which kinds; None is all.
    MAX_FILE = size("HOMEROOM_MAX_FILE", "25MB")
    # A video of a course has a limit of its own.
    MAX_VIDEO = size("HOMEROOM_MAX_VIDEO", "1GB")
    MAX_FILES: int = env.int("HOMEROOM_MAX_FILES", 10)
    # The sites that lessons may show videos of; none is loaded before its reader clicks.
    EMBEDS: list[str] = env.list("HOMEROOM_EMBEDS", ["youtube", "vimeo"])
    FILE_TYPES: list[str] | None = env.list("HOMEROOM_FILE_TYPES", None)
    # How much one person may send up in 30 days, and how much of each disk is left free for all else; in bytes.
    QUOTA = size("HOMEROOM_QUOTA", "2GB")
    VIDEO_QUOTA = size("HOMEROOM_VIDEO_QUOTA", "50GB")
    FREE_DISK = size("HOMEROOM_FREE_DISK", "1GB")
    # Where nginx serves MEDIA_ROOT to whom it is told to (X-Accel-Redirect); empty: Homeroom serves it itself.
    ACCEL: str = env.str("HOMEROOM_ACCEL", "")
    # Where files are kept instead of MEDIA_ROOT: s3://KEY:SECRET@host/bucket?region=…
    STORAGE: str = env.str("HOMEROOM_STORAGE", "")
    # Seconds after the deadline in which an answer already under way still counts; the same for everyone.
    QUIZ_GRACE: int = env.int("HOMEROOM_QUIZ_GRACE", 5)
    LIMIT_ADDRESS: int = env.int("HOMEROOM_LIMIT_ADDRESS", 20)
    # Open streams of one person in one process.
    LIMIT_STREAMS: int = env.int("HOMEROOM_LIMIT_STREAMS", 100)
    METRICS_FROM = networks("HOMEROOM_METRICS_FROM", ["127.0.0.0/8", "::1"])
    # Who may say, in X-Forwarded-For and X-Request-ID, on whose behalf and under what name a request comes.
    PROXIES = networks("HOMEROOM_PROXIES", [] if EMBEDDED else ["127.0.0.0/8", "::1"])
    LOG_LEVEL: str = env.str("HOMEROOM_LOG_LEVEL", "").upper()
    SENTRY_DSN: str = env.str("SENTRY_DSN", "")
    SENTRY_RELEASE: str = env.str("SENTRY_RELEASE", "")
    SENTRY_ENVIRONMENT: str = env.str("SENTRY_ENVIRONMENT", "production")
except EnvError as error:
    asked = "" if EMBEDDED else " (asked for where DATABASE_URL or REDIS_URL is set)"
    raise ImproperlyConfigured(f"{error}{asked if isinstance(error, EnvNotSetError) else ''}") from None

check("HOMEROOM_TIME_ZONE", TIME_ZONE in zoneinfo.available_timezones(), "a name like Europe/Berlin")
check(
    "HOMEROOM_COUNTRY", not COUNTRY or has_holidays(COUNTRY), "a country with or without its region, like DE or DE-BE"
)
check("HOMEROOM_NOTICE_HOURS", 0 <= NOTICE_HOURS <= 1000, "a number of hours from 0 to 1000")
check("HOMEROOM_CURRENCY", bool(re.fullmatch("[A-Z]{3}", CURRENCY)), "three letters (ISO 4217) like EUR")
check("DATABASE_URL", bool(DATABASES["default"].get("ENGINE")), "postgres://user:password@host:port/name")
check("EMAIL_URL", "EMAIL_BACKEND" in MAIL, "submission://user:password@host:port")
check("REDIS_URL", re.match("(redis|rediss|unix)://|$", REDIS_URL) is not None, "redis://host:port/number")
check("GRIP_URL", not GRIP_URL or bool(REDIS_URL and DATABASE_URL), "it needs DATABASE_URL and REDIS_URL too")
check("GRIP_PREFIX", re.fullmatch("[A-Za-z0-9_-]*", GRIP_PREFIX) is not None, "letters, digits, - and _")
for address in filter(None, GRIP_URL.split(",")):
    # Without a key anybody could say that a request came through Pushpin.
    check(
        "GRIP_URL",
        re.match(r"https?://[^/?]+/?\?(.*&)?key=[^&]", address.strip()) is not None,
        "http://host:port/?key=…, more after commas, each with its key",
    )
check("HOMEROOM_MAIL_FROM", "@" in DEFAULT_FROM_EMAIL, "an address, or a name with <an address>")
check("HOMEROOM_MAX_FILES", 0 <= MAX_FILES <= 100, "0 to 100")
check("HOMEROOM_QUIZ_GRACE", 0 <= QUIZ_GRACE <= 60, "a number of seconds from 0 to 60")
check("HOMEROOM_ACCEL", re.fullmatch("(/[a-z0-9_-]+)+/|", ACCEL) is not None, "a path like /media/")
check("HOMEROOM_STORAGE", not (STORAGE and ACCEL), "HOMEROOM_ACCEL is for files that are here")
check("HOMEROOM_SECOND_FACTOR", set(SECOND_FACTOR) <= ROLES, f"some of {', '.join(sorted(ROLES))}")
check("HOMEROOM_INVITATION_DAYS", 1 <= INVITATION_DAYS <= 365, "1 to 365")
check("HOMEROOM_LIMIT_ADDRESS", LIMIT_ADDRESS >= 1, "1 or more")
check("HOMEROOM_LIMIT_STREAMS", LIMIT_STREAMS >= 1, "1 or more")
check("HOMEROOM_LOG_LEVEL", LOG_LEVEL in {"", "DEBUG", "INFO", "WARNING", "ERROR"}, "DEBUG, INFO, WARNING or ERROR")
check(
    "SENTRY_DSN", re.match("https?://[^@/]+@[^@/]+/(.*/)?[0-9]+$|$", SENTRY_DSN) is not None, "https://key@host/number"
)
for origin in CSRF_TRUSTED_ORIGINS:
    check("HOMEROOM_ORIGINS", re.match("https?://[^/]+$", origin) is not None, "https://host, separated by commas")

if DATABASE_URL and not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL is missing: with DATABASE_URL, the processes hear of each other through it")
# Every key and every topic in Redis begins so, and every channel in Pushpin: several academies may share both.
ACADEMY = academy(DATABASES["default"]["NAME"])
REDIS_PREFIX = f"homeroom:{ACADEMY}:"
GRIP_PREFIX = GRIP_PREFIX or f"homeroom-{ACADEMY}-"

if not REDIS_URL:
    make_data_folder(DATA)
    check_is_sqlite(DATA / "huey.sqlite3")
if EMBEDDED and not SECRET_KEY:
    SECRET_KEY = secret_key(DATA)
if not EMBEDDED and is_weak(SECRET_KEY):
    raise ImproperlyConfigured("HOMEROOM_SECRET_KEY is too short or too plain: 50 random characters or more")
if not EMBEDDED and (DEBUG or any(host.startswith(("*", ".")) for host in ALLOWED_HOSTS)):
    raise ImproperlyConfigured("HOMEROOM_DEBUG and a wildcard in HOMEROOM_HOSTS are for development only")
check("HOMEROOM_HOSTS", all(map(HOST.fullmatch, ALLOWED_HOSTS or [""])), "names without a port, like academy.example")
SITE_URL = site_url(
    SITE_URL, "http://127.0.0.1:8000" if EMBEDDED else f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0]}"
)

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at BEGIN, so that what a transaction read still holds when it writes.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # No "server_side_binding" (a seventh less work for a post): psycopg then cuts a number that Django takes for one of
    # 32 bits, as the key in Greatest("last_read", key), to its lower half without a word. And with statements prepared,
    # one plan for every audience reads a whole thread for the watermarks of one that is rare: 200 ms for 0.1.

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
            "builtins": [
                "apps.core.templatetags.homeroom",
                "apps.accounts.templatetags.people",
                "apps.notifications.templatetags.notices",
                "apps.conversations.templatetags.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
# What a message calls example.com leads to https://example.com.
URLIZE_ASSUME_HTTPS = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
# static/js is what theme/static/js/dist is bundled from, and not served.
STATICFILES_DIRS = [(name, ROOT / "static" / name) for name in ("img", "vendor")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "apps.core.storage.StaticStorage"},
}
TAILWIND_APP_NAME = "theme"

HUEY: dict[str, Any] = {"name": "homeroom", "immediate": False, "results": False, "consumer": {"workers": 2}}
if REDIS_URL:
    HUEY |= {"huey_class": "apps.core.queues.RedisQueue", "url": REDIS_URL}
else:
    HUEY |= {"huey_class": "apps.core.queues.SqliteQueue", "filename": str(DATA / "huey.sqlite3")}
TASKS = {
    "default": {
        "BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend",
        "OPTIONS": {"enqueue_on_commit": True},
    }
}

MAILERS = mailers(MAIL)

# django-grip and django-eventstream read the same names.
GRIP_PROXIES: list[dict[str, Any]] = []
if GRIP_URL:
    from gripcontrol import parse_grip_uri

    GRIP_PROXIES = [parse_grip_uri(address.strip()) for address in GRIP_URL.split(",")]
    del GRIP_URL
EVENTSTREAM_CHANNELMANAGER_CLASS = "apps.realtime.channels.ChannelManager"

SECURE_CSP["upgrade-insecure-requests"] = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# No other host, not even one below ours, and no page without TLS can set a cookie that is called so.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, SESSION_COOKIE_SECURE = f"{COOKIE_PREFIX}sessionid", HTTPS
CSRF_COOKIE_NAME, CSRF_COOKIE_SECURE = f"{COOKIE_PREFIX}csrftoken", HTTPS
MFA_TRUST_COOKIE_NAME = f"{COOKIE_PREFIX}trusted"
CSRF_FAILURE_VIEW = "apps.core.views.csrf_failure"
# A form of 5,000 characters in any script, or a list of rows to change, is far smaller; files have their own limits.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
# A quiz of 500 questions, sent without script, is three fields for each, and one more for each further option.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
# No address leads to MEDIA_ROOT: who may have a file gets it through a view. The two are on one disk: files are moved.
MEDIA_ROOT = DATA / "media"
UPLOADS = DATA / "uploads"
# Where else than here files are handed out: pages that show them say so in their policies.
FILE_ORIGINS: list[str] = []
# How long an address there lives: who loses access plays on for so long at most.
FILE_SECONDS = 300
if STORAGE:
    STORAGES["default"], origin = s3_storage("HOMEROOM_STORAGE", STORAGE)
    FILE_ORIGINS = [origin]
    SECURE_CSP["img-src"] = [*SECURE_CSP["img-src"], origin]
# With the group where nginx hands them out, which is in it.
FILE_UPLOAD_PERMISSIONS = 0o600 if EMBEDDED else 0o640
FILE_UPLOAD_HANDLERS = ["apps.core.uploads.UploadHandler"]

LOGGING = log_config(LOG_LEVEL, plain=EMBEDDED)
