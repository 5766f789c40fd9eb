"""Pending payments in a real browser: paid in the row, gone on everyone's page, nothing half-typed lost."""

import re

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import caught, wait_live
from tests.servers import Homeroom

LIST = "/payments/pending/"


def rows(page: Page) -> Locator:
    return page.locator("#dues [data-student]")


def row_of(page: Page, row: Locator) -> Locator:
    """The same row on another page."""
    return page.locator(f"#{row.get_attribute('id')}")


def pay(row: Locator, **typed: str) -> None:
    row.get_by_role("link", name="Record payment").click()
    form = row.locator("form")
    for name, value in typed.items():
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name="Save payment").click()


def owed(page: Page) -> str:
    return page.locator("#dues tfoot").inner_text()


def test_a_settled_row_leaves_every_open_page_and_half_typed_values_stay(desk: Desk) -> None:
    mine, theirs = desk.sign_in("staff", LIST), desk.sign_in("staff2", LIST)
    wait_live(mine)
    wait_live(theirs)
    count = rows(mine).count()
    settled, kept = (row_of(mine, rows(mine).nth(n)) for n in (0, 1))
    kept_there = row_of(theirs, kept)
    kept_there.get_by_role("link", name="Record payment").click()
    typed = kept_there.locator("[name=reference]")
    typed.press_sequentially("Half a ref")
    pay(settled)
    expect(mine.locator("#toasts")).to_contain_text("Recorded")
    expect(settled).to_have_count(0)
    expect(row_of_id(theirs, settled)).to_have_count(0)
    expect(rows(theirs)).to_have_count(count - 1)
    expect(typed).to_have_value("Half a ref")
    expect(typed).to_be_focused()
    typed.press_sequentially("erence")
    expect(rows(mine)).to_have_count(count - 1)
    # Its own answer takes the row out; the sum comes with what everybody is told.
    expect(mine.locator("#dues tfoot")).to_have_text(owed(theirs), use_inner_text=True)
    theirs.reload()
    wait_live(theirs)
    assert owed(mine) == owed(theirs)


def test_what_changes_while_the_list_is_on_its_way_comes_too(desk: Desk) -> None:
    """The answer was read before the change; a filter that is chosen meanwhile stays."""
    mine, theirs = desk.sign_in("staff", LIST), desk.sign_in("staff2", LIST)
    for page in (mine, theirs):
        wait_live(page)
        expect(page.locator("#dues")).not_to_have_class(re.compile("htmx-request"))
    settled = row_of(theirs, rows(theirs).nth(2))
    code = row_of(mine, rows(mine).nth(3)).get_by_text(re.compile(r"^HR-\d+$")).first.inner_text()
    mine.evaluate("document.body.addEventListener('payments', () => { window.told = (window.told ?? 0) + 1 })")
    held: list[Route] = []
    mine.route(re.compile(LIST), lambda route: held.append(route))
    mine.evaluate("htmx.trigger(document.body, 'stream-open')")
    first = caught(mine, held)
    answer = first.fetch()
    pay(settled)
    mine.wait_for_function("() => window.told")
    mine.wait_for_timeout(500)
    first.fulfill(response=answer)
    caught(mine, held).continue_()
    expect(row_of_id(mine, settled)).to_have_count(0)
    mine.get_by_label("Search pending payments").fill(code)
    filtered = caught(mine, held)
    mine.evaluate("htmx.trigger(document.body, 'payments')")
    mine.wait_for_timeout(500)
    filtered.continue_()
    caught(mine, held).continue_()
    expect(mine.locator("#dues")).not_to_have_class(re.compile("htmx-request"))
    expect(rows(mine)).to_have_count(1)
    expect(rows(mine)).to_contain_text(code)


def row_of_id(page: Page, row: Locator) -> Locator:
    """The same row, also where it is gone from the page it was found on."""
    return page.locator(re.search(r"#student-[\w-]+", str(row))[0])  # type: ignore[index]


def test_a_payment_is_typed_in_its_row_beside_a_thread_put_right_or_given_up(desk: Desk) -> None:
    page = desk.sign_in("staff", LIST)
    wait_live(page)
    assert_a_form_is_cancelled_and_its_button_is_back_with_the_focus(page)
    assert_what_is_wrong_is_said_in_the_row_and_put_right_there(page)
    assert_a_thread_opens_beside_the_list_while_a_payment_is_typed(page)
    assert_a_session_that_ended_loses_nothing_typed(page)


def assert_what_is_wrong_is_said_in_the_row_and_put_right_there(page: Page) -> None:
    row = row_of(page, rows(page).nth(1))
    pay(row, amount="99999", received_on="2099-01-01", reference="Bank 7")
    expect(row.locator(".field-error", has_text="is more than that")).to_be_visible()
    expect(row.locator(".field-error", has_text="still to come")).to_be_visible()
    expect(row.locator("[name=reference]")).to_have_value("Bank 7")
    expect(row.locator("[name=amount]")).to_be_focused()
    row.locator("[name=amount]").fill("1,00")
    row.locator("[name=received_on]").fill("2026-01-02")
    row.get_by_role("button", name="Save payment").evaluate("button => { button.click(); button.click() }")
    # Before the focus, for which a busy machine takes its time: a toast goes after six seconds.
    expect(page.locator("#toasts .toast-item", has_text="Recorded 1.00 EUR")).to_have_count(1)
    expect(row.locator("form")).to_have_count(0)
    expect(row.get_by_role("link", name="Record payment")).to_be_focused()


def assert_a_form_is_cancelled_and_its_button_is_back_with_the_focus(page: Page) -> None:
    row = row_of(page, rows(page).nth(1))
    link = row.get_by_role("link", name="Record payment")
    link.click()
    expect(row.locator("[name=amount]")).to_be_focused()
    expect(link).to_be_hidden()
    row.get_by_role("link", name="Cancel").click()
    expect(row.locator("form")).to_have_count(0)
    expect(link).to_be_focused()


def test_filters_sorting_and_live_changes_go_together(desk: Desk) -> None:
    page, other = desk.sign_in("staff", LIST), desk.sign_in("staff2", LIST)
    wait_live(page)
    wait_live(other)
    page.get_by_role("link", name="Total").click()
    expect(page.get_by_role("columnheader", name="Total")).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("Age of the dues").select_option("3")
    expect(page).to_have_url(re.compile(r"age=3"))
    expect(page).to_have_url(re.compile(r"sort=total"))
    shown = rows(page).count()
    assert 0 < shown < rows(other).count()
    pay(row_of(other, rows(page).first))
    expect(rows(page)).to_have_count(shown - 1)
    expect(page.get_by_role("columnheader", name="Total")).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("Search pending payments").fill("zzzz")
    expect(page.locator(".empty-state")).to_contain_text("No pending payment matches")
    page.reload()
    expect(page.get_by_label("Search pending payments")).to_have_value("zzzz")


def assert_a_thread_opens_beside_the_list_while_a_payment_is_typed(page: Page) -> None:
    first, second = (row_of(page, rows(page).nth(n)) for n in (1, 2))
    first.get_by_role("link", name="Record payment").click()
    first.locator("[name=reference]").fill("Kept")
    second.locator("[data-open-thread]").click()
    expect(page.locator("#thread-drawer section[data-conversation]")).to_be_visible()
    first.locator("[data-open-thread]").click()
    expect(page.locator("#thread-drawer")).to_contain_text(first.locator("tr").first.locator("a bdi").inner_text())
    expect(first.locator("[name=reference]")).to_have_value("Kept")
    page.keyboard.press("Escape")
    expect(page.locator("#thread-drawer")).to_be_hidden()
    first.get_by_role("link", name="Cancel").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_payment_is_recorded_without_script(chromium: Browser, homeroom: Homeroom, desk: Desk) -> None:
    page = desk.sign_in("staff", f"{LIST}?sort=-name", java_script_enabled=False, viewport=PHONE)
    count = rows(page).count()
    rows(page).first.get_by_role("link", name="Record payment").click()
    page.locator("[name=amount]").fill("99999")
    page.get_by_role("button", name="Save payment").click()
    expect(page.locator(".field-error", has_text="is more than that")).to_be_visible()
    expect(page.locator("[name=amount]")).to_have_value("99999")
    page.locator("[name=amount]").fill("1.00")
    page.get_by_role("button", name="Save payment").click()
    expect(page).to_have_url(f"{homeroom.url}{LIST}?sort=-name")
    expect(page.get_by_text("Recorded 1.00 EUR")).to_be_visible()
    expect(rows(page)).to_have_count(count)


def assert_a_session_that_ended_loses_nothing_typed(page: Page) -> None:
    row = row_of(page, rows(page).nth(1))
    row.get_by_role("link", name="Record payment").click()
    row.locator("[name=reference]").fill("Kept")
    page.context.clear_cookies(name="sessionid")
    row.get_by_role("button", name="Save payment").click()
    expect(row.get_by_role("alert")).to_contain_text("You have been signed out")
    expect(row.locator("[name=reference]")).to_have_value("Kept")


def test_a_students_own_dues_take_a_payment_in_place(desk: Desk, homeroom: Homeroom) -> None:
    page = desk.sign_in("staff", LIST)
    pk = rows(page).last.get_attribute("data-student")
    page.goto(f"{homeroom.url}/payments/students/{pk}/")
    wait_live(page)
    dues = page.locator(f"#student-{pk}-dues")
    pay(dues, amount="1.00", reference="Coins")
    expect(dues.get_by_role("row", name="Coins")).to_be_visible()
    expect(dues.locator("form")).to_have_count(0)


def entries(homeroom: Homeroom, table: str = "billing_payment") -> int:
    return int(homeroom.rows(f"SELECT COUNT(*) FROM {table}")[0][0])


def hold(page: Page, key: str, times: int = 25) -> None:
    """Hold a key down: the browser repeats it."""
    for _ in range(times):
        page.keyboard.down(key)
        page.wait_for_timeout(36)
    page.keyboard.up(key)


def test_a_held_or_hasty_enter_opens_the_form_and_records_nothing(desk: Desk, homeroom: Homeroom) -> None:
    page = desk.sign_in("staff", LIST)
    wait_live(page)
    count = entries(homeroom)
    row = row_of(page, rows(page).nth(1))
    link = row.get_by_role("link", name="Record payment")
    link.focus()
    hold(page, "Enter")
    expect(row.locator("[name=amount]")).to_be_focused()
    expect(row.locator("form")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(row.locator("form")).to_have_count(0)
    expect(link).to_be_focused()
    # Sent in the very moment in which the form is there, by whatever means.
    page.evaluate(
        """document.addEventListener("htmx:after:swap", () => {
            const form = document.querySelector("#dues form");
            if (form) { form.requestSubmit(); form.querySelector("button").click(); }
        })"""
    )
    page.keyboard.press("Enter")
    expect(row.locator("[name=amount]")).to_be_focused()
    expect(row.get_by_role("button", name="Save payment")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(row.locator("form")).to_have_count(0)
    assert entries(homeroom) == count
    expect(page.locator("#toasts .toast-item")).to_have_count(0)


def test_undo_brings_the_row_back_on_every_open_page(desk: Desk, homeroom: Homeroom) -> None:
    mine, theirs = desk.sign_in("staff", LIST), desk.sign_in("staff2", LIST)
    wait_live(mine)
    wait_live(theirs)
    before, count = owed(theirs), entries(homeroom, "billing_paymentreversal")
    row = row_of(mine, rows(mine).nth(1))
    name = row.locator("a bdi").first.inner_text()
    pay(row)
    expect(row_of_id(theirs, row)).to_have_count(0)
    toast = mine.locator("#toasts .toast-item", has_text="Recorded")
    expect(toast.get_by_role("link", name=name)).to_have_attribute("href", re.compile(r"/students/\d+/"))
    toast.get_by_role("button", name="Undo").evaluate("button => { button.click(); button.click() }")
    expect(mine.locator("#toasts .toast-item", has_text=f"from {name}")).to_contain_text("Took back")
    expect(row_of_id(theirs, row)).to_have_count(1)
    expect(row_of_id(mine, row)).to_have_count(1)
    expect(theirs.locator("#dues tfoot")).to_have_text(before, use_inner_text=True)
    assert entries(homeroom, "billing_paymentreversal") == count + 1


def test_a_payment_is_taken_back_with_a_reason_on_the_list_and_among_the_fees(desk: Desk, homeroom: Homeroom) -> None:
    page = desk.sign_in("staff", "/payments/")
    wait_live(page)
    row = page.locator(f"#{page.locator('tr[data-payment]:not([data-taken-back])').first.get_attribute('id')}")
    link = row.get_by_role("link", name="Take back…")
    link.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(link).to_be_focused()
    link.click()
    dialog.get_by_role("button", name="Take back").click()
    expect(dialog.locator(".field-error").first).to_have_text("Say why it is taken back.")
    dialog.get_by_label("Reason").fill("Wrong student")
    dialog.get_by_role("button", name="Take back").click()
    expect(page.locator("#toasts")).to_contain_text("Took back")
    expect(row).to_contain_text("Wrong student")
    expect(link).to_have_count(0)
    expect(dialog).to_have_count(0)
    page.goto(f"{homeroom.url}/payments/students/{row.get_attribute('data-student')}/")
    wait_live(page)
    fees = page.locator("tr[data-payment]:not([data-taken-back])")
    standing = fees.count()
    if standing:
        fees.first.get_by_role("link", name="Take back…").click()
        dialog.get_by_label("Reason").fill("Bounced")
        dialog.get_by_role("button", name="Take back").click()
        expect(fees).to_have_count(standing - 1)


def test_without_script_a_payment_is_taken_back_from_the_fees(desk: Desk) -> None:
    page = desk.sign_in("staff", LIST, java_script_enabled=False)
    rows(page).first.get_by_role("link", name="Record payment").click()
    page.locator("[name=amount]").fill("1.00")
    page.get_by_role("button", name="Save payment").click()
    page.get_by_role("link", name="Take it back").click()
    page.get_by_role("link", name="Take back… 1.00").first.click()
    page.get_by_label("Reason").fill("A slip")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Took back 1.00 EUR")).to_be_visible()
    expect(page.locator("[data-taken-back]").first).to_contain_text("A slip")


def test_a_student_sees_a_payment_and_its_undoing_without_a_reload(desk: Desk, homeroom: Homeroom) -> None:
    [(pk,)] = homeroom.rows(
        "SELECT s.id FROM students_student s JOIN accounts_user u ON u.id = s.user_id"
        " WHERE u.email = 'student@homeroom.test'"
    )
    theirs = desk.sign_in("student", f"/payments/students/{pk}/", viewport=PHONE, has_touch=True)
    wait_live(theirs)
    office = desk.sign_in("staff", f"/payments/students/{pk}/")
    wait_live(office)
    pay(office.locator(f"#student-{pk}-dues"), amount="1.00", reference="Seen at once")
    row = theirs.locator(f"#student-{pk}-dues").get_by_role("row", name="Seen at once")
    expect(row).to_be_visible()
    expect(row).not_to_contain_text("Taken back")
    office.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("Taken back")
