"""Template tags that every page uses; built in, no {% load %} needed."""

import functools
import re
import zoneinfo
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core import email_addresses, formats, navigation
from apps.core.academy_calendar import academy_day
from apps.core.ids import element_id

register = template.Library()

# Separated by spaces, or one by one.
type Words = str | Iterable[str]


@functools.cache
def _sprites() -> dict[str, str]:
    """The file that each icon is in."""
    paths = sorted((settings.ROOT / "static/img").glob("icons-*.svg"))
    return {
        name: f"img/{path.name}" for path in paths for name in re.findall(r'<symbol id="([^"]+)"', path.read_text())
    }


@register.simple_tag
def icon(name: str, classes: str = "size-5") -> SafeString:
    """A Lucide icon from its sprite; decorative, so the text beside it (or an aria-label) says what it means."""
    return format_html(
        '<svg class="{} shrink-0" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static(_sprites().get(name, "img/icons-app.svg")),
        name,
    )


@register.simple_tag(name="id")
def id_tag(thing: Model | str, part: str = "") -> str:
    """The id of the element that shows a thing, or a part of it: {% id message %} is message-12."""
    return element_id(thing, part)


@register.simple_tag
def live(
    url: str,
    channels: Words = "",
    events: Words = "",
    include: str = "",
    *,
    stream: bool = False,
    silent: bool = False,
    throttle: str = "",
) -> SafeString:
    """The attributes of a region that shows itself as it is now: `<section id="…" {% live url "batch-12" %}>`.

    It asks `url` again when its event arrives (by default that of each channel, see `signal`), when the stream opens
    (if there is a channel, or with `stream`) or is refused, and once more for news that arrives while an answer is on
    its way. Fields that `include` selects are sent along. The answer is the region itself, morphed, so that the focus
    and half-typed text stay. A region that its reader may no longer see says so, or goes if it is `silent`: beside one
    that says it. After another refusal it stays as it is. It waits for the end of a burst of events. Where they
    never stop, as in an exam of hundreds, `throttle` (such as "2s") sets the least time between two requests.
    """
    names = _words(channels)
    pace = f"throttle:{throttle}" if throttle else "delay:200ms"
    triggers = [f"{event} from:body {pace}" for event in _words(events) or names]
    if names or stream:
        triggers += ["stream-open from:body", "stream-refused from:body"]
    refused = "swap:delete" if silent else "swap:innerHTML"
    return format_html(
        'data-live{}{} hx-get="{}" hx-trigger="{}" hx-target="this" hx-swap="outerMorph" hx-sync="this:queue last"'
        ' hx-status:403="{}" hx-status:404="{}" hx-status:4xx="swap:none"',
        format_html(' data-channels="{}"', " ".join(names)) if names else "",
        format_html(' hx-include="{}"', include) if include else "",
        url,
        ", ".join(triggers),
        *(refused, refused),
    )


def _words(given: Words) -> list[str]:
    return given.split() if isinstance(given, str) else list(given)


@register.simple_tag(takes_context=True)
def sidebar(context: dict[str, Any]) -> list[list[navigation.Link]]:
    """The places of the sidebar, in groups."""
    return navigation.sidebar(context["request"])


@register.simple_tag(takes_context=True)
def place_tabs(context: dict[str, Any]) -> str:
    """The template of the tabs of the place where the reader is; empty where it has none."""
    return navigation.tabs(context["request"])


@register.simple_tag(takes_context=True)
def bottom_bar(context: dict[str, Any]) -> list[navigation.Link]:
    """The places of a phone's bar."""
    return navigation.bottom_bar(context["request"])


@register.filter
def money(amount: Decimal | int | None, currency: str = "") -> str:
    """An amount with two decimals and thousands apart: 1,250.00 EUR."""
    return formats.money(amount or 0, currency)


@register.filter
def number(value: float | Decimal) -> str:
    """A whole number with thousands apart: 1,234."""
    return formats.number(value)


@register.filter
def day(moment: date | None) -> str:
    """A day as the reader writes it: 20 Nov 2026; nothing where there is none."""
    return formats.day(moment) if moment else ""


@register.filter
def day_and_time(moment: datetime) -> str:
    """A moment on the reader's clock: 20 Nov 2026, 14:05."""
    return formats.day_and_time(moment)


@register.filter
def zone(moment: datetime) -> str:
    """What the reader's clock is called at that moment: CET."""
    return timezone.localtime(moment).tzname() or ""


@register.filter
def when(moment: datetime) -> str:
    """A recent moment on the reader's clock: 14:05 for today, 18 Nov for this year, 18 Nov 2025 for others."""
    return formats.recent(moment)


@register.filter
def to_the_second(moment: datetime) -> str:
    """A time of day on the reader's clock: 14:05:09."""
    return formats.clock_to_the_second(moment)


@register.filter
def iso(moment: date) -> str:
    """A day for a `datetime` attribute: 2026-11-20."""
    return f"{moment:%Y-%m-%d}"


@register.filter
def email(address: str) -> str:
    """An e-mail address as people read it: name@bücher.example."""
    return email_addresses.shown(address)


@register.filter
def utc(moment: datetime) -> str:
    """A moment for a `datetime` attribute: 2026-11-20T14:05:09Z."""
    return formats.utc(moment)


@register.filter
def academy_time(moment: datetime) -> str:
    """A date and time on the academy's clock, with the zone's name: the same for every reader.

    Fragments that are pushed to many carry this; a script shows it as its reader writes it, in the reader's own zone.
    """
    zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
    with timezone.override(zone), formats.reading(formats.DEFAULT):
        return f"{formats.day_and_time(moment)} {moment.astimezone(zone).tzname()}"


@register.filter
def academy_date(moment: datetime) -> str:
    """The day of a moment on the academy's calendar: 20 Nov 2026."""
    return formats.day(academy_day(moment))


@register.filter
def minutes(count: int) -> str:
    """So many minutes as people say it: 45 min, 1 h 30 min."""
    return formats.minutes(count)


@register.filter
def file_size(size: int) -> str:
    """A number of bytes as people say it: 1.4 MB."""
    return formats.file_size(size)


@register.simple_tag
def query(request: HttpRequest, **changes: Any) -> str:
    """The current query string with some parameters changed, and those set to None or '' left out.

    The page number is dropped unless it is set, since other filters make other pages.
    """
    params = request.GET.copy()
    params.pop("page", None)
    for name, value in changes.items():
        params.pop(name, None)
        if value not in (None, ""):
            params[name] = str(value)
    return f"?{params.urlencode()}" if params else "?"
