"""Each answer tells the browser what it may do with it: pages, fragments, refusals, errors, files, streams."""

import re
from typing import Any

import httpx
import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.test import Client, override_settings

from tests.attacks.routes import routes
from tests.attacks.visits import Visitor
from tests.conftest import PASSWORD
from tests.servers import Homeroom

PAGE = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
SAID = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What a page is free to use; whatever else has a name is off.
USED = {"clipboard-write", "publickey-credentials-create", "publickey-credentials-get"}
METHODS = ("GET", "POST", "PUT", "DELETE")


def policy(text: str) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in text.split(";"))}


def wrong(answer: Any) -> list[str]:
    """What an answer doesn't say as it should."""
    headers = answer.headers
    found = [f"{name}: {headers.get(name)}" for name, value in SAID.items() if headers.get(name) != value]
    csp = headers.get("Content-Security-Policy", "")
    if policy(csp) != PAGE and not {"default-src 'none'", "frame-ancestors 'none'", "sandbox"} <= set(csp.split("; ")):
        found.append(csp or "no policy")
    caching = headers.get("Cache-Control", "")
    if "no-store" not in caching and not re.match(r"private, (max-age=\d+|no-cache)$", caching):
        found.append(f"Cache-Control: {caching}")
    allowed = {feature.partition("=")[0] for feature in headers.get("Permissions-Policy", "x").split(", ")}
    free = {part.partition("=")[0] for part in headers.get("Permissions-Policy", "x").split(", ") if "()" not in part}
    if free != USED or not {"camera", "geolocation", "microphone", "payment"} <= allowed:
        found.append(f"Permissions-Policy: {headers.get('Permissions-Policy')}")
    return found


@pytest.mark.parametrize("who", ["nobody", "amina_user", "staff", "admin"])
def test_every_address_answers_with_our_policies(cast, client_for, monkeypatch, who):
    monkeypatch.setattr("apps.core.limits._counts", None)  # More at once than a person may ask.
    visitor = Visitor(client_for(getattr(cast, who, None)), failing=False)
    faults, seen = {}, set()
    for route in routes():
        if route.path.startswith("/admin/") and who not in {"nobody", "admin"}:
            continue
        # That a method isn't allowed is said to everybody by the same answer.
        most = 1 if route.path.startswith("/admin/") else 4 if who in {"nobody", "admin"} else 2
        for method in METHODS[:most]:
            answer = visitor.ask(method, route.path)
            seen.add(answer.status_code)
            if (found := wrong(answer)) or (answer.status_code >= 500 and route.path != "/readyz"):
                faults[f"{method} {route.path} {answer.status_code}"] = found
    assert faults == {}
    assert {302, 404, 405} <= seen


def refuse(kind: type[Exception]) -> Any:
    def view(*_: Any, **__: Any) -> HttpResponse:
        raise kind("on purpose")

    return view


@pytest.mark.parametrize(("kind", "status"), [(RuntimeError, 500), (SuspiciousOperation, 400), (PermissionError, 500)])
def test_an_error_does_so_too(cast, client_for, monkeypatch, kind, status):
    client = client_for(cast.staff)
    client.raise_request_exception = False
    monkeypatch.setattr("apps.students.views.render_part", refuse(kind))
    monkeypatch.setattr("apps.students.views.get_object_or_404", refuse(kind))
    answer = client.get(f"/students/{cast.amina.pk}/")
    assert (answer.status_code, wrong(answer)) == (status, [])


def test_a_refused_host_a_too_long_form_and_a_foreign_form_do_so_too(cast, client_for):
    assert wrong(Client().get("/accounts/login/", headers={"host": "evil.test"})) == []
    many = {f"field{number}": "x" for number in range(1_001)}
    assert wrong(client_for(cast.staff).post("/students/new/", many)) == []
    foreign = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})
    assert (foreign.status_code, wrong(foreign)) == (403, [])


@override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=60)
def test_the_way_to_https_does_so_too(db):
    for host, status in (("testserver", 301), ("evil.test", 400)):
        answer = Client().get("/accounts/login/", headers={"host": host})
        said = [each for each in wrong(answer) if not each.startswith("Permissions-Policy")]
        assert (answer.status_code, said) == (status, [])


def test_a_cookie_is_for_this_site_and_hidden_from_scripts(cast, settings):
    settings.SECOND_FACTOR = []
    client = Client()
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": cast.admin.email, "password": PASSWORD})
    client.post("/admin/courses/category/add/", {"name": "Chess"})  # Says so on the next page, by a cookie.
    assert {"csrftoken", "sessionid", "messages"} <= set(client.cookies)
    for name, cookie in client.cookies.items():
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
        assert bool(cookie["httponly"]) is (name != "csrftoken"), name


@pytest.fixture
def visitor(homeroom: Homeroom):
    """Signed in at a real server, as a program that isn't a browser."""
    with httpx.Client(base_url=homeroom.url, headers={"Accept-Encoding": "gzip"}) as client:
        client.get("/accounts/login/")
        form = {"login": "staff@homeroom.test", "password": "homeroom"}
        client.post("/accounts/login/", data=form | {"csrfmiddlewaretoken": client.cookies["csrftoken"]})
        yield client


def bare(answer: httpx.Response) -> list[str]:
    """What is wrong with an answer that is no page: it has no use for a permissions policy."""
    return [each for each in wrong(answer) if not each.startswith(("Permissions-Policy", "Cache-Control"))]


def test_a_static_file_and_a_missing_one_run_nothing_and_are_ours_alone(visitor):
    page = visitor.get("/")
    files = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page.text))
    assert any(file.endswith(".js") for file in files)
    assert any(file.endswith(".svg") for file in files)
    for file in (*files, "/static/nothing.js"):
        answer = visitor.get(file)
        assert bare(answer) == [], file
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert (
        "sandbox"
        in visitor.get(next(file for file in files if file.endswith(".svg"))).headers["Content-Security-Policy"]
    )


def test_a_stream_and_a_refused_one_run_nothing_and_are_kept_nowhere(visitor):
    with visitor.stream("GET", "/events/?channel=no-such") as refused:
        assert (refused.status_code, bare(refused)) == (404, [])
        assert "no-store" in refused.headers["Cache-Control"]
    page = visitor.get("/").text
    viewer = re.search(r'data-viewer="(\d+)"', page)[1]
    with visitor.stream("GET", f"/events/?channel=user-{viewer}") as stream:
        assert (stream.status_code, bare(stream)) == (200, [])
        assert "no-store" in stream.headers["Cache-Control"]
    assert bare(visitor.post("/events/")) == []


def test_a_file_of_a_conversation_runs_nothing_is_no_page_and_stays_with_its_reader(visitor, homeroom):
    [(conversation,)] = homeroom.rows("SELECT conversation_id FROM students_student ORDER BY id LIMIT 1")
    path = f"/conversations/{conversation}/attachments/"
    token = {"X-CSRFToken": visitor.cookies["csrftoken"]}
    sent = visitor.post(path, files={"file": ("page.txt", b"hello <script>alert(1)</script>")}, headers=token)
    answer = visitor.get(f"{path}{sent.json()['id']}/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="page.txt"'
    assert bare(answer) == []
    assert answer.headers["Cache-Control"].startswith("private")
