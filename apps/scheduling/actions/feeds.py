"""Feeds: made, given another address, ended. Each address is shown once, to whoever made it."""

import secrets

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling.models import Feed
from apps.scheduling.models.feeds import digest_of

# How many a person may have.
MOST_FEEDS = 5
BYTES = 32


def create_feed(actor: User, busy_only: bool = False) -> tuple[Feed, str]:
    """A new feed of one's own calendar, and the secret of its address. Raises PermissionDenied, ValidationError."""
    _own(actor, None)
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        Feed.objects.filter(user=person).exclude(era=person.era).delete()
        if Feed.objects.filter(user=person).count() >= MOST_FEEDS:
            raise ValidationError(f"You have {MOST_FEEDS} addresses. End one that you don't use.", code="many")
        secret = secrets.token_urlsafe(BYTES)
        feed = Feed.objects.create(user=person, digest=digest_of(secret), busy_only=busy_only, era=person.era)
        audit.record(actor, "calendar-feed.created", feed, busy_only=busy_only)
    return feed, secret


def replace_feed(actor: User, feed: Feed) -> tuple[Feed, str]:
    """Another address for a feed: the old one shows nothing any more. Raises PermissionDenied."""
    _own(actor, feed)
    secret = secrets.token_urlsafe(BYTES)
    with transaction.atomic():
        feed = Feed.objects.select_for_update().get(pk=feed.pk)
        feed.digest, feed.era = digest_of(secret), User.objects.get(pk=actor.pk).era
        feed.save(update_fields=["digest", "era", "updated"])
        audit.record(actor, "calendar-feed.replaced", feed)
    return feed, secret


def end_feed(actor: User, feed: Feed) -> None:
    """End a feed: its address shows nothing any more. Raises PermissionDenied."""
    _own(actor, feed)
    with transaction.atomic():
        audit.record(actor, "calendar-feed.ended", feed)
        Feed.objects.filter(pk=feed.pk).delete()


def _own(actor: User, feed: Feed | None) -> None:
    if actor.looked_as or (feed and feed.user_id != actor.pk):
        raise PermissionDenied("This calendar isn't yours.")
