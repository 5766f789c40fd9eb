"""Requests that no browser sends are refused as such, at every address; none is an error."""

import json
import socket
import string
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import resolve
from fido2.utils import websafe_encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.forms_factors import TOLD_LENGTH
from apps.core.requests import TolerantRequest
from tests.accounts.passkeys import SoftPasskey
from tests.accounts.test_passkeys import ADD, CONFIRM, LOGIN, add, browser, challenge, confirmed, options_in
from tests.attacks.routes import routes
from tests.attacks.test_bodies import FORM, MULTIPART, parts, raw
from tests.attacks.visits import Visitor
from tests.servers import Homeroom

PART = parts(1)
KINDS = {
    "utf-7": f"{FORM}; charset=utf-7",
    "a charset that isn't one": f"{FORM}; charset=no-such",
    "bytes for a charset": f"{FORM}; charset=base64",
    "hexadecimal": f"{FORM}; charset=hex",
    "names for a charset": f"{FORM}; charset=idna",
    "punycode": f"{FORM}; charset=punycode",
    "no charset at all": f"{FORM}; charset=undefined",
    "an empty charset": f'{FORM}; charset=""',
    "two charsets": f"{FORM}; charset=utf-8; charset=utf-7",
    "a null in a charset": f"{FORM}; charset*=utf-8''%00",
    "a parameter of a charset that isn't one": f"{FORM}; x*=no-such''a",
    "a parameter of a null": f"{FORM}; x*=%00''a",
    "a parameter without end": f"{FORM}; x={'b' * 12_000}",
    "nothing but signs": "; ;; =",
    "no kind": "/",
    "a language": f"{FORM}; x*=utf-8'{'e' * 500}'%e4",
}
BODY = b"login=a&password=b&csrfmiddlewaretoken=c&body=\xff%ff%00"
MALFORMED: dict[str, tuple[str, bytes]] = {what: (kind, BODY) for what, kind in KINDS.items()} | {
    "parts in utf-7": (f"{MULTIPART}; charset=utf-7", PART),
    "parts in a charset that isn't one": (f"{MULTIPART}; charset=no-such", PART),
    "parts without a boundary": ("multipart/form-data", PART),
    "an empty boundary": ("multipart/form-data; boundary=", PART),
    "a boundary without end": (f"multipart/form-data; boundary={'x' * 5_000}", PART),
    "a boundary that is no text": ("multipart/form-data; boundary*=utf-8''%ff%fe", PART),
    "another boundary": ("multipart/form-data; boundary=Y", PART),
    "parts that are cut off": (MULTIPART, PART[:-30]),
    "a part without a name": (MULTIPART, b"--X\r\nContent-Disposition: form-data\r\n\r\nx\r\n--X--"),
    "a part in utf-7": (MULTIPART, parts(1, '"\r\nContent-Type: text/plain; charset=utf-7\r\nX: "', "+AGE")),
    "parts in parts": (MULTIPART, parts(1, '"\r\nContent-Type: multipart/mixed; boundary=X\r\nX: "')),
    "a thousand fields and one": (FORM, b"&".join(b"f%d=x" % n for n in range(1_001))),
    "nulls": (FORM, b"login=%00&password=%00&email=%00&next=%00&q=%00&csrfmiddlewaretoken=%00\x00"),
    "a field as long as a book": (FORM, b"a" * 20_000 + b"=" + b"b" * 20_000),
}


@pytest.mark.parametrize("what", MALFORMED)
@pytest.mark.parametrize("who", ["nobody", "staff"])
def test_no_form_that_makes_no_sense_is_an_error(cast, client_for, monkeypatch, what, who):
    monkeypatch.setattr("apps.core.limits._counts", None)
    # As project/wsgi.py has it; the test client makes its requests itself.
    monkeypatch.setattr("django.test.client.WSGIRequest", TolerantRequest)
    kind, body = MALFORMED[what]
    visitor = Visitor(client_for(getattr(cast, who, None)), failing=False)
    wrong = []
    for path in [*(OPEN if who == "nobody" else SIGNED_IN), "/no-such-page/", "/accounts/", "/students"]:
        for method in ("POST", "GET", "PUT") if path in SIGNED_IN else ("POST",):
            status = visitor.ask("generic", method, path, body, kind).status_code
            if status >= 500:
                wrong.append((method, path, status))
    assert wrong == []


# Elsewhere nobody reads what somebody sends who isn't signed in: one address of ours and one of the admin show it.
OPEN = [
    *(route.path for route in routes() if not getattr(resolve(route.path).func, "login_required", True)),
    *("/students/new/", "/admin/auth/group/add/"),
]
SIGNED_IN = ["/students/new/", "/batches/new/", "/accounts/settings/", "/students/import/", "/accounts/email/"]


@pytest.mark.parametrize("charset", ["utf-7", "latin-1", "utf-16", "base64", "no-such", "idna", ""])
def test_a_form_in_another_charset_is_refused_and_not_read(cast, client_for, charset):
    kind = f'{FORM}; charset="{charset}"'
    answer = client_for(cast.staff).generic("POST", "/students/new/", b"given_name=A", kind)
    assert answer.status_code == 415
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", '"utf-8"', "us-ascii"])
def test_a_form_in_utf8_is_read_whatever_that_is_called(cast, client_for, charset):
    typed = b"given_name=Zo%C3%AB&family_name=New&code=S950&status=active"
    answer = client_for(cast.staff).generic("POST", "/students/new/", typed, f"{FORM}; charset={charset}")
    assert answer.status_code in {200, 302, 422}
    assert answer.status_code == 302 or "Zoë" in answer.content.decode()


def request_of(line: str, *headers: bytes, body: bytes = b"") -> bytes:
    lines = [line.encode("latin-1"), b"Host: 127.0.0.1", b"X-Forwarded-Proto: http", b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"", body])


def posted(kind: str, body: bytes) -> bytes:
    length, told = b"Content-Length: %d" % len(body), f"Content-Type: {kind}".encode("latin-1")
    return request_of("POST /accounts/login/ HTTP/1.1", told, length, body=body)


RAW = {what: posted(kind, body) for what, (kind, body) in MALFORMED.items()} | {
    "an address that is no text": request_of("GET /\xff HTTP/1.1"),
    "a query that is no text": request_of("GET /accounts/login/?next=\xff HTTP/1.1"),
    "a query of other bytes": request_of("GET /accounts/login/?next=%ff%00%c0%af&next=%u1234 HTTP/1.1"),
    "a null in an address": request_of("GET /%00 HTTP/1.1"),
    "cookies that are no text": request_of("GET / HTTP/1.1", b"Cookie: sessionid=\xff\xfe; csrftoken=\xff; \xff=\xff"),
    "a cookie again and again": request_of("GET / HTTP/1.1", *[b"Cookie: a=b"] * 150),
    "a header again and again": request_of("GET / HTTP/1.1", *[b"X-A: b"] * 200),
    "a length that is none": request_of("POST / HTTP/1.1", b"Content-Length: five", body=b"hello"),
    "a length with a sign": request_of("POST / HTTP/1.1", b"Content-Length: +5", body=b"hello"),
    "a length of other digits": request_of("POST / HTTP/1.1", "Content-Length: \u0665".encode(), body=b"hello"),
    "pieces of no length": request_of("POST / HTTP/1.1", b"Transfer-Encoding: chunked", body=b"zz\r\n\r\n"),
    "a path of the site's own": request_of("GET /accounts/login/ HTTP/1.1", b"Daphne-Root-Path: \xff"),
    "a whole address that is none": request_of("GET http://[::1 HTTP/1.1"),
    "a star": request_of("OPTIONS * HTTP/1.1"),
    "a method that is no text": request_of("G\xffT / HTTP/1.1"),
    "a stream of bytes": request_of("GET /events/?channel=\xff%ff HTTP/1.1"),
    "a stream of another's cookie": request_of("GET /events/?channel=inbox HTTP/1.1", b"Cookie: sessionid=\xff\x80"),
    "a socket": request_of(
        "GET /events/ HTTP/1.1",
        *(b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13"),
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ),
    "all that one accepts": request_of("GET / HTTP/1.1", b"Accept-Encoding: \xff;q=\xff", b"Accept-Language: \xff;q=x"),
    "what htmx says": request_of("GET / HTTP/1.1", b"HX-Request: true", b"HX-Current-URL: http://[::1\xff"),
}


def test_no_server_answers_it_with_an_error(homeroom: Homeroom) -> None:
    urls = [homeroom.url]
    wrong = []
    for url in urls:
        place = type("Place", (), {"url": url})()
        for what, asked in RAW.items():
            try:
                answer = raw(place, asked, 10)
            except (TimeoutError, ConnectionError):
                continue  # It waits for what was announced, or has hung up.
            if answer and int(answer.split(b" ", 2)[1]) >= 500:
                wrong.append((url, what, answer[:200]))
    assert wrong == []


def test_links_never_begin_with_what_a_header_says(homeroom: Homeroom) -> None:
    address = urlsplit(homeroom.url)
    asked = request_of("GET /students/ HTTP/1.1", b"Daphne-Root-Path: @evil.test")
    with socket.create_connection((address.hostname, address.port), 20) as line:
        line.sendall(asked)
        assert b"evil" not in line.makefile("rb").read()


# What a passkey's answer is made of, and what else may stand in its place.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**60), 10**60),
    st.floats(),
    st.text(max_size=40),
    st.binary(max_size=120).map(websafe_encode),
)
NONSENSE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(string.ascii_letters), inner, max_size=4),
)
DEEP = [
    b"\x81" * 2_000,
    b"\x9f" * 2_000,
    b"\xa1\x00" * 1_000,
    b"\xc1" * 2_000,
    b"\xbb" + b"\xff" * 8,
    b"\x5b\xff" * 8,
]
LONG = [websafe_encode(bytes(37) + deep) for deep in DEEP] + ["a" * 5_000, "_" * TOLD_LENGTH, "=" * 50]
ODD = [None, True, 0, -1, 10**400, 1.5, "", "\x00", "\ud800", "é", [], {}, [[]], {"a": {}}]
# What is decoded as CBOR, and may be so deep that a reader gives up.
SIGNED = [["response", "authenticatorData"], ["response", "attestationObject"]]
FIELDS = [
    *(["id"], ["rawId"], ["type"], ["response"], ["clientExtensionResults"], ["clientExtensionResults", "credProps"]),
    *(["authenticatorAttachment"], ["response", "clientDataJSON"], ["response", "authenticatorData"]),
    *(["response", "signature"], ["response", "userHandle"], ["response", "attestationObject"]),
    ["response", "transports"],
]


def changed(answer: dict[str, Any], field: list[str], value: Any) -> dict[str, Any]:
    """The answer with something else in one of its fields."""
    answer = json.loads(json.dumps(answer))
    *above, last = field
    place = answer
    for name in above:
        place = place.setdefault(name, {})
    if isinstance(place, dict):
        place[last] = value
    return answer


def nonsense_at(path: str, client: Client, passkey: SoftPasskey) -> tuple[str, dict[str, Any]]:
    """An address that takes a passkey's answer, with one that makes sense."""
    if path == ADD:
        return path, SoftPasskey().create(options_in(client.get(ADD).content.decode()))
    if path == CONFIRM:
        return path, passkey.get(options_in(client.get(CONFIRM).content.decode()))
    return path, passkey.get(challenge(client))


@pytest.fixture
def forms(cast, monkeypatch):
    """The three forms that take a passkey's answer, each in a browser that may send it."""
    monkeypatch.setattr("apps.core.limits._counts", None)
    client = confirmed(cast.amina_user)
    passkey = add(client)
    found = [(browser(), *nonsense_at(LOGIN, browser(), passkey))]
    found += [(client, *nonsense_at(path, client, passkey)) for path in (ADD, CONFIRM)]
    return found


def status_of(client: Client, path: str, answer: Any) -> int:
    client.raise_request_exception = False
    return client.post(path, {"credential": json.dumps(answer), "passwordless": "on"}).status_code


def test_whatever_stands_in_a_field_of_a_passkeys_answer_is_no_error(forms):
    for client, path, answer in forms:
        for field in FIELDS:
            for value in [*(LONG if field in SIGNED else LONG[-3:]), *ODD]:
                assert status_of(client, path, changed(answer, field, value)) < 500, (path, field, value)
        for whole in [None, 1, "x", [], {}, [answer], {"response": None}, {"response": []}]:
            assert status_of(client, path, whole) < 500, (path, whole)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(FIELDS), value=NONSENSE, other=st.sampled_from(FIELDS), more=NONSENSE)
def test_nothing_that_is_put_together_is_an_error(forms, field, value, other, more):
    for client, path, answer in forms:
        assert status_of(client, path, changed(changed(answer, field, value), other, more)) < 500, path


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.binary(max_size=1_500), flags=st.integers(0, 255))
def test_no_bytes_of_an_authenticator_are_an_error(forms, told, flags):
    for client, path, answer in forms:
        name = "attestationObject" if path == ADD else "authenticatorData"
        data = told if path == ADD else bytes(32) + bytes([flags]) + told
        assert status_of(client, path, changed(answer, ["response", name], websafe_encode(data))) < 500, path
