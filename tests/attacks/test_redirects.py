"""No link to us leads on to somebody else's page: what an address asks to go to next is ours or forgotten."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from tests.attacks.routes import routes
from tests.attacks.visits import Visitor
from tests.conftest import PASSWORD
from tests.reads import names_read

EVIL = [
    "https://evil.test/",
    "//evil.test/",
    "///evil.test/",
    "/\\evil.test/",
    "\\\\evil.test/",
    "https:evil.test",
    "https:/evil.test/",
    "http:///evil.test/",
    "\thttps://evil.test/",
    "/\t/evil.test/",
    "/\n/evil.test/",
    " //evil.test/",
    "https://testserver@evil.test/",
    "https://testserver.evil.test/",
    "//testserver:80@evil.test/",
    "javascript:alert(1)//evil.test",
    "data:text/html,evil.test",
    "/%09/evil.test/",
    "/\x00/evil.test/",
    "http://testserver\\@evil.test/",
    "/\u2028/evil.test/",
    "https://evil\uff0etest/",
]
NAMES = ("next", "redirect_to", "return_to", "url", "to", "continue")
HEADERS = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url", "Refresh", "Content-Location")
LINKS = re.compile(r'\b(?:href|action|formaction|src|hx-(?:get|post|put|delete|push-url))="([^"]*)"')


def leads_away(address: str) -> bool:
    """As a browser reads it (https://url.spec.whatwg.org/#url-parsing): without tabs and breaks, `\\` as `/`."""
    address = re.sub(r"[\t\n\r]", "", address).strip("".join(map(chr, range(33)))).replace("\\", "/")
    if re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE) and not re.match(r"https?:", address, re.IGNORECASE):
        return not address.lower().startswith(("data:image/", "mailto:", "tel:", "otpauth:"))
    address = re.sub(r"^(https?:)/*", r"\1//", address, flags=re.IGNORECASE)
    address = re.sub(r"^/{2,}", "//", address)
    return urlsplit(urljoin("http://testserver/", address)).hostname != "testserver"


def away(answer) -> list[str]:
    """Where an answer leads that isn't ours."""
    addresses = [answer.headers[name] for name in HEADERS if name in answer.headers]
    if "html" in answer.headers.get("Content-Type", ""):
        addresses += map(unescape, LINKS.findall(answer.content.decode()))
    return [address for address in addresses if leads_away(address)]


# Read by browsers as ours after all; what is behind our redirects must not count on it.
HARMLESS = {"/%09/evil.test/", "/\x00/evil.test/", "/\u2028/evil.test/", "http://testserver\\@evil.test/"}
OURS = ["/students/", "?page=2", "http://testserver/x", "/a//b", *sorted(HARMLESS)]


@pytest.mark.parametrize(
    ("address", "there"), [(address, address not in HARMLESS) for address in EVIL] + [(each, False) for each in OURS]
)
def test_what_leads_away_is_recognised(address, there):
    assert leads_away(address) is there


@pytest.mark.parametrize("evil", EVIL)
def test_signing_in_and_out_leads_to_our_own_pages(cast, evil, settings):
    settings.SECOND_FACTOR = []
    client = Client()
    assert away(client.get("/accounts/login/", {"next": evil})) == []
    entry = {"login": cast.staff.email, "password": PASSWORD, "next": evil}
    came = client.post("/accounts/login/", entry)
    assert (came.status_code, away(came)) == (302, [])
    assert away(client.get("/accounts/login/", {"next": evil})) == []  # Who is signed in is sent on at once.
    assert away(client.get("/accounts/reauthenticate/", {"next": evil})) == []
    assert away(client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": evil})) == []
    left = client.post("/accounts/logout/", {"next": evil})
    assert (left.status_code, away(left)) == (302, [])


@pytest.mark.parametrize("evil", EVIL)
def test_after_a_payment_one_is_back_where_one_was_or_at_the_fees(cast, client_for, evil):
    path = f"/payments/students/{cast.amina.pk}/new/"
    entry = {"amount": "10", "currency": "EUR", "method": "cash", "date": "2026-09-01", "paid_on": "2026-09-01"}
    assert away(client_for(cast.staff).get(path, {"next": evil})) == []
    assert away(client_for(cast.staff).post(path, entry | {"next": evil})) == []


@pytest.mark.parametrize("who", ["nobody", "amina_user", "admin"])
def test_no_address_leads_away(cast, client_for, monkeypatch, who):
    monkeypatch.setattr("apps.core.limits._counts", None)
    visitor = Visitor(client_for(getattr(cast, who, None)))
    found, looked = [], set()
    for route in routes():
        of_admin = route.path.startswith("/admin/")
        if of_admin and who != "admin":
            continue
        # Whoever looks at none of these names isn't led by them: once is enough.
        for evil in ("//evil.test/", "https://evil.test/", "/\\evil.test/"):
            asked = dict.fromkeys(NAMES, evil)
            headers = {"HX-Request": "true", "HX-Current-URL": evil, "Referer": evil}
            with names_read() as read:
                answers = [visitor.ask("GET", route.path, asked, headers=headers)] if evil == "//evil.test/" else []
                if not of_admin:
                    answers += [visitor.ask("GET", route.path, asked), visitor.ask("POST", route.path, asked)]
            found += [f"{route.path}: {address}" for answer in answers for address in away(answer)]
            if of_admin or read.isdisjoint(NAMES):
                break
            looked.add(route.path)
    assert sorted(set(found)) == []
    assert looked >= {"nobody": {"/accounts/login/"}, "admin": {"/accounts/reauthenticate/"}}.get(who, set())


@pytest.mark.parametrize(
    "path", ["//evil.test/..", "/\\evil.test", "//evil.test//", "/students//evil.test", "//evil.test"]
)
def test_a_path_that_lacks_its_slash_leads_nowhere_else(cast, client_for, path):
    assert away(client_for(cast.staff).get(path)) == []
