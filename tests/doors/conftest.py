"""The house that the tables are about, furnished once for each file of tests."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from apps.conversations import reading
from apps.conversations.models import Message
from apps.core import limits
from tests.conftest import find_cast
from tests.doors.house import House, furnish


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[House]:
    """Each request takes back what it wrote, so that one house does for all tests."""
    folder = tmp_path_factory.mktemp("house")
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    calm = override_settings(
        MEDIA_ROOT=folder,
        PASSWORD_HASHERS=hashers,
        ACCOUNT_REAUTHENTICATION_TIMEOUT=3_600,
        STORAGES=settings.STORAGES | plain,
    )
    with django_db_blocker.unblock(), calm, transaction.atomic():
        yield furnish(find_cast())
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _neither_too_quick_nor_too_late(house, monkeypatch):
    """The tables ask more often than a person may, and for longer than a message can be taken back."""
    monkeypatch.setattr(limits, "_counts", None)
    # Else a thread asks the database for what is told a moment later.
    monkeypatch.setattr(reading._pushes, "seconds", 0)
    Message.objects.update(created=timezone.now())
