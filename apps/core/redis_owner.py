"""Whose keys these are in Redis: two academies whose databases are called alike would read each other's messages.

Each process that serves or works asks at its start. Where the database or Redis is away it starts as ever, and the next
one asks.
"""

import logging

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from redis import Redis, RedisError

from apps.core.redis import key, quick

SECONDS = 2

log = logging.getLogger("homeroom")


def identity() -> str:
    """What tells this database from every other, however its address is written; raises DatabaseError.

    A copy is another database, except of SQLite's files.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            name = "SELECT oid FROM pg_database WHERE datname = current_database()"
            cursor.execute(f"SELECT system_identifier, ({name}) FROM pg_control_system()")  # noqa: S608
        else:
            cursor.execute("SELECT min(applied) FROM django_migrations")
        return ":".join(map(str, cursor.fetchone()))


def claim() -> None:
    """Mark this academy's keys as those of its database; raises ImproperlyConfigured where another one has."""
    if not settings.REDIS_URL:
        return
    try:
        mine = identity()
        owner = _mark(mine)
    except (DatabaseError, RedisError) as error:
        log.warning("Whose keys these are in Redis wasn't asked: %s", type(error).__name__)
        return
    finally:
        connection.close()
    if owner != mine:
        raise ImproperlyConfigured(
            f"REDIS_URL: an academy whose database is also called {settings.DATABASES['default']['NAME']} uses this "
            "Redis. Set another number (redis://host/1), or, if this database was restored or moved, run: "
            "manage.py claim_redis"
        )


def _mark(mine: str) -> str:
    """Whose mark it is, set just now if there was none."""
    redis: Redis = quick(SECONDS)
    if redis.set(key("academy"), mine, nx=True):
        return mine
    found = redis.get(key("academy"))
    return found.decode() if isinstance(found, bytes) else mine


def claim_anew() -> None:
    """Take the keys over for this database; raises DatabaseError, RedisError."""
    quick(SECONDS).set(key("academy"), identity())
