"""The links in what people write: which words are one, where each leads, and whether it looks like another place.

What is written stays as it is written; a word that can't be an honest link stays a word. What browsers make of a URL is
in the URL Standard (https://url.spec.whatwg.org), what can go wrong with looks in Unicode's report on security
(https://www.unicode.org/reports/tr36/).
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import idna
from django.utils.html import MAX_URL_LENGTH, Urlizer

# Invisible, unassigned or in charge of directions: in an address they only serve to deceive.
HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# What every link to somewhere else says of itself: it isn't ours, and learns nothing of who comes.
REL = "nofollow noopener noreferrer ugc"


class Link(NamedTuple):
    """A part of a text, where it leads, and the host to be shown beside it where the text doesn't say it plainly."""

    start: int
    end: int
    url: str
    host: str


class _Words(Urlizer):
    """Django's way of finding where an address begins and ends, with the punctuation of other scripts."""

    trailing_punctuation_chars = ".,:;!?…。，、；：！？؟،؛।"  # noqa: RUF001
    wrapping_punctuation = [("(", ")"), ("[", "]"), ("{", "}"), ("（", "）"), ("「", "」"), ("«", "»"), ("“", "”")]  # noqa: RUF001


_words = _Words()


def find(text: str) -> Iterator[Link]:
    """The links in a text, in order."""
    if "." not in text and ":" not in text:
        return
    position = 0
    for word in _words.word_split_re.split(text):
        if "." in word or ":" in word:
            lead, middle, _ = _words.trim_punctuation(word)
            if target := _target(middle):
                start = position + len(lead)
                yield Link(start, start + len(middle), *target)
        position += len(word)


def destination(url: str) -> tuple[str, str] | None:
    """The same for an address that stands behind other words: http, https and mailto with nothing after the address."""
    return _target(url) if re.match(r"https?://|mailto:", url, re.IGNORECASE) else None


def _target(word: str) -> tuple[str, str] | None:
    """The URL that a word stands for and the host to show, or None where it stands for none (that can be trusted)."""
    if len(word) > MAX_URL_LENGTH or "\\" in word or any(unicodedata.category(char) in HIDDEN for char in word):
        return None
    if re.match(r"https?://", word, re.IGNORECASE):
        return _web(word)
    address = re.sub(r"^mailto:", "", word, flags=re.IGNORECASE)
    if "@" in address:
        return _mail(address)
    return _web(f"https://{word}") if _words.simple_url_2_re.match(word) else None


def _web(url: str) -> tuple[str, str] | None:
    scheme, rest = url.split("://", 1)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    try:
        parts = urlsplit(f"//{authority}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    # Whoever reads `https://bank.example@evil.example` sees the wrong host first.
    if "@" in authority or not (honest := _host(host)):
        return None
    named = honest if port is None else f"{honest}:{port}"
    shown = "" if host.isascii() and "xn--" not in host.lower() else honest
    return f"{scheme.lower()}://{named}{rest[len(authority) :]}", shown


def _host(host: str) -> str:
    """The host as browsers ask for it, in ASCII; empty for what isn't one, or is an address in disguise."""
    try:
        if ":" in host:
            return f"[{ipaddress.IPv6Address(host).compressed}]"
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode()
        last = host.rstrip(".").rsplit(".", 1)[-1].lower()
        if NUMBER.fullmatch(last):
            return str(ipaddress.IPv4Address(host))
    except (ValueError, UnicodeError):
        return ""
    host = host.lower()
    return host if HOST.fullmatch(host.removesuffix(".")) else ""


def _mail(address: str) -> tuple[str, str] | None:
    if not _words.is_email_simple(address):
        return None
    local, domain = address.rsplit("@", 1)
    host = domain if domain.startswith("[") else _host(domain)
    # RFC 6068, section 2.
    return (f"mailto:{quote(local, safe='')}@{host}", "" if domain.isascii() else host) if host else None
