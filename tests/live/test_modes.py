"""What holds on a stream, in each of the three modes."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Desk
from tests.browser.threads import assert_equal_to_database, send, wait_live
from tests.live.conftest import Mode
from tests.live.readers import OPEN, People
from tests.pace import Pace


def channel(people: People, student: int, suffix: str = "") -> str:
    return f"student-{people.student(student)['id']}{suffix}"


def test_a_post_is_seen_by_whoever_follows_the_thread_and_by_nobody_else(people: People) -> None:
    staff = people.follow("staff0", channel(people, 0), channel(people, 0, "-staff"))
    student = people.follow("student0", channel(people, 0))
    other = people.follow("student1", channel(people, 1))
    for number in range(5):
        people.say("staff1", 0, f"number {number}")
    for reader in (staff, student):
        reader.until("number 4")
        assert re.findall(r"number \d", reader.heard) == [f"number {n}" for n in range(5)], "each once, in order"
    assert "number" not in other.heard


def test_what_staff_say_among_themselves_never_comes_on_a_students_stream(people: People) -> None:
    staff = people.follow("staff0", channel(people, 0), channel(people, 0, "-staff"))
    student = people.follow("student0", channel(people, 0))
    people.say("staff1", 0, "among us", "staff")
    people.say("staff1", 0, "to everyone")
    staff.until("among us")
    student.until("to everyone")
    assert "among us" not in student.heard


@pytest.mark.parametrize(
    ("who", "student", "suffix"), [("student0", 0, "-staff"), ("student0", 1, ""), ("teacher1", 0, "")]
)
def test_a_channel_that_one_may_not_read_is_not_found(people: People, who: str, student: int, suffix: str) -> None:
    reader = people.follow(who, channel(people, student, suffix))
    assert reader.status == 404
    assert people.follow(who, "student-999999").status == 404, "and neither is one that doesn't exist"


def test_what_was_said_while_one_was_away_is_caught_up_with(people: People) -> None:
    before = people.follow("student2", channel(people, 2))
    people.say("staff0", 2, "while here")
    before.until("while here")
    before.close()
    witness = people.follow("staff0", channel(people, 2))
    people.say("staff0", 2, "while away")
    witness.until("while away")
    again = people.follow("student2", channel(people, 2))
    again.until(OPEN)
    thread = people.student(2)["conversation"]
    assert "while away" not in again.heard
    missed = people.get("student2", f"/conversations/{thread}/messages/?after=1")
    assert "while away" in missed.text
    assert "while here" not in missed.text


def test_a_changed_and_a_deleted_message_travel_to_whoever_may_read_them(people: People) -> None:
    staff = people.follow("staff0", channel(people, 3), channel(people, 3, "-staff"))
    student = people.follow("student3", channel(people, 3))
    for audience in ("everyone", "staff"):
        people.say("staff1", 3, f"first for {audience}", audience)
    thread = people.student(3)["conversation"]
    sql = "SELECT id, audience FROM conversations_message WHERE conversation_id = ? AND body LIKE 'first for %'"
    for pk, audience in people.server.rows(sql, thread):
        path = f"/conversations/{thread}/messages/{pk}/"
        assert people.post("staff1", path, body=f"second for {audience}").status_code == 200
        assert people.delete("staff1", path).status_code == 200
        staff.until(f'id="message-{pk}"', 3)
        if audience == "everyone":
            student.until(f'id="message-{pk}"', 3)
    assert "second for everyone" in student.heard
    assert "second for staff" in staff.heard
    assert "for staff" not in student.heard


def test_who_loses_a_student_is_cut_off_within_a_second_and_told_nothing_more(people: People, pace: Pace) -> None:
    kept = people.follow("teacher1", channel(people, 1))
    lost = people.follow("teacher0", channel(people, 4), channel(people, 4, "-staff"))
    student = people.student(4)
    answer = people.post("staff0", f"/batches/{student['batch']}/students/{student['id']}/removal/")
    assert answer.status_code == 200, answer.text
    began = time.monotonic()
    people.say("staff0", 4, "a secret")
    lost.until_ended(60)
    pace.assert_within(1, began)
    assert "a secret" not in lost.heard
    assert people.follow("teacher0", channel(people, 4)).status == 404
    assert not kept.ended


def test_a_stream_ends_with_its_session(people: People, pace: Pace) -> None:
    reader = people.follow("staff2", channel(people, 0))
    answer = people.post("staff2", "/accounts/logout/")
    assert answer.status_code in {200, 204, 302}, answer.text
    began = time.monotonic()
    people.say("staff0", 0, "after the end")
    reader.until_ended(60)
    pace.assert_within(1, began)
    assert "after the end" not in reader.heard
    assert people.follow("staff2", channel(people, 0)).status == 404


def test_whoever_is_deactivated_hears_nothing_more_within_a_second(people: People, pace: Pace) -> None:
    person = people.academy.people["student7"]["id"]
    theirs, tab = (people.follow("student7", channel(people, 7), f"user-{person}") for _ in range(2))
    classmate = people.follow("student5", channel(people, 5))
    assert people.post("admin", f"/people/{person}/deactivation/").status_code == 302
    began = time.monotonic()
    for stream in (theirs, tab):
        stream.until_ended(60)
    pace.assert_within(1, began)
    assert people.follow("student7", channel(people, 7)).status == 404
    thread = people.student(7)["conversation"]
    assert people.post("student7", f"/conversations/{thread}/messages/", body="Am I in?").status_code == 401
    people.say("staff0", 5, "still here")
    classmate.until("still here")
    assert not classmate.ended


ENDS_IN = """
from datetime import datetime, UTC
from apps.courses import actions
from apps.courses.models import Enrollment
rows = Enrollment.objects.filter(student={student})
rows.update(expires_at=datetime.fromtimestamp({end}, UTC))
actions.look_ahead()
print("course", *rows.values_list("course", flat=True))
"""


def test_access_that_ends_by_the_clock_ends_the_streams_within_a_second(people: People, pace: Pace) -> None:
    student = people.student(8)
    end = time.time() + 15
    said = people.server.manage("shell", "-v0", "-c", ENDS_IN.format(student=student["id"], end=end)).stdout
    course = re.findall(r"course (\d+)", said)[0]
    streams = [people.follow("student8", f"course-{course}"), people.follow("teacher0", channel(people, 8))]
    assert [stream.status for stream in streams] == [200, 200]
    assert time.time() < end, "the machine is too slow to see the stream open"
    began = time.monotonic() + end - time.time()
    for stream in streams:
        stream.until_ended(60)
    pace.assert_within(1, began)
    assert time.time() >= end
    assert people.follow("student8", f"course-{course}").status == 404
    assert people.follow("teacher0", channel(people, 8)).status == 404


def test_rights_that_change_for_the_better_keep_or_reopen_the_stream(people: People, mode: Mode) -> None:
    """Where Pushpin holds the stream it ends, and who comes back is let in; elsewhere nothing is noticed."""
    reader = people.follow("teacher0", channel(people, 6))
    student = people.student(0)
    people.post("staff0", f"/batches/{student['batch']}/students/{student['id']}/removal/")
    if mode.name == "many_machines":
        reader.until_ended(60)
        reader = people.follow("teacher0", channel(people, 6))
    people.say("staff0", 6, "still here")
    reader.until("still here")
    assert "still here" in reader.heard


@pytest.fixture
def desk(chromium: Browser, mode: Mode) -> Iterator[Desk]:
    desk = Desk(chromium, mode.server)
    yield desk
    for context in desk.contexts:
        context.close()
    assert desk.complaints == []


def test_two_people_talk_and_what_staff_say_stays_among_staff(desk: Desk, mode: Mode) -> None:
    student = mode.academy.students[0]
    thread = student["conversation"]
    staff, colleague = (desk.sign_in(who, f"/students/{student['id']}/") for who in ("staff0", "staff1"))
    theirs = desk.sign_in("student0", "/")
    for page in (staff, colleague, theirs):
        wait_live(page)
    send(staff, "For you", "everyone")
    expect(theirs.locator("[data-message-body]", has_text="For you")).to_be_visible()
    send(theirs, "Thank you")
    expect(staff.locator("[data-message-body]", has_text="Thank you")).to_be_visible()
    send(staff, "Between us", "staff")
    expect(colleague.locator("[data-message-body]", has_text="Between us")).to_be_visible()
    send(theirs, "Anything else?")
    expect(staff.locator("[data-message-body]", has_text="Anything else?")).to_be_visible()
    expect(theirs.locator("[data-message-body]", has_text="Between us")).to_have_count(0)
    for page in (staff, colleague):
        expect(page.locator("[data-message-body]", has_text="Anything else?")).to_be_visible()
        assert_equal_to_database(page, mode.server, thread)
    assert_equal_to_database(theirs, mode.server, thread, staff=False)


def test_who_is_told_hears_of_it_on_each_device_and_so_does_who_has_read_it_on_another(people: People) -> None:
    """The worker tells them, which is another process but in the embedded mode. Nobody else writes to this student."""
    me, somebody = (people.academy.people[who]["id"] for who in ("student8", "teacher1"))
    laptop, phone = (people.follow("student8", f"user-{me}") for _ in range(2))
    other = people.follow("teacher1", f"user-{somebody}")
    people.server.wait_for(f"{people.server.url}/readyz")  # The worker has started.
    people.say("staff1", 8, "for the bell")
    for device in (laptop, phone):
        device.until("event: bell")
        device.until("for the bell")  # The toast.
    assert people.get("student8", "/notifications/unread/").text == "1"
    thread = people.student(8)["conversation"]
    [(key,)] = people.server.rows("SELECT MAX(key) FROM conversations_message WHERE conversation_id = ?", thread)
    assert people.post("student8", f"/conversations/{thread}/position/", page="abc", read=str(key)).status_code < 300
    for device in (laptop, phone):
        device.until("event: bell", 2)
    assert people.get("student8", "/notifications/unread/").text == ""
    assert "for the bell" not in other.heard
