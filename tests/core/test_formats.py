"""Dates and numbers are written as their reader writes them, on their clock."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.billing.amounts import parse_amount
from apps.conversations.actions import send_message
from apps.conversations.export import Export, as_text
from apps.conversations.export_pdf import as_pdf
from apps.conversations.models import Message
from apps.core import formats
from apps.core.csv_writer import csv_bytes
from apps.core.pdf import BOX
from apps.core.templatetags.homeroom import academy_time
from tests.conversations.test_export import text_of
from tests.elsewhere import ROOT

AT = datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC)
DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("code", "day", "moment", "money"),
    [
        ("en-GB", "20 Nov 2026", "20 Nov 2026, 14:05", "1,234,567.50 EUR"),
        ("en-US", "Nov 20, 2026", "Nov 20, 2026, 2:05\u00a0PM", "1,234,567.50 EUR"),
        ("de", "20.11.2026", "20.11.2026, 14:05", "1.234.567,50 EUR"),
        ("de-CH", "20.11.2026", "20.11.2026, 14:05", "1’234’567.50 EUR"),
        ("fr", "20 nov. 2026", "20 nov. 2026, 14:05", "1\u202f234\u202f567,50 EUR"),
        ("en-IN", "20 Nov 2026", "20 Nov 2026, 2:05\u00a0pm", "12,34,567.50 EUR"),
        ("ja", "2026/11/20", "2026/11/20 14:05", "1,234,567.50 EUR"),
    ],
)
def test_each_language_has_its_own_way(code, day, moment, money):
    with formats.reading(code):
        assert formats.day(DAY) == day
        assert formats.day_and_time(AT) == moment
        assert formats.money(Decimal("1234567.5"), "EUR") == money


def test_where_nobody_reads_it_is_the_academys_way():
    assert formats.active() == "en-GB"
    assert formats.long_day(DAY) == "Friday, 20 November 2026"
    assert formats.number(1234) == "1,234"
    assert formats.money(0) == "0.00"


@pytest.mark.parametrize("code", formats.LOCALES)
def test_each_choice_can_write_everything(code):
    with formats.reading(code):
        written = [formats.day_and_time(AT), formats.long_day(DAY), formats.recent(AT - timedelta(days=400))]
        assert all("2026" in text or "2025" in text for text in written)
        assert "{" not in "".join(written)
        # What the page puts into the field of an amount can be sent as it is, whatever the language.
        for amount in (Decimal("1200.50"), Decimal("0.05"), Decimal("99999999.99"), Decimal("100")):
            assert parse_amount(formats.plain(amount), "EUR") == amount
            assert parse_amount(formats.money(amount, "EUR"), "EUR") == amount
        assert formats.script_tag() == f"{code}-u-ca-gregory-nu-latn"
    assert formats.names()[code][0] == formats.names()[code][0].upper()


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en-GB"),
        ("en", "en-GB"),
        ("en-US,en;q=0.9", "en-US"),
        ("de-LI,de;q=0.8,en;q=0.5", "de"),
        ("fr;q=0.4, pt-BR;q=0.9", "pt-BR"),
        ("pt", "pt-BR"),
        ("zh-TW", "zh-Hant"),
        ("no", "nb"),
        ("sr-Latn-RS", "sr-Latn"),
        ("tlh, eo;q=0.9", "en-GB"),
        ("*", "en-GB"),
        ("x" * 600, "en-GB"),
        ("../../etc/passwd", "en-GB"),
        ("\u0661,;q=a", "en-GB"),
    ],
)
def test_a_browser_says_which_language_it_likes_best(header, code):
    assert formats.preferred(header) == code


def test_a_language_that_is_no_choice_is_not_taken():
    with formats.reading("klingon"):
        assert formats.active() == "en-GB"


def test_what_runs_from_right_to_left_turns_nothing_around_it():
    with formats.reading("he"):
        assert formats.day(DAY).startswith("\u2068")
        assert formats.day(DAY).endswith("\u2069")


def test_a_moment_is_on_the_readers_clock_and_a_day_stays_that_day():
    with timezone.override(ZoneInfo("Pacific/Kiritimati")):
        assert formats.day_and_time(AT) == "21 Nov 2026, 04:05"
        assert formats.day(AT) == "21 Nov 2026"
        assert formats.day(DAY) == "20 Nov 2026"


def test_a_recent_moment_is_short():
    with timezone.override(ZoneInfo("Asia/Kolkata")):
        assert re.fullmatch(r"\d\d:\d\d", formats.recent(timezone.now()))
        last_year = timezone.now() - timedelta(days=366)
        assert formats.recent(last_year) == formats.day(last_year)


def test_what_is_pushed_to_many_is_the_same_whoever_caused_it():
    with timezone.override(ZoneInfo("Asia/Kolkata")), formats.reading("ja"):
        assert academy_time(AT) == "20 Nov 2026, 14:05 UTC"


def test_a_page_is_in_the_chosen_language_or_else_the_browsers(cast, client_for):
    Message.objects.filter(pk=send_message(cast.teacher, cast.amina.conversation, "Hi", "everyone").pk).update(
        created=AT
    )

    def title(language: str) -> str:
        page = client_for(cast.staff).get("/", headers={"Accept-Language": language}).content.decode()
        locale = re.search('data-locale="([^"]*)"', page)
        written = re.search(r'datetime="2026-11-20T14:05:09Z" title="([^"]*)"', page)
        assert locale
        assert written
        return f"{locale[1]} {written[1]}"

    assert title("de-AT, en;q=0.1") == "de-AT-u-ca-gregory-nu-latn 20.11.2026, 14:05"
    User.objects.filter(pk=cast.staff.pk).update(locale="en-US", time_zone="Asia/Kolkata")
    assert title("de-AT, en;q=0.1") == "en-US-u-ca-gregory-nu-latn Nov 20, 2026, 7:35\u00a0PM"
    assert formats.active() == "en-GB"


def test_a_message_travels_the_same_whoever_sends_it(cast, client_for, published):
    """The answer to the sender and what is pushed are one fragment: nothing of the sender's language is in it."""
    fragments = []
    for language in ("de", "ja"):
        published.clear()
        with published():
            url = f"/conversations/{cast.amina.conversation.pk}/messages/"
            data = {"body": "Hello", "audience": "everyone"}
            client_for(cast.staff).post(url, data, headers={"HX-Request": "true", "Accept-Language": language})
        [event] = [event for channel, event in published if channel == f"student-{cast.amina.pk}"]
        fragments.append(re.search('<time class="message-time"[^>]*>([^<]*)', event)[1])
    assert all(re.fullmatch(r"\d+ \w{3} \d{4}, \d\d:\d\d UTC", text) for text in fragments)


def test_an_export_is_in_its_makers_language_though_it_is_written_later(cast):
    cast.staff.time_zone = "Asia/Kolkata"
    message = send_message(cast.teacher, cast.amina.conversation, "Hi", "everyone")
    Message.objects.filter(pk=message.pk).update(created=AT)
    with formats.reading("de"):
        export = Export(cast.staff, cast.amina.conversation, staff=False)
    text = "".join(as_text(export))
    assert "Freitag, 20. November 2026" in text
    assert "19:35 IST  Tariq Teacher" in text


@pytest.mark.parametrize(("code", "made"), [("de", "20.11.2026"), ("ar", "20/11/2026"), ("km", "20 Nov 2026")])
def test_a_pdf_has_no_boxes_for_dates_in_a_script_that_it_has_no_letters_for(cast, code, made):
    with formats.reading(code):
        export = Export(cast.staff, cast.amina.conversation, staff=False, at=AT)
    text = text_of(as_pdf(export))
    assert BOX not in text
    assert f"Exported on {made}" in text


def test_no_template_writes_dates_or_numbers_in_a_way_of_its_own():
    for path in (ROOT / "templates").rglob("*"):
        if path.is_file():
            own = re.findall(r"\|\s*(?:date|time|floatformat|intcomma|localize)\b|{% now (?!'U')", path.read_text())
            assert own == [], path


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n"])
def test_no_cell_of_a_csv_file_is_calculated(sign):
    written = b"".join(csv_bytes([["name", 5], [f"{sign}1+1", -5], [f"a{sign}", "x"]])).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert rows == [["name", "5"], [f"'{sign}1+1", "-5"], [f"a{sign}", "x"]]
