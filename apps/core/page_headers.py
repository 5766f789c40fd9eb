"""Policies that one page needs wider than the others: each answer says for itself what is added, and no other has it.

Django's `csp_override` replaces the whole policy of a view; here what the site says stays, and a little is added.
htmx puts new content into a page that has already said its policies: a link to a page that widens them is a plain link.
"""

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpResponse
from django.utils.csp import CSP
from django_permissions_policy import PermissionsPolicyMiddleware

# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Permissions-Policy
WATCHING = ("fullscreen", "picture-in-picture")
EMBEDDING = ("autoplay", "encrypted-media")


def widen[Response: HttpResponse](
    response: Response, *, media: bool = False, frame: str | Iterable[str] = (), fullscreen: bool = False
) -> Response:
    """The same answer, which now allows its page more; again for the same answer adds to it.

    `media`: a `<video>` or `<audio>` plays our own files. `frame`: these origins may be framed
    (`https://www.youtube-nocookie.com`; CSP.SELF for a PDF of ours), and play at a click. `fullscreen`: it, and what it
    frames, may fill the screen or float beside other windows.
    """
    frames = [frame] if isinstance(frame, str) else list(frame)
    if media:
        _allow(response, "media-src", [CSP.SELF, *settings.FILE_ORIGINS])
    if frames:
        own = settings.FILE_ORIGINS if CSP.SELF in frames else []
        _allow(response, "frame-src", [*frames, *own])
    others = [origin for origin in frames if origin.startswith("https://")]
    features = [*(WATCHING if fullscreen else ()), *(EMBEDDING if others else ())]
    if features:
        _grant(response, features, ["self", *others])
    return response


def _allow(response: HttpResponse, directive: str, sources: Iterable[str]) -> None:
    policy = dict(getattr(response, "_csp_config", settings.SECURE_CSP))
    policy[directive] = _joined(policy.get(directive, []), sources)
    response._csp_config = policy  # type: ignore[attr-defined]


def _grant(response: HttpResponse, features: Iterable[str], origins: Iterable[str]) -> None:
    policy = dict(getattr(response, "_permissions", settings.PERMISSIONS_POLICY))
    for feature in features:
        policy[feature] = _joined(policy.get(feature, []), origins)
    response._permissions = policy  # type: ignore[attr-defined]
    header = PermissionsPolicyMiddleware.compute_header_value(policy, "a page's own policy")
    response._permissions_policy_override = header  # type: ignore[attr-defined]


def _joined(known: Iterable[str], more: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*(source for source in known if source != CSP.NONE), *more]))
