"""A phone and a network that comes and goes, in a real browser: what is begun is finished, or says why not."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.test_thread import student
from tests.browser.test_tools import LONGER, message
from tests.browser.threads import stored, wait_live
from tests.servers import Homeroom

COMPOSER = "textarea[name=body]"
LOST = "can't be reached"


@pytest.fixture
def phone(desk: Desk, homeroom: Homeroom) -> Page:
    """A member of staff at a student's thread, on a phone."""
    pk, _ = student(homeroom, 27)
    page = desk.sign_in("staff", f"/students/{pk}/", viewport=PHONE, has_touch=True, is_mobile=True)
    wait_live(page)
    return page


def test_a_tap_on_undo_counts_while_the_keyboard_is_open(phone: Page, homeroom: Homeroom) -> None:
    _, thread = student(homeroom, 27)
    phone.locator(".thread-foot").evaluate(LONGER)
    phone.locator(COMPOSER).tap()
    phone.locator(COMPOSER).fill("too early")
    phone.locator(".composer-send").tap()
    undo = message(phone, "too early").get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    box = undo.bounding_box()
    assert box
    phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(phone.locator(COMPOSER)).to_have_value("too early")
    expect(phone.locator(COMPOSER)).to_be_focused()
    assert "too early" not in [row[3] for row in stored(homeroom, thread)]


def test_while_a_message_is_edited_no_files_are_offered(phone: Page) -> None:
    phone.locator(COMPOSER).fill("with a slip")
    phone.locator(".composer-send").tap()
    expect(message(phone, "with a slip")).to_be_visible()
    expect(phone.locator(".composer-attach")).to_be_visible()
    phone.locator(COMPOSER).press("ArrowUp")
    phone.keyboard.press("e")
    expect(phone.get_by_text("Editing")).to_be_visible()
    expect(phone.locator(".composer-attach")).to_be_hidden()


def test_a_search_that_found_no_network_says_so_and_goes_on_with_it(phone: Page) -> None:
    phone.locator(".thread .thread-more").tap()
    phone.locator(".thread [data-find]").tap()
    phone.context.set_offline(True)
    phone.locator(".thread-find input[name=q]").fill("the")
    found = phone.locator(".thread-found")
    expect(found).to_contain_text(LOST)
    expect(phone.locator("#toasts")).not_to_contain_text(LOST)
    phone.context.set_offline(False)
    expect(found.locator(".hit, h2").first).to_be_visible()


def test_back_on_the_network_a_page_is_live_at_once_and_complains_no_longer(phone: Page) -> None:
    phone.context.set_offline(True)
    expect(phone.locator("#live-status")).to_have_attribute("data-state", "offline")
    phone.locator(COMPOSER).press("ArrowUp")
    phone.keyboard.press("p")
    expect(phone.locator("#toasts")).to_contain_text(LOST)
    phone.context.set_offline(False)
    wait_live(phone)
    expect(phone.locator("#toasts")).not_to_contain_text(LOST)
