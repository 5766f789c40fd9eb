"""Second factors on a phone: a passkey in Chromium's virtual authenticator, an authenticator app, recovery codes."""

import base64
import hashlib
import hmac
import struct
import time
from types import SimpleNamespace

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import caught
from tests.servers import PASSWORD


@pytest.fixture
def desk(open_desk, homeroom) -> Desk:
    """At the site's name: a passkey belongs to one, and an IP address has none."""
    return open_desk(SimpleNamespace(url=homeroom.url.replace("127.0.0.1", "localhost"), sessions={}))


class Device:
    """The authenticator that is built into a phone: it holds passkeys and knows its owner's finger."""

    def __init__(self, page: Page) -> None:
        self.wire: CDPSession = page.context.new_cdp_session(page)
        self.wire.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.id = self.wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def finger(self, there: bool) -> None:
        """Whether its owner touches it when it asks."""
        self.wire.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self.id, "enabled": there})

    def passkeys(self) -> int:
        return len(self.wire.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])


def phone(desk: Desk) -> Page:
    return desk.page(viewport=PHONE, has_touch=True, is_mobile=True)


def password(desk: Desk, page: Page, who: str, path: str = "/") -> None:
    page.goto(f"{desk.server.url}/accounts/login/?next={path}")
    page.fill("[name=login]", f"{who}@homeroom.test")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


def sign_out(page: Page) -> None:
    page.locator(".user-button").click()
    page.locator("#user-menu").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")


def code_of(secret: str, later: int = 0) -> str:
    """What an app shows (RFC 6238); `later` steps of half a minute from now."""
    digest = hmac.new(
        base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30 + later), hashlib.sha1
    ).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_a_passkey_added_on_the_phone_signs_in_alone_from_then_on(desk, newcomer):
    page = phone(desk)
    password(desk, page, newcomer("student").who, "/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    device = Device(page)
    page.fill("[name=name]", "My phone")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)
    assert device.passkeys() == 1
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator(".factor-list")).to_contain_text("My phone")

    # Where the browser suggests it under the field for the address, it takes no button, only the finger.
    page.locator(".user-button").click()
    with page.expect_navigation(url="**/accounts/login/", wait_until="commit"):
        page.locator("#user-menu").get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{desk.server.url}/")
    expect(page.locator(".user-button")).to_be_visible()

    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{desk.server.url}/")

    # The device says itself that it has one; nothing is added twice.
    page.goto(f"{desk.server.url}/accounts/2fa/webauthn/add/")
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator("[data-passkey-said]")).to_contain_text("has a passkey for your account already")

    page.goto(f"{desk.server.url}/accounts/2fa/")
    page.get_by_role("link", name="Remove My phone").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator(".factor-list")).to_have_count(0)


def test_who_lets_the_device_wait_can_still_type_the_password(desk, newcomer):
    page = phone(desk)
    device = Device(page)
    device.finger(False)
    page.goto(f"{desk.server.url}/accounts/login/")
    button = page.get_by_role("button", name="Sign in with a passkey")
    button.click()
    expect(button).to_be_disabled()
    password(desk, page, newcomer("teacher").who)
    page.wait_for_url(f"{desk.server.url}/")


def test_an_app_is_set_up_and_asked_for_a_recovery_code_helps_and_a_trusted_browser_is_not_asked(desk, newcomer):
    page, who = phone(desk), newcomer("staff").who
    password(desk, page, who, "/accounts/2fa/totp/activate/")
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("img.qr")).to_be_visible()
    expect(page.locator("img.qr")).not_to_have_js_property("naturalWidth", 0)
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.fill("[name=code]", "000 000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".field-error")).to_contain_text("This code is wrong")
    assert page.locator("[name=code]").input_value() == "000 000"
    assert page.locator(".secret").inner_text().replace(" ", "") == secret
    page.fill("[name=code]", code_of(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    codes = page.locator(".codes li").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    kept = download.value.path().read_text()
    assert download.value.suggested_filename == "recovery-codes.txt"
    assert [line for line in kept.splitlines() if line.isdecimal()] == codes
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()

    sign_out(page)
    password(desk, page, who)
    page.wait_for_url("**/authenticate/")
    page.fill("[name=code]", code_of(secret, 1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Not this time").click()
    page.wait_for_url(f"{desk.server.url}/")

    sign_out(page)
    password(desk, page, who)
    page.fill("[name=code]", codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Trust it for 30 days").click()
    page.wait_for_url(f"{desk.server.url}/")

    sign_out(page)
    password(desk, page, who, "/accounts/2fa/")
    page.wait_for_url("**/accounts/2fa/")
    expect(page.locator("#content")).to_contain_text("9 codes left")

    stranger = phone(desk)
    password(desk, stranger, who)
    stranger.wait_for_url("**/authenticate/")
    stranger.fill("[name=code]", codes[0])
    stranger.get_by_role("button", name="Sign in", exact=True).click()
    expect(stranger.locator(".field-error")).to_contain_text("This code is wrong")


def test_at_a_bare_address_nobody_is_offered_a_passkey(desk):
    page = phone(desk)
    page.goto(f"{desk.server.url.replace('localhost', '127.0.0.1')}/accounts/login/")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()


def test_a_phone_on_a_slow_line_asks_its_passkey_as_soon_as_it_can(desk, newcomer):
    page = phone(desk)
    password(desk, page, newcomer("teacher").who, "/accounts/2fa/webauthn/add/")
    page.wait_for_url("**/accounts/reauthenticate/**")
    Device(page)
    page.fill("[name=password]", PASSWORD)
    held = []
    page.route("**/passkey*.js", lambda route: held.append(route))
    page.get_by_role("button", name="Confirm").click()
    button = page.get_by_role("button", name="Make a passkey")
    expect(button).to_be_disabled()
    page.fill("[name=name]", "My phone")
    # A form can be sent from a field too.
    page.press("[name=name]", "Enter")
    caught(page, held).continue_()
    button.click()
    expect(page.locator(".codes li")).to_have_count(10)
