"""`manage.py claim_redis`: after a restore or a move, what is in Redis belongs to the database of now."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError
from redis import RedisError

from apps.core.redis_owner import claim_anew


class Command(BaseCommand):
    help = "Let this database use what was another one's in Redis: after it was restored from a backup, or moved."

    def handle(self, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError("REDIS_URL isn't set: there is nothing to claim.")
        try:
            claim_anew()
        except (DatabaseError, RedisError) as error:
            raise CommandError(f"The database or Redis doesn't answer ({type(error).__name__}).") from None
        self.stdout.write("Done. Start the processes of Homeroom.")
