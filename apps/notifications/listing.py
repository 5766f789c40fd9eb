"""What people see of their notifications: lines, of which one may stand for several."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import User
from apps.core.listing import Filter, Listing, Sort
from apps.notifications import live, notification_types
from apps.notifications.closing import closable, closed_to
from apps.notifications.models import Notification, NotificationQuerySet
from apps.notifications.notification_types import Found, NotificationType
from apps.notifications.writing import find

PANEL = 60
LINES = 12


@dataclass
class Line:
    """One line: its newest notification, of how many (unread) it stands for, and what it says."""

    notice: Notification
    kind: NotificationType
    found: Found
    count: int
    html: SafeString


@dataclass
class Panel:
    """The newest, grouped; `newest` is the id up to which all may be marked as read, `gone` what the page deletes."""

    lines: list[Line]
    gone: list[int]
    newest: int
    unread: int
    more: bool


def unread_count(user: User) -> int:
    """The number of unread notifications that the list shows, for the badge on every page.

    One query, and a second if some are of kinds that may be closed to them.
    """
    unread = Notification.objects.own(user).unread()
    counts: dict[str, int] = dict(unread.order_by().values_list("kind").annotate(n=Count("pk")))
    some = closable(user, counts)
    open_ones = unread.filter(~closed_to(user, some), kind__in=some).count() if some else 0
    return open_ones + sum(n for kind, n in counts.items() if kind not in some)


def panel_of(user: User) -> Panel:
    """What the bell opens, in a number of queries that depends on the kinds alone."""
    rows = list(Notification.objects.visible_to(user).select_related("actor")[:PANEL])
    lines, gone = lines_of(user, rows)
    more = len(lines) > LINES or len(rows) == PANEL
    return Panel(lines[:LINES], gone, rows[0].pk if rows else 0, unread_count(user), more)


def lines_of(user: User, rows: Sequence[Notification]) -> tuple[list[Line], list[int]]:
    """Rows as lines: of one thing those unread are one. Then the ids of what is gone, or no longer theirs to see."""
    rows = [row for row in rows if notification_types.known(row.kind)]
    found = find(user, rows)
    heads: dict[tuple[object, ...], Notification] = {}
    for row in rows:
        if row.pk in found:
            heads.setdefault(_group(row), row)
    counts = _counts(user, heads.values())
    lines = [_line(row, found[row.pk], counts.get((row.kind, row.about), 1)) for row in heads.values()]
    return lines, [row.pk for row in rows if row.pk not in found]


def _group(row: Notification) -> tuple[object, ...]:
    grouped = notification_types.get(row.kind).grouped and row.about and row.read_at is None
    return (row.kind, row.about) if grouped else (row.pk,)


def _counts(user: User, heads: Iterable[Notification]) -> dict[tuple[str, str], int]:
    """How many unread there are in each group, also beyond what is shown."""
    about = {row.about for row in heads if len(_group(row)) == 2}
    if not about:
        return {}
    rows = Notification.objects.visible_to(user).unread().filter(about__in=about).order_by()
    counted = rows.values("kind", "about").annotate(count=Count("pk"))
    return {(row["kind"], row["about"]): row["count"] for row in counted}


def _line(row: Notification, found: Found, count: int) -> Line:
    kind = notification_types.get(row.kind)
    count = count if len(_group(row)) == 2 else 1
    # The kind's template escapes what people wrote.
    return Line(row, kind, found, count, mark_safe(live.line(kind, row, found, count)))  # noqa: S308


class NotificationList(Listing[Line]):
    """All notifications of one person, as lines."""

    route = "notifications:notification_list"
    one, many = "notification", "notifications"
    size = 30
    events = ("bell-changed",)
    sorts = {"new": Sort("Newest first", ("-pk",))}
    filters = (
        Filter("state", "State", "All", lambda _: [("unread", "Unread")], lambda rows, _: rows.unread(), buttons=True),
        Filter(
            "kind", "Kind", "All kinds", lambda user: [(kind.name, kind.label) for kind in notification_types.of(user)]
        ),
    )

    def visible(self) -> NotificationQuerySet:
        """Each with who caused it."""
        return Notification.objects.visible_to(self.user).select_related("actor")

    @cached_property
    def _read(self) -> tuple[list[Line], list[int]]:
        return lines_of(self.user, list(self.page))

    @property
    def rows(self) -> Sequence[Line]:
        """What the page shows."""
        return self._read[0]

    @property
    def gone(self) -> list[int]:
        """What the page doesn't show any more, and deletes."""
        return self._read[1]

    @property
    def newest(self) -> int:
        """The id up to which all may be marked as read: what comes in after this was shown stays unread."""
        newest = Notification.objects.visible_to(self.user).values_list("pk", flat=True).first()
        return newest or 0
