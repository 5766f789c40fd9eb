"""Who sends too quickly loses nothing: the message waits as long as the server says."""

import time

from playwright.sync_api import Route, expect

from tests.browser.conftest import Desk
from tests.browser.threads import send, wait_live
from tests.servers import Homeroom


def test_a_message_that_came_too_quickly_is_sent_when_the_server_said(desk: Desk, homeroom: Homeroom) -> None:
    page = desk.sign_in("student")
    wait_live(page)
    asked: list[float] = []

    def refuse_once(route: Route) -> None:
        if route.request.method == "POST":
            asked.append(time.monotonic())
            if len(asked) == 1:
                return route.fulfill(status=429, headers={"Retry-After": "4"}, body="<p>Too quick</p>")
        return route.continue_()

    page.route("**/messages/*", refuse_once)
    send(page, "Sent too quickly")
    expect(page.locator(".thread-pending")).to_contain_text("Sent too quickly")
    expect(page.locator(".composer-error")).to_have_text("Too quick")
    expect(page.locator(".thread-messages")).to_contain_text("Sent too quickly")
    expect(page.locator(".composer-error")).to_be_empty()
    assert len(asked) == 2
    assert asked[1] - asked[0] >= 4, "a second is what an outage waits"
    assert homeroom.rows("SELECT count(*) FROM conversations_message WHERE body = 'Sent too quickly'") == [(1,)]
