"""Dates, times and numbers as their reader writes them: by CLDR's rules for a language, on the reader's clock.

The middleware says for whom a request is (`reading`); what is written outside of one, and what is pushed to many, has
the academy's form. The words around them stay English. Browsers follow the same rules (`script_tag`), so that what a
script writes into a page agrees with what the server wrote.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.numbers import format_decimal
from django.utils import timezone
from django.utils.translation.trans_real import parse_accept_lang_header

DEFAULT = "en-GB"
# What can be chosen (BCP 47). Of a language with several, the first stands for one whose region nobody said.
LOCALES = (  # noqa: SIM905 - a list would be three screens long
    "en-GB en-AU en-CA en-IE en-IN en-NZ en-SG en-US en-ZA id ms ca cs cy da de de-AT de-CH et es es-AR es-CL es-CO "
    "es-MX es-US eu fil fr fr-BE fr-CA fr-CH ga gl hr is it it-CH lv lt hu nl nl-BE nb pl pt-PT pt-BR ro sk sl sq fi "
    "sv sw vi tr el bg mk ru sr sr-Latn uk hy ka he ar fa ur am hi bn mr ne pa ta te th km zh-Hans zh-Hant ja ko"
).split()
# Tags that browsers send for what is called otherwise here.
SAME = {"no": "nb", "nn": "nb", "iw": "he", "in": "id", "tl": "fil", "es-419": "es-MX", "pt-ao": "pt-PT", "pt": "pt-BR"}
SAME |= dict.fromkeys(["zh", "zh-cn", "zh-sg", "zh-my"], "zh-Hans") | dict.fromkeys(
    ["zh-tw", "zh-hk", "zh-mo"], "zh-Hant"
)
_BY_TAG = {code.lower(): code for code in LOCALES} | SAME

_reader: ContextVar[str] = ContextVar("locale", default=DEFAULT)


@contextmanager
def reading(code: str) -> Iterator[None]:
    """Write for a reader with this locale (one of LOCALES; anything else is DEFAULT) while the block runs."""
    token = _reader.set(code if code in LOCALES else DEFAULT)
    try:
        yield
    finally:
        _reader.reset(token)


def active() -> str:
    """The locale that is written in now, one of LOCALES."""
    return _reader.get()


def preferred(header: str) -> str:
    """The best of LOCALES for an Accept-Language header; DEFAULT where it names none of them."""
    for tag, _ in parse_accept_lang_header(header.lower()):
        parts = tag.split("-")
        for length in range(len(parts), 0, -1):
            if code := _for_tag("-".join(parts[:length])):
                return code
    return DEFAULT


def _for_tag(tag: str) -> str:
    if tag in _BY_TAG:
        return _BY_TAG[tag]
    return "" if "-" in tag else next((code for code in LOCALES if code.startswith(f"{tag}-")), "")


def script_tag() -> str:
    """The same for a browser's Intl: this calendar and these digits, which the server writes everywhere."""
    return f"{active()}-u-ca-gregory-nu-latn"


@cache
def names() -> dict[str, str]:
    """The choices: each locale's code, and what it is called by those who use it."""
    own = {code: _locale(code).get_display_name() or code for code in LOCALES}
    return {code: name[:1].upper() + name[1:] for code, name in own.items()}


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code, sep="-")


def _now() -> Locale:
    return _locale(active())


def _isolated(text: str) -> str:
    """Kept from turning around what stands beside it, where the script runs from right to left (UAX 9)."""
    return f"\u2068{text}\u2069" if _now().character_order == "right-to-left" else text


def _local(moment: date) -> date:
    return _on_clock(moment) if isinstance(moment, datetime) else moment


def _on_clock(moment: datetime) -> datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def day(moment: date) -> str:
    """A day: 20 Nov 2026. A moment's day is the one on the reader's clock."""
    return _isolated(format_date(_local(moment), "medium", locale=_now()))


def long_day(moment: date) -> str:
    """A day in full: Friday, 20 November 2026."""
    return _isolated(format_date(_local(moment), "full", locale=_now()))


def weekday_and_day(moment: date) -> str:
    """A day of a week: Fri 20 Nov."""
    return _isolated(format_skeleton("MMMEd", _local(moment), locale=_now()))


def weekday(moment: date) -> str:
    """A day of the week in short: Fri."""
    return _isolated(format_skeleton("E", _local(moment), locale=_now()))


def month(moment: date) -> str:
    """A month: November 2026."""
    return _isolated(format_skeleton("yMMMM", _local(moment), locale=_now()))


def clock(moment: datetime) -> str:
    """A time of day: 14:05, or 2:05 PM where people say that."""
    # CLDR parts the number from AM and PM by a narrow space, which not every font has.
    return _isolated(format_time(_on_clock(moment), "short", locale=_now()).replace("\u202f", "\u00a0"))


def clock_to_the_second(moment: datetime) -> str:
    """A time of day: 14:05:09, or 2:05:09 PM where people say that."""
    return _isolated(format_time(_on_clock(moment), "medium", locale=_now()).replace("\u202f", "\u00a0"))


def day_and_time(moment: datetime) -> str:
    """A moment: 20 Nov 2026, 14:05."""
    pattern = str(get_datetime_format("medium", locale=_now())).replace("'", "")
    return _isolated(pattern.replace("{1}", day(moment)).replace("{0}", clock(moment)))


def recent(moment: datetime) -> str:
    """A recent moment, as short as it can be: 14:05 for today, 18 Nov for this year, 18 Nov 2025 for others."""
    local, now = timezone.localtime(moment), timezone.localtime()
    if local.date() == now.date():
        return clock(local)
    return _isolated(format_skeleton("MMMd", local, locale=_now())) if local.year == now.year else day(local)


def number(value: float | Decimal, decimals: int = 0) -> str:
    """A number with so many decimals, thousands apart: 1,234."""
    return format_decimal(value, _pattern(decimals), locale=_now())


def plain(value: Decimal, decimals: int = 2) -> str:
    """A number as one types it, thousands together: 1200.50."""
    return format_decimal(value, _pattern(decimals), locale=_now(), group_separator=False)


def money(amount: Decimal | int, currency: str = "") -> str:
    """An amount with two decimals and its currency (ISO 4217): 1,250.00 EUR."""
    return f"{number(amount, 2)} {currency}".strip()


def _pattern(decimals: int) -> str | None:
    """The locale's own way of grouping, with a fixed number of decimals."""
    own = _now().decimal_formats[None].pattern.split(".")[0]
    return f"{own}.{'0' * decimals}" if decimals else own


def utc(moment: datetime) -> str:
    """A moment for a `datetime` attribute: 2026-11-20T14:05:09Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def minutes(count: int) -> str:
    """So many minutes as people say it: 45 min, 2 h, 1 h 30 min."""
    hours, rest = divmod(count, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


def file_size(size: int) -> str:
    """A number of bytes as people say it: 820 B, 1.4 MB (1 MB is 1,000,000 bytes)."""
    amount, unit = float(size), "B"
    for larger in ("KB", "MB", "GB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f}".removesuffix(".0") + f" {unit}"
