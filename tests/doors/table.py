"""Tables of who may what, as text.

A line at the margin is a name; the indented lines below are its rows. In a row columns are set apart by two spaces or
more, and the last ones are people, in the order of PEOPLE (or of whom the table is about). `#` begins a remark.
"""

import re
from pathlib import Path
from typing import NamedTuple

PEOPLE = ("anonymous", "outsider", "student", "classmate", "teacher", "teacher2", "staff", "admin")
HERE = Path(__file__).parent


class Row(NamedTuple):
    """One line: what is tried, and what each person gets."""

    name: str
    about: tuple[str, ...]
    cells: tuple[str, ...]


def read(file: str, people: tuple[str, ...] = PEOPLE, words: int = 2) -> dict[str, list[Row]]:
    """The rows of each name, with so many columns before those of the people; another number of columns is an error."""
    rows: dict[str, list[Row]] = {}
    name = ""
    for line in (HERE / file).read_text().splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line.startswith(" "):
            name = line.strip()
            assert name not in rows, f"{file}: {name} stands here twice"
            rows[name] = []
            continue
        columns = re.split(r"\s{2,}", line.strip())
        about, cells = tuple(columns[: -len(people)]), tuple(columns[-len(people) :])
        assert len(about) == words, f"{file}: {line.strip()!r} has {len(columns)} columns, not {len(people) + words}"
        rows[name].append(Row(name, about, cells))
    return rows


def told(rows: list[Row]) -> str:
    """Rows as they can stand in a table."""
    lines = [[*row.about, *row.cells] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  " + "  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
