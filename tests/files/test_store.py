"""What is sent is kept under a name that tells nothing, known by its content, or refused with a sentence."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from apps.files.actions import store
from apps.files.kinds import CAPTIONS, DOCUMENTS, PICTURES, RECORDINGS, VIDEOS
from apps.files.models import StoredFile
from tests.conversations.files import HTML, PDF, SECRET, SVG, picture
from tests.files.conftest import HERE, content, on_disk

pytestmark = pytest.mark.django_db
DRAWING = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><path d="M0 0h9"/></svg>'


def refused(keep, content, kinds, name=""):
    with pytest.raises(ValidationError) as error:
        keep(content, kinds, name)
    return error.value.code, error.value.messages[0]


@pytest.mark.parametrize(
    ("name", "kind", "seconds"),
    [("clip.mp4", "video/mp4", 2.0), ("fragments.mp4", "video/mp4", 2.0), ("clip.webm", "video/webm", 2.008)],
)
def test_a_video_is_kept_with_its_size_and_length(keep, name, kind, seconds):
    video = keep(name, VIDEOS)
    assert (video.kind, video.name, video.width, video.height) == (kind, name, 96, 64)
    assert video.seconds == pytest.approx(seconds, abs=0.01)
    assert video.is_video
    assert video.servable
    assert content(video) == (HERE / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("hevc.mp4", "unreadable", "H.265"),
        ("old.mp4", "unreadable", "mp4v"),
        ("ac3.mp4", "unreadable", "The sound of this video"),
        ("clip.mkv", "kind", "Matroska"),
        ("clip.mov", "kind", "QuickTime"),
        ("clip.avi", "kind", "AVI"),
    ],
)
def test_a_video_that_no_browser_plays_is_refused_with_what_to_do(keep, media, name, code, words):
    said = refused(keep, name, VIDEOS)
    assert said[0] == code
    assert words in said[1]
    assert "MP4 with H.264" in said[1]
    assert on_disk(media) == []


def test_a_video_whose_end_is_missing_is_refused(keep, media):
    whole = (HERE / "clip.mp4").read_bytes()
    for cut in (200, len(whole) // 2, len(whole) - 1):
        assert "incomplete" in refused(keep, whole[:cut], VIDEOS, "clip.mp4")[1]
    assert on_disk(media) == []


@pytest.mark.parametrize("name", ["clip.mp4", "fragments.mp4", "clip.webm"])
def test_a_video_with_any_byte_changed_is_kept_or_refused_in_words(keep, name):
    """A reader of tables believes none of their lengths."""
    whole = (HERE / name).read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 12)):
        broken = whole[:at] + b"\xff\xff" + whole[at + 2 :]
        try:
            said = keep(broken, VIDEOS, name).kind
        except ValidationError as error:
            said = error.code
        assert said in {"kind", "unreadable", "video/mp4", "video/webm"}


def test_a_recording_is_no_video(keep):
    assert refused(keep, b"\0\0\0\x18ftypM4A \0\0\0\0" + b"\0" * 200, VIDEOS)[0] == "kind"
    assert keep(b"ID3\x04\0" + b"\0" * 200, RECORDINGS, "talk.mp3").is_audio


@pytest.mark.parametrize("name", ["a.srt", "a.vtt", "a.txt"])
def test_subrip_becomes_webvtt(keep, name):
    sent = "1\r\n00:00:01,000 --> 00:00:02,500\r\n<font color=red>Grüße</font> <i>a</i> & 1 < 2\r\n"
    captions = keep(sent.encode("cp1252"), CAPTIONS, name)
    assert (captions.kind, captions.name, captions.seconds) == ("text/vtt", "a.vtt", 2.5)
    text = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nGrüße <i>a</i> &amp; 1 &lt; 2\n"
    assert content(captions).decode() == text
    assert captions.size == len(text.encode())


def test_captions_keep_their_cues_and_lose_their_styles(keep):
    sent = (
        "\ufeffWEBVTT - a title\n\nSTYLE\n::cue { background: url(https://evil.test/) }\n\nREGION\nid:left\n\n"
        "NOTE 00:00 --> nothing\n\nfirst\n00:01.000 --> 00:02.000 align:start region:left position:10%\n"
        "<v Amina>Hello</v> <script>x</script>\nthere\n\n01:00:03.000 --> 01:00:04.000\n<00:00:01.000>Bye"
    )
    captions = keep(sent.encode(), CAPTIONS, "a.vtt")
    assert captions.seconds == 3604.0
    assert content(captions).decode() == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000 align:start position:10%\n<v Amina>Hello</v> x\nthere\n\n"
        "01:00:03.000 --> 01:00:04.000\n<00:00:01.000>Bye\n"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("WEBVTT\n\n00:01.000 --> 00:02", "Line 3 isn't a time"),
        ("WEBVTT\n\n\n00:02.000 --> 00:01.000\nx", "In line 4 the captions end before they begin."),
        ("WEBVTT\n\nhello", "There are no captions"),
        ("only words", "There are no captions"),
        ("a\n" * 600_000, "too large: 1 MB at most"),
    ],
)
def test_captions_that_are_none_are_refused_with_the_line(keep, text, words):
    assert words in refused(keep, text.encode(), CAPTIONS, "a.vtt")[1]


def test_captions_of_a_megabyte_in_one_line_are_read_in_time(keep):
    for hostile in ("<" * 990_000, "00:00 " * 160_000, "\n-->" * 240_000, " " * 990_000, "{\\" * 490_000):
        code, _ = refused(keep, f"WEBVTT\n\n{hostile}".encode(), CAPTIONS, "a.vtt")
        assert code == "unreadable"


def test_a_picture_is_served_once_it_is_written_anew(keep):
    photo = keep(picture(size=(2700, 300)), PICTURES, "board.JPG")
    assert (photo.is_picture, photo.servable, photo.width, photo.height) == (True, True, 2560, 284)
    assert SECRET not in content(photo)
    with Image.open(photo.thumbnail.path) as small:
        assert small.format == "WEBP"


def test_a_drawing_is_kept_as_it_is_and_one_with_a_script_is_refused(keep):
    drawing = keep(DRAWING, PICTURES, "plan.svg")
    assert (drawing.kind, drawing.name, drawing.width, drawing.height) == ("image/svg+xml", "plan.svg", 40, 30)
    assert "script" in refused(keep, SVG, PICTURES)[1]
    for hostile in (b' onload="x()"', b' xlink:href=" java&#10;script:x()" xmlns:xlink="http://www.w3.org/1999/xlink"'):
        assert "script" in refused(keep, DRAWING.replace(b"<path", b"<path" + hostile), PICTURES)[1]
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + DRAWING.split(b"?>")[1]
    assert "entities" in refused(keep, bomb, PICTURES)[1]
    assert refused(keep, DRAWING[:-9], PICTURES)[1] == "This file is damaged."


def test_a_drawing_is_nothing_to_send(keep):
    assert refused(keep, DRAWING, DOCUMENTS)[0] == "kind"
    assert refused(keep, HTML, PICTURES)[0] == "kind"


def test_the_limit_and_the_kinds_are_said_before(settings, keep):
    assert (VIDEOS.hint, VIDEOS.accept) == ("up to 1 GB; MP4 or WebM", ".mp4,.m4v,.webm")
    assert CAPTIONS.accept == ".vtt,.srt"
    settings.MAX_VIDEO = 1_000
    assert VIDEOS.hint == "up to 1 KB; MP4 or WebM"
    assert refused(keep, "clip.mp4", VIDEOS) == ("too_large", "This file is too large: 1 KB at most.")
    assert "image/*" in PICTURES.accept


def test_an_empty_file_and_one_beyond_the_quota_leave_nothing(keep, media, settings):
    assert refused(keep, b"", DOCUMENTS) == ("empty", "This file is empty.")
    settings.QUOTA = 10
    assert refused(keep, PDF, DOCUMENTS)[0] == "quota"
    assert on_disk(media) == []
    assert not StoredFile.objects.exists()


def test_what_fails_on_its_way_into_the_database_leaves_nothing(cast, media, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(StoredFile, "save_base", fail)
    with pytest.raises(RuntimeError):
        store(cast.teacher, SimpleUploadedFile("a.pdf", PDF), kinds=DOCUMENTS)
    assert on_disk(media) == []


def test_a_stored_name_is_128_random_bits_and_the_shown_one_is_clean(keep):
    first, second = (keep(PDF, DOCUMENTS, "../a\u202efdp.exe") for _ in range(2))
    assert first.name == "afdp.exe.pdf"
    names = {stored.file.name.rpartition("/")[2] for stored in (first, second)}
    assert {len(bytes.fromhex(name)) for name in names} == {16}
    assert len(names) == 2
