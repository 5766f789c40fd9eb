"""Files of messages: taken in, sent, written anew, and served to nobody who may not read the message."""

import contextlib
import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageSequence

from apps.conversations import actions
from apps.conversations.actions import files, send_message
from apps.conversations.models import Attachment, Message
from apps.core import images, sandbox
from apps.core.headers import NO_PAGE
from apps.core.sandboxed import pictures
from apps.files import preparing, sweeping
from apps.files.models import StoredFile
from tests.conversations.files import HTML, PDF, SECRET, SVG, animation, archive, bomb, picture
from tests.factories import stored_file

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def media(settings, tmp_path, monkeypatch) -> Path:
    """Each test has a folder of its own for files, one for those on their way in, and counts of its own."""
    monkeypatch.setattr("apps.core.limits._counts", None)
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOADS = tmp_path / "uploads"
    return tmp_path


@pytest.fixture
def thread(cast):
    return cast.amina.conversation


def stored(media: Path) -> list[Path]:
    """All that is kept in files."""
    return [path for path in media.rglob("*") if path.is_file()]


@pytest.fixture
def upload(client_for, thread, django_capture_on_commit_callbacks):
    """Upload as somebody; the jobs that this begins have ended."""

    def send(user, content=PDF, name="sheet.pdf", conversation=None, *, claimed="application/octet-stream"):
        file = SimpleUploadedFile("x", content, claimed)
        file._name = name  # As a browser might say it: Django's class would clean it here.
        url = reverse("conversations:attachment_create", args=[(conversation or thread).pk])
        with django_capture_on_commit_callbacks(execute=True):
            return client_for(user).post(url, {"file": file}, headers=HTMX)

    return send


@pytest.fixture
def uploaded(upload):
    """The same, for what must be taken: the row."""

    def send(*args, **options) -> Attachment:
        answer = upload(*args, **options)
        assert answer.status_code == 201, answer.content
        return Attachment.objects.select_related("file").get(pk=answer.json()["id"])

    return send


def address(attachment, *, thumbnail=False, conversation=None) -> str:
    name = "conversations:attachment_thumbnail" if thumbnail else "conversations:attachment_detail"
    return reverse(name, args=[conversation or attachment.conversation_id, attachment.pk])


def get(client, url, **headers):
    """The answer, with what a stream of it brought as its `body`."""
    answer = client.get(url, headers=headers)
    answer.body = b"".join(answer) if answer.streaming else answer.content
    answer.close()
    return answer


# Taking in


def test_an_uploaded_file_is_kept_and_says_what_it_is(cast, uploaded, media):
    file = uploaded(cast.staff, PDF, "Homework 3.pdf", claimed="text/html")
    assert (file.file.name, file.file.kind, file.file.size) == ("Homework 3.pdf", "application/pdf", len(PDF))
    assert file.file.ready
    assert file.message is None
    assert [path.read_bytes() for path in stored(media)] == [PDF]
    assert "Homework" not in file.file.file.name


REFUSED = {
    "svg": (SVG, "picture.png"),
    "html": (HTML, "picture.png"),
    "a program": (b"MZ" + b"\0" * 500, "holiday.jpg"),
    "nothing": (b"", "empty.txt"),
    "a bomb": (bomb(30_000, 30_000), "big.png"),
    "half a header": (picture("PNG")[:20], "cut.png"),
    "a broken HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a.heic"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_says_why_and_leaves_nothing(cast, upload, media, what):
    answer = upload(cast.staff, *REFUSED[what])
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert not Attachment.objects.exists()
    assert stored(media) == []


def test_a_file_that_is_too_large_is_refused_at_its_first_byte_too_many(cast, upload, media, settings):
    settings.MAX_FILE = 100_000
    answer = upload(cast.staff, b"a" * 100_001, "a.txt")
    assert answer.status_code == 413
    assert answer.json() == {"error": "This file is too large: 100 KB at most."}
    assert upload(cast.staff, b"a" * 100_000, "a.txt").status_code == 201
    settings.MAX_FILES = 1
    # All together is more than could ever be sent: nothing of it is even written down.
    assert upload(cast.staff, b"a" * 2_000_000, "b.txt").status_code == 413
    assert Attachment.objects.count() == 1
    assert [path.stat().st_size for path in stored(media)] == [100_000]


def test_only_the_kinds_that_the_academy_allows_are_taken(cast, upload, settings):
    settings.FILE_TYPES = ["image/png"]
    assert upload(cast.staff, PDF, "a.pdf").status_code == 422
    assert upload(cast.staff, picture("PNG"), "a.png").status_code == 201


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\windows.pdf", "windows.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_leads_nowhere_and_hides_nothing(cast, uploaded, media, name, kept):
    file = uploaded(cast.staff, PDF, name)
    assert file.file.name == kept
    assert [path.parent.parent.parent for path in stored(media)] == [media / "media" / "files"]


def test_who_may_not_write_can_not_upload(cast, upload, thread):
    assert upload(cast.outsider).status_code == 404
    assert upload(cast.bruno_user).status_code == 404
    actions.set_locked(cast.staff, thread, locked=True)
    assert upload(cast.amina_user).status_code == 403
    assert upload(cast.staff).status_code == 201


def test_a_form_without_a_file_is_told_so(cast, client_for, thread):
    url = reverse("conversations:attachment_create", args=[thread.pk])
    assert client_for(cast.staff).post(url).status_code == 422
    assert get(client_for(cast.staff), url).status_code == 405


def test_files_that_are_chosen_and_never_sent_are_not_without_end(cast, upload, monkeypatch):
    monkeypatch.setattr("apps.conversations.actions.attachments.MAX_UNSENT", 2)
    assert [upload(cast.staff).status_code for _ in range(3)] == [201, 201, 422]
    assert upload(cast.staff2).status_code == 201


def test_a_row_that_can_not_be_stored_leaves_no_file(cast, thread, media, monkeypatch):
    class Broken:
        def enqueue(self, *args):
            raise RuntimeError

    monkeypatch.setattr("apps.files.tasks.prepare_picture", Broken())
    with pytest.raises(RuntimeError):
        actions.upload(cast.staff, thread, SimpleUploadedFile("a.png", picture("PNG")))
    assert not Attachment.objects.exists()
    assert stored(media) == []


def test_an_upload_whose_connection_breaks_leaves_no_temporary_file(cast, client_for, thread, media):
    class Broken(io.BytesIO):
        def read(self, *size):
            if piece := super().read(*size):
                return piece
            assert len(stored(media)) == 1, "half of it is there"
            raise OSError("reset by peer")

    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    body = {"wsgi.input": Broken(head + b"a" * 500_000), "CONTENT_LENGTH": "5000000"}
    url = reverse("conversations:attachment_create", args=[thread.pk])
    client_for(cast.staff).generic("POST", url, content_type="multipart/form-data; boundary=cut", **body)
    assert stored(media) == []
    assert not Attachment.objects.exists()


# Sending


def test_a_message_may_have_files_and_no_text(cast, uploaded, client_for, thread, published):
    file, photo = uploaded(cast.staff), uploaded(cast.staff, picture(), "board.jpg")
    with published():
        answer = client_for(cast.staff).post(
            reverse("conversations:message_list", args=[thread.pk]),
            {"audience": "everyone", "attachments": [file.pk, photo.pk]},
            headers=HTMX,
        )
    assert answer.status_code == 201
    message = Message.objects.get()
    assert list(message.attachments.all()) == [file, photo]
    for html in (answer.content.decode(), next(e for c, e in published if c == f"student-{cast.amina.pk}")):
        assert "sheet.pdf" in html
        assert 'alt="board.jpg"' in html
    page = client_for(cast.amina_user).get(reverse("conversations:conversation_detail", args=[thread.pk]))
    assert "sheet.pdf" in page.content.decode()


def test_sending_twice_takes_the_files_once(cast, uploaded, thread):
    file, key = uploaded(cast.staff), "6f1d3f1e-2b1c-4a5e-9a64-0d6b7c1f3a11"
    first = send_message(cast.staff, thread, "", "staff", key, attachments=[file.pk])
    assert send_message(cast.staff, thread, "", "staff", key, attachments=[file.pk]).pk == first.pk
    assert list(first.attachments.all()) == [file]


def test_files_of_others_and_of_elsewhere_are_not_sent(cast, uploaded, thread):
    mine = uploaded(cast.staff)
    theirs = uploaded(cast.staff2)
    elsewhere = uploaded(cast.staff, conversation=cast.bruno.conversation)
    sent = uploaded(cast.staff)
    send_message(cast.staff, thread, "", attachments=[sent.pk])
    for other in (theirs, elsewhere, sent, Attachment(pk=10**12)):
        with pytest.raises(ValidationError):
            send_message(cast.staff, thread, "look", attachments=[mine.pk, other.pk])
    mine.refresh_from_db()
    assert mine.message is None
    assert Message.objects.count() == 1


def test_eleven_files_are_too_many(cast, uploaded, thread, settings):
    ids = [uploaded(cast.staff).pk for _ in range(settings.MAX_FILES + 1)]
    with pytest.raises(ValidationError, match="room for 10"):
        send_message(cast.staff, thread, "", attachments=ids)
    assert not Message.objects.exists()
    message = send_message(cast.staff, thread, "", attachments=ids[:-1])
    assert Attachment.objects.filter(message=message).count() == settings.MAX_FILES


def test_a_text_may_only_be_taken_away_from_a_message_with_files(cast, uploaded, thread):
    bare = send_message(cast.staff, thread, "text")
    full = send_message(cast.staff, thread, "text", attachments=[uploaded(cast.staff).pk])
    assert actions.edit_message(cast.staff, full, "").body == ""
    with pytest.raises(ValidationError):
        actions.edit_message(cast.staff, bare, "")


def test_without_script_files_come_with_the_message(cast, client_for, thread, media):
    url = reverse("conversations:message_list", args=[thread.pk])
    files = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.txt", b"hello")]
    assert client_for(cast.staff).post(url, {"body": "", "audience": "staff", "files": files}).status_code == 302
    assert [file.name for file in Message.objects.get().files] == ["a.pdf", "b.txt"]


def test_without_script_a_refused_file_keeps_the_text_and_leaves_nothing(cast, client_for, thread, media):
    url = reverse("conversations:message_list", args=[thread.pk])
    files = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.png", SVG)]
    answer = client_for(cast.staff).post(url, {"body": "my text", "audience": "staff", "files": files})
    assert answer.status_code == 422
    assert "my text" in answer.content.decode()
    assert "kind" in answer.content.decode()
    eleven = [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(11)]
    assert client_for(cast.staff).post(url, {"body": "x", "audience": "staff", "files": eleven}).status_code == 422
    assert not Message.objects.exists()
    assert not Attachment.objects.exists()


def test_queries_do_not_grow_with_files(cast, uploaded, client_for, thread):
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client_for(cast.staff).get(reverse("conversations:message_list", args=[thread.pk]) + "?after=0.0")
        return len(queries)

    send_message(cast.staff, thread, "", attachments=[uploaded(cast.staff).pk])
    before = count()
    for _ in range(3):
        ids = [uploaded(cast.staff).pk, uploaded(cast.staff, picture(), "a.jpg").pk]
        send_message(cast.staff, thread, "", attachments=ids)
    assert count() == before


# Serving


@pytest.fixture
def sheet(cast, uploaded, thread) -> Attachment:
    """A document in a message for everyone."""
    file = uploaded(cast.staff)
    send_message(cast.staff, thread, "", "everyone", attachments=[file.pk])
    return file


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200),
        ("staff2", 200),
        ("teacher", 200),
        ("amina_user", 200),
        ("teacher2", 404),
        ("bruno_user", 404),
        ("outsider", 404),
        (None, 302),
    ],
)
def test_a_file_goes_to_who_may_read_its_message(cast, client_for, sheet, who, status):
    answer = get(client_for(who and getattr(cast, who)), address(sheet))
    assert answer.status_code == status
    if status == 200:
        assert answer.body == PDF


def test_what_is_sent_among_staff_stays_there(cast, client_for, uploaded, thread):
    file, photo = uploaded(cast.staff), uploaded(cast.staff, picture(), "a.jpg")
    send_message(cast.staff, thread, "", "staff", attachments=[file.pk, photo.pk])
    student, teacher = client_for(cast.amina_user), client_for(cast.teacher)
    for url in (address(file), address(photo), address(photo, thumbnail=True)):
        assert get(student, url).status_code == 404
        assert get(teacher, url).status_code == 200


def test_what_is_not_sent_yet_is_its_uploaders_alone(cast, client_for, uploaded):
    file = uploaded(cast.staff)
    assert get(client_for(cast.staff), address(file)).status_code == 200
    for other in (cast.staff2, cast.admin, cast.amina_user):
        assert get(client_for(other), address(file)).status_code == 404
        assert client_for(other).delete(address(file)).status_code == 404


def test_what_is_sent_in_a_conversation_is_not_among_all_files_in_the_admin(cast, client_for, uploaded, thread):
    sent, unsent = uploaded(cast.staff, PDF, "Between us.pdf"), uploaded(cast.staff, PDF, "Not yet.pdf")
    send_message(cast.staff, thread, "", "staff", attachments=[sent.pk])
    lesson = stored_file(name="Lesson.pdf")
    client = client_for(cast.admin)
    page = client.get(reverse("admin:files_storedfile_changelist")).content.decode()
    assert "Lesson.pdf" in page
    assert "Between us" not in page
    assert "Not yet" not in page
    change = [client.get(reverse("admin:files_storedfile_change", args=[pk])) for pk in (lesson.pk, sent.file_id)]
    assert [answer.status_code for answer in change] == [200, 302]
    assert unsent.pk


def test_a_file_is_found_in_its_own_conversation_alone(cast, client_for, sheet):
    other = address(sheet, conversation=cast.bruno.conversation_id)
    assert client_for(cast.staff).get(other).status_code == 404


def test_a_deleted_message_takes_its_files_along(cast, client_for, sheet):
    actions.delete_message(cast.staff, Message.objects.get())
    for who in (cast.staff, cast.admin, cast.amina_user):
        assert get(client_for(who), address(sheet)).status_code == 404


def test_a_document_is_saved_and_never_shown(cast, client_for, uploaded, thread):
    file = uploaded(cast.staff, PDF, 'Grüße; "x"/.. €.pdf')
    answer = get(client_for(cast.staff), address(file), **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == NO_PAGE
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in answer.headers["Vary"]
    assert answer.headers["Content-Length"] == str(len(PDF))
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("content", [b"hello", archive(page=HTML)])
def test_only_pictures_that_were_written_anew_are_shown_in_the_browser(cast, client_for, uploaded, content):
    file = uploaded(cast.staff, content, "page.html")
    assert get(client_for(cast.staff), address(file)).headers["Content-Disposition"].startswith("attachment")
    assert not file.file.name.endswith(".html")
    assert get(client_for(cast.staff), address(file, thumbnail=True)).status_code == 404
    photo = uploaded(cast.staff, picture(), "photo.jpg")
    for url in (address(photo), address(photo, thumbnail=True)):
        answer = get(client_for(cast.staff), url)
        assert not answer.headers.get("Content-Disposition", "inline").startswith("attachment")
        assert answer.headers["Content-Security-Policy"] == NO_PAGE
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_browser_asks_each_time_whether_its_reader_still_may_have_what_it_keeps(cast, client_for, sheet):
    reader = client_for(cast.amina_user)
    kept = get(reader, address(sheet)).headers["ETag"]
    again = get(reader, address(sheet), **{"If-None-Match": kept})
    assert (again.status_code, again.body, again.headers["ETag"]) == (304, b"", kept)
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert get(reader, address(sheet), **{"If-None-Match": '"another"'}).body == PDF
    assert get(client_for(cast.bruno_user), address(sheet), **{"If-None-Match": kept}).status_code == 404
    actions.delete_message(cast.staff, Message.objects.get())
    assert get(reader, address(sheet), **{"If-None-Match": kept}).status_code == 404


def test_nginx_is_told_where_a_file_is_by_the_same_rules(cast, client_for, sheet, settings):
    settings.ACCEL = "/media/"
    answer = get(client_for(cast.amina_user), address(sheet))
    assert answer.headers["X-Accel-Redirect"] == f"/media/{sheet.file.file.name}"
    assert answer.content == b""
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    refused = get(client_for(cast.bruno_user), address(sheet))
    assert refused.status_code == 404
    assert "X-Accel-Redirect" not in refused.headers


def test_no_address_leads_to_the_folder_of_files(cast, client_for, sheet):
    for start in ("/media/", "/", "/static/../media/"):
        assert get(client_for(cast.admin), start + sheet.file.file.name).status_code == 404


def test_a_file_that_was_lost_is_not_there(cast, client_for, sheet, media):
    for path in stored(media):
        path.unlink()
    assert get(client_for(cast.staff), address(sheet)).status_code == 404


# Pictures


def opened(file) -> Image.Image:
    with file.open("rb") as source:
        return Image.open(io.BytesIO(source.read()))


@pytest.mark.parametrize(
    ("kind", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp"), ("HEIF", "a.heic")]
)
def test_a_picture_loses_all_that_the_camera_added(cast, uploaded, media, kind, name):
    original = picture(kind) + (b"<script>alert(1)</script>" if kind != "HEIF" else b"")
    assert SECRET in original or kind == "PNG"
    photo = uploaded(cast.staff, original, name)
    assert photo.file.ready
    kept = stored(media)
    assert len(kept) == 2, "the original is gone, the picture and its thumbnail are there"
    for path in kept:
        content = path.read_bytes()
        assert SECRET not in content
        assert b"Exif" not in content
        assert b"script" not in content
        with Image.open(path) as image:
            assert not image.getexif()
            assert not {"comment", "Comment", "icc_profile", "xmp", "exif"} & set(image.info)
    assert (photo.file.width, photo.file.height) == opened(photo.file.file).size == (300, 200)


def test_a_picture_stands_upright(cast, uploaded):
    photo = uploaded(cast.staff, picture(orientation=6), "a.jpg")
    assert (photo.file.width, photo.file.height) == (200, 300)
    image = opened(photo.file.file).convert("RGB")
    assert image.size == (200, 300)
    # What was at the left is now on top.
    red, _, blue = image.getpixel((100, 20))
    assert red > 200
    assert blue < 60


def test_the_size_of_a_picture_is_known_before_it_is_ready():
    for orientation in (0, 6):
        for size in ((300, 200), (4000, 1000)):
            original = picture(size=size, orientation=orientation)
            rewritten = images.rewrite(io.BytesIO(original))
            assert images.measure(io.BytesIO(original)) == (rewritten.width, rewritten.height)
            assert max(rewritten.width, rewritten.height) <= pictures.MAX_SIDE


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_what_moves_goes_on_moving(cast, uploaded, kind):
    moving = uploaded(cast.staff, animation(kind), f"a.{kind.lower()}")
    image = opened(moving.file.file)
    durations = [frame.load() and frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    assert durations == [50, 100, 150]
    assert moving.file.name == "a.webp"


@pytest.mark.parametrize("limit", ["MAX_FRAMES", "MAX_ANIMATION"])
def test_a_long_animation_becomes_its_first_picture(monkeypatch, limit):
    monkeypatch.setattr(pictures, limit, 2 if limit == "MAX_FRAMES" else 2 * 60 * 40)
    facts, _ = pictures.rewrite(io.BytesIO(animation()))
    assert facts["content_type"] == "image/png"
    facts, _ = pictures.rewrite(io.BytesIO(animation(frames=2)))
    assert facts["content_type"] == "image/webp"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_pictures_of_every_mode_are_read(mode):
    target = io.BytesIO()
    image = Image.new("L", (8, 8), 200)
    image = Image.new("I;16", (8, 8), 200 * 256) if mode == "I;16" else image.convert(mode)
    image.save(target, "JPEG" if mode == "CMYK" else "PNG")
    target.seek(0)
    rewritten = images.rewrite(target)
    shown = Image.open(rewritten.picture).convert("L").getpixel((4, 4))
    assert abs(shown - (255 if mode == "1" else 200)) < 8


def test_a_polyglot_is_only_a_picture(cast, uploaded):
    photo = uploaded(cast.staff, picture("GIF") + archive(page=HTML), "both.gif")
    with photo.file.file.open("rb") as file:
        assert b"PK\x03\x04" not in file.read()


def waiting(cast, thread, monkeypatch, content=None, name="a.jpg") -> Attachment:
    """A picture whose job hasn't run."""
    with monkeypatch.context() as patch:
        patch.setattr("apps.files.preparing.prepare", lambda pk: None)
        photo = actions.upload(cast.staff, thread, SimpleUploadedFile(name, content or picture()))
    assert not photo.file.ready
    return photo


def test_nothing_of_an_original_is_served(cast, client_for, thread, monkeypatch):
    photo = waiting(cast, thread, monkeypatch)
    send_message(cast.staff, thread, "", "everyone", attachments=[photo.pk])
    for who in (cast.staff, cast.amina_user):
        for thumbnail in (False, True):
            assert get(client_for(who), address(photo, thumbnail=thumbnail)).status_code == 404
    page = client_for(cast.amina_user).get(reverse("conversations:conversation_detail", args=[thread.pk]))
    html = page.content.decode()
    assert f'data-attachment="{photo.pk}"><svg class="message-picture-waiting" width="300" height="200"' in html
    assert "<img" not in html.split("thread-messages")[1].split("</article>")[0]


def test_a_message_is_shown_anew_when_its_picture_is_ready(cast, thread, monkeypatch, published, media):
    photo = waiting(cast, thread, monkeypatch)
    message = send_message(cast.staff, thread, "", "everyone", attachments=[photo.pk])
    with published():
        preparing.prepare(photo.file_id)
    [event] = [event for channel, event in published if channel == f"student-{cast.amina.pk}"]
    assert "<img" in event
    after = Message.objects.get()
    assert after.version == message.version + 1
    assert len(stored(media)) == 2


def test_a_job_that_runs_twice_does_it_once(cast, thread, monkeypatch, media, django_capture_on_commit_callbacks):
    photo = waiting(cast, thread, monkeypatch)
    message = send_message(cast.staff, thread, "", attachments=[photo.pk])
    rewrite, begun = images.rewrite, []

    def slow(file):
        begun.append(file)
        # Another worker has the same job, while this one is at work.
        preparing.prepare(photo.file_id)
        return rewrite(file)

    monkeypatch.setattr(images, "rewrite", slow)
    with django_capture_on_commit_callbacks(execute=True):
        preparing.prepare(photo.file_id)
        preparing.prepare(photo.file_id)
    assert len(begun) == 1
    photo.refresh_from_db()
    kept = {media / "media" / photo.file.file.name, media / "media" / photo.file.thumbnail.name}
    assert set(stored(media)) == kept
    message.refresh_from_db()
    assert message.version == 2


def test_a_worker_that_comes_back_after_its_lease_spoils_nothing(
    cast, thread, monkeypatch, media, django_capture_on_commit_callbacks
):
    photo = waiting(cast, thread, monkeypatch)
    rewrite = images.rewrite

    def asleep(file):
        rewritten = rewrite(file)
        monkeypatch.setattr(images, "rewrite", rewrite)
        StoredFile.objects.filter(pk=photo.file_id).update(lease=timezone.now())
        preparing.prepare(photo.file_id)
        return rewritten

    monkeypatch.setattr(images, "rewrite", asleep)
    with django_capture_on_commit_callbacks(execute=True):
        preparing.prepare(photo.file_id)
    photo.refresh_from_db()
    assert (photo.file.tries, bool(photo.file.ready)) == (2, True)
    assert set(stored(media)) == {media / "media" / photo.file.file.name, media / "media" / photo.file.thumbnail.name}


@pytest.mark.parametrize("end", [sandbox.Failed, KeyboardInterrupt])
def test_what_ends_its_worker_or_the_sandbox_is_tried_twice_and_never_again(cast, thread, monkeypatch, media, end):
    photo = waiting(cast, thread, monkeypatch)
    written = []

    def ends(file):
        written.append(StoredFile.objects.get(pk=photo.file_id).tries)
        raise end

    monkeypatch.setattr(images, "rewrite", ends)
    for minute in range(5):
        # As if the lease of a worker that was killed were over.
        StoredFile.objects.filter(pk=photo.file_id).update(
            created=timezone.now() - timedelta(minutes=60 + minute), lease=None
        )
        with contextlib.suppress(end):
            preparing.catch_up()
    assert written == [1, 2], "each try is written down before it begins"
    photo.refresh_from_db()
    assert photo.file.failed == "This picture could not be prepared."


def test_a_job_whose_row_is_gone_leaves_nothing(cast, thread, monkeypatch, media, django_capture_on_commit_callbacks):
    photo = waiting(cast, thread, monkeypatch)
    rewrite = images.rewrite

    def slow(file):
        rewritten = rewrite(file)
        actions.discard(cast.staff, thread, [photo.pk])
        return rewritten

    monkeypatch.setattr(images, "rewrite", slow)
    with django_capture_on_commit_callbacks(execute=True):
        preparing.prepare(photo.file_id)
    assert stored(media) == []
    preparing.prepare(photo.file_id)


def test_a_picture_that_can_not_be_read_says_so_at_its_message(cast, client_for, thread, monkeypatch, published, media):
    # Its header is fine, what follows isn't.
    whole = picture("PNG", (400, 400))
    photo = waiting(cast, thread, monkeypatch, whole[: len(whole) // 2], "a.png")
    send_message(cast.staff, thread, "", "everyone", attachments=[photo.pk])
    with published():
        preparing.prepare(photo.file_id)
    [event] = [event for channel, event in published if channel == f"student-{cast.amina.pk}"]
    assert "damaged" in event
    photo.refresh_from_db()
    assert photo.file.failed
    assert stored(media) == []
    assert get(client_for(cast.staff), address(photo)).status_code == 404


def test_a_lost_job_is_made_up_for_and_one_that_is_under_way_left_alone(
    cast, thread, monkeypatch, django_capture_on_commit_callbacks
):
    fresh, lost, old, leased, left = (waiting(cast, thread, monkeypatch) for _ in range(5))
    now = timezone.now()
    StoredFile.objects.exclude(pk__in=[fresh.file_id, old.file_id]).update(created=now - timedelta(minutes=5))
    # The worker was away for days: that is no reason to give a picture up.
    StoredFile.objects.filter(pk=old.file_id).update(created=now - timedelta(days=3))
    StoredFile.objects.filter(pk=leased.file_id).update(lease=now + timedelta(minutes=1), tries=1)
    StoredFile.objects.filter(pk=left.file_id).update(lease=now - timedelta(seconds=1), tries=1)
    with django_capture_on_commit_callbacks(execute=True):
        preparing.catch_up()
    ready = set(StoredFile.objects.exclude(ready=None).values_list("pk", flat=True))
    assert ready == {lost.file_id, old.file_id, left.file_id}
    assert not StoredFile.objects.exclude(failed="").exists()


# Going away


def test_a_cancelled_file_is_gone_at_once(cast, client_for, uploaded, media, django_capture_on_commit_callbacks):
    photo = uploaded(cast.staff, picture(), "a.jpg")
    with django_capture_on_commit_callbacks(execute=True):
        assert client_for(cast.staff).delete(address(photo)).status_code == 204
    assert not Attachment.objects.exists()
    assert stored(media) == []
    assert client_for(cast.staff).delete(address(photo)).status_code == 404


def test_what_was_sent_is_not_taken_back_as_a_file(cast, client_for, sheet):
    assert client_for(cast.staff).delete(address(sheet)).status_code == 404
    assert get(client_for(cast.staff), address(sheet)).status_code == 200


def test_a_message_that_is_taken_back_gives_its_files_back(cast, client_for, uploaded, thread):
    file = uploaded(cast.staff)
    message = send_message(cast.staff, thread, "", "everyone", attachments=[file.pk])
    actions.retract_message(cast.staff, message)
    assert client_for(cast.amina_user).get(address(file)).status_code == 404
    again = send_message(cast.staff, thread, "this one", "everyone", attachments=[file.pk])
    assert list(Attachment.objects.filter(message=again)) == [file]


def test_the_sweep_takes_what_nobody_needs_and_nothing_else(
    cast, thread, uploaded, media, django_capture_on_commit_callbacks
):
    kept, unsent, deleted, fresh, just_deleted = (uploaded(cast.staff) for _ in range(5))
    send_message(cast.staff, thread, "", attachments=[kept.pk])
    for file in (deleted, just_deleted):
        actions.delete_message(cast.staff, send_message(cast.staff, thread, "", attachments=[file.pk]))
    long_ago = timezone.now() - timedelta(hours=25)
    Attachment.objects.filter(pk__in=[kept.pk, unsent.pk, deleted.pk]).update(created=long_ago)
    Message.objects.filter(attachments=deleted).update(deleted=long_ago)
    with django_capture_on_commit_callbacks(execute=True):
        assert files.sweep() == 2
    left = Attachment.objects.all()
    assert {file.pk for file in left} == {kept.pk, fresh.pk, just_deleted.pk}
    assert {path.name for path in stored(media)} == {Path(file.file.file.name).name for file in left}


def test_files_without_a_row_go_a_day_later(cast, uploaded, media, settings):
    photo = uploaded(cast.staff, picture(), "a.jpg")
    old = time.time() - 25 * 3600
    folder = media / "media" / "attachments" / "2026" / "01"
    folder.mkdir(parents=True)
    for name in ("orphan", "young"):
        (folder / name).write_bytes(b"x")
    half = media / "uploads" / "tmp1.upload"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"x")
    for path in [*stored(media)]:
        if path.name != "young":
            os.utime(path, (old, old))
    assert sweeping.sweep_storage() == 1
    assert sweeping.sweep_uploads() == 1
    kept = {"young", Path(photo.file.file.name).name, Path(photo.file.thumbnail.name).name}
    assert {path.name for path in stored(media)} == kept
