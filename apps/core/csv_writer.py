"""CSV files that spreadsheets open as they are meant (RFC 4180)."""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from itertools import batched

from django.http import StreamingHttpResponse

ROWS = 500
# Spreadsheets take the wide ones of East Asian keyboards for the same signs.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


def csv_response(filename: str, rows: Iterable[Iterable[object]]) -> StreamingHttpResponse:
    """Rows, the heads first, as a file to keep; never cached."""
    response = StreamingHttpResponse(csv_bytes(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def csv_bytes(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """Rows in pieces. Without the mark at the start Excel takes UTF-8 for the encoding of its own country."""
    writer = csv.writer(_Line())
    yield BOM_UTF8
    for some in batched(rows, ROWS):
        yield "".join(writer.writerow(map(_plain, row)) for row in some).encode()


class _Line:
    """What csv writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _plain(value: object) -> object:
    """A text that a spreadsheet would calculate stays text: a name may begin with an equals sign."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
