"""Nothing lies over anything else: main pages at three widths, measured."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.threads import drawn, wait_live

WIDTHS = (320, 390, 1280)
PAGES = {
    "staff": [
        "/",
        "/payments/pending/",
        "/payments/",
        "/payments/students/1/",
        "/students/",
        "/students/1/",
        "/students/new/",
        "/students/import/",
        "/batches/",
        "/batches/1/edit/",
        "/batches/new/",
        "/messages/",
        "/notifications/",
        "/notifications/preferences/",
        "/accounts/settings/",
        "/more/",
    ],
    "student": ["/", "/you/", "/notifications/"],
    "teacher": ["/", "/students/", "/batches/1/edit/"],
}
# The boxes of texts as they are drawn, cut to what their clipping ancestors show; layers are compared with themselves.
OVERLAPS = """() => {
    const shown = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, parent = node.parentElement;
        if (!node.data.trim() || !parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        if (parent.closest(".sr-only, .visually-hidden, .skip-link, option, select, textarea, template")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        let layer = null;
        const clips = [];
        for (let up = parent; up; up = up.parentElement) {
            const style = getComputedStyle(up);
            if (style.overflowX !== "visible" || style.overflowY !== "visible" || style.clipPath !== "none") {
                const { left, right, top, bottom } = up.getBoundingClientRect();
                // What an ellipsis stands for isn't drawn: it ends where the content does.
                const end = style.textOverflow === "ellipsis" ? parseFloat(style.paddingRight) : 0;
                clips.push({ left, top, bottom, right: right - end });
            }
            if (["fixed", "sticky"].includes(style.position)) { layer = up; break; }
        }
        for (const line of range.getClientRects()) {
            let { left, right, top, bottom } = line;
            for (const clip of clips) {
                left = Math.max(left, clip.left); right = Math.min(right, clip.right);
                top = Math.max(top, clip.top); bottom = Math.min(bottom, clip.bottom);
            }
            // Lines of one text may touch; letters have room above and below.
            const pad = (bottom - top) * 0.2;
            if (right - left > 2 && bottom - top > 4) {
                shown.push({ node, layer, left: left + 1, right: right - 1, top: top + pad, bottom: bottom - pad });
            }
        }
    }
    const found = [];
    for (const [n, one] of shown.entries()) for (const other of shown.slice(n + 1)) {
        if (one.node === other.node || one.layer !== other.layer) continue;
        if (one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom) {
            found.push(`${one.node.data.trim().slice(0, 40)} / ${other.node.data.trim().slice(0, 40)}`);
        }
    }
    return [...new Set(found)].slice(0, 5);
}"""
# The title as far as it can be read.
TITLE = """() => {
    const title = document.querySelector(".topbar-title"), box = title.getBoundingClientRect();
    const range = document.createRange();
    let read = "", all = title.innerText.trim();
    const walker = document.createTreeWalker(title, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) for (let n = 0; n < walker.currentNode.data.length; n++) {
        range.setStart(walker.currentNode, n);
        range.setEnd(walker.currentNode, n + 1);
        const letter = range.getBoundingClientRect();
        const inside = letter.right <= box.right + 1 && letter.bottom <= box.bottom + 2;
        if (letter.width && inside) read += walker.currentNode.data[n];
    }
    return [all, read.trim()];
}"""
COMPOSER = """() => [...document.querySelectorAll(".composer")].filter(c => c.checkVisibility()).map(c => {
    const { top, bottom, height } = c.getBoundingClientRect();
    return [top, bottom, height, innerHeight];
})"""


def faults(page: Page) -> list[str]:
    """What is wrong with how a page lies, at each width."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        drawn(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{width}: scrolls sideways")
        found += [f"{width}: {pair}" for pair in page.evaluate(OVERLAPS)]
        whole, read = page.evaluate(TITLE)
        if len(read) < min(12, len(whole)):
            found.append(f"{width}: the title is {read!r} of {whole!r}")
        for seen in ("search", "bell"):
            drawn_twice = page.locator(".topbar, .thread-bar").locator(f"svg:has(use[href$='#{seen}']):visible").count()
            if width < 640 and drawn_twice > 1:
                found.append(f"{width}: {drawn_twice} times the icon {seen}")
    return found


@pytest.mark.parametrize("who", PAGES)
def test_texts_titles_and_icons_have_room_at_every_width(desk: Desk, who: str) -> None:
    page = desk.sign_in(who, "/")
    found = []
    for path in PAGES[who]:
        page.goto(desk.server.url + path)
        found += [f"{path} {fault}" for fault in faults(page)]
    assert found == []


def assert_composer_in_sight(page: Page) -> None:
    for width in WIDTHS[1:]:
        page.set_viewport_size({"width": width, "height": 844})
        drawn(page)
        if width < 1024 and "/students/" in page.url:
            continue  # There the record comes first.
        for top, bottom, height, all_of_it in page.evaluate(COMPOSER):
            assert height > 0
            assert 0 <= top < bottom <= all_of_it + 1, (page.url, width, top, bottom, all_of_it)


def notice(page: Page, text: str = "Noor is added.", times: int = 1) -> None:
    """The page as if it had come with something to say."""
    page.evaluate(
        """([text, times]) => {
            const list = document.createElement("div");
            list.className = "messages-list";
            const said = `<div class="alert alert-success toast-item"><p class="flex-1">${text}</p></div>`;
            list.innerHTML = said.repeat(times);
            document.getElementById("content").prepend(list);
        }""",
        [text, times],
    )


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize(("who", "path"), [("student", "/"), ("staff", "/students/1/"), ("staff", "/conversations/1/")])
def test_what_a_page_says_once_takes_no_room_from_its_conversation(desk: Desk, who: str, path: str, times: int) -> None:
    page = desk.sign_in(who, path)
    notice(page, times=times)
    assert_composer_in_sight(page)


def test_the_composer_is_in_sight_after_a_student_was_added(desk: Desk) -> None:
    page = desk.sign_in("staff", "/students/new/", java_script_enabled=True)
    page.get_by_label("Code").fill("LAY-1")
    page.get_by_label("Given name").fill("Noor")
    page.get_by_role("button", name="Add student").click()
    said = page.locator(".messages-list .toast-item")
    expect(said).to_contain_text("Noor")
    expect(page).to_have_url(re.compile(r"/students/\d+/"))
    assert_composer_in_sight(page)
    said.get_by_role("button", name="Dismiss").click()
    expect(said).to_have_count(0)


def test_on_a_phone_a_conversation_is_searched_and_muted_from_its_one_menu(desk: Desk) -> None:
    options: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
    page = desk.sign_in("student", "/", **options)
    wait_live(page)
    thread = page.locator(".thread")
    more = thread.get_by_role("button", name="Search, mute and more")
    more.click()
    page.get_by_role("link", name="Search this conversation").click()
    expect(thread.locator(".thread-find input[name=q]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    more.click()
    page.get_by_role("button", name="For an hour").click()
    expect(thread.locator(".thread-mute")).to_have_attribute("data-muted", "")
    expect(more.locator("svg").first).to_be_visible()
    more.click()
    page.get_by_role("button", name="Unmute").click()
    expect(more.locator("svg").first).to_be_hidden()


@pytest.mark.parametrize("path", ["/students/", "/payments/pending/", "/batches/"])
def test_on_a_phone_the_ring_around_a_focused_name_is_drawn_whole(desk: Desk, path: str) -> None:
    page = desk.sign_in("staff", path, viewport={"width": 390, "height": 844})
    page.keyboard.press("Tab")  # Rings are for who uses the keyboard.
    name = page.locator("main tbody th a").first
    name.focus()
    ring, margin = name.evaluate("""(it) => {
        const own = getComputedStyle(it), around = getComputedStyle(it.closest("th"));
        const shown = around.overflow === "clip" ? parseFloat(around.overflowClipMargin) : 0;
        return [parseFloat(own.outlineWidth) + parseFloat(own.outlineOffset), shown];
    }""")
    assert 0 < ring <= margin
