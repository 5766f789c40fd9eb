"""What Chromium makes of our headers: a video plays and jumps, a PDF opens in the page, a drawing runs nothing."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.utils import timezone
from django.utils.csp import CSP
from django_permissions_policy import PermissionsPolicyMiddleware
from fpdf import FPDF
from PIL import Image
from playwright.sync_api import Browser, Page

from apps.core.headers import HeadersMiddleware
from apps.core.page_headers import widen
from apps.files.models import StoredFile
from apps.files.serving import serve
from tests.chromium import VIOLATIONS
from tests.files.conftest import HERE
from tests.files.test_store import DRAWING

pytestmark = pytest.mark.xdist_group("chromium")
CAPTIONS = b"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nHello\n"


class Threads(ThreadingMixIn, WSGIServer):
    """Chromium opens connections that it doesn't use yet."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class Site:
    """A few addresses with Homeroom's headers, and no more of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.views: dict[str, Callable[[WSGIRequest], HttpResponseBase]] = {}
        self.asked: list[tuple[str, str, int]] = []
        self.server = make_server("127.0.0.1", 0, self.answer, Threads, Quiet)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, html: str, **wider: Any) -> str:
        def view(_: WSGIRequest) -> HttpResponse:
            response = HttpResponse(f"<!doctype html><title>x</title>{html}")
            return widen(response, **wider) if wider else response

        return self.at("/", view)

    def file(self, name: str, kind: str, content: bytes, **facts: Any) -> str:
        (self.folder / name).write_bytes(content)
        stored = StoredFile(name=name, kind=kind, size=len(content), file=name, ready=timezone.now(), **facts)
        return self.at(f"/{name}", lambda request: serve(request, stored))

    def at(self, path: str, view: Callable[[WSGIRequest], HttpResponseBase]) -> str:
        self.views[path] = view
        return self.url + path

    def answer(self, environ: dict[str, Any], start: Any) -> Any:
        view: Any = self.views.get(environ["PATH_INFO"], lambda _: HttpResponse(status=404))
        for layer in (PermissionsPolicyMiddleware, XFrameOptionsMiddleware, ContentSecurityPolicyMiddleware):
            view = layer(view)
        response: Any = HeadersMiddleware(view)(WSGIRequest(environ))
        self.asked.append((environ["PATH_INFO"], environ.get("HTTP_RANGE", ""), response.status_code))
        start(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return response


@pytest.fixture
def site(tmp_path: Path, settings: Any) -> Iterator[Site]:
    settings.MEDIA_ROOT = tmp_path
    made = Site(tmp_path)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    VIOLATIONS.clear()
    made = chromium.new_page(viewport={"width": 400, "height": 500})
    yield made
    made.close()


def sheet() -> bytes:
    pdf = FPDF(format=(100, 100))
    pdf.add_page()
    pdf.set_fill_color(200, 0, 0)
    pdf.rect(0, 0, 100, 100, "F")
    return bytes(pdf.output())


def red(page: Page, path: Path) -> int:
    """How many pixels of the page are of the red that the sheet has."""
    page.screenshot(path=path)
    with Image.open(path) as shot:
        return sum(r > 180 and g < 30 and b < 30 for r, g, b in shot.convert("RGB").get_flattened_data())


@pytest.mark.parametrize(("widened", "seen"), [(True, True), (False, False)])
def test_a_pdf_opens_in_the_page_that_frames_it(site, reader_of_pdfs, tmp_path, widened, seen):
    page = reader_of_pdfs.new_page(viewport={"width": 400, "height": 500})
    pdf = site.file("a.pdf", "application/pdf", sheet())
    wider = {"frame": CSP.SELF} if widened else {}
    page.goto(site.page(f'<iframe src="{pdf}" width="380" height="460"></iframe>', **wider))
    shot, shown = tmp_path / "shot.png", 0
    for _ in range(40 if seen else 8):
        page.wait_for_timeout(250)
        if shown := red(page, shot):
            break
    assert bool(shown) is seen, VIOLATIONS
    assert bool(VIOLATIONS) is not seen
    VIOLATIONS.clear()


PLAYER = """<video id="v" preload="metadata" muted src="%s">
<track id="t" kind="captions" src="%s" default></video>"""


@pytest.mark.parametrize(("name", "kind"), [("clip.mp4", "video/mp4"), ("clip.webm", "video/webm")])
def test_a_video_plays_jumps_by_parts_and_has_its_captions(site, page, name, kind):
    video = site.file(name, kind, (HERE / name).read_bytes(), width=96)
    captions = site.file("a.vtt", "text/vtt", CAPTIONS)
    page.goto(site.page(PLAYER % (video, captions), media=True, fullscreen=True))
    page.wait_for_function("v.readyState >= 1 && t.readyState === 2")
    assert page.evaluate("v.duration") == pytest.approx(2, abs=0.05)
    assert page.evaluate("t.track.cues[0].text") == "Hello"
    page.evaluate("new Promise((done) => { v.onseeked = done; v.currentTime = 1.5 })")
    page.evaluate("new Promise((done) => { v.onended = done; v.play() })")
    assert page.evaluate("document.fullscreenEnabled && document.pictureInPictureEnabled")
    parts = [each for each in site.asked if each[0] == f"/{name}"]
    assert parts
    assert {(bool(asked), status) for _, asked, status in parts} == {(True, 206)}
    assert VIOLATIONS == []


def test_on_a_page_that_is_not_widened_no_video_plays_and_nothing_fills_the_screen(site, page):
    video = site.file("clip.webm", "video/webm", (HERE / "clip.webm").read_bytes(), width=96)
    page.goto(site.page(PLAYER % (video, video)))
    page.wait_for_function("v.error !== null")
    assert not page.evaluate("document.fullscreenEnabled")
    assert any("media-src" in violation or "default-src" in violation for violation in VIOLATIONS)
    VIOLATIONS.clear()


def test_a_drawing_is_shown_as_a_picture_and_opened_alone_runs_nothing(site, page):
    hostile = DRAWING.replace(b"<path", b"<script>document.documentElement.id = 'ran'</script><path")
    drawing = site.file("a.svg", "image/svg+xml", hostile)
    page.goto(site.page(f'<img id="i" src="{drawing}">'))
    page.wait_for_function("i.complete")
    assert page.evaluate("[i.naturalWidth > 0, i.naturalWidth / i.naturalHeight]") == [True, pytest.approx(4 / 3)]
    page.goto(drawing)
    assert page.evaluate("[document.documentElement.id, self.origin]") == ["", "null"]
    VIOLATIONS.clear()
