"""From an invitation to one's own home, on a phone; the mails are those that the server sends."""

import re
import uuid
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Desk, confirm
from tests.browser.letters import newest
from tests.browser.threads import send, wait_live
from tests.servers import Homeroom

PASSWORD = "seven quiet herons"


def address() -> str:
    """One that nobody has yet, in whatever order the tests run."""
    return f"nadia.{uuid.uuid4().hex[:10]}@example.org"


def invite(desk: Desk, email: str, role: str) -> Page:
    page = desk.sign_in("admin", "/accounts/invitations/", viewport=PHONE)
    page.get_by_role("link", name="Invite people").click()
    form = page.get_by_role("dialog", name="Invite people")
    form.get_by_label("E-mail addresses").fill(f"{email}\nnot an address")
    form.get_by_label("As").select_option(role)
    form.get_by_role("button", name="Send invitations").click()
    confirm(page, page.get_by_text("1 invitation is on the way. 1 was not invited:"))
    page.goto(f"{desk.server.url}/accounts/invitations/")
    return page


def guest(desk: Desk, homeroom: Homeroom, email: str, host: str = "127.0.0.1") -> Page:
    """A phone on which the link of the mail was followed."""
    link = newest(homeroom, email, r"http://127\.0\.0\.1:\d+/accounts/join/\S+")[0]
    page = desk.page(viewport=PHONE)
    page.goto(link.replace("127.0.0.1", host))
    expect(page).to_have_url(re.compile("/accounts/join/$"))
    return page


def test_who_is_invited_to_staff_accepts_proves_the_second_factor_and_is_home(desk, homeroom):
    email = address()
    office = invite(desk, email, "staff")
    row = office.get_by_role("row").filter(has_text=email)
    expect(row).to_contain_text("Pending")
    assert office.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

    page = guest(desk, homeroom, email)
    expect(page.get_by_label("E-mail")).to_have_value(email)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Given name").fill("Nadia")
    page.get_by_label("Family name").fill("Newcomer")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_text("too short")).to_be_visible()
    expect(page.get_by_label("Given name")).to_have_value("Nadia")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()

    page.get_by_label("Code").fill(newest(homeroom, email, r"^(\d{6}) is your code")[1])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Not this time").click()
    expect(page.get_by_role("button", name="Nadia Newcomer, your account")).to_be_visible()
    expect(page).to_have_url(f"{homeroom.url}/")

    office.reload()
    expect(row).to_contain_text("Accepted")


def test_a_student_whom_their_teacher_invites_comes_to_their_own_thread(desk, homeroom):
    email = address()
    (pk, conversation, before), *_ = homeroom.rows(
        "SELECT s.id, s.conversation_id, s.email FROM students_student s"
        " JOIN courses_enrollment e ON e.student_id = s.id AND e.is_active"
        " JOIN courses_batch b ON b.id = e.batch_id JOIN accounts_user t ON t.id = b.teacher_id"
        " WHERE s.user_id IS NULL AND s.invitation_id IS NULL AND t.email = 'teacher@homeroom.test' ORDER BY s.id"
    )
    office = desk.sign_in("staff", f"/students/{pk}/edit/")
    expect(office.get_by_label("E-mail")).to_have_value(before)
    office.get_by_label("E-mail").fill(email)
    office.get_by_role("button", name="Save").click()
    expect(office.get_by_role("region", name="Record")).to_contain_text(email)
    page = desk.sign_in("teacher", f"/students/{pk}/", viewport=PHONE)
    wait_live(page)  # Without the script it would be another page that says so.
    record = page.get_by_role("region", name="Record")
    absent, state = page.locator(".thread-addressee"), page.locator(".thread-state")
    page.check("[name=audience][value=everyone]")
    expect(absent).to_contain_text("has no account yet and will read this after joining")
    send(page, "Welcome to your conversation")
    expect(state).to_have_text("Waiting to join")
    record.get_by_role("button", name="Invite", exact=True).click()
    expect(record.get_by_text("Invitation sent.")).to_be_visible()
    record.get_by_role("button", name="Send again").click()
    expect(record.get_by_text("It was sent a moment ago.")).to_be_visible()

    phone = guest(desk, homeroom, email)
    expect(phone.get_by_label("Given name")).not_to_have_value("")
    phone.get_by_label("Password", exact=True).fill(PASSWORD)
    phone.get_by_role("button", name="Make my account").click()
    expect(phone.locator(f'section[data-conversation="{conversation}"]')).to_be_visible()
    # The record that the teacher has open says so by itself, and so does the conversation.
    expect(record).to_contain_text(f"Account{email}")
    expect(absent).to_have_text("")
    expect(state).not_to_contain_text("Waiting")
    expect(state).not_to_be_empty()


def test_from_the_list_those_who_are_ticked_are_invited_and_what_came_of_it_is_told(desk, homeroom):
    without = homeroom.rows(
        "SELECT given_name, id FROM students_student"
        " WHERE user_id IS NULL AND invitation_id IS NULL AND status = 'active' ORDER BY given_name"
    )
    (name, one), _ = next(pair for pair in pairwise(without) if pair[0][0] == pair[1][0])
    page = desk.sign_in("staff", "/students/", viewport=PHONE)
    page.get_by_label("Search students").fill(name)
    expect(page.locator("#invite-students")).to_have_attribute("href", f"/students/invitations/?q={name}")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("link", name="Invite", exact=True).click()
    page.wait_for_load_state()
    page.get_by_role("link", name="Select all").click()
    page.locator(f"#student-{one}-invited").uncheck()
    chosen = page.get_by_role("checkbox", checked=True).count()
    page.get_by_role("button", name=f"Send {chosen} invitation").click()
    expect(page.get_by_text(re.compile(f"^{chosen} invitations? leaves? at"))).to_be_visible()
    expect(page.locator(f"#student-{one}-invited")).to_be_visible()


def test_who_is_invited_at_a_domain_with_other_letters_signs_in_as_the_browser_sends_it(desk, homeroom):
    name = f"nadia.{uuid.uuid4().hex[:10]}"
    invite(desk, f"{name}\u200b@bücher.example", "teacher")
    page = guest(desk, homeroom, f"{name}@xn--bcher-kva.example")
    page.get_by_label("Given name").fill("Nadia")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("button", name="Nadia, your account")).to_be_visible()
    again = desk.page(viewport=PHONE)
    again.goto(f"{homeroom.url}/accounts/login/")
    again.fill("[name=login]", f"{name}@bücher.example")
    again.fill("[name=password]", PASSWORD)
    again.locator("[name=password]").press("Enter")
    expect(again.get_by_role("button", name="Nadia, your account")).to_be_visible()
    again.get_by_role("button", name="Nadia, your account").click()
    expect(again.get_by_text(f"{name}@bücher.example")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nobody_is_ticked_at_first_and_what_was_sent_can_be_stopped_from_any_page(desk, homeroom, viewport):
    page = desk.sign_in("staff", "/students/invitations/", viewport=viewport)
    boxes = page.locator("tbody input[type=checkbox]:not(:disabled)")
    send = page.locator("#send-invitations")
    ticked = page.get_by_role("checkbox", checked=True)
    expect(send).to_be_disabled()
    expect(ticked).to_have_count(0)
    page.get_by_role("link", name="Select all").click()
    expect(send).to_have_text(f"Send {ticked.count()} invitations")
    page.get_by_role("link", name="Select none").click()
    expect(send).to_be_disabled()
    # A range with Shift, and one more from the keyboard.
    boxes.nth(1).click()
    expect(send).to_have_text("Send 1 invitation")
    boxes.nth(3).click(modifiers=["Shift"])
    expect(send).to_have_text("Send 3 invitations")
    page.keyboard.press("Shift+ArrowDown")
    expect(send).to_have_text("Send 4 invitations")
    expect(boxes.nth(4)).to_be_focused()
    names = [boxes.nth(number).get_attribute("id") for number in range(1, 5)]
    # No address breaks inside a word.
    lines = "cells => cells.map(cell => Math.round(cell.offsetHeight / parseFloat(getComputedStyle(cell).lineHeight)))"
    assert set(page.locator(".cell-email bdi:not(:empty)").evaluate_all(lines)) == {1}
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    send.click()
    waiting = page.get_by_role("status").filter(has_text=re.compile(r"4 invitations leave at \d+:\d+:\d+"))
    expect(waiting).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.reload()
    expect(waiting).to_be_visible()
    page.goto(f"{homeroom.url}/accounts/invitations/")
    expect(waiting).to_be_visible()
    waiting.get_by_role("button", name="Stop sending").click()
    expect(page.get_by_text("Stopped: 4 invitations were taken back, and no mail has left.")).to_be_visible()
    page.goto(f"{homeroom.url}/students/invitations/")
    expect(waiting).to_have_count(0)
    for name in names:
        expect(page.locator(f"#{name}")).to_be_enabled()


def test_without_a_password_one_comes_in_with_a_passkey(desk, homeroom):
    email = address()
    invite(desk, email, "teacher")
    page = guest(desk, homeroom, email, "localhost")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    on = {"isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device | on})
    page.get_by_label("Given name").fill("Nadia")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("button", name="Nadia, your account")).to_be_visible()


def test_a_link_that_was_revoked_while_one_looked_at_it_is_told_kindly(desk, homeroom):
    email = address()
    office = invite(desk, email, "teacher")
    page = guest(desk, homeroom, email)
    office.get_by_role("button", name=f"Revoke the invitation of {email}").click()
    office.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    row = office.get_by_role("row").filter(has_text=email)
    expect(row).to_contain_text("Revoked")
    page.get_by_label("Given name").fill("Nadia")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("heading", name="This link can't be used")).to_be_visible()
    expect(page.get_by_text("send the invitation again")).to_be_visible()
