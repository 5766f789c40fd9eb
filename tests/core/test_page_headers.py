"""A page's policies are widened for that one answer, and by what was asked for alone."""

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.test import RequestFactory
from django.utils.csp import CSP
from django_permissions_policy import PermissionsPolicyMiddleware

from apps.core.page_headers import widen
from tests.attacks.test_headers import PAGE, policy

YOUTUBE = "https://www.youtube-nocookie.com"


def said(**wider):
    """The two policies that a page has in the end."""

    def view(_):
        response = HttpResponse()
        return widen(response, **wider) if wider else response

    outer = PermissionsPolicyMiddleware(ContentSecurityPolicyMiddleware(view))
    headers = outer(RequestFactory().get("/")).headers
    features = dict(part.split("=", 1) for part in headers["Permissions-Policy"].split(", "))
    return policy(headers["Content-Security-Policy"]), features


def test_a_page_that_asks_for_nothing_has_what_every_page_has():
    wide, _ = said(media=True, frame=YOUTUBE, fullscreen=True)
    assert "media-src" in wide
    plain, features = said()
    assert plain == PAGE
    assert features["fullscreen"] == "()"


def test_media_of_ours_and_no_more():
    wide, features = said(media=True)
    assert wide == PAGE | {"media-src": "'self'"}
    assert features == said()[1]


def test_one_provider_is_framed_and_may_play_at_a_click():
    wide, features = said(frame=YOUTUBE, fullscreen=True)
    assert wide == PAGE | {"frame-src": YOUTUBE}
    changed = {name: value for name, value in features.items() if value != said()[1][name]}
    assert set(changed) == {"fullscreen", "picture-in-picture", "autoplay", "encrypted-media"}
    assert set(changed.values()) == {f'(self "{YOUTUBE}")'}


def test_a_document_of_ours_is_framed_without_more_rights():
    wide, features = said(frame=CSP.SELF)
    assert wide == PAGE | {"frame-src": "'self'"}
    assert features == said()[1]


def test_what_is_asked_for_twice_adds_up():
    response = widen(widen(HttpResponse(), media=True), frame=[CSP.SELF, YOUTUBE], fullscreen=True)
    assert response._csp_config["media-src"] == [CSP.SELF]
    assert response._csp_config["frame-src"] == [CSP.SELF, YOUTUBE]
    assert "media-src" not in settings.SECURE_CSP
    assert settings.PERMISSIONS_POLICY["fullscreen"] == []
