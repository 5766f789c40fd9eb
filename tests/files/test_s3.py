"""Files kept in an S3 instead of a folder: a server of moto's on loopback stands for it."""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.csp import CSP
from moto.server import ThreadedMotoServer

from apps.core.page_headers import widen
from apps.files import sweeping
from apps.files.actions import discard
from apps.files.kinds import CAPTIONS, DOCUMENTS, PICTURES, VIDEOS
from apps.files.serving import serve
from project.variables import log_config, s3_storage
from tests.conversations.files import PDF, picture
from tests.files.conftest import HERE, on_disk

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    made = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    yield f"{host}:{port}"
    made.stop()


@pytest.fixture(autouse=True)
def bucket(server: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    storage, origin = s3_storage("X", f"s3://key:secret%2F@{server}/academy?region=eu-central-1&tls=0")
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    settings.FILE_ORIGINS = [origin]
    made = default_storage.bucket  # type: ignore[attr-defined]
    made.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield made
    made.objects.delete()
    made.delete()


def ask(stored: Any, **headers: str) -> Any:
    return serve(RequestFactory().get("/", headers=headers), stored)


def test_a_video_is_fetched_by_parts_from_an_address_of_minutes(keep, media, bucket):
    video = keep("clip.mp4", VIDEOS)
    assert [found.key for found in bucket.objects.all()] == [video.file.name]
    assert on_disk(media) == []
    answer = ask(video)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "private, no-store")
    query = parse_qs(urlsplit(answer.url).query)
    assert query["X-Amz-Expires"] == ["300"]
    assert "secret" not in answer.url
    part = httpx.get(answer.url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, (HERE / "clip.mp4").read_bytes()[10:20])
    assert part.headers["Content-Type"] == "video/mp4"
    assert part.headers["Cache-Control"] == "private, no-store"
    assert part.headers["Content-Disposition"] == 'inline; filename="clip.mp4"'


def test_an_address_is_made_anew_each_time_that_ours_is_asked(keep, settings):
    video = keep("clip.mp4", VIDEOS)
    settings.FILE_SECONDS = 5
    assert parse_qs(urlsplit(ask(video).url).query)["X-Amz-Expires"] == ["5"]
    settings.FILE_SECONDS = 60
    assert httpx.get(ask(video).url).status_code == 200


def test_what_a_file_is_and_that_it_is_saved_stand_in_the_signature(keep):
    """SigV4 signs each parameter, so that nobody turns a file into a page of that origin."""
    video = keep("clip.mp4", VIDEOS)

    def signature(kind: str, disposition: str, moment: str = "") -> tuple[str, str]:
        said = {"ResponseContentType": kind, "ResponseContentDisposition": disposition}
        query = parse_qs(urlsplit(video.file.storage.url(video.file.name, parameters=said, expire=60)).query)
        assert query["response-content-type"] == [kind]
        assert query["response-content-disposition"] == [disposition]
        return query["X-Amz-Date"][0], query["X-Amz-Signature"][0]

    forms = [("video/mp4", "inline"), ("text/html", "inline"), ("video/mp4", "attachment"), ("video/mp4", "inline")]
    for _ in range(20):
        signed = [signature(*form) for form in forms]
        if len({moment for moment, _ in signed}) == 1:  # All in one second.
            break
    signatures = [signature for _, signature in signed]
    assert signatures[0] == signatures[3]
    assert len(set(signatures)) == 3


def test_no_log_holds_an_address_that_opens_a_file(keep, caplog):
    video = keep("clip.mp4", VIDEOS)
    # At DEBUG botocore tells what it signs, but whatever level is chosen, it is chosen for our own logs alone.
    chosen = log_config("DEBUG", plain=False)
    assert chosen["root"]["level"] == "WARNING"
    assert all(name.startswith(("homeroom", "huey")) for name in chosen["loggers"])
    with caplog.at_level(logging.INFO):
        assert "X-Amz-Signature" in ask(video).url
    said = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]  # That of the S3 itself.
    assert not [line for line in said if "X-Amz" in line or video.file.name in line]


def test_a_picture_is_written_anew_there_and_its_original_goes(keep, bucket):
    photo = keep(picture(size=(2700, 300)), PICTURES, "a.jpg")
    assert photo.servable
    assert {found.key for found in bucket.objects.all()} == {photo.file.name, photo.thumbnail.name}


def test_captions_pass_through_us(keep):
    captions = keep(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello", CAPTIONS, "a.vtt")
    answer = ask(captions)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/vtt; charset=utf-8")
    assert b"Hello" in b"".join(answer.streaming_content)
    answer.close()
    part = ask(captions, Range="bytes=0-5")
    assert b"".join(part.streaming_content) == b"WEBVTT"
    part.close()


def test_what_is_discarded_is_gone_there_too(keep, bucket, django_capture_on_commit_callbacks):
    stored = keep(PDF, DOCUMENTS, "a.pdf")
    with django_capture_on_commit_callbacks(execute=True):
        discard(stored)
    assert list(bucket.objects.all()) == []


def test_bytes_that_no_row_knows_are_swept_there_too(keep, bucket, monkeypatch):
    stored = keep(PDF, DOCUMENTS, "a.pdf")
    bucket.put_object(Key="files/2026/10/left", Body=b"x")
    assert sweeping.sweep_storage() == 0
    monkeypatch.setattr(sweeping, "KEEP_HOURS", -1)
    assert sweeping.sweep_storage() == 1
    assert [found.key for found in bucket.objects.all()] == [stored.file.name]


def test_pages_that_show_files_name_where_they_come_from(server):
    response = widen(HttpResponse(), media=True, frame=CSP.SELF)
    assert response._csp_config["media-src"] == [CSP.SELF, f"http://{server}"]
    assert response._csp_config["frame-src"] == [CSP.SELF, f"http://{server}"]


@pytest.mark.parametrize(
    "url",
    ["s3://host/bucket", "s3://a:b@host/", "s3://a:b@host/x/y", "https://a:b@host/x", "s3://a:b@host/x?acl=public"],
)
def test_what_is_no_address_of_a_bucket_stops_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="X is malformed"):
        s3_storage("X", url)
