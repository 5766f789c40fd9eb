"""A file goes, bytes and all, once nothing points to it; nothing that is needed goes."""

import os
from datetime import timedelta

import pytest
from django.db import models, transaction
from django.utils import timezone

from apps.courses.models import Course
from apps.files import pointing, sweeping
from apps.files.actions import discard
from apps.files.kinds import DOCUMENTS, PICTURES
from apps.files.models import StoredFile
from apps.files.part import FilesPart
from tests.conversations.files import PDF, picture
from tests.factories import course
from tests.files.conftest import on_disk

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(hours=sweeping.KEEP_HOURS + 1)


@pytest.fixture
def needed(monkeypatch):
    """Ids of files that some row points to."""
    ids: set[int] = set()
    plain = pointing.unneeded
    for module in ("apps.files.sweeping", "apps.files.actions", "apps.files.part"):
        monkeypatch.setattr(f"{module}.unneeded", lambda: plain().exclude(pk__in=ids))
    return ids


def test_discarding_takes_the_bytes_after_the_commit(keep, media, django_capture_on_commit_callbacks):
    photo = keep(picture(), PICTURES, "a.jpg")
    assert len(on_disk(media)) == 2
    with django_capture_on_commit_callbacks(execute=True):
        discard(photo)
        assert not StoredFile.objects.exists()
        assert len(on_disk(media)) == 2
    assert on_disk(media) == []


def test_a_row_that_goes_with_others_takes_its_file_along(keep, media, django_capture_on_commit_callbacks):
    shared, own = (keep(PDF, DOCUMENTS, f"{name}.pdf") for name in ("shared", "own"))
    other, gone = course(cover=shared), course(cover=own)
    also = course(cover=shared)
    with django_capture_on_commit_callbacks(execute=True):
        Course.objects.filter(pk__in=[gone.pk, also.pk]).delete()
        assert StoredFile.objects.count() == 2
    assert list(StoredFile.objects.all()) == [shared]
    assert len(on_disk(media)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        discard(shared)
    assert Course.objects.get(pk=other.pk).cover == shared


def test_every_key_to_a_file_is_known_and_none_lets_a_file_take_its_row_along():
    found = {(model._meta.label, name): model._meta.get_field(name) for model, name in pointing.pointing_keys()}
    assert ("courses.Course", "cover") in found
    assert {field.remote_field.on_delete for field in found.values()} == {models.PROTECT}


def test_what_is_rolled_back_keeps_its_bytes(keep, media):
    stored = keep(PDF, DOCUMENTS, "a.pdf")
    with transaction.atomic():
        discard(stored)
        transaction.set_rollback(True)
    assert StoredFile.objects.filter(pk=stored.pk).exists()
    assert len(on_disk(media)) == 1


def test_a_file_that_another_row_needs_is_not_discarded(keep, needed, django_capture_on_commit_callbacks):
    stored = keep(PDF, DOCUMENTS, "a.pdf")
    needed.add(stored.pk)
    with django_capture_on_commit_callbacks(execute=True):
        discard(stored)
        discard(None)
    assert StoredFile.objects.filter(pk=stored.pk).exists()


def test_what_nothing_points_to_goes_after_a_day(keep, needed, media, django_capture_on_commit_callbacks):
    fresh, _, used = (keep(PDF, DOCUMENTS, f"{name}.pdf") for name in ("fresh", "old", "used"))
    needed.add(used.pk)
    StoredFile.objects.exclude(pk=fresh.pk).update(created=timezone.now() - LONG_AGO)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweeping.sweep() == 1
    assert set(StoredFile.objects.values_list("pk", flat=True)) == {fresh.pk, used.pk}
    assert len(on_disk(media)) == 2


def test_bytes_that_a_killed_process_left_go_after_a_day(keep, media):
    kept = keep(picture(), PICTURES, "a.jpg")
    folder = media / "media" / "files" / "2026" / "11"
    folder.mkdir(parents=True, exist_ok=True)
    left, fresh = folder / "left", folder / "fresh"
    for path in (left, fresh):
        path.write_bytes(b"x")
    long_ago = (timezone.now() - LONG_AGO).timestamp()
    for path in (left, media / "media" / kept.file.name, media / "media" / kept.thumbnail.name):
        os.utime(path, (long_ago, long_ago))
    assert sweeping.sweep_storage() == 1
    assert not left.exists()
    assert len(on_disk(media)) == 3


def test_a_person_has_the_list_of_what_they_sent_and_leaves_nothing_that_is_theirs_alone(keep, needed, cast):
    people = [cast.staff, cast.staff, cast.admin]
    kept, alone, theirs = (keep(PDF, DOCUMENTS, f"{n}.pdf", who) for n, who in enumerate(people))
    needed.add(kept.pk)
    rows = list(FilesPart().own_data(cast.staff)["files"])
    assert [(row["name"], row["size"]) for row in rows] == [("0.pdf", len(PDF)), ("1.pdf", len(PDF))]
    FilesPart().forget(cast.staff)
    assert set(StoredFile.objects.values_list("pk", flat=True)) == {kept.pk, theirs.pk}
    assert alone.pk not in {kept.pk, theirs.pk}
