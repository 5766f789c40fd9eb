"""An import and a PDF are made in the background: how far they are is seen, and they go on when their page is left."""

import io
import re

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import confirm

ROWS = 3_000


def sheet(rows: int, code: str) -> dict[str, object]:
    lines = [f"{code}-{number},Given{number},Family{number}" for number in range(rows)]
    content = "student_code,given_name,family_name\n" + "\n".join(lines)
    return {"name": f"{code}.csv", "mimeType": "text/csv", "buffer": content.encode()}


def choose(page: Page, rows: int, code: str) -> None:
    """Send a file, and wait until its plan is on the page."""
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1/students/import/", page.url))
    page.set_input_files("[name=file]", sheet(rows, code))
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Nothing is imported yet.")).to_be_visible()


def test_an_import_goes_on_when_its_page_is_left_and_the_bell_tells_when_it_is_done(desk):
    page = desk.sign_in("staff")
    choose(page, ROWS, "BG")
    expect(page.locator(".figures dd").first).to_have_text("3,000")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text(re.compile("Import BG.csv|was imported")).first).to_be_visible()
    where = page.url
    page.goto(f"{desk.server.url}/students/")
    page.locator("#bell").click()
    expect(page.locator("#bell-panel").get_by_text("Import BG.csv: done")).to_be_visible()
    page.goto(f"{desk.server.url}/jobs/")
    row = page.locator("[data-job]", has_text="Import BG.csv")
    expect(row).to_contain_text("Imported: 3,000 created, 0 changed.")
    row.get_by_role("link").click()
    page.get_by_role("link", name="See the result").click()
    expect(page.get_by_text("BG.csv was imported")).to_be_visible()
    assert page.url == where


def test_a_page_that_stays_open_shows_the_end_by_itself(desk):
    page = desk.sign_in("staff")
    choose(page, 5, "STAY")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("STAY.csv was imported")).to_be_visible()
    expect(page.locator(".figures dd").first).to_have_text("5")


def test_without_script_the_page_comes_anew_until_it_is_done(desk):
    page = desk.sign_in("staff", java_script_enabled=False)
    choose(page, 5, "PLAIN")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("PLAIN.csv was imported")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_pdf_is_made_and_fetched_from_its_page(desk, script):
    page = desk.sign_in("staff", "/students/", java_script_enabled=script)
    page.locator("[data-student] a").first.click()
    page.locator(".thread-menu-button").click()
    page.get_by_role("button", name="PDF").click()
    ready = page.get_by_text("The PDF is ready")
    by_hand = page.get_by_role("button", name="Continue")
    confirm(page, ready if script else ready.or_(by_hand))
    if not script and by_hand.is_visible():
        by_hand.click()
    expect(ready).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    file = download.value.path().read_bytes()
    assert "Exported on" in pypdf.PdfReader(io.BytesIO(file)).pages[0].extract_text()
