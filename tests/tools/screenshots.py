"""Makes the README's two screenshots again, from a demo academy of its own:

    uv run python -m tests.tools.screenshots

Needs Chromium. Writes `.readme/payments.webp` (staff, at a desk) and `.readme/student.webp` (a student, on a phone).
"""

import base64
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import send, wait_live
from tests.chromium import CHROMIUM
from tests.elsewhere import ROOT
from tests.servers import Homeroom

FOLDER = ROOT / ".readme"
MOST_BYTES = 150_000
QUALITY = 0.8
# Chromium's screenshots are PNG or JPEG; a canvas of it writes WebP, sharp text at a third of the bytes.
TO_WEBP = """async ([png, quality]) => {
    const image = await createImageBitmap(await (await fetch(png)).blob());
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", quality);
}"""


def payments(desk: Desk) -> Page:
    """Pending payments with the thread of one student in the drawer."""
    page = desk.sign_in(
        "staff",
        "/payments/pending/",
        viewport={"width": 1280, "height": 800},
        device_scale_factor=1.5,
        color_scheme="light",
    )
    wait_live(page)
    row = page.locator("[data-student]:has([data-open-thread])").nth(1)
    row.locator("[data-open-thread]").first.click()
    messages = page.locator("#thread-drawer .thread-messages .message")
    for text, audience in (
        ("Her mother called: she pays both invoices on Friday.", "staff"),
        ("The receipt comes by e-mail as soon as the transfer is here.", "everyone"),
    ):
        send(page, text, audience)
        expect(messages.last).to_contain_text(text)
    page.check("#thread-drawer [name=audience][value=staff]")
    expect(messages.last).to_be_in_viewport()
    return page


def student(desk: Desk) -> Page:
    """A student's home, with an answer that has just come in."""
    page = desk.sign_in("student", viewport=PHONE, device_scale_factor=2, color_scheme="dark", has_touch=True)
    wait_live(page)
    send(page, "Is the room open before five on Thursday?")
    [(pk,)] = desk.server.rows("SELECT id FROM students_student WHERE code = 'HR-00001'")
    teacher = desk.sign_in("teacher", f"/students/{pk}/")
    wait_live(teacher)
    send(teacher, "From half past four. Come early, we can look at question 3 together 👍", "everyone")
    expect(page.get_by_text("Come early")).to_be_visible()
    return page


def save(page: Page, name: str) -> None:
    page.wait_for_timeout(500)
    png = "data:image/png;base64," + base64.b64encode(page.screenshot()).decode()
    blank = page.context.browser.new_page()  # type: ignore[union-attr]  # a page without a Content-Security-Policy
    webp = base64.b64decode(blank.evaluate(TO_WEBP, [png, QUALITY]).partition(",")[2])
    blank.close()
    if len(webp) > MOST_BYTES:
        sys.exit(f"{name} has {len(webp):,} bytes; {MOST_BYTES:,} at most, so that the README opens quickly.")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / name).write_bytes(webp)
    print(f"{FOLDER / name}: {len(webp):,} bytes")


def make(browser: Browser, data: Path) -> None:
    with Homeroom(data) as server:
        desk = Desk(browser, server)
        save(payments(desk), "payments.webp")
        save(student(desk), "student.webp")


if __name__ == "__main__":
    if not CHROMIUM:
        sys.exit("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="homeroom-shots-") as data:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        make(browser, Path(data))
        browser.close()
