"""How much one person may send up in a month: settings.QUOTA bytes, of files, photos and imports together.

Videos of courses are far larger, and sent by few: they count apart, against settings.VIDEO_QUOTA.
"""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from apps.accounts.models import Upload, User
from apps.core.formats import file_size

SPAN = timedelta(days=30)


@transaction.atomic
def take(user: User, size: int, pool: str = "") -> None:
    """Count so many bytes that somebody sends up, in the transaction that keeps them; raises ValidationError.

    `pool` is what they count against: all together, or Upload.VIDEO.
    """
    most = settings.VIDEO_QUOTA if pool == Upload.VIDEO else settings.QUOTA
    # Of two at once the second one waits, and counts the first.
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
    recent = Upload.objects.filter(user=user, pool=pool, at__gt=timezone.now() - SPAN)
    sent: int = recent.aggregate(sum=Sum("size", default=0))["sum"]
    if sent + size > most:
        raise ValidationError(
            f"You have sent {file_size(sent)} in the last 30 days, and {file_size(most)} is the most. "
            "There is no room for this file: try a smaller one, or come back another day.",
            code="quota",
        )
    Upload.objects.create(user=user, size=size, pool=pool)


def forget_old() -> None:
    """Delete what counts no longer."""
    Upload.objects.filter(at__lte=timezone.now() - SPAN).delete()
