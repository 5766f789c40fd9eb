"""Files in a real browser: chosen, dropped, pasted, sent, and looked at."""

import re
import time
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.test_thread import student
from tests.browser.test_tools import LONGER
from tests.browser.threads import assert_equal_to_database, send, wait_live
from tests.conversations.files import HTML, PDF, picture
from tests.servers import Homeroom


def chosen(name: str, content: bytes, kind: str = "application/octet-stream") -> dict[str, object]:
    return {"name": name, "mimeType": kind, "buffer": content}


def choose(page: Page, *files: dict[str, object]) -> None:
    page.set_input_files("[data-attach] input", list(files))


def kept(server: Homeroom, thread: int) -> list[tuple[str, int | None]]:
    return server.rows(
        "SELECT name, message_id FROM conversations_attachment AS sent"
        " JOIN files_storedfile AS file ON file.id = file_id WHERE conversation_id = ? ORDER BY sent.id",
        thread,
    )


def on_disk(server: Homeroom) -> set[str]:
    return {str(path) for path in (server.data / "media").rglob("*") if path.is_file()} | {
        str(path) for path in (server.data / "uploads").rglob("*")
    }


def test_pictures_and_documents_are_sent_seen_and_opened_large(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 21)
    staff = desk.sign_in("staff", f"/students/{pk}/")
    reader = desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(staff)
    wait_live(reader)
    choose(
        staff,
        chosen("board.jpg", picture(size=(1200, 800)), "image/jpeg"),
        chosen("notes.png", picture("PNG", (400, 700)), "image/png"),
        chosen("Homework 3.pdf", PDF, "application/pdf"),
    )
    expect(staff.locator('.file-chip[data-state="stored"]')).to_have_count(3)
    expect(staff.locator(".file-chip-picture").first).to_have_js_property("naturalWidth", 1200)
    send(staff, "From today", "everyone")
    expect(staff.locator(".file-chip")).to_have_count(0)
    for page in (staff, reader):
        message = page.locator(".thread-messages > .message").last
        expect(message.locator("[data-picture] img")).to_have_count(2)
        expect(message.locator("[data-picture] img").first).to_have_js_property("naturalWidth", 640)
    with reader.expect_download() as download:
        reader.get_by_role("link", name="Homework 3.pdf").click()
    assert Path(download.value.path()).read_bytes() == PDF
    assert download.value.suggested_filename == "Homework 3.pdf"
    # With the keyboard alone: open, on, back, close; the place is kept.
    first = reader.locator("[data-picture]").last.locator("xpath=../../li[1]/a")
    first.focus()
    reader.keyboard.press("Enter")
    box = reader.locator("dialog.lightbox")
    expect(box).to_be_visible()
    expect(box.locator(".lightbox-name")).to_have_text("board.jpg")
    expect(box.locator("img")).to_have_js_property("naturalWidth", 1200)
    reader.keyboard.press("ArrowRight")
    expect(box.locator(".lightbox-name")).to_have_text("notes.png")
    expect(box.get_by_role("img", name="notes.png")).to_be_visible()
    reader.keyboard.press("Escape")
    expect(box).to_be_hidden()
    assert first.evaluate("a => document.activeElement === a")
    assert_equal_to_database(reader, homeroom, thread)


def test_sending_waits_for_files_that_are_still_on_their_way(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 22)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    held: list[Route] = []
    page.route("**/attachments/", lambda route: held.append(route))
    choose(page, chosen("a.pdf", PDF), chosen("b.pdf", PDF))
    expect(page.locator('.file-chip[data-state="uploading"]')).to_have_count(2)
    send(page, "with two files")
    expect(page.locator(".composer-error")).to_have_text("2 files are still uploading…")
    expect(page.locator("textarea[name=body]")).to_have_value("with two files")
    for left in ("One file is still uploading…", ""):
        while not held:
            page.wait_for_timeout(50)
        held.pop().continue_()
        expect(page.locator(".composer-error")).to_have_text(left)
    message = page.locator(".thread-messages > .message").last
    expect(message.locator("[data-message-body]")).to_have_text("with two files")
    expect(message.locator("a.message-file")).to_have_text([re.compile("a.pdf"), re.compile("b.pdf")])
    assert len({message_id for _, message_id in kept(homeroom, thread)}) == 1


def test_a_message_may_be_files_alone(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 23)
    page = desk.sign_in("staff", f"/students/{pk}/", viewport=PHONE)
    wait_live(page)
    choose(page, chosen("a.pdf", PDF))
    expect(page.locator('.file-chip[data-state="stored"]')).to_have_count(1)
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".thread-messages a.message-file")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    [(_, message_id)] = kept(homeroom, thread)
    assert message_id


def test_what_is_taken_back_comes_back_with_its_files(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 29)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    choose(page, chosen("a.jpg", picture(), "image/jpeg"), chosen("b.pdf", PDF))
    expect(page.locator('.file-chip[data-state="stored"]')).to_have_count(2)
    page.locator(".thread-foot").evaluate(LONGER)
    send(page, "too early")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".file-chip-name")).to_have_text(["a.jpg", "b.pdf"])
    send(page, "now")
    message = page.locator(".thread-messages > .message").last
    expect(message.locator("[data-message-body]")).to_contain_text("now")
    expect(message.locator("[data-attachment]")).to_have_count(2)
    assert len({message_id for _, message_id in kept(homeroom, thread)}) == 1


def test_a_file_that_is_removed_leaves_nothing(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 24)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    while homeroom.rows("SELECT 1 FROM files_storedfile WHERE ready IS NULL AND failed = ''"):
        page.wait_for_timeout(100)  # Of an earlier test.
    before = on_disk(homeroom)
    choose(page, chosen("a.jpg", picture()), chosen("b.pdf", PDF))
    expect(page.locator('.file-chip[data-state="stored"]')).to_have_count(2)
    for name in ("a.jpg", "b.pdf"):
        with page.expect_response(lambda answer: answer.request.method == "DELETE"):
            page.get_by_role("button", name=f"Remove {name}").click()
    expect(page.locator(".file-chip")).to_have_count(0)
    assert kept(homeroom, thread) == []
    page.wait_for_timeout(1_500)  # The job of the picture may be at work.
    deadline = time.monotonic() + 60
    # What came in an earlier test may go meanwhile.
    while not on_disk(homeroom) <= before and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    assert on_disk(homeroom) <= before


def test_what_can_not_be_sent_says_why_at_its_chip(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 25)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    choose(page, chosen("page.png", HTML, "image/png"), chosen("empty.txt", b""))
    chips = page.locator('.file-chip[data-state="failed"]')
    expect(chips).to_have_count(2)
    expect(chips.first).to_contain_text("Files of this kind can't be sent here.")
    expect(chips.last).to_contain_text("This file is empty.")
    send(page, "never mind")
    expect(page.locator(".composer-error")).to_contain_text("2 files couldn't be uploaded")
    for name in ("page.png", "empty.txt"):
        page.get_by_role("button", name=f"Remove {name}").click()
    page.press("textarea[name=body]", "Enter")
    expect(page.locator(".thread-messages").get_by_text("never mind")).to_be_visible()
    assert kept(homeroom, thread) == []
    choose(page, *[chosen(f"{number}.pdf", PDF) for number in range(11)])
    expect(page.locator(".composer-error")).to_contain_text("room for 10 files")
    expect(page.locator(".file-chip")).to_have_count(10)


def test_a_lost_connection_offers_another_try(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 26)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    page.route("**/attachments/", lambda route: route.abort())
    choose(page, chosen("a.pdf", PDF))
    expect(page.locator('.file-chip[data-state="failed"]')).to_contain_text("The connection was lost.")
    page.unroute("**/attachments/")
    page.get_by_role("button", name="Try again to upload a.pdf").click()
    expect(page.locator('.file-chip[data-state="stored"]')).to_have_count(1)


DROP = """([target, type, names]) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File(["%PDF-1.7 dropped"], name, { type: "application/pdf" }));
  const event = type === "paste" ? new ClipboardEvent(type, { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
  return document.querySelector(target).dispatchEvent(event);
}"""


def test_files_are_dropped_on_the_thread_or_pasted(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 27)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    took = page.evaluate(
        f"args => [({DROP})(args), document.querySelectorAll('.thread[data-dropping]').length]",
        [".thread-scroll", "dragover", ["a.pdf"]],
    )
    assert took == [False, 1], "the thread takes it, and shows that"
    page.evaluate(DROP, [".thread-scroll", "drop", ["a.pdf", "b.pdf"]])
    expect(page.locator(".thread[data-dropping]")).to_have_count(0)
    expect(page.locator('.file-chip[data-state="stored"]')).to_have_count(2)
    page.evaluate(DROP, ["textarea[name=body]", "paste", ["image.pdf"]])
    expect(page.locator('.file-chip[data-state="stored"]')).to_have_count(3)
    expect(page.locator(".file-chip-name").last).to_have_text(re.compile(r"Pasted 20\d\d-"))
    # Beside a thread a file is dropped into nothing, and the page stays.
    page.evaluate(DROP, ["header", "drop", ["c.pdf"]])
    expect(page.locator(".file-chip")).to_have_count(3)


def test_without_script_files_go_with_the_message(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 28)
    page = desk.sign_in("staff", f"/students/{pk}/", java_script_enabled=False)
    page.set_input_files("[data-attach] input", [chosen("plan.pdf", PDF)])
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("link", name="plan.pdf")).to_be_visible()
    [(name, message_id)] = kept(homeroom, thread)
    assert (name, bool(message_id)) == ("plan.pdf", True)
