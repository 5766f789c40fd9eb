"""Videos of other sites. Of a pasted address only the provider and the id are read; what a page frames is built anew.

Settings name the providers (HOMEROOM_EMBEDS). Neither the pasted address nor a script of theirs is ever kept or shown.
"""

import re
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Provider:
    """A site whose player can be framed: where an id stands in its addresses, and how the player's own is built."""

    name: str
    label: str
    origin: str
    player: str
    page: str
    addresses: tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class Embed:
    """One video there. `src` is what an iframe loads, `page` where it can be watched without us."""

    provider: Provider
    id: str
    src: str
    page: str


_YOUTUBE_ID = r"(?P<id>[A-Za-z0-9_-]{11})"
_VIMEO_ID = r"(?P<id>[0-9]{5,12})"
_END = r"(?:[?&#/].*)?$"
PROVIDERS = {
    provider.name: provider
    for provider in (
        Provider(
            *("youtube", "YouTube", "https://www.youtube-nocookie.com"),
            player="https://www.youtube-nocookie.com/embed/{}",
            page="https://www.youtube.com/watch?v={}",
            addresses=(
                re.compile(rf"https?://(?:www\.|m\.)?youtube\.com/watch\?(?:[\w=%.-]+&)*v={_YOUTUBE_ID}{_END}"),
                re.compile(rf"https?://(?:www\.|m\.)?youtube\.com/(?:shorts|live|embed)/{_YOUTUBE_ID}{_END}"),
                re.compile(rf"https?://www\.youtube-nocookie\.com/embed/{_YOUTUBE_ID}{_END}"),
                re.compile(rf"https?://youtu\.be/{_YOUTUBE_ID}{_END}"),
            ),
        ),
        Provider(
            *("vimeo", "Vimeo", "https://player.vimeo.com"),
            player="https://player.vimeo.com/video/{}?dnt=1",
            page="https://vimeo.com/{}",
            addresses=(
                re.compile(rf"https?://(?:www\.)?vimeo\.com/{_VIMEO_ID}{_END}"),
                re.compile(rf"https?://player\.vimeo\.com/video/{_VIMEO_ID}{_END}"),
            ),
        ),
    )
}


def providers() -> list[Provider]:
    """Those that this academy embeds from; raises ImproperlyConfigured for one that nobody knows."""
    unknown = set(settings.EMBEDS) - set(PROVIDERS)
    if unknown:
        raise ImproperlyConfigured(f"HOMEROOM_EMBEDS is malformed: some of {', '.join(PROVIDERS)}")
    return [PROVIDERS[name] for name in settings.EMBEDS]


def find(address: str) -> Embed | None:
    """The video that an address leads to; None where it leads to no video, or to a site that isn't embedded from."""
    text = address.strip()
    if len(text) > 500:
        return None
    for provider in providers():
        for pattern in provider.addresses:
            if found := pattern.match(text):
                name = found["id"]
                return Embed(provider, name, provider.player.format(name), provider.page.format(name))
    return None


def names() -> str:
    """`YouTube or Vimeo`."""
    return " or ".join(provider.label for provider in providers())
