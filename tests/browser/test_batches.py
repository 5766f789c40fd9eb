"""A batch's page in a real browser: changed in place, followed on other people's pages, nothing half-typed lost."""

import re

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Desk
from tests.browser.threads import caught, wait_live
from tests.demo import Newcomers


def free_names(desk: Desk, batch: int) -> list[str]:
    """Codes of students who don't take the batch's course."""
    sql = """SELECT code FROM students_student WHERE id NOT IN (SELECT student_id FROM courses_enrollment
             WHERE is_active AND course_id = (SELECT course_id FROM courses_batch WHERE id = ?))
             AND code LIKE 'HR-%' ORDER BY id"""
    return [row[0] for row in desk.server.rows(sql, batch)]


def rows(page: Page) -> Locator:
    return page.locator("[data-student]")


def search(page: Page, batch: int) -> Locator:
    return page.locator(f"#batch-{batch}-search")


def add(page: Page, batch: int, code: str) -> None:
    search(page, batch).fill(code)
    page.locator(f"#batch-{batch}-candidates li").filter(has_text=code).get_by_role("button", name="Add").click()


def test_adding_and_removing_is_followed_elsewhere_and_what_is_half_typed_stays(
    desk: Desk, newcomer: Newcomers
) -> None:
    batch = newcomer("batch")
    path = f"/batches/{batch}/edit/"
    mine, theirs = desk.sign_in("staff", path), desk.sign_in("admin", path)
    wait_live(mine)
    wait_live(theirs)
    first, second, *_ = free_names(desk, batch)
    search(theirs, batch).press_sequentially("half a na")
    add(mine, batch, first)
    expect(rows(mine)).to_have_count(1)
    expect(rows(theirs)).to_have_count(1)
    expect(theirs.locator(f"#batch-{batch}-places")).to_contain_text("1 of 3")
    expect(search(theirs, batch)).to_have_value("half a na")
    expect(search(theirs, batch)).to_be_focused()
    add(mine, batch, second)
    expect(rows(theirs)).to_have_count(2)
    rows(theirs).first.get_by_role("button", name="Remove").click()
    theirs.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(rows(mine)).to_have_count(1)
    # The sentence about my own last change outlives what others do.
    expect(mine.locator(f"#batch-{batch}-said")).to_contain_text("was added.")


def test_a_slow_answer_takes_nothing_from_a_search_that_went_on(desk: Desk, newcomer: Newcomers) -> None:
    """Neither the roster's own refresh, asked for before the search began, nor the answer to half of a word."""
    batch = newcomer("batch")
    code = free_names(desk, batch)[0]
    page = desk.sign_in("staff", f"/batches/{batch}/edit/")
    wait_live(page)
    held: list[Route] = []
    page.route(re.compile(r"/students/(\?|$)"), lambda route: held.append(route))

    def type_while_one_is_under_way(text: str) -> None:
        route = caught(page, held)
        search(page, batch).press_sequentially(text)
        page.wait_for_timeout(500)
        assert held == []
        route.continue_()

    page.evaluate(f"htmx.trigger(document.body, 'batch-{batch}')")
    type_while_one_is_under_way(code[:-2])
    type_while_one_is_under_way(code[-2:])
    last = caught(page, held)
    last.continue_()
    page.unroute_all()  # What slow fingers ask in between is held back by nobody.
    found = page.locator(f"#batch-{batch}-candidates li")
    expect(found).to_have_count(1)
    expect(found).to_contain_text(code)
    expect(search(page, batch)).to_have_value(code)
    expect(search(page, batch)).to_be_focused()


def test_news_that_arrives_while_an_answer_is_on_its_way_is_brought_too(desk: Desk, newcomer: Newcomers) -> None:
    """The answer was read before the student joined: the region asks once more."""
    batch = newcomer("batch")
    path = f"/batches/{batch}/edit/"
    mine, theirs = desk.sign_in("staff", path), desk.sign_in("admin", path)
    wait_live(mine)
    wait_live(theirs)
    held: list[Route] = []
    mine.route(re.compile(rf"/batches/{batch}/students/"), lambda route: held.append(route))
    mine.evaluate(f"document.body.addEventListener('batch-{batch}', () => {{ window.told = (window.told ?? 0) + 1 }})")
    mine.evaluate(f"htmx.trigger(document.body, 'batch-{batch}')")
    first = caught(mine, held)
    before = first.fetch()
    add(theirs, batch, free_names(desk, batch)[0])
    mine.wait_for_function("() => window.told > 1")
    mine.wait_for_timeout(500)
    assert held == []
    first.fulfill(response=before)
    caught(mine, held).continue_()
    expect(rows(mine)).to_have_count(1)


def test_a_region_that_is_no_longer_ones_to_see_says_so(desk: Desk) -> None:
    page = desk.sign_in("staff", "/batches/1/edit/")
    wait_live(page)
    expect(rows(page)).not_to_have_count(0)
    page.route(
        re.compile(r"/batches/1/students/"),
        lambda route: route.fulfill(response=route.fetch(url=f"{desk.server.url}/nowhere/")),
    )
    page.evaluate("htmx.trigger(document.body, 'batch-1')")
    expect(page.locator("#batch-1-roster")).to_have_text("This isn't here, or isn't yours to see.")


def test_a_double_click_adds_once_and_reports_no_error(desk: Desk, newcomer: Newcomers) -> None:
    batch = newcomer("batch")
    page = desk.sign_in("staff", f"/batches/{batch}/edit/")
    wait_live(page)
    search(page, batch).fill(free_names(desk, batch)[0])
    page.locator(f"#batch-{batch}-candidates button").evaluate("button => { button.click(); button.click() }")
    said = page.locator(f"#batch-{batch}-said")
    expect(said).to_contain_text("already.")
    expect(said.locator(".field-error")).to_have_count(0)
    expect(rows(page)).to_have_count(1)


def test_a_search_by_who_was_signed_out_says_so_and_leaves_the_page(desk: Desk) -> None:
    page = desk.sign_in("staff", "/batches/1/edit/")
    wait_live(page)
    there = rows(page).count()
    page.context.clear_cookies()
    search(page, 1).fill("HR-0")
    expect(page.locator("#toasts")).to_contain_text("You have been signed out.")
    expect(page.locator("#toasts a")).to_have_attribute("href", re.compile("/accounts/login/"))
    expect(rows(page)).to_have_count(there)
    expect(search(page, 1)).to_have_value("HR-0")


def test_a_full_batch_refuses_with_the_reason_beside_the_search(desk: Desk, newcomer: Newcomers) -> None:
    batch = newcomer("batch of one")
    page = desk.sign_in("staff", f"/batches/{batch}/edit/")
    first, second, *_ = free_names(desk, batch)
    add(page, batch, first)
    expect(rows(page)).to_have_count(1)
    add(page, batch, second)
    expect(page.locator(f"#batch-{batch}-said")).to_contain_text("is full: 1 of 1 places are taken.")
    expect(rows(page)).to_have_count(1)


def test_a_student_is_moved_in_the_row_while_others_change_the_roster(desk: Desk, newcomer: Newcomers) -> None:
    batch, target = newcomer("batch"), newcomer("batch")
    path = f"/batches/{batch}/edit/"
    mine, theirs = desk.sign_in("staff", path), desk.sign_in("admin", path)
    wait_live(mine)
    wait_live(theirs)
    first, second, *_ = free_names(desk, batch)
    add(mine, batch, first)
    expect(rows(mine)).to_have_count(1)
    row = mine.locator(f"#{rows(mine).first.get_attribute('id')}")
    row.get_by_role("link", name="Move").click()
    row.get_by_role("button", name="Cancel").click()
    expect(row.locator("dialog")).to_be_hidden()
    row.get_by_role("link", name="Move").click()
    choice = row.locator("select")
    expect(choice).to_be_focused()
    choice.select_option(str(target))
    add(theirs, batch, second)
    expect(rows(mine)).to_have_count(2)
    expect(choice).to_have_value(str(target))
    row.get_by_role("button", name="Move", exact=True).click()
    expect(row).to_have_count(0)
    expect(rows(theirs)).to_have_count(1)
    mine.goto(f"{desk.server.url}/batches/{target}/edit/")
    expect(rows(mine)).to_have_count(1)


def test_a_batch_is_made_and_its_details_saved_in_place_and_errors_keep_what_was_typed(desk: Desk) -> None:
    page = desk.sign_in("staff", "/batches/new/")
    page.locator("[name=name]").fill("Browser")
    page.get_by_label("Course", exact=True).select_option(index=1)
    page.get_by_label("Start").fill("2026-09-01")
    page.get_by_label("Capacity").fill("3")
    page.get_by_role("button", name="Create batch").click()
    expect(page.locator("#content")).to_contain_text("Now add its students.")
    batch = int(page.url.rstrip("/").split("/")[-2])
    add(page, batch, free_names(desk, batch)[0])
    expect(rows(page)).to_have_count(1)
    page.get_by_label("End", exact=True).fill("2020-01-01")
    page.locator("[name=name]").fill("Renamed")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-error").first).to_contain_text("It ends before it starts.")
    expect(page.locator("[name=name]")).to_have_value("Renamed")
    page.get_by_label("End", exact=True).fill("2027-01-01")
    page.get_by_label("Capacity").fill("9")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(f"#batch-{batch}-details")).to_contain_text("Saved")
    expect(page.locator("h1")).to_have_text("Renamed")
    expect(page.locator(f"#batch-{batch}-places")).to_contain_text("1 of 9")
    expect(page.get_by_role("button", name="Save")).to_be_focused()


def test_the_filter_of_the_list_can_be_gone_back_from(desk: Desk) -> None:
    page = desk.sign_in("staff", "/batches/")
    page.get_by_text("Ended", exact=True).click()
    page.wait_for_url("**/batches/?status=ended")
    page.go_back()
    page.wait_for_url("**/batches/")
    expect(page.get_by_role("radio", name="All")).to_be_checked()


def test_a_student_who_was_removed_is_back_after_undo(desk: Desk, newcomer: Newcomers) -> None:
    batch = newcomer("batch")
    page = desk.sign_in("staff", f"/batches/{batch}/edit/")
    wait_live(page)
    add(page, batch, free_names(desk, batch)[0])
    rows(page).get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(rows(page)).to_have_count(0)
    page.get_by_role("button", name="Undo the withdrawal").click()
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("as before")


def test_without_script_students_are_found_added_moved_and_removed(desk: Desk, newcomer: Newcomers) -> None:
    batch, target = newcomer("batch"), newcomer("batch")
    page = desk.sign_in("staff", f"/batches/{batch}/edit/", java_script_enabled=False)
    code = free_names(desk, batch)[0]
    search(page, batch).fill(code)
    search(page, batch).press("Enter")
    page.locator("li").filter(has_text=code).get_by_role("button", name="Add").click()
    expect(rows(page)).to_have_count(1)
    rows(page).get_by_role("link", name="Move").click()
    page.locator("[name=batch]").select_option(str(target))
    page.get_by_role("button", name="Move").click()
    expect(rows(page)).to_have_count(0)
    page.goto(f"{desk.server.url}/batches/{target}/edit/")
    rows(page).get_by_role("button", name="Remove").click()
    expect(page.locator("#content")).to_contain_text("was removed from")
    expect(rows(page)).to_have_count(0)
