"""Nobody fills the disk: a person sends so much in a month, and some of the disk stays free."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.accounts import own_data, quota
from apps.accounts.closing import close_account
from apps.accounts.models import Upload
from apps.conversations.models import Attachment, Message
from apps.core import uploads
from apps.core.uploads import NO_ROOM
from apps.students.models import StudentImport
from tests.accounts.test_own_data import unpack
from tests.conversations.files import picture
from tests.conversations.hostile import png

HTMX = {"HX-Request": "true"}
SHEET = b"student_code,given_name\nS900,Nina\n"


@pytest.fixture(autouse=True)
def _own(settings, tmp_path, monkeypatch):
    monkeypatch.setattr("apps.core.limits._counts", None)
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOADS = tmp_path / "uploads"


def kept(tmp_path) -> list[str]:
    return [path.name for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture
def send(client_for, cast):
    """Send so many bytes as somebody, in one of the ways that there are; the answer, and where it stands."""
    thread = cast.amina.conversation

    def by(way: str, user, content: bytes):
        client = client_for(user)
        file = SimpleUploadedFile("file.txt", content)
        if way == "attachment":
            return client.post(reverse("conversations:attachment_create", args=[thread.pk]), {"file": file})
        if way == "message":
            data = {"body": "what I typed", "audience": "everyone", "files": [file]}
            return client.post(reverse("conversations:message_list", args=[thread.pk]), data)
        if way == "photo":
            return client.post("/accounts/settings/photo/", {"photo": file}, headers=HTMX)
        return client.post("/students/import/", {"file": file})

    return by


WAYS = {"attachment": b"a" * 600, "message": b"a" * 600, "photo": picture(), "import": SHEET}


@pytest.mark.parametrize("way", WAYS)
def test_what_one_person_sends_is_counted_whatever_it_is_and_nobody_elses(cast, send, settings, way):
    content = WAYS[way]
    settings.QUOTA = 2 * len(content) + 1
    assert [send(way, cast.staff, content).status_code // 100 for _ in range(3)] in ([2, 2, 4], [3, 3, 4])
    assert send(way, cast.staff2, content).status_code < 400
    assert list(Upload.objects.filter(user=cast.staff).values_list("size", flat=True)) == [len(content)] * 2


@pytest.mark.parametrize("way", WAYS)
def test_who_has_sent_enough_reads_why_where_they_sent_it(cast, send, settings, tmp_path, way):
    settings.QUOTA = 5_000
    Upload.objects.create(user=cast.staff, size=5_000)
    answer = send(way, cast.staff, WAYS[way])
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "You have sent 5 KB in the last 30 days, and 5 KB is the most." in said
    assert ("what I typed" in said) is (way == "message")
    assert not any(model.objects.exists() for model in (Attachment, Message, StudentImport))
    assert kept(tmp_path) == []


@pytest.mark.parametrize(("sent", "more", "fits"), [(900, 100, True), (900, 101, False), (0, 1001, False)])
def test_the_last_byte_still_fits(cast, settings, sent, more, fits):
    settings.QUOTA = 1_000
    Upload.objects.create(user=cast.staff, size=sent)
    if fits:
        quota.take(cast.staff, more)
    else:
        with pytest.raises(ValidationError, match="1 KB is the most"):
            quota.take(cast.staff, more)


def test_what_was_sent_a_month_ago_counts_no_longer_and_is_forgotten(cast, settings):
    settings.QUOTA = 1_000
    Upload.objects.create(user=cast.staff, size=1_000, at=timezone.now() - timedelta(days=30, seconds=1))
    Upload.objects.create(user=cast.staff, size=10, at=timezone.now() - timedelta(days=29))
    quota.take(cast.staff, 990)
    quota.forget_old()
    assert sorted(Upload.objects.values_list("size", flat=True)) == [10, 990]


def test_what_was_refused_or_thrown_away_before_it_was_kept_is_not_counted(cast, send):
    assert send("attachment", cast.staff, b"MZ" + b"\0" * 500).status_code == 422
    assert send("photo", cast.staff, png("RGBA", 6_000)).status_code == 422
    assert not Upload.objects.exists()


def test_what_was_sent_is_among_ones_own_data_and_goes_with_the_account(cast):
    quota.take(cast.teacher, 123)
    data, _ = unpack(own_data.export(cast.teacher))
    assert [each["size"] for each in data["account"]["uploads"]] == [123]
    close_account(cast.admin, cast.teacher)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("free", [1_000_000_100, 0])
def test_nothing_is_written_to_a_disk_that_is_nearly_full(cast, send, settings, tmp_path, monkeypatch, way, free):
    settings.FREE_DISK = 1_000_000_000
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    answer = send(way, cast.staff, WAYS[way])
    assert answer.status_code in {422, 507}
    said = answer.content.decode()
    assert NO_ROOM.partition("'")[2][:20] in said
    assert ("what I typed" in said) is (way == "message")
    assert kept(tmp_path) == []
    assert not Upload.objects.exists()
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1_000_100_000))
    assert send(way, cast.staff, WAYS[way]).status_code < 400


def test_files_that_are_sent_at_once_have_no_more_room_than_one_after_the_other(elsewhere):
    assert elsewhere("tests.accounts.race_quota") == ["settled"]
