"""Tasks: given to students or to a batch, ticked, followed live, reminded of once."""

import datetime
import uuid

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from apps.core.academy_calendar import academy_today
from apps.notifications.models import Event
from apps.students import actions
from apps.students.models import StudentTask
from tests import factories


def tomorrow():
    return academy_today() + datetime.timedelta(days=1)


def test_everyone_in_a_batch_is_given_their_own_task_once(cast, client_for):
    client = client_for(cast.teacher)
    sent = {"batch": cast.batch.pk, "title": "Read", "day": tomorrow(), "client_key": str(uuid.uuid4())}
    for _ in range(2):
        assert client.post("/tasks/new/", sent).status_code == 302
    tasks = StudentTask.objects.all()
    assert {task.student_id for task in tasks} == set(cast.batch.enrollments.values_list("student", flat=True))
    assert len({task.group for task in tasks}) == 1
    assert {task.group_name for task in tasks} == {f"{cast.course.title}: {cast.batch.name}"}
    told = {pk for people in Event.objects.filter(kind="task").values_list("people", flat=True) for pk in people}
    assert told == {task.student.user_id for task in tasks if task.student.user_id}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"title": ""}, "Say what there is to do."),
        ({"day": "2020-01-01"}, "This day has passed."),
        ({"day": ""}, "Choose the day it is due."),
        ({"students": ""}, "Say whom it is for."),
        ({"students": "Nobody Here"}, "There is no student Nobody Here"),
        ({"batch": "batch2"}, "Choose one of these batches."),
        ({"batch": "batch"}, "Choose a batch or name students, not both."),
    ],
)
def test_what_is_wrong_with_a_task_is_said_at_its_field_and_nothing_is_lost(cast, client_for, sent, said):
    fine = {"students": cast.amina.code, "title": "Read", "day": tomorrow(), "text": "Keep me"}
    if name := sent.get("batch"):
        sent = {"batch": getattr(cast, name).pk}
    page = client_for(cast.teacher).post("/tasks/new/", fine | sent)
    assert page.status_code == 422
    assert said in page.text
    assert "Keep me" in page.text
    assert not StudentTask.objects.exists()


def test_nobody_gives_tasks_to_students_of_others(cast):
    with pytest.raises(PermissionDenied):
        actions.give_tasks(cast.teacher, [cast.amina, cast.chloe], "Read", tomorrow())
    assert not StudentTask.objects.exists()


def test_a_tick_is_seen_live_by_teacher_office_and_student_and_can_be_taken_back(cast, client_for, published):
    task = factories.student_task(student=cast.amina, author=cast.teacher)
    with published():
        answer = client_for(cast.amina_user).post(f"/tasks/{task.pk}/completion/", {"done": "1"})
    assert answer.status_code == 302
    channels = {channel for channel, _ in published}
    assert {f"user-{cast.teacher.pk}", "tasks", f"student-{cast.amina.pk}"} <= channels
    assert f"user-{cast.teacher2.pk}" not in channels
    task.refresh_from_db()
    assert (task.is_done, task.done_by) == (True, cast.amina_user)
    assert not actions.complete_task(cast.amina_user, task)
    assert actions.complete_task(cast.amina_user, task, done=False)
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (None, None)


def test_htmx_is_told_to_show_the_lists_again(cast, client_for):
    task = factories.student_task(student=cast.amina, author=cast.teacher)
    answer = client_for(cast.amina_user).post(
        f"/tasks/{task.pk}/completion/", {"done": "1"}, headers={"HX-Request": "true"}
    )
    assert (answer.status_code, answer["HX-Trigger"]) == (204, f"tasks, tasks-{cast.amina.pk}")


def test_a_student_is_reminded_once_on_the_afternoon_before(cast):
    task = factories.student_task(student=cast.amina, days=2)
    factories.student_task(student=cast.amina, days=3)
    noon = datetime.datetime.combine(tomorrow(), datetime.time(12), tzinfo=datetime.UTC)
    with time_machine.travel(noon, tick=False):
        assert actions.remind() == 0
    with time_machine.travel(noon + datetime.timedelta(hours=8), tick=False):
        assert actions.remind() == 1
        assert actions.remind() == 0
    assert Event.objects.get(kind="task_due").thing == task.pk


def test_what_is_done_or_was_given_too_late_is_not_reminded_of(cast):
    late = datetime.datetime.combine(academy_today(), datetime.time(20), tzinfo=datetime.UTC)
    done = factories.student_task(student=cast.amina, days=1)
    actions.complete_task(cast.amina_user, done)
    with time_machine.travel(late, tick=False):
        actions.give_tasks(cast.teacher, [cast.amina], "Read", academy_today() + datetime.timedelta(days=1))
        assert actions.remind() == 0


def test_a_task_of_another_day_is_reminded_of_anew(cast):
    task = factories.student_task(student=cast.amina, author=cast.teacher, days=1, reminded=True)
    actions.change_task(cast.teacher, task, task.title, academy_today() + datetime.timedelta(days=5), "")
    task.refresh_from_db()
    assert not task.reminded


def test_a_batchs_task_is_deleted_for_all_who_have_not_done_it(cast):
    first, second, *_ = actions.give_tasks(cast.teacher, [cast.amina, cast.bruno], "Read", tomorrow(), group_name="A")
    other = factories.student_task(student=cast.bruno, author=cast.teacher)
    actions.complete_task(cast.bruno_user, second)
    assert actions.remove_task(cast.teacher, first, whole_group=True) == 1
    assert set(StudentTask.objects.all()) == {second, other}


def test_today_and_own_tasks_show_what_there_is_to_do_by_day(cast, client_for):
    for days in (9, 1, 5, 3):
        factories.student_task(student=cast.amina, days=days, title=f"In {days}")
    factories.student_task(student=cast.bruno, title="Another's")
    client = client_for(cast.amina_user)
    home, own = client.get("/today/").text, client.get("/tasks/").text
    for page, shown in ((home, (1, 3, 5)), (own, (1, 3, 5, 9))):
        at = [page.index(f"In {days}<") for days in shown]
        assert at == sorted(at)
        assert "Another's" not in page
    assert "In 9<" not in home


def test_the_teams_list_takes_the_same_queries_for_many_tasks(cast, client_for, query_count):
    client = client_for(cast.teacher)
    factories.student_task(student=cast.amina)
    few = query_count(lambda: client.get("/tasks/"))
    for _ in range(40):
        factories.student_task(student=cast.amina)
    assert query_count(lambda: client.get("/tasks/")) == few <= 12
    assert "In none" not in client.get("/tasks/?state=overdue").text


def test_nonsense_in_the_address_fills_nothing_in(cast, client_for):
    assert client_for(cast.teacher).get("/tasks/new/?student=%00").status_code == 200
