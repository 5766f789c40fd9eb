"""After HOMEROOM_SECRET_KEY has changed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.factors import reseal
from apps.core.sealing import UnreadableError


class Command(BaseCommand):
    help = (
        "Seal the secrets of second factors with the HOMEROOM_SECRET_KEY of now, so that the ones of before can leave "
        "HOMEROOM_SECRET_KEY_FALLBACKS. Browsers that were trusted are asked for the second step once more."
    )

    def handle(self, **options: Any) -> None:
        try:
            count = reseal()
        except UnreadableError:
            raise CommandError("Some were sealed with a key that HOMEROOM_SECRET_KEY_FALLBACKS doesn't have.") from None
        self.stdout.write(f"{count} second factor{'' if count == 1 else 's'} sealed with the key of now.")
