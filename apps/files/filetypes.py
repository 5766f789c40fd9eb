"""What a file is, by its content; what it calls itself only decides between kinds of plain text.

A library for hundreds of formats answers with guesses (puremagic 2.2.0 takes any ZIP for a Word document, and a letter
that begins with "BM" for a picture). The few kinds that may be sent are each recognised for certain, or refused.
"""

import codecs
import re
import unicodedata
from pathlib import PurePath
from typing import IO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.core import sandbox

OFFICE = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"

# The kinds, and what their names may end in; the first is what is put behind a name that ends in something else.
TYPES: dict[str, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/heic": (".heic", ".heif", ".hif"),
    "application/pdf": (".pdf",),
    f"{OFFICE}.wordprocessingml.document": (".docx",),
    f"{OFFICE}.spreadsheetml.sheet": (".xlsx",),
    f"{OFFICE}.presentationml.presentation": (".pptx",),
    f"{ODF}.text": (".odt",),
    f"{ODF}.spreadsheet": (".ods",),
    f"{ODF}.presentation": (".odp",),
    "application/msword": (".doc",),
    "application/vnd.ms-excel": (".xls",),
    "application/vnd.ms-powerpoint": (".ppt",),
    "application/epub+zip": (".epub",),
    "application/zip": (".zip",),
    "application/rtf": (".rtf",),
    "text/csv": (".csv",),
    "text/vtt": (".vtt",),
    # No ending that a double click would run.
    "text/plain": (".txt", ".md", ".log", ".tex", ".tsv", ".json", ".ics", ".srt", ".c", ".cpp", ".h", ".java", ".r"),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/wav": (".wav",),
    "video/mp4": (".mp4", ".m4v", ".3gp"),
    "video/quicktime": (".mov", ".qt"),
    "video/webm": (".webm", ".weba"),
}
IMAGES = frozenset(kind for kind in TYPES if kind.startswith("image/"))
# Drawings are taken where a page is written, never as something to send: what they hold is shown by `<img>` alone.
SVG = "image/svg+xml"
ENDINGS = TYPES | {SVG: (".svg",)}

MAX_NAME = 200
HEAD = 4096

# ISO/IEC 14496-12: the brand after `ftyp`; HEIF's are in ISO/IEC 23008-12.
BRANDS = {
    rb"hei[cmsx]|hev[cmsx]|mif1|msf1": "image/heic",
    rb"M4[AB] ": "audio/mp4",
    rb"qt  ": "video/quicktime",
    rb"iso[2-9m]|mp4[12]|avc1|M4V[ HP]|3g[2gp].|dash|MSNV|f4v ": "video/mp4",
}
BEGINNINGS = {
    rb"\xff\xd8\xff": "image/jpeg",
    rb"\x89PNG\r\n\x1a\n": "image/png",
    rb"GIF8[79]a[^\n]": "image/gif",
    rb"RIFF.{4}WEBPVP8": "image/webp",
    rb"RIFF.{4}WAVE": "audio/wav",
    rb"%PDF-\d": "application/pdf",
    rb"\{\\rtf": "application/rtf",
    rb"ID3[\x02-\x04]|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]": "audio/mpeg",
    rb"OggS\0": "audio/ogg",
    rb"\x1aE\xdf\xa3.{4,60}webm": "video/webm",
} | {rb".{4}ftyp(" + brand + rb")": kind for brand, kind in BRANDS.items()}
ZIP = b"PK\x03\x04"
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
# The name of the main stream of a compound file ([MS-CFB] 2.6.1: UTF-16).
STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
# Text for machines: what a browser or a reader of XML would run or follow.
# https://www.w3.org/TR/webvtt1/#file-structure
CAPTIONS = re.compile(rb"(?:\xef\xbb\xbf)?WEBVTT(?:[ \t\r\n]|$)")
MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-z]", re.IGNORECASE)
NOT_TEXT = re.compile(rb"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def allowed() -> list[str]:
    """The kinds that may be sent here (HOMEROOM_FILE_TYPES): all of TYPES unless some are chosen.

    Raises ImproperlyConfigured for one that isn't recognised.
    """
    chosen = list(TYPES) if settings.FILE_TYPES is None else settings.FILE_TYPES
    if not set(chosen) <= set(TYPES):
        raise ImproperlyConfigured(f"HOMEROOM_FILE_TYPES is malformed: some of {', '.join(TYPES)}")
    return chosen


def identify(file: IO[bytes], name: str) -> str:
    """The kind of a file, one of TYPES, or an empty string for any other; `name` is what it calls itself.

    Raises sandbox.Busy.
    """
    file.seek(0)
    head = file.read(HEAD)
    kind = _kind(file, head)
    if kind is None:
        kind = _text(file, head, name)
    file.seek(0)
    return kind


def _kind(file: IO[bytes], head: bytes) -> str | None:
    """What the first bytes say; None where they say nothing."""
    for pattern, kind in BEGINNINGS.items():
        if re.match(pattern, head, re.DOTALL):
            return kind
    if head.startswith(ZIP):
        return _zip(file)
    if head.startswith(COMPOUND):
        return _compound(file)
    return None


def _compound(file: IO[bytes]) -> str:
    """An old office document: the stream that it has, wherever in the file its name stands."""
    file.seek(0)
    names = {stream.encode("utf-16-le"): kind for stream, kind in STREAMS.items()}
    piece = b""
    while more := file.read(65_536):
        # A name may begin in one piece and end in the next.
        piece = piece[-100:] + more
        if found := next((kind for name, kind in names.items() if name in piece), ""):
            return found
    return ""


def _zip(file: IO[bytes]) -> str:
    """Office documents and books are ZIPs: what they say of themselves, as far as a person would call it that."""
    try:
        kind = str(sandbox.run("archives.kind", file, sandbox.REQUEST).facts["kind"])
    except (sandbox.Refused, sandbox.Failed):
        return ""
    return kind if kind in TYPES else ""


def _text(file: IO[bytes], head: bytes, name: str) -> str:
    """Plain text in any encoding that leaves ASCII alone, or UTF-16 that says so; no markup."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    decoder = codecs.getincrementaldecoder("utf-16")()
    file.seek(0)
    first = True
    while piece := file.read(65_536):
        if wide:
            try:
                piece = decoder.decode(piece).encode()
            except UnicodeError:
                return ""
        if (first and MARKUP.match(piece)) or NOT_TEXT.search(piece):
            return ""
        first = False
    if wide and decoder.getstate()[0]:
        return ""
    if CAPTIONS.match(head):
        return "text/vtt"
    return "text/csv" if name.lower().endswith(".csv") else "text/plain"


def is_drawing(file: IO[bytes]) -> bool:
    """Whether a file calls itself an SVG; whether it is one, the sandbox says (`drawings.measure`)."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    return bool(MARKUP.match(head)) and b"<svg" in head


def clean_name(name: str, kind: str) -> str:
    """What a file is called on pages and when it is saved: no folders, nothing invisible, an ending that is true.

    At most MAX_NAME characters.
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    # Control characters and what turns the direction of text (photo‮gpj.exe), private and unassigned ones.
    name = "".join(letter for letter in name if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", name)).strip(" .") or "file"
    endings = ENDINGS[kind]
    ending = PurePath(name).suffix
    if ending.lower() not in endings:
        ending = endings[0]
        name += ending
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - len(ending)]}{ending}"


def renamed(name: str, kind: str) -> str:
    """What a clean name becomes when its file has been turned into another kind."""
    path = PurePath(name)
    return name if path.suffix.lower() in ENDINGS[kind] else clean_name(path.stem, kind)
