"""What a file is, by its content."""

import io

import pytest

from apps.files.filetypes import MAX_NAME, OFFICE, TYPES, clean_name, identify
from tests.conversations.files import HTML, PDF, SVG, animation, archive, compound, office, picture

ZEROS = b"\0" * 200
KNOWN = [
    (picture("JPEG"), "image/jpeg"),
    (picture("PNG"), "image/png"),
    (picture("WEBP"), "image/webp"),
    (picture("GIF"), "image/gif"),
    (animation(), "image/gif"),
    (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
    (PDF, "application/pdf"),
    (office("wordprocessingml.document", "word/document.xml"), f"{OFFICE}.wordprocessingml.document"),
    (office("spreadsheetml.sheet", "xl/workbook.xml"), f"{OFFICE}.spreadsheetml.sheet"),
    (office("presentationml.presentation", "ppt/presentation.xml"), f"{OFFICE}.presentationml.presentation"),
    (archive(mimetype="application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
    (archive(mimetype="application/epub+zip"), "application/epub+zip"),
    (archive(notes="hello"), "application/zip"),
    (compound("WordDocument"), "application/msword"),
    (compound("Workbook"), "application/vnd.ms-excel"),
    (rb"{\rtf1 hello}", "application/rtf"),
    ("Grüße, 你好\n".encode(), "text/plain"),
    ("Grüße\r\n".encode("cp1252"), "text/plain"),
    ("Grüße".encode("utf-16"), "text/plain"),
    (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello", "text/vtt"),
    (b"BM is how this letter begins", "text/plain"),
    (b"1 < 2 and <3", "text/plain"),
    (b"ID3\x04\0" + ZEROS, "audio/mpeg"),
    (b"\0\0\0\x18ftypM4A \0\0\0\0" + ZEROS, "audio/mp4"),
    (b"\0\0\0\x18ftypmp42\0\0\0\0" + ZEROS, "video/mp4"),
    (b"\0\0\0\x14ftypqt  " + ZEROS, "video/quicktime"),
    (b"OggS\0" + ZEROS, "audio/ogg"),
    (b"RIFF\0\0\0\0WAVEfmt " + ZEROS, "audio/wav"),
    (bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d") + ZEROS, "video/webm"),
]
REFUSED = {
    "html": HTML,
    "html after spaces": b"\xef\xbb\xbf \n\n <HTML>",
    "html in UTF-16": "<script>".encode("utf-16"),
    "svg": SVG,
    "svg with a head": b'<?xml version="1.0"?>' + SVG,
    "a program": b"MZ" + ZEROS,
    "another program": b"\x7fELF" + ZEROS,
    "an installer": compound("Property"),
    "a document with macros": archive(
        **{"[Content_Types].xml": "application/vnd.ms-word.document.macroEnabled.main+xml"}
    ),
    "half a zip": archive(notes="hello" * 500)[:60],
    "a book of another kind": archive(mimetype="application/x-secret"),
    "a bitmap": b"BM" + ZEROS,
    "zeros": ZEROS,
    "text with a zero at its end": b"a" * 100_000 + b"\0",
}


@pytest.mark.parametrize(("content", "kind"), KNOWN, ids=[f"{n}-{kind}" for n, (_, kind) in enumerate(KNOWN)])
def test_a_file_is_what_it_holds_whatever_it_is_called(content, kind):
    assert identify(io.BytesIO(content), "innocent.png") == kind
    assert identify(io.BytesIO(content), "page.html") == kind


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("name", ["picture.png", "notes.txt"])
def test_what_runs_or_is_unknown_is_no_kind_at_all(what, name):
    assert identify(io.BytesIO(REFUSED[what]), name) == ""


def test_each_kind_that_may_be_sent_is_recognised():
    # The rest is tried with a real file in test_attachments, or differs from one here by a word.
    tried = {kind for _, kind in KNOWN}
    assert set(TYPES) - tried == {
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.ms-powerpoint",
        "text/csv",
    }
    assert identify(io.BytesIO(b"a,b"), "marks.CSV") == "text/csv"


def test_a_zip_that_unpacks_to_gigabytes_is_not_unpacked():
    stated = b" " * 300_000_000
    huge = archive(**{"[Content_Types].xml": stated})
    assert len(huge) < 400_000
    assert identify(io.BytesIO(huge), "a.docx") == ""


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("..\\..\\boot.ini", "boot.ini.txt"),
        ("C:\\Users\\me\\notes.txt", "notes.txt"),
        ("photo\u202egnp.exe", "photognp.exe.txt"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie_ x=1.txt"),
        ("a\0b.txt", "ab.txt"),
        ('say "hi".txt', "say _hi_.txt"),
        ("   ...   ", "file.txt"),
        ("", "file.txt"),
        ("run.bat", "run.bat.txt"),
        ("page.html", "page.html.txt"),
        ("Übung 3.TXT", "Übung 3.TXT"),
        ("作业.txt", "作业.txt"),
        ("a/", "file.txt"),
    ],
)
def test_a_name_is_only_a_name(name, clean):
    assert clean_name(name, "text/plain") == clean


def test_a_long_name_keeps_its_ending():
    name = clean_name("x" * 500 + ".pdf", "application/pdf")
    assert len(name) == MAX_NAME
    assert name.endswith("x.pdf")
