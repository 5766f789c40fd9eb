"""The chat in the browser: a person on a phone or a desk, somebody of the staff on the ticket's page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Desk
from tests.browser.threads import drawn, send, wait_live
from tests.servers import Homeroom

# The main pages of those who have the button.
PAGES = {"student": ["/", "/courses/", "/you/", "/messages/", "/support/"], "teacher": ["/", "/students/", "/courses/"]}
# What has the focus, scrolled into view, and doesn't receive a click at its middle.
COVERED = """() => {
    const found = [];
    const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
    for (const one of document.querySelectorAll(all)) {
        if (one.disabled || one.closest("[popover]:not(:popover-open), dialog:not([open])")) continue;
        if (!one.checkVisibility({ opacityProperty: false, visibilityProperty: true })) continue;
        one.focus();
        if (document.activeElement !== one) continue;
        for (const way of ["start", "end", "nearest"]) {
            one.scrollIntoView({ block: way, behavior: "instant" });
            const { left, top, width, height } = one.getBoundingClientRect();
            if (!width || !height) continue;
            const hit = document.elementFromPoint(left + width / 2, top + height / 2);
            const covered = hit?.closest("#chat-button") && !one.closest("#chat-button");
            if (covered) found.push(`${way}: ${one.outerHTML.slice(0, 120)}`);
        }
    }
    document.activeElement?.blur(); // While one writes on a phone the bar is away.
    return found;
}"""


def panel_of(page: Page):
    return page.locator("#chat-panel")


def area(page: Page):
    return panel_of(page).locator("textarea[name=body]")


def ask(page: Page, text: str) -> None:
    area(page).fill(text)
    area(page).press("Enter")


def bubble(page: Page, text: str):
    return panel_of(page).locator(".thread-messages .message", has_text=text)


def ticket_of(server: Homeroom, who: str) -> int:
    [(number,)] = server.rows(
        "SELECT t.id FROM support_ticket t JOIN accounts_user u ON u.id = t.person_id WHERE u.email = ?"
        " ORDER BY t.id DESC LIMIT 1",
        f"{who}@homeroom.test",
    )
    return number


def answer(staff: Page, text: str) -> None:
    send(staff, text, "everyone")


def test_a_question_from_a_phone_is_answered_live_and_survives_the_network_and_a_reload(
    desk: Desk, homeroom: Homeroom, newcomer
) -> None:
    who, colleague = newcomer("student").who, newcomer("staff").who
    pupil = desk.sign_in(who, "/", viewport=PHONE)
    wait_live(pupil)
    button = pupil.locator("#chat-button")
    expect(pupil.locator(".dock-bar #chat-button")).to_be_visible()
    button.click()
    expect(panel_of(pupil)).to_contain_text("Ask us anything. We reply quickly.")
    assert panel_of(pupil).bounding_box()["width"] == PHONE["width"]
    pupil.context.set_offline(True)
    expect(panel_of(pupil)).to_contain_text("You're offline. Messages will send when you're back.")
    ask(pupil, "Where is my invoice?")
    ask(pupil, "The one of May")
    expect(panel_of(pupil).locator(".message[data-state=queued]")).to_have_count(2)
    pupil.context.set_offline(False)
    expect(bubble(pupil, "The one of May")).to_be_visible()
    texts = panel_of(pupil).locator(".thread-messages [data-message-body]")
    expect(texts).to_have_text([re.compile("Where is my invoice"), re.compile("The one of May")])
    expect(area(pupil)).to_be_focused()

    number = ticket_of(homeroom, who)
    staff = desk.sign_in(colleague, f"/tickets/{number}/")
    wait_live(staff)
    staff.check("[name=audience][value=everyone]")
    staff.locator("textarea[name=body]").press_sequentially("Under You", delay=30)
    expect(panel_of(pupil).locator(".thread-typing")).to_contain_text("is typing")
    staff.press("textarea[name=body]", "Enter")
    expect(bubble(pupil, "Under You")).to_be_visible()
    expect(staff.locator(".message", has_text="Under You")).to_have_attribute("data-tick", "read")
    expect(pupil.locator("#chat-button .unread-badge")).to_be_hidden()

    pupil.reload()
    expect(bubble(pupil, "Under You")).to_be_visible()
    expect(area(pupil)).not_to_be_focused()
    area(pupil).fill("Half a sentence")
    pupil.reload()
    expect(area(pupil)).to_have_value("Half a sentence")
    panel_of(pupil).locator("[data-chat-minimise]").click()
    expect(panel_of(pupil)).to_be_hidden()
    answer(staff, "Found it?")
    expect(pupil.locator("#chat-button .unread-badge")).to_have_text("1")
    button.click()
    expect(bubble(pupil, "Found it?")).to_be_visible()
    expect(pupil.locator("#chat-button .unread-badge")).to_have_text("")
    panel_of(pupil).locator("[data-chat-close]").click()
    expect(panel_of(pupil).locator(".thread")).to_have_count(0)
    pupil.goto(f"{homeroom.url}/you/")
    wait_live(pupil)
    expect(panel_of(pupil)).to_have_count(0)


def test_by_keyboard_alone_one_opens_the_chat_asks_and_is_back_where_one_was(desk: Desk, newcomer) -> None:
    page = desk.sign_in(newcomer("student").who, "/you/", viewport=DESK)
    wait_live(page)
    button = page.locator("#chat-button")
    button.focus()
    page.keyboard.press("Enter")
    expect(area(page)).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    box = panel_of(page).bounding_box()
    assert 360 <= box["width"] <= 420
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    expect(bubble(page, "By keyboard")).to_be_visible()
    expect(area(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel_of(page)).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(bubble(page, "By keyboard")).to_be_visible()
    expect(area(page)).to_be_focused()


def test_without_script_one_asks_and_reads_on_a_page(desk: Desk, newcomer) -> None:
    page = desk.sign_in(newcomer("student").who, "/you/", java_script_enabled=False)
    page.click("#chat-button")
    page.fill("#ask-body", "Without script")
    page.click("#ask button")
    expect(page.locator(".message", has_text="Without script")).to_be_visible()
    page.fill("textarea[name=body]", "And more")
    page.click(".composer-send")
    expect(page.locator(".message", has_text="And more")).to_be_visible()


@pytest.mark.parametrize("who", PAGES)
def test_the_button_covers_nothing(desk: Desk, who: str) -> None:
    page = desk.sign_in(who, "/")
    found = []
    for path in PAGES[who]:
        page.goto(desk.server.url + path)
        for width in (320, 390, 768, 1024, 1280):
            page.set_viewport_size({"width": width, "height": 700})
            drawn(page)
            expect(page.locator("#chat-button")).to_be_visible()
            found += [f"{path} {width} {each}" for each in page.evaluate(COVERED)]
    assert found == []


def test_a_button_in_the_way_is_noticed(desk: Desk) -> None:
    page = desk.sign_in("student", "/you/", viewport=DESK)
    page.evaluate("""() => {
        const sheet = new CSSStyleSheet();
        sheet.insertRule("#chat-button { position: fixed !important; inset: 0 !important; }");
        sheet.insertRule("#chat-button { width: auto !important; height: auto !important; }");
        document.adoptedStyleSheets.push(sheet);
    }""")
    assert page.evaluate(COVERED)
