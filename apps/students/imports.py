"""What a file of students means: its rows checked one by one, then compared with the students there are.

Nothing here reads or writes the database. A row's number is the line it begins at, the header's being 1.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from apps.core.email_addresses import comparable, why_not
from apps.core.formats import number
from apps.core.text import control_character, lines, one_line
from apps.jobs.job_types import Report
from apps.students.models import Student
from apps.students.sheets import Record, Sheet, Unreadable, read_sheet

# The columns of a file and the fields they fill.
COLUMNS = {
    "student_code": "code",
    "given_name": "given_name",
    "family_name": "family_name",
    "email": "email",
    "phone": "phone",
    "grade": "grade",
    "note": "note",
}
REQUIRED = ("student_code", "given_name")
FIELDS = tuple(COLUMNS.values())
MAX_ROWS = 100_000
_ROOM = {field.name: field.max_length or 0 for field in Student._meta.fields if field.name in FIELDS}
_COLUMN_OF = {name: column for column, name in COLUMNS.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be taken: what it says of a student, by field. What it leaves empty isn't there."""

    number: int
    values: dict[str, str]

    @property
    def code(self) -> str:
        """Whom it is about."""
        return self.values["code"]

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.values['given_name']} {self.values.get('family_name', '')}".strip()


class Rejection(NamedTuple):
    """A row that can't be taken, and why."""

    number: int
    code: str
    reason: str


class Difference(NamedTuple):
    """A field that a row would change."""

    column: str
    field: str
    old: str
    new: str


class Change(NamedTuple):
    """A student whom a row would change."""

    row: Row
    student: Student
    differences: list[Difference]


@dataclass
class StudentFile:
    """A file as read: the columns that count, those that don't, and its rows."""

    encoding: str
    columns: list[str]
    ignored: list[str]
    rows: list[Row] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


@dataclass
class Plan:
    """What importing a file would do to the students as they are."""

    file: StudentFile
    created: list[Row] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    left: int = 0

    @property
    def rejected(self) -> list[Rejection]:
        """The rows that can't be taken: while there are any, none is."""
        return self.file.rejected

    @property
    def changes_anything(self) -> bool:
        """Is there something to do?"""
        return bool(self.created or self.changed)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows would create a student, change one, leave one as it is, or can't be taken."""
        return {
            "created": len(self.created),
            "changed": len(self.changed),
            "left": self.left,
            "rejected": len(self.rejected),
        }

    @cached_property
    def fingerprint(self) -> str:
        """The same for two plans that would do the same: what somebody agreed to is what happens."""
        digest = hashlib.sha256()
        for row in self.created:
            digest.update(repr((row.number, sorted(row.values.items()))).encode())
        for change in self.changed:
            digest.update(repr((change.row.number, change.student.pk, change.differences)).encode())
        digest.update(repr((self.left, self.rejected)).encode())
        return digest.hexdigest()


def unreported(done: int, total: int, step: str = "", *, in_transaction: bool = False) -> None:
    """Progress that nobody follows."""


def parse(raw: bytes, report: Report = unreported) -> StudentFile:
    """Read a file and check each of its rows; raise Unreadable if it can't be read or lacks columns or rows."""
    sheet = read_sheet(raw, COLUMNS, MAX_ROWS)
    _check_header(sheet)
    columns = [name for name in sheet.header if name in COLUMNS]
    result = StudentFile(sheet.encoding, columns, [name for name in sheet.header if name and name not in COLUMNS])
    first: dict[str, int] = {}
    for count, record in enumerate(sheet.records):
        if count % 500 == 0:
            report(count, len(sheet.records), "Reading the rows")
        values, problems = _read(record, sheet.header)
        code = values.get("code", "")
        if code and first.setdefault(code, record.line) != record.line:
            problems.append(f"student_code {code} is already in row {first[code]}")
        if problems:
            result.rejected.append(Rejection(record.line, code[:40], "; ".join(problems)))
        else:
            result.rows.append(Row(record.line, values))
    return result


def _check_header(sheet: Sheet) -> None:
    names = [name for name in sheet.header if name]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        shown = ", ".join(name[:30] for name in names[:10]) or "nothing"
        what = "the column" if len(missing) == 1 else "the columns"
        raise Unreadable(f"The first line lacks {what} {' and '.join(missing)}. It has: {shown}.")
    if twice := {name for name in names if name in COLUMNS and names.count(name) > 1}:
        raise Unreadable(f"The column {' and '.join(sorted(twice))} is there more than once.")
    if not sheet.records:
        raise Unreadable("The file has a header but no rows.")


def _read(record: Record, header: list[str]) -> tuple[dict[str, str], list[str]]:
    """What a record says, by field, and what is wrong with it."""
    if record.problem:
        return {}, [record.problem]
    problems = []
    if any(cell.strip() for cell in record.cells[len(header) :]):
        problems.append(
            f"{len(record.cells)} cells under {len(header)} columns: does a cell with the separator lack quotes?"
        )
    values = {}
    for name, cell in zip(header, record.cells, strict=False):
        if name in COLUMNS and (value := _tidy(COLUMNS[name], cell)):
            values[COLUMNS[name]] = value
            if problem := _problem(name, value):
                problems.append(problem)
    problems += [f"{name} is empty" for name in REQUIRED if COLUMNS[name] not in values]
    return values, problems


def _tidy(name: str, cell: str) -> str:
    if name == "email":
        return comparable(one_line(cell))
    return lines(cell) if name == "note" else one_line(cell)


def _problem(column: str, value: str) -> str:
    """Why a cell can't be taken; empty if it can."""
    room = _ROOM[COLUMNS[column]]
    if len(value) > room:
        return f"{column} is {number(len(value))} characters long; there is room for {number(room)}"
    if control := control_character(value):
        return f"{column} holds the control character {control}"
    if column == "email" and (reason := why_not(value)):
        return f"email “{value[:60]}”: {reason.removesuffix('.')}"
    return ""


def compare(file: StudentFile, students: Mapping[str, Student]) -> Plan:
    """What the file would do, given the students that have its codes."""
    plan = Plan(file)
    for row in file.rows:
        student = students.get(row.code)
        if student is None:
            plan.created.append(row)
            continue
        differences = [
            Difference(_COLUMN_OF[name], name, old, new)
            for name, new in row.values.items()
            if (old := getattr(student, name)) != new
        ]
        if differences:
            plan.changed.append(Change(row, student, differences))
        else:
            plan.left += 1
    return plan
