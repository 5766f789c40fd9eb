"""Reads what people call a CSV file: any usual encoding, separator and line break.

Excel writes Windows-1252 with semicolons in much of Europe, UTF-16 with tabs as "Unicode text", UTF-8 with a byte order
mark as "CSV UTF-8", and a first line `sep=;` where it wants to be sure. RFC 4180 covers the rest.
"""

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from apps.core.formats import number

DELIMITERS = ",;\t|"
MARKS = [(BOM_UTF8, "UTF-8"), (BOM_UTF16_LE, "UTF-16"), (BOM_UTF16_BE, "UTF-16")]
# What is uploaded by mistake, by its first bytes.
OTHERS = [
    (b"PK\x03\x04", "an Excel workbook or a zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "an image"),
]
# A line of a file, in characters, as no honest one has it; and how many lines without a cell are passed over.
MAX_LINE = 500_000
MAX_EMPTY = 1_000_000
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
ADVICE = "Save it as “CSV UTF-8” and try again."


class Unreadable(ValueError):  # noqa: N818 - said of the file, in the sentence that people read
    """This isn't a file of students; the text says why, to the person who chose it."""


class Record(NamedTuple):
    """One record: the line it begins at (the header's is 1), its cells, or what is wrong with it."""

    line: int
    cells: list[str]
    problem: str = ""


@dataclass
class Sheet:
    """A file as text: how it was read, the names in its header, and the records below."""

    encoding: str
    header: list[str]
    records: list[Record]


def read_sheet(raw: bytes, known: Collection[str], most: int) -> Sheet:
    """Read a file whose header has some of the `known` column names; raise Unreadable with the reason.

    No more is read than `most` records: a small file may be many, and each takes a hundred times its place in memory.
    """
    text, encoding = decode(raw)
    text, delimiter = _delimiter(text, known)
    records = _filled(_records(text, delimiter))
    head = next((record for record in records if any(cell.strip() for cell in record.cells)), Record(0, []))
    header = [column_name(cell) for cell in head.cells]
    if not set(header) & set(known) and re.search(r"[\x00-\x08\x0e-\x1f]", text[:2_000]):
        raise Unreadable(f"This isn't a CSV file: it holds something other than text. {ADVICE}")
    below = (record._replace(line=record.line - head.line + 1) for record in records)
    kept = list(islice(below, most + 1))
    if len(kept) > most:
        raise Unreadable(f"The file has more than {number(most)} rows; split it into files of at most so many.")
    return Sheet(encoding, header, kept)


def _filled(records: Iterator[Record]) -> Iterator[Record]:
    """Without the records that have nothing in them."""
    empty = 0
    for record in records:
        if record.problem or any(map(str.strip, record.cells)):
            yield record
        elif (empty := empty + 1) > MAX_EMPTY:
            raise Unreadable("Most lines of the file are empty: it is damaged.")


def column_name(cell: str) -> str:
    """`Student code` and `STUDENT-CODE` are `student_code`."""
    return re.sub(r"[\s_-]+", "_", cell.strip().strip("\ufeff").lower())


def decode(raw: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding; raise Unreadable if it is empty or no text."""
    for magic, what in OTHERS:
        if raw.startswith(magic):
            raise Unreadable(f"This is {what}, not a CSV file. {ADVICE}")
    text, encoding = _decode(raw)
    text = text.removeprefix("\ufeff")
    if not text.strip("\0 \t\r\n"):
        raise Unreadable("The file is empty.")
    return text, encoding


def _decode(raw: bytes) -> tuple[str, str]:
    for mark, name in MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(name), name
            except UnicodeDecodeError:
                raise Unreadable(f"The file begins as {name} but isn't: it is damaged or cut off.") from None
    # Without a mark, UTF-16 shows by the empty half of each ASCII character of the header.
    for half, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(raw) >= 20 and not any(raw[half:20:2]) and all(raw[1 - half : 20 : 2]):
            return raw.decode(name, errors="replace"), "UTF-16"
    try:
        return raw.decode(), "UTF-8"
    except UnicodeDecodeError as error:
        return _decode_western(raw, error)


def _decode_western(raw: bytes, error: UnicodeDecodeError) -> tuple[str, str]:
    """Windows-1252, which has all of Latin-1's letters; not UTF-8 with a few broken bytes, which would be mangled."""
    attempt = raw.decode(errors="replace")
    broken = attempt.count("\ufffd")
    if len(attempt) - len(attempt.encode("ascii", "ignore")) > 2 * broken:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"The file is damaged: line {line} isn't UTF-8 as the rest is. {ADVICE}")
    try:
        return raw.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        raise Unreadable(f"The file isn't text in UTF-8, UTF-16 or Windows-1252. {ADVICE}") from None


def _delimiter(text: str, known: Collection[str]) -> tuple[str, str]:
    """The text without Excel's `sep=` line, and the separator under which its first line has most known names."""
    if said := re.match(r"\s*\"?sep=([,;\t|])\"?[^\S\r\n]*(\r\n|\r|\n)", text, re.IGNORECASE):
        return text[said.end() :], said[1]

    def names(delimiter: str) -> tuple[int, int]:
        first = next((record.cells for record in _records(text[:20_000], delimiter) if any(record.cells)), [])
        return len({column_name(cell) for cell in first} & set(known)), len(first)

    return text, max(DELIMITERS, key=names)


def _lines(text: str) -> Iterator[str]:
    """The lines of a file, each with its break."""
    for line, found in enumerate(LINE.finditer(text), 1):
        if found.end() - found.start() > MAX_LINE:
            raise Unreadable(f"Line {number(line)} is longer than any row is: the file is damaged. {ADVICE}")
        if found[0]:
            yield found[0]


def _records(text: str, delimiter: str) -> Iterator[Record]:
    """Each record with the line of the file it begins at; reading ends at a quotation mark that is never closed."""
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + 1
        try:
            yield Record(line, next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" not in str(error):
                yield Record(line, [], "a quotation mark that opens here is never closed; nothing after it was read")
                return
            yield Record(
                line, [], "text follows a closing quotation mark; a quotation mark inside a cell is written twice"
            )
