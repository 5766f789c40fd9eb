"""Who owes what and since when, worked out by the database from invoices and payments.

SQL of our own, since Django's ORM can't group what a window function was filtered on. It is the same on SQLite and
PostgreSQL, and counts in whole cents: SQLite keeps decimals as floating point, where 0.10 a thousand times isn't 100.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from apps.core.academy_calendar import academy_today
from apps.students.models import Student

# The usual ageing columns, in days since the due date: youngest and oldest (None: no end).
BUCKETS: tuple[tuple[int, int | None], ...] = ((0, 30), (31, 60), (61, 90), (91, None))
BUCKET_NAMES = tuple(f"{low}–{high}" if high else f"over {low - 1}" for low, high in BUCKETS)
SORTS = {
    "name": "LOWER(student.given_name) {0}, LOWER(student.family_name) {0}",
    "oldest": "due.oldest {0}",
    "total": "due.total {0}",
}

_LIST_BATCHES = {
    "sqlite": "GROUP_CONCAT(DISTINCT batch_id)",
    "postgresql": "STRING_AGG(DISTINCT CAST(batch_id AS TEXT), ',')",
}

# Payments settle what is due longest first: an invoice is open by as much as the invoices up to it exceed all payments,
# and at most by its own amount. One row per student and currency with something open.
_DUE = """
WITH paid AS (
    SELECT student_id, currency, SUM(CAST(ROUND(amount * 100) AS BIGINT)) AS cents
    FROM billing_payment
    WHERE NOT EXISTS (SELECT 1 FROM billing_paymentreversal WHERE payment_id = billing_payment.id)
    GROUP BY student_id, currency
), invoiced AS (
    SELECT student_id, currency, batch_id, due_on, CAST(ROUND(amount * 100) AS BIGINT) AS cents,
        SUM(CAST(ROUND(amount * 100) AS BIGINT)) OVER (
            PARTITION BY student_id, currency ORDER BY due_on, id ROWS UNBOUNDED PRECEDING
        ) AS running
    FROM billing_invoice WHERE due_on <= %s {students}
), unpaid AS (
    SELECT invoiced.student_id, invoiced.currency, batch_id, due_on,
        CASE WHEN running - COALESCE(paid.cents, 0) < invoiced.cents
            THEN running - COALESCE(paid.cents, 0) ELSE invoiced.cents END AS cents
    FROM invoiced
    LEFT JOIN paid ON paid.student_id = invoiced.student_id AND paid.currency = invoiced.currency
    WHERE running > COALESCE(paid.cents, 0)
), due AS (
    SELECT student_id, currency, MIN(due_on) AS oldest, SUM(cents) AS total, {batches} AS batches,
        COALESCE(SUM(cents) FILTER (WHERE due_on >= %s), 0) AS bucket0,
        COALESCE(SUM(cents) FILTER (WHERE due_on < %s AND due_on >= %s), 0) AS bucket1,
        COALESCE(SUM(cents) FILTER (WHERE due_on < %s AND due_on >= %s), 0) AS bucket2,
        COALESCE(SUM(cents) FILTER (WHERE due_on < %s), 0) AS bucket3
    FROM unpaid GROUP BY student_id, currency {having}
)
"""


@dataclass(frozen=True)
class Filter:
    """Which dues: of these students (None: all), concerning this batch, with something open in this ageing bucket."""

    students: QuerySet[Student] | None = None
    batch: int | None = None
    bucket: int | None = None


@dataclass(frozen=True)
class Due:
    """What one student owes in one currency: by age, in all, and since when (days of the academy's calendar).

    `batches` are the ids of those that it is for.
    """

    student_id: int
    currency: str
    oldest: date
    days: int
    batches: frozenset[int]
    buckets: tuple[Decimal, ...]
    total: Decimal

    @property
    def cells(self) -> list[tuple[str, Decimal]]:
        """The ageing columns, each with its name."""
        return list(zip(BUCKET_NAMES, self.buckets, strict=True))


@dataclass(frozen=True)
class Total:
    """All that is owed in one currency, and by how many students."""

    currency: str
    count: int
    buckets: tuple[Decimal, ...]
    total: Decimal

    @property
    def cells(self) -> list[tuple[str, Decimal]]:
        """The ageing columns, each with its name."""
        return list(zip(BUCKET_NAMES, self.buckets, strict=True))


def list_dues(
    which: Filter, sort: str = "oldest", descending: bool = False, limit: int = 50, start: int = 0
) -> list[Due]:
    """Dues in order, `limit` of them from the one at `start`; one query. `sort` is a key of SORTS."""
    sql, params = _due_sql(which)
    order = SORTS[sort].format("DESC" if descending else "ASC")
    rows = _fetch(
        f"{sql} SELECT due.student_id, currency, oldest, batches, bucket0, bucket1, bucket2, bucket3, total"  # noqa: S608 - see _due_sql
        " FROM due JOIN students_student student ON student.id = due.student_id"
        f" ORDER BY {order}, LOWER(student.given_name), LOWER(student.family_name), due.student_id, currency"
        " LIMIT %s OFFSET %s",
        [*params, limit, start],
    )
    today = academy_today()
    return [_due(row, today) for row in rows]


def total_dues(which: Filter) -> list[Total]:
    """The sums of all dues that `which` lets through, a row for each currency; one query."""
    sql, params = _due_sql(which)
    rows = _fetch(
        f"{sql} SELECT currency, COUNT(*), SUM(bucket0), SUM(bucket1), SUM(bucket2), SUM(bucket3), SUM(total)"  # noqa: S608
        " FROM due GROUP BY currency ORDER BY currency",
        params,
    )
    return [Total(currency, count, tuple(map(_money, cents)), _money(total)) for currency, count, *cents, total in rows]


def _due_sql(which: Filter) -> tuple[str, list[Any]]:
    """The common part of both queries; whatever was typed goes in as a parameter, never into the text."""
    today = academy_today()
    students, having = "", []
    params: list[Any] = [_day(today)]
    if which.students is not None:
        inner, inner_params = which.students.order_by().values("pk").query.sql_with_params()
        students = f"AND student_id IN ({inner})"
        params += inner_params
    # Days 0 to 30 are due_on >= today - 30, and so on.
    for edge in (30, 30, 60, 60, 90, 90):
        params.append(_day(today - timedelta(days=edge)))
    if which.batch is not None:
        having.append(
            "(SUM(CASE WHEN batch_id = %s THEN 1 ELSE 0 END) > 0 OR student_id IN"
            " (SELECT student_id FROM courses_enrollment WHERE batch_id = %s AND is_active))"
        )
        params += [which.batch, which.batch]
    if which.bucket is not None:
        youngest, oldest = BUCKETS[which.bucket]
        having.append("SUM(CASE WHEN due_on <= %s AND due_on >= %s THEN 1 ELSE 0 END) > 0")
        params += [_day(today - timedelta(days=youngest)), _day(today - timedelta(days=oldest) if oldest else date.min)]
    sql = _DUE.format(
        students=students,
        having=f"HAVING {' AND '.join(having)}" if having else "",
        batches=_LIST_BATCHES[connection.vendor],
    )
    return sql, params


def _fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _due(row: tuple[Any, ...], today: date) -> Due:
    student_id, currency, oldest, batches, *cents, total = row
    if isinstance(oldest, str):  # SQLite has no dates.
        oldest = date.fromisoformat(oldest)
    return Due(
        student_id=student_id,
        currency=currency,
        oldest=oldest,
        days=(today - oldest).days,
        batches=frozenset(map(int, batches.split(","))) if batches else frozenset(),
        buckets=tuple(map(_money, cents)),
        total=_money(total),
    )


def _money(cents: int) -> Decimal:
    return Decimal(int(cents)).scaleb(-2)


def _day(day: date) -> Any:
    """A date as this database wants it in SQL of our own."""
    return connection.ops.adapt_datefield_value(day)
