"""The chat's panel where something is in the way: refused files, no network, a failure, closed, out of hours."""

import datetime
import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DESK, PHONE, Desk
from tests.browser.test_files import chosen
from tests.browser.test_support_chat import area, ask, bubble, panel_of, ticket_of
from tests.browser.threads import wait_live
from tests.conversations.files import PDF, picture
from tests.servers import Homeroom

RED = "getComputedStyle(document.documentElement).getPropertyValue('--color-error').trim()"


def choose(page: Page, *files: dict[str, object]) -> None:
    panel_of(page).locator("[data-attach] input").set_input_files(list(files))


def chip(page: Page, name: str):
    return panel_of(page).locator(".file-chip", has_text=name)


def attached(server: Homeroom, ticket: int) -> list[tuple[str, str]]:
    return server.rows(
        "SELECT m.body, f.name FROM support_ticket t JOIN conversations_message m USING (conversation_id)"
        " LEFT JOIN conversations_attachment a ON a.message_id = m.id LEFT JOIN files_storedfile f ON f.id = a.file_id"
        " WHERE t.id = ? ORDER BY m.key, a.id",
        ticket,
    )


def test_files_of_a_first_message_failure_and_a_closed_conversation(desk: Desk, homeroom: Homeroom, newcomer) -> None:
    who = newcomer("student").who
    page = desk.sign_in(who, "/you/", viewport=PHONE)
    wait_live(page)
    page.locator("#chat-button").click()
    area(page).fill("Half a sentence")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    # Of the wrong kind, and too large: said at the file, before a byte of it is sent; what was typed stays.
    panel_of(page).locator("[data-attach]").evaluate("label => { label.dataset.maxBytes = 1000 }")
    choose(page, chosen("tool.exe", b"MZ", "application/x-msdownload"), chosen("long.pdf", PDF + b"a" * 2000))
    expect(chip(page, "tool.exe")).to_contain_text("can't be sent here")
    expect(chip(page, "long.pdf")).to_contain_text("too large")
    assert not [url for url in asked if "/support/files/" in url]
    # The server looks at what is in it.
    choose(page, chosen("notes.png", b"<!doctype html><script>1</script>", "image/png"))
    expect(chip(page, "notes.png")).to_have_attribute("data-state", "failed")
    expect(chip(page, "notes.png").locator(".file-chip-state")).to_contain_text(re.compile("kind|picture|read"))
    page.keyboard.press("Enter")
    expect(panel_of(page).locator(".composer-error")).to_contain_text("3 files couldn't be uploaded")
    expect(area(page)).to_have_value("Half a sentence")
    for name in ("tool.exe", "long.pdf", "notes.png"):
        chip(page, name).locator(".file-chip-remove").click()
    expect(panel_of(page).locator(".file-chip")).to_have_count(0)

    # One that is good waits with its message for the network, and both are sent once.
    choose(page, chosen("sheet.png", picture("PNG", (40, 30)), "image/png"))
    expect(chip(page, "sheet.png")).to_have_attribute("data-state", "stored")
    page.context.set_offline(True)
    ask(page, "Is this right?")
    expect(panel_of(page).locator(".message[data-state=queued]")).to_contain_text("Is this right?")
    page.context.set_offline(False)
    expect(bubble(page, "Is this right?")).to_be_visible()
    expect(bubble(page, "Is this right?").locator("[data-attachment]")).to_have_count(1)
    expect(panel_of(page).locator(".thread-pending .message")).to_have_count(0)
    number = ticket_of(homeroom, who)
    assert attached(homeroom, number) == [("Is this right?", "sheet.png")]

    # Refused: a red edge, the reason, and a way to send it after all, once.
    refusing = "**/conversations/*/messages/"

    def refuse(route: Route) -> None:
        route.fulfill(status=403, body="<p>This is refused for once.</p>", content_type="text/html")

    page.route(refusing, refuse)
    ask(page, "And this?")
    failed = panel_of(page).locator(".thread-pending .message[data-state=failed]")
    expect(failed).to_contain_text("This is refused for once.")
    edge = failed.locator("[data-message-body]").evaluate("body => getComputedStyle(body).borderInlineStartColor")
    assert edge == page.evaluate(
        f"() => {{ const one = document.createElement('i'); one.style.color = {RED}; document.body.append(one);"
        " return getComputedStyle(one).color }"
    )
    page.unroute(refusing)
    failed.get_by_role("button", name="Try again").dblclick()
    expect(bubble(page, "And this?")).to_be_visible()
    expect(failed).to_have_count(0)
    assert [body for body, _ in attached(homeroom, number)].count("And this?") == 1

    # Closed by staff while one looks: said where one writes, and writing goes on.
    staff = desk.sign_in(newcomer("staff").who, f"/tickets/{number}/", viewport=DESK)
    wait_live(staff)
    staff.get_by_role("button", name=re.compile("^Close")).first.click()
    expect(panel_of(page)).to_contain_text("This conversation is closed. Write again to reopen it.")
    ask(page, "One more thing")
    expect(bubble(page, "One more thing")).to_be_visible()
    expect(panel_of(page)).not_to_contain_text("This conversation is closed.")


def test_out_of_hours_the_panel_says_when_support_opens_on_the_readers_clock(desk: Desk, newcomer) -> None:
    staff = desk.sign_in(newcomer("staff").who, "/support/settings/days/", viewport=DESK)
    today = datetime.datetime.now(datetime.UTC).date()
    names = {today + datetime.timedelta(days=ahead): f"Closure {ahead}" for ahead in (-1, 0, 1)}
    reader = desk.sign_in(newcomer("student").who, "/you/", viewport=DESK, timezone_id="Australia/Brisbane")
    try:
        for day, name in names.items():
            staff.fill("[name=date]", day.isoformat())
            staff.fill("[name=name]", name)
            staff.get_by_role("button", name="Add").click()
        reader.locator("[data-zone-use]").click()
        expect(reader.locator("html")).to_have_attribute("data-time-zone", "Australia/Brisbane")
        reader.locator("#chat-button").click()
        status = panel_of(reader).locator(".chat-status")
        expect(status).to_have_attribute("data-status", "closed")
        expect(status).to_contain_text("Closed for Closure")
        # Nine in the morning at the academy, on a clock that is ten hours ahead of Greenwich.
        expect(status).to_contain_text(re.compile("back on .*, 7:00.PM$"))
        expect(area(reader)).to_be_visible()
    finally:
        for name in names.values():
            staff.goto(f"{desk.server.url}/support/settings/days/")
            row = staff.get_by_role("link", name=re.compile(name))
            if row.count():
                row.first.click()
                staff.get_by_role("button", name="Remove").click()
                staff.locator("dialog[open]").get_by_role("button", name="Remove").click()
                staff.wait_for_url("**/support/settings/days/")
