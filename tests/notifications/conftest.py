"""People who are told, a mail server that takes their mail, and a clock that can be put forward."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.conversations import reading
from apps.conversations.actions import send_message
from apps.conversations.models import Conversation, Message
from apps.core import email_delivery
from apps.notifications.models import Delivery, Notification
from tests.notifications.postbox import Postbox


@pytest.fixture(autouse=True)
def _no_thread(monkeypatch):
    """What others have read is pushed at once, not by a thread with a database connection of its own."""
    monkeypatch.setattr(reading._pushes, "seconds", 0)


@pytest.fixture
def commits(django_capture_on_commit_callbacks) -> Callable[[], AbstractContextManager[object]]:
    """What happens in the block is committed: who is concerned is told."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def thread(cast) -> Conversation:
    """Amina's."""
    return cast.amina.conversation


@pytest.fixture
def write(commits) -> Callable[..., Message]:
    """Send a message, after which everybody has been told."""

    def send(author: User, conversation: Conversation, body: str = "Hello", audience: str = "everyone", **more: object):
        with commits():
            return send_message(author, conversation, body, audience, **more)

    return send


@pytest.fixture
def postbox(settings) -> Iterator[Postbox]:
    with Postbox() as postbox:
        options = {"host": "127.0.0.1", "port": postbox.port, "timeout": 60}
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
        yield postbox


@pytest.fixture
def later() -> Callable[..., int]:
    """So many minutes pass, and what is due is sent; how many letters left."""

    def pass_by(minutes: float = 6) -> int:
        for delivery in Delivery.objects.exclude(ended__isnull=False):
            delivery.due -= timedelta(minutes=minutes)
            if delivery.first_tried:
                delivery.first_tried -= timedelta(minutes=minutes)
            delivery.save(update_fields=["due", "first_tried"])
        return email_delivery.send_due()

    return pass_by


def told(user: User, **which: object) -> list[str]:
    """The kinds of what somebody was told, oldest first."""
    rows = Notification.objects.filter(recipient=user, **which).order_by("pk")
    return list(rows.values_list("kind", flat=True))
