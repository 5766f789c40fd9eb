"""Searching a thread in a browser: a field over it, hits in a panel, each opened in its place."""

import re

import pytest
from playwright.sync_api import expect

from tests.servers import PASSWORD, Homeroom

MARKED = """() => [...(CSS.highlights.get('found') ?? [])].map(range => range.toString())"""


@pytest.fixture
def student(homeroom: Homeroom) -> tuple[int, int]:
    """A student of the demo whose thread is longer than a page, and the thread."""
    rows = homeroom.rows(
        "SELECT s.id, s.conversation_id FROM students_student s JOIN conversations_message m"
        " ON m.conversation_id = s.conversation_id GROUP BY s.id ORDER BY count(*) DESC, s.id LIMIT 1"
    )
    return rows[0]


def oldest_word(homeroom: Homeroom, conversation: int) -> tuple[int, str]:
    """The first message of a thread, and a word of it."""
    message, body = homeroom.rows(
        "SELECT id, body FROM conversations_message WHERE conversation_id = ? AND deleted IS NULL ORDER BY key LIMIT 1",
        conversation,
    )[0]
    return message, max("".join(c if c.isalpha() else " " for c in body).split(), key=len)


def test_a_hit_that_is_not_loaded_yet_is_opened_in_its_place_with_its_word_marked(desk, homeroom, student):
    pk, conversation = student
    message, word = oldest_word(homeroom, conversation)
    page = desk.sign_in("staff", f"/students/{pk}/")
    expect(page.locator(f"#message-{message}")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.insert_text(word)
    hit = page.locator(f'.hit[data-goto="{message}"]')
    expect(page.locator(".hit mark", has_text=re.compile(f"^{word}$", re.IGNORECASE)).first).to_be_visible()
    while not hit.count():
        found = page.locator(".hit").count()
        page.locator(".hit-more a").click()
        expect(page.locator(".hit")).not_to_have_count(found)
    hit.click()
    expect(page.locator(f"#message-{message}")).to_be_in_viewport()
    expect(page.locator(".thread-found")).to_be_hidden()
    page.wait_for_function(f"() => ({MARKED})().length > 0")
    assert {text.lower() for text in page.evaluate(MARKED)} == {word.lower()}


def test_escape_closes_the_search_and_gives_the_place_back(desk, homeroom, student):
    page = desk.sign_in("staff", f"/students/{student[0]}/")
    page.locator("[data-find]").click()
    expect(page.locator(".thread-find input[type=search]")).to_be_focused()
    page.keyboard.type("zzzzqqqq")
    expect(page.locator(".thread-found")).to_contain_text("No messages found")
    page.keyboard.press("Escape")
    expect(page.locator(".thread-found")).to_be_hidden()
    expect(page.locator(".thread-find")).to_be_hidden()
    expect(page.locator("[data-find]")).to_be_focused()
    # A slash that is typed into a message stays one.
    page.fill("textarea[name=body]", "")
    page.locator("textarea[name=body]").press_sequentially("1/2")
    expect(page.locator("textarea[name=body]")).to_have_value("1/2")
    page.fill("textarea[name=body]", "")


def test_escape_in_the_drawers_search_leaves_the_drawer_open(desk):
    page = desk.sign_in("staff", "/students/")
    page.locator("[data-open-thread]").first.click()
    page.locator(".thread-drawer [data-find]").click()
    page.keyboard.type("a")
    page.keyboard.press("Escape")
    expect(page.locator(".thread-drawer .thread-find")).to_be_hidden()
    expect(page.locator(".thread-drawer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".thread-drawer")).to_be_hidden()


def test_without_script_the_search_is_a_page(desk, homeroom, student):
    page = desk.sign_in("staff", f"/students/{student[0]}/", java_script_enabled=False)
    page.locator("[data-find]").click()
    _, word = oldest_word(homeroom, student[1])
    page.fill("input[name=q]", word)
    page.press("input[name=q]", "Enter")
    expect(page.locator(".hit").first).to_be_visible()
    assert page.locator("[name=in]").is_checked()
    page.locator(".hit").first.click()
    expect(page.locator(".message").first).to_be_attached()


def test_staff_take_a_conversation_away_with_the_menu_over_it(desk, homeroom, student):
    path = f"/students/{student[0]}/"
    page = desk.sign_in("staff", f"/accounts/reauthenticate/?next={path}")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: url.endswith(path) and "reauthenticate" not in url)
    for extent, expected in (
        ("without", b"Without team notes"),
        ("with", b"With team notes"),
    ):
        page.locator(".thread-menu-button").click()
        page.set_checked(".thread-menu [name=staff]", extent == "with")
        with page.expect_download() as waiting:
            page.locator(".thread-menu button[value=text]").click()
        content = waiting.value.path().read_bytes()
        assert content.splitlines()[2].startswith(expected)
        page.keyboard.press("Escape")
    student_page = desk.sign_in("student")
    expect(student_page.locator("[data-find]")).to_be_visible()
    expect(student_page.locator(".thread-menu")).to_have_count(0)
