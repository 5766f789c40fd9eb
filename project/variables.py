"""How variables are read and checked: what can't be used stops the start with its name."""

import errno
import hashlib
import importlib.util
import ipaddress
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import limits
from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# As a request names it: a name (or, for development, any that ends so), an address of IPv4 or IPv6.
HOST = re.compile(r"\*|\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.IGNORECASE)
KNOWN = {
    "HOMEROOM_ACCEL",
    "HOMEROOM_COUNTRY",
    "HOMEROOM_CURRENCY",
    "HOMEROOM_DATA",
    "HOMEROOM_DEBUG",
    "HOMEROOM_EMBEDS",
    "HOMEROOM_FILE_TYPES",
    "HOMEROOM_FREE_DISK",
    "HOMEROOM_HOSTS",
    "HOMEROOM_HTTPS",
    "HOMEROOM_INVITATION_DAYS",
    "HOMEROOM_LIMIT_ADDRESS",
    "HOMEROOM_LIMIT_CERTIFICATES",
    "HOMEROOM_LIMIT_CODES",
    "HOMEROOM_LIMIT_EXPORTS",
    "HOMEROOM_LIMIT_FLAGS",
    "HOMEROOM_LIMIT_FEEDS",
    "HOMEROOM_LIMIT_POSTS",
    "HOMEROOM_LIMIT_SEARCH",
    "HOMEROOM_LIMIT_STREAMS",
    "HOMEROOM_LIMIT_SUPPORT",
    "HOMEROOM_LIMIT_TYPING",
    "HOMEROOM_LIMIT_UPLOADS",
    "HOMEROOM_LOG_LEVEL",
    "HOMEROOM_MAIL_FROM",
    "HOMEROOM_MAX_FILE",
    "HOMEROOM_MAX_FILES",
    "HOMEROOM_MAX_VIDEO",
    "HOMEROOM_METRICS_FROM",
    "HOMEROOM_NAME",
    "HOMEROOM_NOTICE_HOURS",
    "HOMEROOM_ORIGINS",
    "HOMEROOM_PROXIES",
    "HOMEROOM_QUIZ_GRACE",
    "HOMEROOM_QUOTA",
    "HOMEROOM_SECOND_FACTOR",
    "HOMEROOM_SECRET_KEY",
    "HOMEROOM_SECRET_KEY_FALLBACKS",
    "HOMEROOM_SIGNUP",
    "HOMEROOM_STORAGE",
    "HOMEROOM_TIME_ZONE",
    "HOMEROOM_URL",
    "HOMEROOM_VIDEO_QUOTA",
}


def make_data_folder(data: Path) -> None:
    """The embedded mode's folder, made where it is missing: no other account of this machine reads what is there, nor
    what this process will write.
    """
    os.umask(0o077)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(PermissionError):  # It may be another's.
            data.chmod(0o700)
        if not os.access(data, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise ImproperlyConfigured(f"HOMEROOM_DATA: can't write in {data} ({error.strerror}).") from None


def academy(database: object) -> str:
    """What the academy with this database is called where others may be too; letters, digits, - and _ alone."""
    name = str(database)
    return name if re.fullmatch("[A-Za-z0-9_-]{1,63}", name) else hashlib.sha256(name.encode()).hexdigest()[:20]


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


def is_weak(secret: str) -> bool:
    """Whether somebody might guess this key: short, of few different characters, or Django's own for development."""
    return len(secret) < 50 or len(set(secret)) < 10 or secret.startswith("django-insecure-")


def check_names() -> None:
    """Stop the start at a variable that calls itself Homeroom's and isn't: misspelt, it would be ignored."""
    if unknown := {name for name in os.environ if name.startswith("HOMEROOM_")} - KNOWN:
        raise ImproperlyConfigured(f"Unknown variable: {', '.join(sorted(unknown))}")


def check(name: str, condition: bool, wanted: str) -> None:
    """Stop the start at a variable whose value can't be used, saying its name and what it has to be."""
    if not condition:
        raise ImproperlyConfigured(f"{name} is malformed: {wanted}")


def rate(name: str, default: str) -> limits.RateLimitItem:
    """A number of times in a span of time: `600/minute`, `5 per 10 seconds`."""
    try:
        (item,) = limits.parse_many(os.environ.get(name, default))
        if item.amount < 1 or item.get_expiry() < 1:
            raise ValueError
    except ValueError:
        raise ImproperlyConfigured(f"{name} is malformed: a number of times like 600/minute") from None
    return item


def size(name: str, default: str) -> int:
    """A number of bytes: `25MB`, `500 kB` (1 kB is 1,000 bytes)."""
    found = re.fullmatch(r"([1-9][0-9]{0,5}) ?(k|M|G)?B?", os.environ.get(name, default).strip(), re.IGNORECASE)
    if not found:
        raise ImproperlyConfigured(f"{name} is malformed: a size like 25MB")
    thousands = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
    return int(found[1]) * thousands[(found[2] or "").lower()]


def networks(name: str, default: list[str]) -> list[Network]:
    """Addresses and networks, separated by commas: `10.0.0.0/8,::1`."""
    given = os.environ.get(name)
    texts = default if given is None else [text.strip() for text in given.split(",") if text.strip()]
    try:
        return [ipaddress.ip_network(text) for text in texts]
    except ValueError:
        raise ImproperlyConfigured(f"{name} is malformed: addresses or networks like 10.0.0.0/8,::1") from None


def log_config(level: str, *, plain: bool) -> dict[str, Any]:
    """Python's logging: lines for a terminal (`plain`) or JSON, to stderr; an empty `level` is the mode's own.

    A terminal is told what went wrong, a server's log about each request too.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"apps.core.logs.{'PlainFormatter' if plain else 'JsonFormatter'}"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level if level in {"ERROR", "WARNING"} else "WARNING"},
        "loggers": {
            # Huey tells of each job twice over, in words of its own; see apps.core.queues.
            "huey": {"handlers": ["console"], "level": "WARNING", "propagate": False},
            "homeroom": {"level": level or "INFO"},
            "homeroom.access": {"level": level or ("WARNING" if plain else "INFO")},
            "homeroom.jobs": {"level": level or ("WARNING" if plain else "INFO")},
        },
    }


def site_url(given: str, usual: str) -> str:
    """What links in mails begin with (HOMEROOM_URL), the usual address where none is given."""
    url = given or usual
    check(
        "HOMEROOM_URL", re.fullmatch(r"https?://[^/?#@\s]+", url) is not None, "https://academy.example, without a path"
    )
    return url


def mailers(mail: dict[str, Any]) -> dict[str, Any]:
    """Django's MAILERS, from what EMAIL_URL says."""
    default: dict[str, Any] = {"BACKEND": mail["EMAIL_BACKEND"]}
    if mail["EMAIL_BACKEND"].endswith("smtp.EmailBackend"):
        default["OPTIONS"] = {
            "host": mail["EMAIL_HOST"],
            "port": mail["EMAIL_PORT"],
            "username": mail["EMAIL_HOST_USER"],
            "password": mail["EMAIL_HOST_PASSWORD"],
            "use_tls": mail["EMAIL_USE_TLS"],
            "use_ssl": mail["EMAIL_USE_SSL"],
            "timeout": 20,
        }
    elif mail["EMAIL_BACKEND"].endswith("filebased.EmailBackend"):
        default["OPTIONS"] = {"file_path": f"/{mail['EMAIL_FILE_PATH']}"}
    return {"default": default}


def s3_storage(name: str, url: str) -> tuple[dict[str, Any], str]:
    """Django's storage for `s3://KEY:SECRET@host:port/bucket`, and the origin that its files come from.

    Behind a ? may stand `region=eu-central-1`, and `tls=0` for a server of one's own without TLS.
    """
    parts = urlsplit(url)
    more = dict(parse_qsl(parts.query))
    bucket = parts.path.strip("/")
    whole = parts.scheme == "s3" and parts.hostname and parts.username and parts.password
    known = set(more) <= {"region", "tls"} and "/" not in bucket
    check(name, bool(whole and bucket and known), "s3://KEY:SECRET@host/bucket?region=…")
    if importlib.util.find_spec("storages") is None:
        raise ImproperlyConfigured(f"{name} needs more packages: uv sync --extra s3")
    origin = f"{'http' if more.get('tls') == '0' else 'https'}://{parts.netloc.rpartition('@')[2]}"
    options = {
        "access_key": unquote(parts.username or ""),
        "secret_key": unquote(parts.password or ""),
        "bucket_name": bucket,
        "endpoint_url": origin,
        "region_name": more.get("region"),
        "addressing_style": "path",
        "signature_version": "s3v4",
        "default_acl": None,
        "file_overwrite": False,
        # Below this a file is sent in one piece, and read into memory.
        "max_memory_size": 1_000_000,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}, origin


def has_holidays(country: str) -> bool:
    """Does the calendar of public holidays know this country (ISO 3166), and its region after a dash?"""
    import holidays

    code, _, region = country.partition("-")
    regions = holidays.list_supported_countries().get(code)
    return regions is not None and (not region or region in regions)
