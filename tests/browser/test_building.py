"""A course is built in a real browser: with the mouse, with the keyboard alone, and by two at once."""

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Desk
from tests.browser.threads import wait_live


def new_course(desk: Desk, title: str, who: str = "staff") -> Page:
    """The builder of a course that was just made, with two modules."""
    page = desk.sign_in(who, "/courses/new/")
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Create course").click()
    wait_live(page)
    for name in ("Basics", "More"):
        page.get_by_label("Title of a new module").fill(name)
        page.get_by_role("button", name="Add module").click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    return page


def titles(page: Page) -> list[str]:
    return page.locator(".lesson-title").all_inner_texts()


def add(page: Page, *names: str) -> None:
    """Lessons in Basics, one after the other, without the mouse."""
    line = page.get_by_label("Title of a new lesson in Basics")
    line.focus()
    for name in names:
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
        expect(line).to_have_value("")
        expect(line).to_be_focused()


def hear_of_news(page: Page) -> None:
    """As from the stream, when somebody has changed the outline."""
    page.evaluate("htmx.trigger(document.body, document.querySelector('.course-outline').dataset.channels)")


def hold(page: Page, address: str) -> list[Route]:
    """What is asked of this address from now on, which waits until it is let go."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route))
    return held


def wait_for(page: Page, held: list[Route]) -> None:
    while not held:
        page.wait_for_timeout(50)


def drag(page: Page, held: Locator, onto: Locator, title: str) -> None:
    """Drags as a hand does, not in one jump, and lets go only when the lesson `title` is in the other module."""
    here, there = held.bounding_box(), onto.bounding_box()
    assert here
    assert there
    other = page.locator("[data-lessons]").last
    page.mouse.move(here["x"] + 5, here["y"] + 5)
    page.mouse.down()
    page.mouse.move(here["x"] + 8, here["y"] + 20, steps=5)
    for way in range(40):
        page.mouse.move(there["x"] + 8, there["y"] + 10 + way % 5, steps=5)
        page.wait_for_timeout(100)
        if title in other.inner_text():
            break
    page.mouse.up()


def test_lessons_are_added_moved_and_published_with_the_keyboard_alone(desk: Desk) -> None:
    page = new_course(desk, "By keyboard")
    add(page, "One", "Two", "Three")
    page.get_by_role("button", name="Move “One” down").focus()
    for place in ("2 of 3", "3 of 3"):
        page.keyboard.press("Enter")
        expect(page.locator("[id$=-said]")).to_contain_text(f"“One” is now {place} in “Basics”")
        expect(page.get_by_role("button", name="Move “One” down")).to_be_focused()
    assert titles(page) == ["Two", "Three", "One"]
    # Beyond the end of a module the next one begins; where there is no further, the other button has the focus.
    # News that was asked for before comes between the key and its answer, with the row where it was.
    news, answers = hold(page, "**/edit/outline/**"), hold(page, "**/edit/order/")
    hear_of_news(page)
    wait_for(page, news)
    page.keyboard.press("Enter")
    wait_for(page, answers)
    page.evaluate("document.addEventListener('htmx:after:swap', () => { window.swapped = true }, { once: true })")
    news[0].continue_()
    page.wait_for_function("() => window.swapped")
    assert titles(page) == ["Two", "Three", "One"]
    answers[0].continue_()
    page.unroute_all()
    expect(page.locator("[id$=-said]")).to_contain_text("“One” is now 1 of 1 in “More”")
    expect(page.get_by_role("button", name="Move “One” up")).to_be_focused()
    page.get_by_role("button", name="More for “Two”").press("Enter")
    page.get_by_role("button", name="Duplicate").press("Enter")
    expect(page.get_by_role("link", name="Two (copy)")).to_be_visible()
    page.get_by_role("link", name="Two", exact=True).press("Enter")
    page.get_by_label("Text", exact=True).fill("# Hello")
    page.get_by_role("button", name="Save and publish").press("Enter")
    expect(page.get_by_text("Saved and published.")).to_be_visible()


def test_a_lesson_is_dragged_to_another_module_and_what_is_removed_comes_back(desk: Desk) -> None:
    page = new_course(desk, "By mouse")
    add(page, "One", "Two")
    page.get_by_label("Title of a new lesson in More").fill("Three")
    page.get_by_label("Title of a new lesson in More").press("Enter")
    expect(page.get_by_role("link", name="Three")).to_be_visible()
    handles = page.locator("[data-grab=lesson]")
    handles.first.hover()
    page.wait_for_function("() => window.Sortable && Sortable.get(document.querySelector('[data-lessons]'))")
    drag(page, handles.first, handles.last, "One")
    expect(page.locator("[id$=-said]")).to_contain_text("in “More”")
    page.reload()
    assert titles(page)[0] == "Two"
    page.get_by_role("button", name="More for “Two”").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("link", name="Two")).to_have_count(0)
    page.locator("[data-undo]").click()
    expect(page.get_by_role("link", name="Two")).to_be_visible()
    expect(page.locator("#toasts .toast-item")).to_have_count(0)


def test_what_one_builds_another_sees_and_a_stale_order_moves_nothing(desk: Desk) -> None:
    mine = new_course(desk, "By two")
    add(mine, "One", "Two")
    theirs = desk.sign_in("admin", mine.url.removeprefix(desk.server.url))
    wait_live(theirs)
    theirs.get_by_label("Title of a new lesson in More").press_sequentially("Half a ti")
    # Nothing of what the other does reaches this page until it asks.
    theirs.route("**/edit/outline/**", lambda route: route.abort())
    add(mine, "Three")
    theirs.get_by_role("button", name="Move “One” down").click()
    expect(theirs.get_by_role("alert").filter(has_text="Somebody else changed the outline")).to_be_visible()
    expect(theirs.get_by_role("link", name="Three")).to_be_visible()
    assert titles(theirs) == ["One", "Two", "Three"]
    theirs.unroute_all()
    mine.get_by_role("button", name="Move “One” down").click()
    expect(theirs.locator(".lesson-title").first).to_have_text("Two")
    expect(theirs.get_by_label("Title of a new lesson in More")).to_have_value("Half a ti")
