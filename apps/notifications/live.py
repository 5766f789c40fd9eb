"""What reaches a person wherever they are in Homeroom."""

from collections.abc import Iterable

from django.template.loader import render_to_string

from apps.notifications.models import Event, Notification
from apps.notifications.notification_types import Found, NotificationType
from apps.realtime.publish import event, publish


def toast(user_id: int, html: str) -> None:
    """Show a toast (an element of class `toast-item`) on every open page of one person."""
    publish(f"user-{user_id}", f'<hx-partial hx-target="#toasts" hx-swap="beforeend">{html}</hx-partial>')


def toast_of(kind: NotificationType, notice: Event, found: Found) -> str:
    """The toast of an event, the same for all: the panel says more to each."""
    says = line(kind, notice, found)
    return render_to_string("notifications/_toast.html", {"kind": kind, "notice": notice, "found": found, "line": says})


def line(kind: NotificationType, notice: Event | Notification, found: Found, count: int = 1) -> str:
    """What a notification says, in one line of HTML; of `count` that are one group."""
    return render_to_string(kind.template, {"notice": notice, "found": found, "count": count}).strip()


def counts_changed(user_ids: Iterable[int], about: str = "") -> None:
    """Have every open page of these people ask how much they haven't read: the newest answer is the right one.

    `about` says of what (`conversation-12`), for whatever else on the page counts that.
    """
    for user_id in user_ids:
        event(f"user-{user_id}", "bell", {"about": about})
