"""Files are handed out in the parts that a browser asks for, with headers of their kind, and to nobody's cache."""

import gc
import io
from types import SimpleNamespace

import pytest
from django.http import Http404, HttpResponseBase
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from apps.core.headers import NO_PAGE
from apps.files import open_files, ranges, serving
from apps.files.kinds import CAPTIONS, DOCUMENTS, PICTURES, VIDEOS
from apps.files.serving import CHUNK, DRAWING, PDF_PAGE, serve
from tests.conversations.files import PDF, picture
from tests.factories import stored_file
from tests.files import test_store

pytestmark = pytest.mark.django_db
OPEN: list[HttpResponseBase] = []


def ask(stored, method="GET", *, download=False, thumbnail=False, user=None, **headers):
    request = RequestFactory().generic(method, "/", headers=headers)
    if user:
        request.user = user
    answer = serve(request, stored, download=download, thumbnail=thumbnail)
    OPEN.append(answer)
    return answer


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture(autouse=True)
def closed():
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def numbers(keep):
    """A text of 1,000 bytes, and the file that holds it."""
    content = b"".join(b"%03d " % number for number in range(250))
    return content, keep(content, DOCUMENTS, "numbers.txt")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=990-2000", 990, 999),
        ("bytes=990-", 990, 999),
        ("bytes=-10", 990, 999),
        ("bytes=-5000", 0, 999),
        ("BYTES=5-5", 5, 5),
    ],
)
def test_a_part_is_sent_as_such(numbers, asked, start, end):
    content, stored = numbers
    answer = ask(stored, Range=asked)
    assert (answer.status_code, body(answer)) == (206, content[start : end + 1])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end}/1000"
    assert answer.headers["Content-Length"] == str(end + 1 - start)


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5000-6000", "bytes=-0", "bytes=99999999999999999999-"])
def test_a_part_that_is_not_there_is_416(numbers, asked):
    answer = ask(numbers[1], Range=asked)
    assert (answer.status_code, body(answer)) == (416, b"")
    assert answer.headers["Content-Range"] == "bytes */1000"


@pytest.mark.parametrize("asked", ["", "bytes=0-1,5-6", "bytes=9-5", "lines=0-1", "bytes=-", "bytes=a-b", "bytes"])
def test_several_parts_or_nonsense_are_answered_with_the_whole(numbers, asked):
    content, stored = numbers
    answer = ask(stored, Range=asked)
    assert (answer.status_code, body(answer)) == (200, content)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "Content-Range" not in answer.headers


@given(st.text(alphabet="bytes=0123456789-, ", max_size=30), st.integers(0, 2_000))
def test_whatever_is_asked_for_is_inside_the_file(header, size):
    try:
        part = ranges.asked(header, size)
    except ranges.NotSatisfiable:
        return
    assert part is None or 0 <= part.start <= part.end < size


def test_a_part_is_of_the_version_that_the_browser_has_or_it_gets_the_whole(numbers):
    content, stored = numbers
    etag = ask(stored).headers["ETag"]
    assert ask(stored, Range="bytes=0-9", If_Range=etag).status_code == 206
    for other in ('"other"', f"W/{etag}", "Sun, 29 Nov 2026 20:00:00 GMT"):
        answer = ask(stored, Range="bytes=0-9", If_Range=other)
        assert (answer.status_code, body(answer)) == (200, content)
    assert ask(stored, Range="bytes=0-9", If_None_Match=etag).status_code == 304


def test_head_says_how_long_it_is_and_sends_nothing(numbers):
    answer = ask(numbers[1], "HEAD", Range="bytes=0-9")
    assert (answer.status_code, body(answer), answer.headers["Content-Length"]) == (200, b"", "1000")


def test_a_long_file_is_read_a_little_at_a_time_and_closed(keep):
    content = PDF + b"x" * (5 * CHUNK)
    answer = ask(keep(content, DOCUMENTS, "a.pdf"))
    pieces = list(answer.streaming_content)
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) == CHUNK


def test_while_a_long_file_is_sent_no_connection_to_the_database_waits(keep, monkeypatch):
    closed = []
    idle, busy = (SimpleNamespace(in_atomic_block=busy, close=lambda busy=busy: closed.append(busy)) for busy in (0, 1))
    monkeypatch.setattr(serving, "connections", SimpleNamespace(all=lambda initialized_only: [idle, busy]))
    short, long = ask(keep(PDF, DOCUMENTS, "a.pdf")), ask(keep(PDF + b"x" * (5 * CHUNK), DOCUMENTS, "a.pdf"))
    body(short)
    assert closed == []
    body(long)
    assert closed == [False]


def test_a_reader_who_leaves_before_the_first_piece_leaves_no_file_open(keep):
    answer = ask(keep(PDF, DOCUMENTS, "a.pdf"))
    file = answer._iterator._content
    answer.close()
    assert file.closed


def test_each_kind_has_the_headers_of_its_kind(keep):
    pdf, video = keep(PDF, DOCUMENTS, "a.pdf"), keep("clip.mp4", VIDEOS)
    drawing = keep(test_store.DRAWING, PICTURES, "a.svg")
    captions = keep(b"WEBVTT\n\n00:01.000 --> 00:02.000\nx", CAPTIONS, "a.vtt")
    photo, table = keep(picture(), PICTURES, "a.jpg"), keep(b"a,b\n", DOCUMENTS, "a.csv")
    for stored, kind, policy, shown in (
        (pdf, "application/pdf", PDF_PAGE, "inline"),
        (video, "video/mp4", NO_PAGE, "inline"),
        (drawing, "image/svg+xml", DRAWING, "inline"),
        (captions, "text/vtt; charset=utf-8", NO_PAGE, "inline"),
        (photo, "image/jpeg", NO_PAGE, "inline"),
        (table, "text/csv", NO_PAGE, "attachment"),
    ):
        answer = ask(stored)
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Content-Security-Policy"] == policy
        assert answer.headers["Content-Disposition"] == f'{shown}; filename="{stored.name}"'
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Vary"] == "Cookie"
        saved = ask(stored, download=True)
        assert saved.headers["Content-Disposition"].startswith("attachment")
        assert saved.headers["Content-Security-Policy"] == NO_PAGE
    assert ask(photo, thumbnail=True).headers["Content-Type"] == "image/webp"
    assert "script" not in PDF_PAGE + DRAWING


def test_what_was_sent_as_a_document_is_shown_only_where_its_kind_is_safe(keep):
    film = keep((test_store.HERE / "clip.mp4").read_bytes(), DOCUMENTS, "clip.mp4")
    assert ask(film).headers["Content-Disposition"].startswith("attachment")


def test_what_is_not_ready_failed_or_gone_is_not_found(keep):
    for missing in (stored_file(ready=None), stored_file(failed="Broken."), stored_file(file="files/nothing")):
        with pytest.raises(Http404):
            ask(missing)
    with pytest.raises(Http404):
        ask(keep(PDF, DOCUMENTS, "a.pdf"), thumbnail=True)


def test_a_person_has_so_many_long_files_open_and_another_person_theirs(cast, keep, monkeypatch):
    monkeypatch.setattr(open_files, "MOST", 2)
    long, short = keep(b"word " * 400_000, DOCUMENTS, "long.txt"), keep(b"word", DOCUMENTS, "short.txt")
    first, second, third = (ask(long, user=cast.staff) for _ in range(3))
    assert [answer.status_code for answer in (first, second, third)] == [200, 200, 429]
    assert int(third.headers["Retry-After"]) >= 1
    assert "many files open" in third.content.decode()
    assert "Content-Range" not in ask(long, user=cast.staff, Range="bytes=0-1500000").headers
    assert ask(short, user=cast.staff).status_code == 200
    assert ask(long, "HEAD", user=cast.staff).status_code == 200
    assert ask(long, user=cast.teacher).status_code == 200
    first.close()
    first.close()
    OPEN.remove(first)
    assert [ask(long, user=cast.staff).status_code for _ in range(2)] == [200, 429]
    # What was never closed counts no more once it is gone.
    assert open_files.begin("somebody")
    pieces = serving._Pieces(io.BytesIO(), 1, "somebody")
    assert open_files._open["somebody"] == 1
    del pieces
    gc.collect()
    assert "somebody" not in open_files._open


def test_nginx_is_told_where_it_is_and_does_the_parts_itself(settings, keep):
    settings.ACCEL = "/media/"
    stored = keep(PDF, DOCUMENTS, "a.pdf")
    answer = ask(stored, Range="bytes=0-1")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["X-Accel-Redirect"] == f"/media/{stored.file.name}"
    assert answer.headers["Content-Security-Policy"] == PDF_PAGE
