"""Where a link or a picture in a text leads, and what is said of it when it leads nowhere."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from django.utils.html import escape

from apps.core import links

# From the name that a text uses ("fig/tree.svg", "02-files.md") to an address of our own, or None for what there isn't.
Resolve = Callable[[str], str | None]

SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")


class Places:
    """Makes the links and pictures of one text."""

    def __init__(self, resolve: Resolve | None, prefix: str, report: Callable[[str], None]) -> None:
        self._resolve, self._prefix, self._report = resolve, prefix, report
        self.anchors: list[str] = []

    def link(self, href: str, text: str, title: str = "") -> str:
        """`text` (HTML) as a link; the words alone where the address can't be followed."""
        attributes, host = self._link(href, text)
        if not attributes:
            return text
        named = f' title="{escape(title)}"' if title else ""
        shown = f' <span class="link-host">({escape(host)})</span>' if host else ""
        return f"<a {attributes}{named}>{text}</a>{shown}"

    def _link(self, href: str, text: str) -> tuple[str, str]:
        if href.startswith("#"):
            anchor = slug(unquote(href[1:]))
            self.anchors.append(anchor)
            return f'href="#{self._prefix}{escape(anchor)}"', ""
        if SCHEME.match(href):
            return self._away(href, text)
        url = self._own(href)
        if not url:
            self._report(f"The link to “{unquote(href)}” leads nowhere.")
        return (f'href="{escape(url)}"' if url else ""), ""

    def _away(self, href: str, text: str) -> tuple[str, str]:
        found = links.destination(_readable_host(href))
        if not found:
            self._report(f"The link to “{href}” can’t be followed: write an address that begins with https://.")
            return "", ""
        url, host = found
        if url.startswith("mailto:"):
            return f'href="{escape(url)}"', host
        return f'class="external" href="{escape(url)}" target="_blank" rel="{links.REL}"', host or _disguised(url, text)

    def _own(self, name: str) -> str | None:
        if name.startswith("/"):
            return name if "\\" not in name else None
        path, _, anchor = unquote(name).partition("#")
        path = path.removeprefix("./")
        url = self._resolve(path) if self._resolve and path else None
        return f"{url}#{self._prefix}{slug(anchor)}" if url and anchor else url

    def picture(self, src: str, alt: str, decoration: bool) -> str:
        """The picture where it is one of ours; otherwise its alternative text. Pages load nothing from elsewhere."""
        shown = unquote(src)
        if not alt and not decoration:
            self._report(f"The picture “{shown}” has no alternative text.")
        if SCHEME.match(src):
            self._report(f"The picture “{shown}” is on another site, and is shown as a link: upload it here.")
            return self.link(src, escape(alt) or escape(shown))
        if url := self._own(src):
            return f'<img src="{escape(url)}" alt="{escape(alt)}" loading="lazy" decoding="async">'
        self._report(f"The picture “{shown}” isn’t among the files.")
        return f'<span class="picture-missing">{escape(alt) or escape(shown)}</span>'


def slug(text: str) -> str:
    """What a heading is linked by, as on GitHub: lower case, hyphens for spaces, no punctuation."""
    return re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", text.lower()).strip())[:60]


def _readable_host(href: str) -> str:
    """Undo the parser's percent signs in the host, where letters of every script are meant."""
    scheme, slashes, rest = href.partition("//")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host = unquote(authority)
    return href if re.search(r"[/?#@\\%]", host) else f"{scheme}{slashes}{host}{rest[len(authority) :]}"


def _disguised(url: str, text: str) -> str:
    """The host to be shown where the words of a link name another one."""
    host = _host(url)
    named = [_host(link.url) for link in links.find(re.sub(r"<[^>]*>", "", text))]
    return host if named and any(name != host for name in named) else ""


def _host(url: str) -> str:
    return re.split(r"[/?#]", url.partition("//")[2], maxsplit=1)[0].lower()
