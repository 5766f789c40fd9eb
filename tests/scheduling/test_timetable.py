"""A batch's timetable: weekly lessons with teacher and room, for whoever is in the batch when each begins."""

from datetime import time, timedelta

from django.utils import timezone

from apps.accounts.models import Role
from apps.courses.models import Enrollment
from apps.scheduling import actions
from apps.scheduling.models import Booking, Series
from tests import factories

NEXT = timezone.now().date() + timedelta(days=14)


def sent(cast, **more):
    own = {"subject": "Algebra", "teacher": cast.teacher.pk, "batch": cast.batch.pk, "day": NEXT.isoformat()}
    own |= {"at": "17:00", "minutes": "60", "zone": "UTC", "pattern": "weekly", "interval": "1", "ends": "open"}
    return own | {"go": "save"} | more


def test_the_batchs_page_has_its_timetable_and_begins_a_series_with_what_is_known(cast, client_for):
    client = client_for(cast.staff)
    url = f"/batches/{cast.batch.pk}/timetable/"
    assert f'hx-get="{url}"' in client.get(cast.batch.get_absolute_url()).content.decode()
    assert "No weekly lessons yet" in client.get(url).content.decode()
    form = client.get(f"/series/new/?batch={cast.batch.pk}").content.decode()
    assert 'value="Algebra"' in form
    assert f'<option value="{cast.batch.pk}" selected>' in form
    hall = factories.room(name="Hall", seats=9)
    assert client.post("/series/new/", sent(cast, room=hall.pk)).status_code == 302
    page = client.get(url).content.decode()
    assert page.count("data-slot=") == 1
    assert "Hall" in page
    assert client_for(cast.teacher).get(url).status_code == 200
    assert client_for(cast.teacher2).get(url).status_code == 404
    assert client_for(cast.amina_user).get(url).status_code == 404


def test_students_gain_and_lose_its_lessons_as_they_join_and_leave(cast, client_for):
    client_for(cast.staff).post("/series/new/", sent(cast, ends="count", count="5"))
    mine = Booking.objects.visible_to(cast.chloe_user)
    assert not mine.exists()
    assert not Series.objects.visible_to(cast.chloe_user).exists()
    Enrollment.objects.filter(student=cast.chloe).update(batch=cast.batch)
    assert mine.count() == 5
    assert Series.objects.visible_to(cast.chloe_user).exists()
    Enrollment.objects.filter(student=cast.chloe).update(is_active=False)
    assert not mine.exists()


def test_a_room_that_is_too_small_is_said_at_the_field(cast, client_for):
    factories.room(name="Hall", seats=9)
    small = factories.room(name="Cupboard", seats=1)
    page = client_for(cast.staff).post("/series/new/", sent(cast, room=small.pk))
    assert page.status_code == 422
    assert "Cupboard has 1 seat for 2 students. Hall has 9." in page.content.decode()
    assert not Series.objects.exists()


def test_teachers_choose_a_room_and_a_clash_is_said_at_its_date(cast, client_for):
    hall, small = factories.room(name="Hall", seats=9), factories.room(name="Cupboard", seats=1)
    closed = factories.room(name="Attic", is_open=False)
    teacher, other = client_for(cast.teacher), client_for(cast.teacher2)
    page = teacher.get("/series/new/").text
    assert "Hall · 9 seats" in page
    assert "Cupboard · 1 seat<" in page
    assert "Attic" not in page
    refused = teacher.post("/series/new/", sent(cast, room=small.pk, ends="count", count="2"))
    assert refused.status_code == 422
    assert "Cupboard has 1 seat for 2 students. Hall has 9." in refused.text
    assert "Choose one of the rooms" in teacher.post("/series/new/", sent(cast, room=closed.pk)).text
    assert teacher.post("/series/new/", sent(cast, room=hall.pk, ends="count", count="2")).status_code == 302
    series = Series.objects.get(room=hall)
    mine = sent(cast, batch=cast.batch2.pk, room=hall.pk, ends="count", count="2")
    clash = other.post("/series/new/", mine)
    assert clash.status_code == 422
    assert clash.text.count("Hall is taken at this time.") == 2
    studio, someone = factories.room(name="Studio", seats=4), factories.user(Role.TEACHER)
    factories.room(name="Theatre", seats=90)
    factories.room(name="Aula")
    second = NEXT + timedelta(days=7)
    choir = actions.Lesson("Choir", someone, second, time(17), "UTC", 60, (factories.student(),), room=studio)
    actions.book(cast.staff, choir)
    clash = other.post("/series/new/", mine)
    free = "<bdi>Cupboard</bdi> (1 seat), <bdi>Theatre</bdi> (90 seats), <bdi>Aula</bdi>"
    assert f"Free on all of these dates: {free}." in clash.text
    form = teacher.get(f"/series/{series.pk}/change/").text
    assert f'<option value="{hall.pk}" selected>' in form
    changed = sent(cast, room="", day=NEXT.isoformat(), ends="count", count="2")
    assert teacher.post(f"/series/{series.pk}/change/", changed).status_code == 302
    assert set(Booking.objects.filter(teacher=cast.teacher).values_list("room", flat=True)) == {None}


def test_it_takes_as_many_queries_for_many_slots_as_for_few(cast, client_for, query_count):
    client, url = client_for(cast.teacher), f"/batches/{cast.batch.pk}/timetable/"
    counts = []
    for hour in range(8, 14):
        client_for(cast.staff).post("/series/new/", sent(cast, at=f"{hour:02}:00", ends="count", count="2"))
        counts.append(query_count(lambda: client.get(url)))
    assert len(set(counts)) == 1
    assert counts[0] <= 15
