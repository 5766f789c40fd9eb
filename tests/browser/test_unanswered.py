"""What a page asks and gets no answer to, it asks again: nothing else might tell it that something is missing."""

from playwright.sync_api import Route, expect

from tests.browser.conftest import Desk
from tests.browser.threads import send, wait_live
from tests.servers import Homeroom


def test_a_page_that_could_neither_follow_nor_catch_up_does_both_as_soon_as_it_can(
    desk: Desk, homeroom: Homeroom
) -> None:
    [(student,)] = homeroom.rows("SELECT id FROM students_student WHERE code = 'HR-00001'")
    staff = desk.sign_in("staff", f"/students/{student}/")
    wait_live(staff)
    page = desk.sign_in("student", "/settings/", viewport={"width": 390, "height": 844})
    failures: list[str] = []

    def fail(route: Route) -> None:
        failures.append(route.request.url)
        if len(failures) % 2:
            return route.fulfill(status=503, body="")
        return route.abort("connectionreset")

    back, questions = False, []

    def refuse(route: Route) -> None:
        if back and len(questions) == 3:
            return route.continue_()
        if back:
            questions.append(route.request.url)
        return fail(route)

    page.route("**/messages/?*after=*", refuse)
    page.route("**/events/**", fail)
    page.goto(homeroom.url)
    expect(page.locator("#live-status[data-state=offline]")).to_be_attached()
    send(staff, "While nothing worked", "everyone")
    expect(staff.locator(".thread-messages")).to_contain_text("While nothing worked")
    expect(page.locator(".thread-messages")).not_to_contain_text("While nothing worked")

    # The stream comes back before the pages do: its first event is the only one that makes the thread ask.
    back = True
    page.unroute("**/events/**")
    expect(page.locator(".thread-messages")).to_contain_text("While nothing worked")
    assert len(questions) == 3
