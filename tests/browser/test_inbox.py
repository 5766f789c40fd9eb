"""Two of the staff work in the inbox at once, with the keyboard and with many tickets ticked."""

import itertools
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import send, wait_live

OPEN = "[data-open-ticket]"


def inbox(desk: Desk, who: str, view: str = "all") -> Page:
    page = desk.sign_in(who, f"/inbox/?view={view}")
    wait_live(page)
    return page


def row_of(page: Page, ticket: str):
    return page.locator(f'[data-ticket="{ticket}"]')


def open_row(page: Page, ticket: str) -> None:
    row_of(page, ticket).locator(".ticket-link").click()
    expect(page.locator(f'[data-open-ticket="{ticket}"]')).to_be_visible()
    expect(row_of(page, ticket)).to_have_attribute("aria-current", "true")


def test_two_of_the_staff_see_what_the_other_and_the_person_do(desk: Desk) -> None:
    mira, jon = inbox(desk, "staff"), inbox(desk, "staff2", "unassigned")
    ticket = mira.locator('[data-ticket][data-status="open"]', has_text="Julia Ali").get_attribute("data-ticket")
    assert ticket
    student = desk.sign_in("student", f"/support/{ticket}/", viewport=PHONE)
    wait_live(student)
    badge = mira.locator("#inbox-unread-count")
    before = int(badge.inner_text())
    new = mira.locator('[data-ticket][data-status="new"]').first.get_attribute("data-ticket")
    assert new

    # The person writes: the row comes up with the words, and is unread for each of the staff.
    send(student, "Is anybody there?")
    expect(mira.locator("[data-ticket]").first).to_have_attribute("data-ticket", ticket)
    expect(row_of(mira, ticket).locator(".ticket-last")).to_contain_text("Is anybody there?")
    expect(row_of(mira, ticket).locator(".unread-badge")).to_have_text(re.compile(r"\d"))
    open_row(mira, ticket)
    expect(row_of(mira, ticket).locator(".unread-badge")).to_have_count(0)
    expect(badge).to_have_text(str(before - 1))

    # A colleague replies: it shows in the list and above the thread.
    jon.goto(f"{jon.url.partition('/inbox')[0]}/tickets/{ticket}/")
    wait_live(jon)
    jon.locator(f"{OPEN} textarea").press_sequentially("One moment", delay=40)
    expect(row_of(mira, ticket).locator(".ticket-replying")).to_have_text("Jon is replying")
    expect(mira.locator(f"{OPEN} .ticket-head .ticket-replying")).to_have_text("Jon is replying")
    jon.locator(f"{OPEN} textarea").fill("")

    # What she does to the ticket closes no menu that he has open in its head, and leaves his focus in it.
    menu = jon.locator(f"{OPEN} .ticket-menu")
    menu.locator("summary").click()
    menu.locator(".inbox-menu-item").last.focus()
    for priority in ("4", "2"):
        with jon.expect_response(re.compile(r"part=head")):
            mira.locator(f"{OPEN} [name=priority]").select_option(priority)
    expect(jon.locator(f"{OPEN} .ticket-log li").first).to_contain_text("set the priority to normal")
    expect(menu).to_have_attribute("open", "")
    expect(menu.locator(".inbox-menu-item").last).to_be_focused()
    jon.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")

    # Both take it at once: the second reads who was first, at its place; the first can take it back.
    jon.route(re.compile(r"part=head"), lambda route: route.abort())
    open_row(mira, new)
    jon.locator(f'[data-ticket="{new}"] .ticket-link').click()
    take = jon.locator(f'[data-open-ticket="{new}"] [name="take"]')
    expect(take).to_be_visible()
    mira.locator(f'[data-open-ticket="{new}"] [name="take"]').click()
    expect(mira.locator(f'[data-open-ticket="{new}"] [name="take"]')).to_have_count(0)
    expect(mira.locator("#inbox-totals")).to_have_text(re.compile(r"^\d+ open, \d+ unassigned$"))
    take.click()
    expect(jon.locator(".ticket-refused").last).to_contain_text("Mira Kaya has taken it already.")
    mira.locator("#toasts [data-undo]").click()
    expect(mira.locator(f'[data-open-ticket="{new}"] [name="take"]')).to_be_visible()
    expect(mira.locator(f"{OPEN} .ticket-log")).to_contain_text("put it back into the queue")


@pytest.fixture
def still(desk: Desk) -> Iterator[Page]:
    """The inbox on a clock that stands still between the steps; its list shows what it was when the page was opened."""
    page = desk.sign_in("staff", "/notifications/")
    context = page.context
    # Nobody else has this profile later: its clock stands still for good.
    desk.contexts.remove(context)
    page.clock.install()
    page.goto(f"{desk.server.url}/inbox/")
    wait_live(page)
    page.route(re.compile(r"/inbox/(\?|$)"), lambda route: route.abort())
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)
    yield page
    context.close()


def test_the_list_asks_once_a_second_and_tells_its_totals_every_ten(still: Page) -> None:
    """Of the modules as the page has them."""
    still.evaluate("""() => {
        window.dues = [];
        document.addEventListener("inbox-due", () => dues.push(Date.now()));
        window.change = (totals) => {
            document.getElementById("tickets").dataset.totals = totals;
            document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: { ctx: {} } }));
        };
    }""")
    for _ in range(100):
        still.evaluate("document.dispatchEvent(new Event('inbox'))")
        still.clock.run_for(50)
    last = still.evaluate("Date.now()")
    still.clock.run_for(2000)
    dues = still.evaluate("dues")
    assert all(after - before >= 1000 for before, after in itertools.pairwise(dues)), dues
    assert len(dues) >= 5, "five seconds of events"
    assert dues[-1] >= last - 50, "the last of them is not left out"

    line = still.locator("#inbox-totals")
    still.evaluate("change('98 open, 7 unassigned')")
    still.clock.run_for(1)
    expect(line).to_have_text("98 open, 7 unassigned")
    still.evaluate("change('99 open, 8 unassigned')")
    still.evaluate("change('97 open, 6 unassigned')")
    still.clock.run_for(9_900)
    assert line.text_content() == "98 open, 7 unassigned"
    still.clock.run_for(200)
    expect(line).to_have_text("97 open, 6 unassigned")


def test_the_inbox_goes_by_keyboard_and_a_row_stays_until_it_is_left(desk: Desk) -> None:
    page = inbox(desk, "staff", "unassigned")
    first, second = (page.locator("[data-ticket]").nth(place).get_attribute("data-ticket") or "" for place in (0, 1))
    page.keyboard.press("j")
    expect(row_of(page, first).locator(".ticket-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f'[data-open-ticket="{first}"]')).to_be_visible()
    assert f"/tickets/{first}/" in page.url
    # Opening took nothing. Taking it leaves the row where it is, dimmed, until another one is opened.
    expect(page.locator(f"{OPEN} [name=take]")).to_be_visible()
    page.keyboard.press("a")
    expect(row_of(page, first)).to_have_attribute("data-dimmed", "")
    page.locator("#toasts [data-undo]").click()
    expect(row_of(page, first)).not_to_have_attribute("data-dimmed", "")
    page.keyboard.press("e")
    expect(row_of(page, first)).to_have_attribute("data-status", "closed")
    expect(row_of(page, first)).to_have_attribute("data-dimmed", "")
    page.locator(f"{OPEN} [data-key=e]", has_text="Reopen").click()
    expect(row_of(page, first)).to_have_attribute("data-status", "open")
    page.keyboard.press("s")
    page.locator(".inbox-menu-item", has_text="Tomorrow").click()
    expect(row_of(page, first)).to_have_attribute("data-status", "snoozed")
    page.locator("#toasts [data-undo]").last.click()
    expect(row_of(page, first)).to_have_attribute("data-status", "open")

    # While one types, letters are letters.
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.locator(f'{OPEN} [name=audience][value="staff"]')).to_be_checked()
    page.keyboard.type("jk e")
    expect(page.locator(f"{OPEN} textarea")).to_have_value("jk e")
    page.locator(f"{OPEN} textarea").fill("")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("zzzz")
    expect(page.locator(".inbox-empty h2", has_text="No ticket matches")).to_be_visible()
    page.locator("[data-view=unassigned]").click()

    # Two ticked rows change together, and back.
    page.locator(".inbox-find input").fill("")
    for ticket in (first, second):
        row_of(page, ticket).hover()
        row_of(page, ticket).locator("input").check()
    expect(page.locator("[data-ticked]")).to_have_text("2 ticked")
    page.locator("#inbox-bulk [name=user]").select_option(label="Me")
    expect(page.locator("#inbox-changed")).to_contain_text("Assigned 2 tickets.")
    expect(row_of(page, second)).to_have_count(0)
    expect(page.locator("#inbox-bulk")).to_be_hidden()
    page.locator("#inbox-changed [data-undo]").click()
    expect(row_of(page, second)).to_be_visible()

    # The keys can be switched off, in this browser and for good.
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_label("Use these keys in this browser").uncheck()
    page.get_by_role("button", name="Done").click()
    page.reload()
    page.keyboard.press("/")
    expect(page.locator(".inbox-find input")).not_to_be_focused()


def test_a_new_ticket_is_a_toast_on_any_page_of_the_staff_and_a_phone_shows_one_thing_at_a_time(desk: Desk) -> None:
    page = desk.sign_in("admin", "/students/")
    wait_live(page)
    phone = desk.sign_in("staff", "/inbox/", viewport=PHONE)
    wait_live(phone)
    phone.locator(".ticket-link").first.click()
    expect(phone.locator(f"{OPEN} .thread")).to_be_visible()
    expect(phone.locator(".inbox-list")).to_be_hidden()
    phone.locator("[data-details]").click()
    expect(phone.locator(".ticket-properties")).to_be_visible()
    expect(phone.locator(f"{OPEN} .thread")).to_be_hidden()
    phone.locator("[data-close-ticket]").click()
    expect(phone.locator(".inbox-list")).to_be_visible()
    pk = phone.locator("[data-ticket]").first.get_attribute("data-ticket")
    page.evaluate(
        """toast => htmx.trigger(document.body, "ticket-began", { data: JSON.stringify({ toast }) })""",
        f"/tickets/{pk}/?part=toast",
    )
    expect(page.locator("#toasts")).to_contain_text("asks support")
