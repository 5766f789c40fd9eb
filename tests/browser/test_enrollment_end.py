"""The clock moves over the end of an enrollment while the pages of a community are open in a browser."""

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.threads import wait_live
from tests.demo import Newcomers
from tests.pace import Pace

# Seconds in which three pages open on a busy machine.
SOON = 20
# Somebody has asked and somebody has chatted; then the student's place ends at a moment.
SCRIPT = """
import uuid
from datetime import UTC, datetime
from apps.accounts.models import User
from apps.community import actions
from apps.conversations.actions import send_message
from apps.courses import actions as courses
from apps.courses.models import Course, Enrollment
community = Course.objects.get(pk={course}).community
teacher = User.objects.get(email="{teacher}@homeroom.test")
topic = actions.start_topic(teacher, community, actions.NewTopic("Primes", "Is 1 one?", uuid.uuid4()))
send_message(teacher, community.chat, "Welcome")
rows = Enrollment.objects.filter(student={student}, course={course})
rows.update(expires_at=datetime.fromtimestamp({end}, UTC))
courses.look_ahead()
print("topic", topic.pk)
"""
# It is said once.
REFUSED = re.compile("isn't yours to see|no longer open to you")
# When each stream of a page ended that was open at a moment, in seconds since 1970.
ENDED = """since => performance.getEntriesByType("resource").filter(({ name }) => name.includes("/events/"))
    .map(({ responseEnd }) => (performance.timeOrigin + responseEnd) / 1000).filter(end => end > since)"""


def test_the_clock_alone_closes_the_list_a_topic_and_the_chat(desk: Desk, newcomer: Newcomers, pace: Pace) -> None:
    """Within a second the streams end, the pages say that they are no longer open, and their addresses are not found.

    Three pages in one test: what costs is the wait for the end.
    """
    learner = newcomer("learner")
    built = desk.server.run("-m", "tests.browser.build_community", learner.teacher, str(learner.student))
    course, end = int(built.stdout), time.time() + SOON
    script = SCRIPT.format(course=course, teacher=learner.teacher, student=learner.student, end=end)
    topic = desk.server.manage("shell", "-v0", "-c", script).stdout.split("topic ")[1].strip()
    # What each shows, where, and what stands there afterwards.
    shown = {
        f"/courses/{course}/community/": ("Primes", "[data-results]", "isn't yours to see"),
        f"/topics/{topic}/": ("Is 1 one?", ".thread", "no longer open to you"),
        f"/courses/{course}/community/chat/": ("Welcome", ".thread", "no longer open to you"),
    }
    pages: dict[str, Page] = {path: desk.sign_in(learner.who, path) for path in shown}
    for path, page in pages.items():
        wait_live(page)
        expect(page.locator(shown[path][1])).to_contain_text(shown[path][0])
    opened = time.time()
    assert opened < end, "the machine is too slow to see the streams open"
    began = time.monotonic() + end - opened
    for path, page in pages.items():
        text, where, said = shown[path]
        expect(page.locator(where)).to_contain_text(said)
        expect(page.get_by_text(REFUSED)).to_have_count(1)
        expect(page.get_by_text(text)).to_have_count(0)
        # Nor how much there is, nor fields that would narrow it.
        expect(page.get_by_text("1 topic")).to_have_count(0)
        expect(page.get_by_role("search")).to_have_count(0)
        closed = min(page.evaluate(ENDED, opened))
        assert closed > end - 0.05, "it stays open until the end"
        pace.assert_within(1, began, began + closed - end)
    for path, page in pages.items():
        answer = page.goto(desk.server.url + path)
        assert answer
        assert answer.status == 404, path
