"""What a ZIP says of itself: office documents and books are ZIPs."""

import lzma
import re
import zipfile
import zlib
from typing import Any, BinaryIO

# A document has dozens of entries, a book hundreds. The end record says how many, before any of them is read.
MAX_ENTRIES = 10_000
MAX_DIRECTORY = MAX_ENTRIES * 400
# APPNOTE.TXT 4.3.16: the end record and the longest comment behind it.
END, END_SIZE, MAX_COMMENT = b"PK\x05\x06", 22, 65_535
MAIN = re.compile(
    r"(application/vnd\.openxmlformats-officedocument\.(?:wordprocessingml\.document|\w+\.\w+))\.main\+xml"
)
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)


def kind(file: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """`kind`: the MIME type that a ZIP calls itself, `application/zip` where it says nothing, empty if it is broken."""
    try:
        return {"kind": _kind(file) if _is_small(file) else ""}, []
    except BROKEN:
        return {"kind": ""}, []


def _is_small(file: BinaryIO) -> bool:
    """Whether the directory of the archive, as its end record describes it, is one that people make."""
    length = file.seek(0, 2)
    file.seek(max(0, length - END_SIZE - MAX_COMMENT))
    tail = file.read()
    at = tail.rfind(END)
    record = tail[at : at + END_SIZE]
    if at < 0 or len(record) < END_SIZE:
        return False
    # Of a ZIP64 both are all ones, which is too many.
    entries, size = int.from_bytes(record[10:12], "little"), int.from_bytes(record[12:16], "little")
    return entries <= MAX_ENTRIES and size <= MAX_DIRECTORY


def _kind(file: BinaryIO) -> str:
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        if "[Content_Types].xml" in names:
            # Read no further than any honest one goes: it may unpack to gigabytes.
            with archive.open("[Content_Types].xml") as types:
                stated = types.read(200_000).decode(errors="replace")
            found = MAIN.search(stated)
            return found[1] if found else ""
        if "mimetype" in names:
            with archive.open("mimetype") as stated_type:
                return stated_type.read(100).decode(errors="replace").strip()
    return "application/zip"
