"""Whole journeys, as the people of an academy make them: at a desk, on a phone, with the keyboard alone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import send, shown, wait_live
from tests.servers import PASSWORD, Homeroom


def phone(desk: Desk, who: str, path: str) -> Page:
    return desk.sign_in(who, path, viewport=PHONE, has_touch=True, is_mobile=True)


def new_student(page: Page, code: str, given: str, family: str = "") -> str:
    """Add a student on the page for it; the path of their page."""
    page.goto(re.sub(r"^(https?://[^/]+).*", r"\1/students/new/", page.url))
    page.fill("[name=given_name]", given)
    page.fill("[name=family_name]", family)
    page.fill("[name=code]", code)
    page.get_by_role("button", name="Add student").click()
    page.wait_for_url(re.compile(r"/students/\d+/$"))
    return "/" + page.url.split("/", 3)[3]


def focused(page: Page) -> str:
    """What has the focus, as it is called."""
    named = "({ ariaLabel, name, innerText, id }) => ariaLabel || name || innerText?.trim() || id"
    return str(page.evaluate(f"({named})(document.activeElement)"))


def test_one_signs_in_where_one_was_going_and_out_again(desk: Desk, homeroom: Homeroom) -> None:
    page = desk.page()
    page.goto(f"{homeroom.url}/students/?q=ali")
    page.fill("[name=login]", "staff2@homeroom.test")
    page.fill("[name=password]", "not it")
    page.press("[name=password]", "Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name=login]")).to_have_value("staff2@homeroom.test")
    expect(page.locator("[name=password]")).to_be_focused()
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/students/?q=ali")
    page.get_by_role("button", name="your account").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")
    page.goto(f"{homeroom.url}/students/")
    expect(page).to_have_url(f"{homeroom.url}/accounts/login/?next=/students/")


def test_a_file_is_tried_put_right_imported_and_the_second_time_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    page = desk.sign_in("staff", "/students/import/")
    sheet = tmp_path / "new.csv"

    def check(text: str) -> None:
        sheet.write_text(text)
        page.goto(desk.server.url + "/students/import/")
        page.set_input_files("[name=file]", sheet)
        page.get_by_role("button", name="Check the file").click()

    head = "student_code,given_name,email\n"
    check(head + "J-1,Iris,iris@example.com\nJ-2,,\nJ-1,Twice,\n")
    expect(page.get_by_role("alert")).to_contain_text("2 rows can't be taken")
    expect(page.locator("table", has_text="Rejected")).to_contain_text("given_name is empty")
    expect(page.get_by_role("button", name="Import")).to_have_count(0)
    good = head + "J-1,Iris,iris@example.com\nJ-2,Jonas,\n"
    check(good)
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".figures")).to_contain_text(re.compile(r"Created\s*2"))
    page.get_by_role("link", name="See the students").click()
    expect(page.locator("[data-student]").first).to_contain_text(re.compile("J-[12]"))
    check(good)
    expect(page.get_by_role("status").filter(has_text="nothing to import")).to_be_visible()


def test_a_record_is_changed_in_place_and_followed_elsewhere(desk: Desk) -> None:
    mine = desk.sign_in("staff", "/")
    path = new_student(mine, "J-10", "Edith", "Before")
    theirs = desk.sign_in("admin", path)
    wait_live(mine)
    wait_live(theirs)
    mine.get_by_role("link", name="Edit").click()
    mine.fill("[name=family_name]", "After")
    mine.fill("[name=code]", "HR-00001")
    mine.get_by_role("button", name="Save").click()
    expect(mine.locator(".field-error")).to_have_text("Another student has this code.")
    expect(mine.locator("[name=code]")).to_be_focused()
    expect(mine.locator("[name=family_name]")).to_have_value("After")
    mine.fill("[name=code]", "J-10")
    mine.press("[name=code]", "Enter")
    expect(mine.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    expect(mine.get_by_role("link", name="Edit")).to_be_focused()
    expect(mine.locator("h1")).to_have_text("Edith After")
    expect(theirs.locator("h1")).to_have_text("Edith After")


def test_on_a_phone_the_drawer_is_a_page_with_a_way_back(desk: Desk) -> None:
    page = phone(desk, "staff", "/students/")
    wait_live(page)
    page.evaluate("window.stays = true")
    link = page.locator("[data-open-thread]").nth(2)
    link.tap()
    drawer = page.locator("#thread-drawer")
    expect(drawer.locator(".composer")).to_be_in_viewport(ratio=1)  # Once the drawer has come in.
    # No keyboard slides over what one opened it to read.
    expect(drawer.locator("[data-close-thread]")).to_be_focused()
    page.go_back()
    expect(drawer).to_be_hidden()
    expect(link).to_be_focused()
    link.tap()
    drawer.get_by_role("button", name="Close the conversation").tap()
    expect(drawer).to_be_hidden()
    expect(page).to_have_url(f"{desk.server.url}/students/")
    assert page.evaluate("window.stays")
    assert page.locator("[data-student]").count() > 20


def test_the_drawers_composer_is_in_sight_wherever_the_list_is_scrolled(desk: Desk) -> None:
    page = desk.sign_in("staff", "/students/")
    wait_live(page)
    for row in (0, 30):
        page.locator("[data-open-thread]").nth(row).click()
        page.wait_for_selector("[data-student][aria-current]")
        expect(page.locator("#thread-drawer textarea")).to_be_focused()
        expect(page.locator("#thread-drawer .composer-send")).to_be_in_viewport(ratio=1)


def test_a_student_writes_on_a_phone_while_the_dock_gives_way(desk: Desk) -> None:
    page = phone(desk, "student", "/")
    wait_live(page)
    expect(page.locator(".dock-bar")).to_be_visible()
    page.locator("textarea").tap()
    expect(page.locator(".dock-bar")).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 420})  # The keyboard takes the rest.
    page.keyboard.type("From the bus")
    expect(page.locator(".composer-send")).to_be_in_viewport(ratio=1)
    page.locator(".composer-send").tap()
    mine = page.locator(".thread-messages .message", has_text="From the bus").last
    expect(mine).to_be_in_viewport()


def test_a_day_is_worked_with_the_keyboard_alone(desk: Desk) -> None:
    page = desk.sign_in("staff", "/students/")
    wait_live(page)
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to content"
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.locator("#students-filters [name=q]").focus()
    page.keyboard.type("HR-00007")
    expect(page.locator("[data-student]")).to_have_count(1)
    page.locator("[data-open-thread][data-htmx-powered]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#thread-drawer textarea")).to_be_focused()
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    expect(page.locator(".thread-messages .message", has_text="By keyboard")).to_have_count(1)
    page.keyboard.press("Escape")
    assert focused(page).startswith("Conversation about")

    page.goto(desk.server.url + "/payments/pending/")
    wait_live(page)
    following = page.locator("#dues [data-student]").nth(3).get_by_role("link").first.inner_text()
    page.get_by_role("link", name="Record payment").nth(2).focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=amount]")).to_be_focused()
    expect(page.get_by_role("button", name="Save payment")).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Recorded")
    assert focused(page) == following


def test_a_roster_is_changed_with_the_keyboard_alone(desk: Desk) -> None:
    page = desk.sign_in("staff", "/batches/1/edit/")
    wait_live(page)
    search = page.locator("#batch-1-search")
    search.focus()
    page.keyboard.insert_text("HR-0000")
    expect(page.locator("#batch-1-candidates li").first).to_be_visible()
    page.keyboard.press("Tab")
    name = focused(page).removeprefix("Add ")
    page.keyboard.press("Enter")
    expect(page.locator("#batch-1-said")).to_contain_text(f"{name} was added.")
    expect(search).to_be_focused()
    move = page.get_by_role("link", name=f"Move {name}")
    move.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog select")).to_be_focused()
    page.keyboard.press("Escape")
    expect(move).to_be_focused()
    page.get_by_role("button", name=f"Remove {name}").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ask")).to_contain_text(f"Remove {name} from")
    page.locator("#ask").get_by_role("button", name="Remove").focus()
    expect(page.locator("#ask").get_by_role("button", name="Remove")).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Remove {name}")).to_have_count(0)
    expect(page.locator("[data-student] a:focus")).to_have_count(1)


MARKUP = '<hx-partial hx-target="body" hx-swap="innerHTML"><b id="owned">x</b></hx-partial>'


def test_markup_in_names_and_messages_is_text_everywhere(desk: Desk) -> None:
    mine, theirs = desk.sign_in("staff", "/"), desk.sign_in("admin", "/students/")
    path = new_student(mine, "J-20", '<b id="owned">B</b> "q"', MARKUP)
    theirs.goto(f"{desk.server.url}/students/?q=J-20")
    wait_live(mine)
    wait_live(theirs)
    theirs.locator("[data-open-thread]").click()
    conversation = int(mine.locator(".thread").get_attribute("data-conversation") or 0)
    send(mine, MARKUP + "<script>document.title = 'owned'</script>", "everyone")
    for page in (mine, theirs):
        expect(page.locator(".thread-messages .message")).to_have_count(1)
        assert shown(page, conversation)[0]["body"].startswith(MARKUP)
        assert page.locator("#owned").count() == 0
        assert page.title() != "owned"
    send(theirs, MARKUP, "staff")
    mine.goto(desk.server.url + "/")
    expect(mine.locator(".recent-list")).to_contain_text(MARKUP[:30])
    theirs.goto(desk.server.url + path)
    expect(theirs.locator("h1")).to_contain_text("<hx-partial")
    assert theirs.locator("#owned").count() == 0


def test_a_request_that_comes_to_nothing_is_told_and_keeps_what_was_typed(desk: Desk) -> None:
    page = desk.sign_in("staff", "/batches/2/edit/")
    wait_live(page)
    page.get_by_label("Capacity").fill("31")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    problem = page.locator("#toasts [role=alert]")
    expect(problem).to_contain_text("can't be reached")
    page.context.set_offline(False)
    page.route("**/batches/2/edit/", lambda route: route.fulfill(status=500, body="no"))
    page.get_by_role("button", name="Save").click()
    expect(problem).to_contain_text("broke on our side")
    expect(problem).to_have_count(1)
    problem.get_by_role("button", name="Dismiss").click()
    expect(problem).to_have_count(0)
    expect(page.get_by_label("Capacity")).to_have_value("31")


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken"])
def test_a_form_that_may_not_be_sent_any_more_says_why_and_keeps_its_text(desk: Desk, cookie: str) -> None:
    page = desk.sign_in("staff", "/students/3/")
    page.get_by_role("link", name="Edit", exact=True).click()
    page.fill("[name=note]", "Hours of typing")
    page.context.clear_cookies(name=cookie)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#student-form-refusal")).not_to_be_empty()
    expect(page.locator("[name=note]")).to_have_value("Hours of typing")
    page.goto(f"{desk.server.url}/accounts/login/")


def test_what_waits_stands_under_one_day_and_says_that_it_waits(desk: Desk) -> None:
    page = phone(desk, "student", "/")
    wait_live(page)
    page.context.set_offline(True)
    for number in range(3):
        send(page, f"Waiting {number}")
    waiting = page.locator(".thread-pending .message")
    expect(waiting).to_have_count(3)
    # The first of them begins the day, unless something was written today already.
    assert page.locator(".thread-pending [data-day]").count() <= 1
    expect(waiting.last).to_contain_text("Waiting for the network")
    expect(page.locator("#live-status")).to_have_text("Offline")
    page.context.set_offline(False)
    expect(waiting).to_have_count(0)
    expect(page.locator(".thread-messages .message", has_text="Waiting 2")).to_have_count(1)


def test_a_message_of_somebody_signed_out_goes_out_when_they_are_back(desk: Desk) -> None:
    page = desk.sign_in("student2")
    wait_live(page)
    page.context.clear_cookies(name="sessionid")
    send(page, "Signed out meanwhile")
    page.locator(".thread-pending").get_by_role("link", name="Sign in again").click()
    page.fill("[name=login]", "student2@homeroom.test")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.locator(".thread-messages .message", has_text="Signed out meanwhile")).to_have_count(1)
    expect(page.locator(".thread-pending .message")).to_have_count(0)


WIDTHS = (320, 390, 640, 800, 1024, 1280)
WIDE = ("/", "/students/?sort=newest", "/students/1/", "/batches/", "/batches/new/", "/batches/1/edit/?q=a")


def test_no_page_is_wider_than_its_window(desk: Desk) -> None:
    page = desk.sign_in("staff", "/")
    new_student(page, "J-W", "Maximilian-Theophilus" + "x" * 60, "Wolfeschlegelsteinhausenbergerdorff" * 2)
    too_wide = []
    for path in (*WIDE, "/payments/pending/"):
        page.goto(desk.server.url + path)
        opens = page.locator("[data-open-thread]")
        for step in ("read", "beside a thread") if opens.count() else ("read",):
            if step != "read":
                opens.first.click()
                page.wait_for_selector("#thread-drawer .composer")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                    too_wide.append(f"{path} {step} at {width}")
    assert too_wide == []
