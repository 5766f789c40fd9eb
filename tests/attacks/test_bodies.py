"""Requests that are too large, too deep or no requests at all are refused as such: nothing of them ends in an error."""

import io
import json
import socket
import zipfile
from urllib.parse import urlsplit

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.attacks.routes import routes
from tests.conftest import PASSWORD
from tests.doors.house import untouched
from tests.servers import Homeroom

DEEP = "[" * 100_000 + "]" * 100_000
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=X"


def parts(number: int, more: str = "", body: str = "x") -> bytes:
    """So many parts of a form, each called otherwise."""
    lines = [f'--X\r\nContent-Disposition: form-data; name="f{n}"{more}\r\n\r\n{body}\r\n' for n in range(number)]
    return f"{''.join(lines)}--X--".encode()


ENCODED = '"\r\nContent-Transfer-Encoding: base64\r\nX: "'
BODIES = {
    "more than fits into a form": (b"body=" + b"x" * 2_600_000, FORM),
    "ten thousand fields and one": (b"&".join(b"field%d=x" % number for number in range(10_001)), FORM),
    "ten thousand times the same field and one": (b"student=1&" * 10_001, FORM),
    "ten thousand parts and one": (parts(10_001), MULTIPART),
    "a hundred files and one": (parts(101, '; filename="a.txt"'), MULTIPART),
    "a part's header without end": (b"--X\r\nContent-Disposition: form-data; name=" + b"a" * 2_000_000, MULTIPART),
    "no boundary": (b"--X", "multipart/form-data"),
    "a boundary of nonsense": (b"--X", "multipart/form-data; boundary=\xff\x00"),
    "base64 that is none": (parts(1, ENCODED, "!!!!!"), MULTIPART),
    "an unknown charset": (b"body=x", f"{FORM}; charset=no-such"),
    "bytes that are no text": (b"body=\xff\xfe%ff%00&login=%ff&password=%00", FORM),
    "deep json": (DEEP.encode(), "application/json"),
    "deep json in a field": (f"credential={DEEP}&code={DEEP}&login=x&password=x".encode(), FORM),
    "a number of json as long as a book": (b"credential=" + b"9" * 200_000, FORM),
}
REFUSED = ("more than", "ten thousand", "a hundred")
# These say what a field may hold. What is wrong with the body as such is found before it is known whose form it is.
AT_EVERY_ADDRESS = ("bytes that are no text", "base64 that is none", "deep json", "deep json in a field")
SOME = ("/accounts/login/", "/students/new/", "/batches/new/", "/accounts/invitations/new/", "/students/import/")


@pytest.mark.parametrize("who", ["nobody", "staff"])
def test_no_body_is_an_error_at_any_address(cast, client_for, monkeypatch, settings, tmp_path, who):
    settings.MEDIA_ROOT, settings.UPLOADS = tmp_path, tmp_path / "uploads"
    monkeypatch.setattr("apps.core.limits._counts", None)
    client = client_for(getattr(cast, who, None))
    client.raise_request_exception = False
    # Where nobody gets in, or nothing is posted, no form is read.
    paths = [route.path for route in routes() if not route.path.startswith("/admin/")]
    with untouched():
        paths = [path for path in paths if client.post(path).status_code not in {401, 405}]
    client = client_for(getattr(cast, who, None))
    client.raise_request_exception = False
    wrong = []
    for what, (body, kind) in BODIES.items():
        for path in paths if what in AT_EVERY_ADDRESS else [path for path in SOME if path in paths]:
            status = client.generic("POST", path, body, kind).status_code
            refused = who == "staff" and what.startswith(REFUSED) and path.endswith("/new/")
            if status >= 500 or (refused and status not in {400, 413}):
                wrong.append((what, path, status))
    assert wrong == []


def test_a_form_that_is_too_long_is_told_so_on_a_page(cast, client_for):
    answer = client_for(cast.staff).post("/students/new/", BODIES["ten thousand fields and one"][0], content_type=FORM)
    assert answer.status_code == 400
    assert "<h1>" in answer.content.decode()


def test_a_sheet_that_unpacks_to_gigabytes_is_refused_before(cast, client_for):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 300_000_000)
    assert len(target.getvalue()) < 1_000_000
    sheet = SimpleUploadedFile("students.xlsx", target.getvalue())
    answer = client_for(cast.staff).post("/students/import/", {"file": sheet}, follow=True)
    assert "This is an Excel workbook or a zip file" in answer.content.decode()


def raw(server: Homeroom, request: bytes, seconds: float = 20) -> bytes:
    """What a server answers to these very bytes."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), seconds) as line:
        line.sendall(request)
        answer = b""
        while piece := line.recv(65_536):
            answer += piece
            if b"\r\n\r\n" in answer:
                break
    return answer


def head(path: str = "/accounts/login/", method: str = "GET", host: str = "127.0.0.1", **more: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


STRANGE = {
    "a cookie of 15 KB": head(Cookie="a=" + "x" * 15_000),
    "a thousand cookies": head(Cookie="; ".join(f"c{n}=x" for n in range(1_000))),
    "a cookie of 100 KB": head(Cookie="a=" + "x" * 100_000),
    "a session of nonsense": head(Cookie='sessionid="\\"; csrftoken=\x01; messages=nonsense; known=:::; trusted=x:y:z'),
    "an address of 100 KB": head("/" + "x" * 100_000),
    "a query of 100 KB": head("/accounts/login/?" + "a=b&" * 25_000),
    "an address that is no text": head("/%ff%fe/%00/%c0%af"),
    "an address upwards": head("/static/../../../etc/passwd"),
    "an address upwards, written otherwise": head("/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
    "an address upwards, twice written": head("/static/..%252f..%252fetc/passwd"),
    "an address upwards with backslashes": head("/static/..\\..\\etc/passwd"),
    "the folder of files": head("/media/"),
    "the database": head("/static/../homeroom.sqlite3"),
    "a whole address of another site": head("http://evil.test/accounts/login/"),
    "a host with a name and a word": head(host="localhost:80@evil.test"),
    "two hosts": head(X="y\r\nHost: evil.test"),
    "a method of one's own": head(method="EVIL"),
    "a trace": head(method="TRACE"),
    "another method in a header": head(X_HTTP_Method_Override="DELETE", X_Method_Override="PUT"),
    "a length that is none": head(method="POST", Content_Length="many"),
    "a length below nothing": head(method="POST", Content_Length="-1"),
    "two lengths": head(method="POST", Content_Length="5\r\nContent-Length: 6"),
    "a length and pieces": head(method="POST", Content_Length="5", Transfer_Encoding="chunked") + b"0\r\n\r\n",
    "a range of nonsense": head("/static/img/logo.svg", Range="bytes=9-1,-0,5-99999999999999999999"),
    "a date of nonsense": head("/static/img/logo.svg", If_Modified_Since="\xff" * 50),
    "languages without end": head(Accept_Language="de;q=0.1," * 2_000),
    "where from, without end": head(X_Forwarded_For="1.2.3.4, " * 5_000),
    "an upgrade": head(Upgrade="websocket", Connection_="Upgrade", Sec_WebSocket_Key="x"),
    "htmx that lies": head(HX_Request="true", HX_Current_URL="http://\xff]", HX_Target="#x\x01"),
}


@pytest.mark.parametrize("what", STRANGE)
def test_no_request_is_an_error_of_a_real_server_or_leads_out_of_its_folder(homeroom, what):
    answer = raw(homeroom, STRANGE[what])
    assert b"root:" not in answer
    assert b"SQLite format" not in answer
    if answer:  # A connection that is closed without a word is an answer too.
        status = int(answer.split(b" ", 2)[1])
        assert status < 500, answer[:300]
        if what.startswith(("an address upwards", "the ", "two hosts", "a host")):
            assert status in {400, 404, 302}, answer[:300]
    assert b"evil.test" not in answer.split(b"\r\n\r\n")[0]
    assert httpx.get(f"{homeroom.url}/healthz").text == "ok"


def test_a_body_that_comes_by_drops_holds_nobody_up(homeroom):
    address = urlsplit(homeroom.url)
    lines = [socket.create_connection((address.hostname, address.port)) for _ in range(30)]
    try:
        for line in lines:
            line.sendall(head(method="POST", Content_Type=FORM, Content_Length="1000000") + b"login=")
        assert httpx.get(f"{homeroom.url}/accounts/login/", timeout=20).status_code == 200
        for line in lines:
            line.sendall(b"x")
        assert httpx.get(f"{homeroom.url}/healthz", timeout=20).text == "ok"
    finally:
        for line in lines:
            line.close()


@pytest.mark.parametrize("override", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_makes_no_other_method(cast, client_for, override):
    session = client_for(cast.staff)
    for name in ("DELETE", "POST", "PUT"):
        assert session.get("/accounts/logout/", {"_method": name}, headers={override: name}).status_code == 200
    assert session.get("/").status_code == 200


def test_json_is_no_form(cast, client):
    entry = json.dumps({"login": cast.amina_user.email, "password": PASSWORD})
    answer = client.post("/accounts/login/", entry, content_type="application/json")
    assert "_auth_user_id" not in client.session
    assert answer.status_code < 500
