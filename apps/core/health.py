"""Is what this process needs there? Each answer comes within about a second, whatever hangs."""

from django.conf import settings
from django.db import DatabaseError, connection
from huey.contrib.djhuey import HUEY
from redis import RedisError

from apps.core.redis import quick


def checks() -> dict[str, bool]:
    """The database, Redis where it is set, and the worker that does what can wait: true for what is there."""
    answers = {"database": _database_answers()}
    if settings.REDIS_URL:
        answers["redis"] = _redis_answers()
    return answers | {"worker": answers.get("redis", True) and worker_lives()}


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    try:
        return bool(quick().ping())
    except RedisError:
        return False


def worker_lives() -> bool:
    """A worker said so in the last two minutes."""
    try:
        return bool(HUEY.worker_lives())
    except RedisError:
        return False
