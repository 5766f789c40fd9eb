"""The pages of series: all without script, nothing typed is lost, and each shows only what its reader may see."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.scheduling import actions
from apps.scheduling.models import Booking, Series, SeriesChange
from apps.scheduling.recurrence import MOST
from tests import factories

NEXT = timezone.now().date() + timedelta(days=14)


def sent(cast, **more):
    own = {"subject": "Algebra", "teacher": cast.teacher.pk, "students": "S001", "day": NEXT.isoformat(), "at": "17:00"}
    own |= {"minutes": "60", "zone": "UTC", "pattern": "weekly", "interval": "1", "ends": "count", "count": "4"}
    return own | more


def hidden(page):
    """What a form of a page sends along, read from its HTML."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    values = {}
    for name, value in found:
        values.setdefault(name, []).append(value)
    return values


def dates(page):
    return re.findall(r'data-date="([^"]+)"', page)


def test_a_series_is_shown_first_and_saved_then(cast, client_for):
    client = client_for(cast.staff)
    assert client.get("/series/new/").status_code == 200
    preview = client.post("/series/new/", sent(cast, go="preview"))
    page = preview.content.decode()
    assert dates(page) == [(NEXT + timedelta(weeks=week)).isoformat() for week in range(4)]
    assert not Series.objects.exists()
    skip, move = dates(page)[1], dates(page)[2]
    moved_to = f"{NEXT + timedelta(days=15)}T09:30"
    saved = client.post("/series/new/", hidden(page) | {"go": "save", "skip": skip, f"to-{move}": moved_to})
    series = Series.objects.get()
    assert saved.url == series.get_absolute_url()
    assert Booking.objects.filter(series=series).count() == 3
    assert Booking.objects.get(series_day=move).at.isoformat() == "09:30:00"
    page = client.get(saved.url).content.decode()
    assert page.count("data-booking=") == 3
    assert "Undo" in page


def test_a_clash_is_shown_and_what_was_chosen_stays(cast, client_for):
    client = client_for(cast.staff)
    client.post("/series/new/", sent(cast, go="save", count="1", students="S002"))
    skip = (NEXT + timedelta(weeks=2)).isoformat()
    page = client.post("/series/new/", sent(cast, go="save", place="Library", skip=skip))
    text = page.content.decode()
    assert page.status_code == 422
    assert "Tariq Teacher is taken at this time" in text
    assert 'value="Library"' in text
    assert f'value="{skip}" checked' in text
    assert Series.objects.count() == 1
    back = client.post("/series/new/", hidden(text) | {"go": "edit"}).content.decode()
    assert 'value="Library"' in back
    assert 'value="S001"' in back


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ends": "until"}, "Give the last day"),
        ({"ends": "count", "count": ""}, "Say how many lessons"),
        ({"ends": "count", "count": "9999"}, f"{MOST} lessons at most"),
        ({"ends": "until", "until": "2020-01-01"}, "It ends before it begins"),
        ({"day": "2020-01-01"}, "This day has passed"),
        ({"ends": "until", "until": "2099-01-01"}, f"{MOST} lessons at most"),
        ({"weekdays": "9"}, "Choose among the seven days"),
        ({"students": "Nobody"}, "no student Nobody"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_lost(cast, client_for, changes, said):
    page = client_for(cast.staff).post("/series/new/", sent(cast, go="preview", place="Library", **changes))
    text = page.content.decode()
    assert page.status_code == 422
    assert said in text
    assert 'value="Library"' in text


@pytest.fixture
def series(cast, client_for):
    client_for(cast.staff).post("/series/new/", sent(cast, go="save", count="6"))
    return Series.objects.get()


def test_a_series_is_changed_from_a_date_on_after_a_list_of_old_and_new(cast, client_for, series):
    client, rows = client_for(cast.teacher), list(Booking.objects.order_by("start"))
    actions.call_off(cast.staff, rows[3], "Holiday")
    url = f"/series/{series.pk}/change/?from={rows[2].series_day}"
    form = client.get(url)
    assert form.status_code == 200
    assert 'value="17:00"' in form.content.decode()
    own = {"subject": "Algebra", "day": rows[2].series_day.isoformat(), "at": "18:00", "minutes": "60", "zone": "UTC"}
    own |= {"pattern": "weekly", "interval": "1", "ends": "count", "count": "4", "students": "S001"}
    page = client.post(url, own | {"go": "preview"}).content.decode()
    assert page.count("data-old=") == 4
    assert page.count('name="anew"') == 1
    saved = client.post(url, hidden(page) | {"go": "save"})
    new = Series.objects.latest("pk")
    assert saved.url == new.get_absolute_url()
    assert [row.at.hour for row in Booking.objects.order_by("start").on()] == [17, 17, 18, 18, 18]
    assert Booking.objects.filter(series=new).count() == 4
    assert (
        client.post(f"/series/{new.pk}/changes/{SeriesChange.objects.latest('pk').pk}/undo/").url
        == series.get_absolute_url()
    )
    assert [row.at.hour for row in Booking.objects.order_by("start").on()] == [17] * 5
    assert not Series.objects.filter(pk=new.pk).exists()


def test_a_series_is_ended_with_a_reason_and_taken_back(cast, client_for, series):
    client, url = client_for(cast.teacher), f"/series/{series.pk}/end/"
    assert "6 lessons are called off" in client.get(url).content.decode()
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "Moved away"}).url == series.get_absolute_url()
    assert not Booking.objects.on().exists()
    page = client.get(series.get_absolute_url()).content.decode()
    assert "just called off" in page
    client.post(re.search(r'action="(/series/[^"]+/undo/)"', page)[1])
    assert Booking.objects.on().count() == 6


def test_students_see_a_series_of_theirs_and_change_nothing(cast, client_for, series):
    student = client_for(cast.amina_user)
    page = student.get(series.get_absolute_url()).content.decode()
    assert page.count("data-booking=") == 6
    assert "Change" not in page
    for path in ("change/", "end/"):
        assert student.get(f"/series/{series.pk}/{path}").status_code == 404
    assert client_for(cast.bruno_user).get(series.get_absolute_url()).status_code == 404
    assert client_for(cast.teacher2).get(series.get_absolute_url()).status_code == 404


EVERY_DAY = {"weekdays": list("0123456")}


def counted(cast, client, query_count, number, at):
    """How many queries each page takes, for a series of so many lessons in a room, whose student is busy each time."""
    hall, daily = factories.room(seats=9), EVERY_DAY | {"count": str(number), "room": ""}
    client.post("/series/new/", sent(cast, go="save", at="12:00", **daily | {"teacher": cast.teacher2.pk}))
    client.post("/series/new/", sent(cast, go="save", at=at, **daily))
    series = Series.objects.latest("pk")
    own = sent(cast, at="12:00", go="preview", **daily | {"room": hall.pk})
    change, batch = f"/series/{series.pk}/change/", {"students": "", "batch": cast.batch.pk}
    asked = [lambda: client.get(series.get_absolute_url()), lambda: client.get(change)]
    asked += [lambda: client.post(change, own), lambda: client.post("/series/new/", own)]
    asked += [lambda: client.post("/series/new/", own | batch)]
    assert client.post("/series/new/", own | batch).text.count(" another lesson then.") == number
    counts = [query_count(each) for each in asked]
    actions.end_series(cast.staff, series, NEXT, "Enough")
    actions.end_series(cast.staff, Series.objects.get(teacher=cast.teacher2, ended_from=None), NEXT, "Enough")
    return counts


def test_pages_take_as_many_queries_for_hundreds_of_lessons_as_for_ten(cast, client_for, query_count):
    few, many = (counted(cast, client_for(cast.staff), query_count, *how) for how in ((10, "08:00"), (320, "10:00")))
    assert few == many
    assert max(few) <= 15


def test_a_preview_of_the_most_dates_is_sent_back_whole(cast, client_for):
    """Django takes a thousand fields at most; each date here is busy, and all but one are skipped."""
    client, many = client_for(cast.staff), sent(cast, **EVERY_DAY | {"count": str(MOST)})
    client.post("/series/new/", many | {"go": "save", "teacher": cast.teacher2.pk})
    page = client.post("/series/new/", many | {"go": "preview"}).text
    days = dates(page)
    assert len(days) == MOST
    moves = dict(re.findall(r'name="(to-[^"]+)" value="([^"]*)"', page))
    assert len(moves) == MOST
    again = client.post("/series/new/", hidden(page) | moves | {"go": "preview", "skip": days[1:]}).text
    assert again.count("checked") == MOST - 1
    assert 'name="to-' in again
    back = client.post("/series/new/", hidden(page) | moves | {"go": "save", "skip": days[1:]})
    series = Series.objects.latest("pk")
    assert back.url == series.get_absolute_url()
    assert series.bookings.count() == 1
    assert series.skipped.count() == MOST - 1
    assert f"A series has {MOST} lessons at most" in client.get("/series/new/").text


def test_a_page_that_was_overtaken_does_nothing_about_other_lessons(cast, client_for, series):
    client, third = client_for(cast.staff), list(Booking.objects.order_by("start"))[2]
    url = f"/series/{series.pk}/end/?from={third.series_day}"
    page = client.get(url).text
    assert f'name="start" value="{third.series_day}"' in page
    actions.call_off(cast.staff, third, "Ill")
    Booking.objects.filter(pk=third.pk).update(series=None, series_day=None)
    answer = client.post(url, {"start": third.series_day, "reason": "Moved away"}, follow=True)
    assert "nothing was done" in answer.text
    assert Booking.objects.on().count() == 5


def test_a_second_click_on_a_change_leads_to_the_series_that_the_first_made(cast, client_for, series):
    client, first = client_for(cast.staff), Booking.objects.order_by("start").first()
    url, key = f"/series/{series.pk}/change/", str(uuid.uuid4())
    own = {"subject": "Algebra", "teacher": cast.teacher.pk, "day": first.series_day, "at": "18:00", "minutes": "60"}
    own |= {"zone": "UTC", "pattern": "weekly", "interval": "1", "ends": "count", "count": "6", "client_key": key}
    own |= {"students": "S001"}
    answers = [client.post(url, own | {"start": first.series_day, "go": "save"}) for _ in range(2)]
    assert {answer.url for answer in answers} == {Series.objects.latest("pk").get_absolute_url()}
    assert Series.objects.count() == 2
    assert Booking.objects.on().count() == 6
