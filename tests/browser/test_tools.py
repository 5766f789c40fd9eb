"""What one does to a message, in a real browser: with a pointer, on a phone, with the keyboard alone."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.test_thread import student
from tests.browser.threads import assert_equal_to_database, send, shown, wait_live
from tests.servers import Homeroom

# What was sent can be taken back for longer than a busy machine takes to find the button.
LONGER = "foot => { foot.dataset.undoSeconds = 60 }"


def message(page: Page, text: str) -> Locator:
    """A message that everyone got (not one under way), by its text."""
    return page.locator(".thread-messages > .message", has=page.locator("[data-message-body]", has_text=text)).last


def do(page: Page, text: str, verb: str) -> None:
    """Point at a message and press a button of its toolbar."""
    message(page, text).hover()
    message(page, text).get_by_role("button", name=verb, exact=True).click()


@dataclass
class Two:
    """Pages of two members of staff at the same student."""

    one: Page
    other: Page
    thread: int
    server: Homeroom


def both(desk: Desk, homeroom: Homeroom, number: int) -> Two:
    pk, thread = student(homeroom, number)
    one, other = desk.sign_in("staff", f"/students/{pk}/"), desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(one)
    wait_live(other)
    return Two(one, other, thread, homeroom)


def test_what_is_edited_deleted_or_taken_back_is_so_for_the_other_too(desk: Desk, homeroom: Homeroom) -> None:
    two = both(desk, homeroom, 21)
    assert_an_edit_is_seen_by_the_other_and_the_draft_comes_back(two)
    assert_what_is_deleted_while_it_is_edited_keeps_its_text(two)
    assert_deleting_asks_first_and_leaves_a_tombstone_with_everyone(two)
    assert_undo_takes_a_message_back_from_every_page_and_gives_its_text_back(two)


def test_replies_and_pins_reach_the_other_and_the_keyboard_does_it_all(desk: Desk, homeroom: Homeroom) -> None:
    two = both(desk, homeroom, 26)
    assert_a_reply_carries_its_quote_and_the_quote_leads_there(two)
    assert_what_is_pinned_stands_above_both_pages_at_once(two)
    assert_the_keyboard_alone_goes_through_it_all(two)
    assert_a_new_message_is_read_out_once_and_an_edited_one_is_not_new(two)


def assert_an_edit_is_seen_by_the_other_and_the_draft_comes_back(two: Two) -> None:
    one, other = two.one, two.other
    send(one, "The test is on Munday", "everyone")
    expect(message(other, "on Munday")).to_be_visible()
    area = one.locator("textarea[name=body]")
    area.fill("half a thought")
    do(one, "on Munday", "Edit")
    expect(area).to_have_value("The test is on Munday")
    expect(one.get_by_text("Editing")).to_be_visible()
    area.fill("The test is on Monday")
    area.press("Enter")
    expect(message(other, "on Monday")).to_contain_text("edited")
    expect(area).to_have_value("half a thought")
    expect(one.get_by_text("Editing")).to_have_count(0)
    do(one, "on Monday", "Edit")
    area.fill("never mind")
    one.reload()
    expect(area).to_have_value("half a thought")
    area.fill("")
    wait_live(one)
    assert_equal_to_database(one, two.server, two.thread)
    assert_equal_to_database(other, two.server, two.thread)


def assert_what_is_deleted_while_it_is_edited_keeps_its_text(two: Two) -> None:
    one, other = two.one, two.other
    send(one, "to be fought over", "staff")
    do(one, "to be fought over", "Edit")
    area = one.locator("textarea[name=body]")
    area.fill("to be fought over, at length")
    do(other, "to be fought over", "Delete")
    other.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(one.locator(".composer-error")).to_contain_text("deleted meanwhile")
    expect(area).to_have_value("to be fought over, at length")
    expect(one.get_by_text("Editing")).to_have_count(0)
    area.fill("")


def assert_deleting_asks_first_and_leaves_a_tombstone_with_everyone(two: Two) -> None:
    one, other = two.one, two.other
    send(one, "said in anger", "everyone")
    expect(message(other, "said in anger")).to_be_visible()
    ident = message(other, "said in anger").get_attribute("id")
    do(one, "said in anger", "Delete")
    one.get_by_role("button", name="Keep it").click()
    expect(message(one, "said in anger")).to_be_visible()
    do(one, "said in anger", "Delete")
    one.get_by_role("dialog").get_by_role("button", name="Delete").click()
    for page in (one, other):
        expect(page.locator(f"#{ident}")).to_contain_text("This message was deleted.")
        expect(page.get_by_text("said in anger")).to_have_count(0)
    other.locator(f"#{ident}").hover()
    expect(other.locator(f"#{ident}").get_by_role("toolbar")).to_have_count(0)


def assert_undo_takes_a_message_back_from_every_page_and_gives_its_text_back(two: Two) -> None:
    one, other = two.one, two.other
    one.locator(".thread-foot").evaluate(LONGER)
    send(one, "stays", "everyone")
    send(one, "too early", "everyone")
    expect(message(other, "too early")).to_be_visible()
    expect(other.get_by_role("button", name="Undo sending")).to_have_count(0)
    ident = message(one, "too early").get_attribute("id")
    message(one, "too early").get_by_role("button", name="Undo sending").click()
    expect(one.locator("textarea[name=body]")).to_have_value("too early")
    for page in (one, other):
        expect(page.locator(f"#{ident}")).to_be_hidden()
        expect(page.locator(f"#{ident}")).to_have_text("")
        assert "too early" not in page.locator(".thread-messages").inner_text()
    live = shown(other, two.thread)
    other.reload()
    wait_live(other)
    assert shown(other, two.thread) == live
    one.locator("textarea[name=body]").fill("")


def test_the_toast_of_a_message_goes_with_it(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 1)
    pupil = desk.sign_in("student")
    wait_live(pupil)
    send(pupil, "anybody there?")
    expect(message(pupil, "anybody there?")).to_be_visible()
    pupil.goto("about:blank")  # Whoever has read it is told by no toast.
    elsewhere = desk.sign_in("student", "/messages/")
    wait_live(elsewhere)
    staff = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(staff)
    staff.locator(".thread-foot").evaluate(LONGER)
    send(staff, "not for you", "everyone")
    toast = elsewhere.locator("#toasts", has_text="not for you")
    expect(toast).to_be_visible()
    elsewhere.locator("#toasts .toast-item").hover()  # Or it would go by itself.
    staff.get_by_role("button", name="Undo sending").click()
    expect(toast).to_have_count(0)


def test_undo_is_offered_for_ten_seconds(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 25)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    page.clock.install()
    send(page, "for good", "staff")
    undo = page.get_by_role("button", name="Undo sending")
    expect(undo).to_be_visible()
    page.clock.fast_forward(10_500)
    expect(undo).to_have_count(0)


def flashes(page: Page, found: Locator, link: Locator) -> None:
    """Follow a link to a message, which is marked for two seconds."""
    ident = found.get_attribute("id")
    page.evaluate(
        """id => { window.found = ''; new MutationObserver(() => {
            if (document.querySelector(`#${id}[data-found]`)) window.found = id;
        }).observe(document.body, { subtree: true, attributeFilter: ['data-found'] }) }""",
        ident,
    )
    link.click()
    page.wait_for_function("id => window.found === id", arg=ident)


def assert_a_reply_carries_its_quote_and_the_quote_leads_there(two: Two) -> None:
    one, other = two.one, two.other
    send(one, "Which room is it?", "everyone")
    expect(message(other, "Which room is it?")).to_be_visible()
    do(other, "Which room is it?", "Reply")
    expect(other.locator(".composer-quote")).to_contain_text("Which room is it?")
    send(other, "Room 7")
    expect(other.locator(".composer-quote")).to_have_count(0)
    quote = message(one, "Room 7").locator(".message-quote")
    expect(quote).to_contain_text("Which room is it?")
    flashes(one, message(one, "Which room is it?"), quote)
    do(one, "Room 7", "Reply")
    one.keyboard.press("Escape")
    expect(one.locator(".composer-quote")).to_have_count(0)
    send(one, "without a quote")
    expect(message(one, "without a quote")).to_be_visible()
    expect(message(one, "without a quote").locator(".message-quote")).to_have_count(0)


def test_a_reply_to_a_staff_message_stays_among_staff(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 27)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    send(page, "between us", "staff")
    everyone = page.locator("[name=audience][value=everyone]")
    everyone.check()
    do(page, "between us", "Reply")
    expect(page.locator("[name=audience][value=staff]")).to_be_checked()
    expect(everyone).to_be_disabled()
    page.get_by_role("button", name="Don't reply to this message").click()
    expect(everyone).to_be_enabled()
    expect(everyone).to_be_checked()
    do(page, "between us", "Reply")
    send(page, "and this too")
    expect(message(page, "and this too")).to_have_attribute("data-audience", "staff")
    expect(page.locator("[name=audience][value=staff]")).to_be_checked()


def assert_what_is_pinned_stands_above_both_pages_at_once(two: Two) -> None:
    one, other = two.one, two.other
    send(one, "Office hours are on Friday", "everyone")
    expect(message(other, "Office hours")).to_be_visible()
    do(one, "Office hours", "Pin")
    for page in (one, other):
        expect(page.locator(".thread-pins")).to_contain_text("Office hours are on Friday")
    do(one, "Office hours", "Edit")
    one.locator("textarea[name=body]").fill("Office hours are on Thursday")
    one.press("textarea[name=body]", "Enter")
    expect(other.locator(".thread-pins")).to_contain_text("Thursday")
    flashes(other, message(other, "Office hours"), other.locator(".thread-pins").get_by_role("link"))
    other.locator(".thread-pins").get_by_role("button", name="Unpin").click()
    for page in (one, other):
        expect(page.locator(".thread-pins")).to_be_hidden()


def test_a_copied_link_opens_the_thread_at_its_message(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 2)
    page = desk.sign_in("staff", f"/students/{pk}/", permissions=["clipboard-read", "clipboard-write"])
    wait_live(page)
    ident = page.locator(".thread-messages > .message").first.get_attribute("id")
    # By its id: what is older comes in above it once the pointer is there.
    first = page.locator(f"#{ident}")
    first.hover()
    first.get_by_role("button", name="Copy link").click()
    expect(page.locator(".thread-note")).to_have_text("Link copied")
    # No page may read the clipboard by script; whoever pastes may.
    area = page.locator("textarea[name=body]")
    area.press("Control+v")
    expect(area).not_to_have_value("")
    page.goto(area.input_value())
    expect(page.locator(f"#{ident}")).to_be_in_viewport()


def test_only_what_one_may_do_is_offered(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 1)
    staff = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(staff)
    send(staff, "from the office", "everyone")
    pupil = desk.sign_in("student")
    wait_live(pupil)
    send(pupil, "from home")
    offered = "m => [...m.querySelectorAll('[data-tool]')].filter(b => b.checkVisibility()).map(b => b.dataset.tool)"
    for page, text, tools in (
        (pupil, "from the office", ["react", "reply", "link"]),
        (pupil, "from home", ["react", "reply", "edit", "link", "delete"]),
        (staff, "from home", ["react", "reply", "pin", "link", "delete"]),
        (staff, "from the office", ["react", "reply", "edit", "pin", "link", "delete"]),
    ):
        message(page, text).hover()
        expect(message(page, text).get_by_role("toolbar")).to_be_visible()
        assert message(page, text).evaluate(offered) == tools


def test_on_a_phone_a_long_press_opens_a_sheet(desk: Desk, homeroom: Homeroom) -> None:
    pupil = desk.sign_in("student", viewport=PHONE, has_touch=True, is_mobile=True)
    wait_live(pupil)
    send(pupil, "sent with a thumb")
    expect(message(pupil, "sent with a thumb")).to_be_visible()
    box = message(pupil, "sent with a thumb").locator("[data-message-body]").bounding_box()
    assert box
    touch = pupil.context.new_cdp_session(pupil)
    point = {"x": box["x"] + 20, "y": box["y"] + 12}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    sheet = pupil.get_by_role("dialog", name="This message")
    expect(sheet).to_be_visible()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(sheet.get_by_role("button", name="Pin")).to_have_count(0)
    for button in sheet.get_by_role("button").all():
        size = button.bounding_box()
        assert size
        assert min(size["height"], size["width"]) >= 44
    sheet.get_by_role("button", name="Edit").tap()
    expect(sheet).to_be_hidden()
    pupil.fill("textarea[name=body]", "sent with two thumbs")
    pupil.get_by_role("button", name="Save").tap()
    expect(message(pupil, "sent with two thumbs")).to_contain_text("edited")
    # While one writes, a tap puts the keyboard away and no more. Outside the sheet is away from it.
    pupil.locator("textarea[name=body]").tap()
    message(pupil, "two thumbs").locator("[data-message-body]").tap()
    expect(pupil.locator("textarea[name=body]")).not_to_be_focused()
    expect(sheet).to_be_hidden()
    message(pupil, "two thumbs").locator("[data-message-body]").tap()
    expect(sheet).to_be_visible()
    pupil.touchscreen.tap(195, 20)
    expect(sheet).to_be_hidden()
    message(pupil, "two thumbs").locator("[data-message-body]").tap()
    sheet.get_by_role("button", name="Delete").tap()
    pupil.get_by_role("dialog", name="Delete this message?").get_by_role("button", name="Delete").tap()
    expect(pupil.get_by_text("two thumbs")).to_have_count(0)


def assert_the_keyboard_alone_goes_through_it_all(two: Two) -> None:
    one, other = two.one, two.other
    send(other, "first from the other", "staff")
    expect(message(one, "first from the other")).to_be_visible()
    send(one, "mine", "staff")
    expect(message(one, "mine")).to_be_visible()
    keys = one.keyboard
    area = one.locator("textarea[name=body]")
    area.focus()
    keys.press("ArrowUp")
    expect(message(one, "mine")).to_be_focused()
    keys.press("e")
    expect(area).to_be_focused()
    expect(area).to_have_value("mine")
    keys.type(" indeed")
    keys.press("Enter")
    expect(message(other, "mine indeed")).to_be_visible()
    expect(area).to_have_value("")
    expect(area).to_be_focused()
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(message(one, "first from the other")).to_be_focused()
    keys.press("r")
    expect(one.locator(".composer-quote")).to_contain_text("first from the other")
    keys.type("a reply")
    keys.press("Enter")
    expect(message(other, "a reply").locator(".message-quote")).to_be_visible()
    expect(message(one, "a reply")).to_be_visible()
    keys.press("ArrowUp")
    keys.press("p")
    expect(other.locator(".thread-pins")).to_contain_text("a reply")
    # The message came anew, and is still where the keyboard is.
    expect(message(one, "a reply")).to_be_focused()
    keys.press("Enter")
    expect(one.get_by_role("button", name="React")).to_be_focused()
    keys.press("ArrowLeft")
    expect(one.get_by_role("button", name="Delete", exact=True)).to_be_focused()
    keys.press("Escape")
    expect(message(one, "a reply")).to_be_focused()
    keys.press("Delete")
    keys.press("Escape")
    expect(message(one, "a reply")).to_be_focused()
    keys.press("Delete")
    expect(one.get_by_role("button", name="Keep it")).to_be_focused()
    # What has just opened sends nothing yet.
    expect(one.locator("dialog[open] [aria-disabled=true]")).to_have_count(0)
    keys.press("Tab")
    keys.press("Enter")
    expect(other.get_by_text("a reply", exact=True)).to_have_count(0)
    keys.press("Home")
    expect(one.locator(".thread-messages > .message").first).to_be_focused()
    keys.press("Escape")
    expect(area).to_be_focused()


def assert_a_new_message_is_read_out_once_and_an_edited_one_is_not_new(two: Two) -> None:
    one, other = two.one, two.other
    # What is read out is in a closed tree: hear what comes into its polite region.
    one.add_init_script("""
        window.said = [];
        const attach = Element.prototype.attachShadow;
        Element.prototype.attachShadow = function (options) {
            const root = attach.call(this, options);
            new MutationObserver((changes) => {
                for (const { addedNodes, target } of changes)
                    if (target.ariaLive === 'polite') for (const node of addedNodes) window.said.push(node.textContent);
            }).observe(root, { childList: true, subtree: true });
            return root;
        };
    """)
    one.reload()
    wait_live(one)
    assert one.locator(".thread-messages").get_attribute("aria-live") == "off"
    send(other, "listen", "staff")
    expect(message(one, "listen")).to_be_visible()
    do(other, "listen", "Edit")
    other.fill("textarea[name=body]", "listen well")
    other.press("textarea[name=body]", "Enter")
    expect(message(one, "listen well")).to_be_visible()
    do(other, "listen well", "Pin")
    expect(one.locator(".thread-pins")).to_contain_text("listen well")
    send(one, "my own", "staff")
    expect(message(one, "my own")).to_be_visible()
    said = [re.sub(r"\s+", " ", line) for line in one.evaluate("() => window.said")]
    assert [line for line in said if "listen" in line] == [said[0]]
    assert said[0].endswith("Team note: listen")
    assert not [line for line in said if "my own" in line]
    do(other, "listen well", "Unpin")
