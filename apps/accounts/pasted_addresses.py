"""Lists of people as mail programs copy them: `"Smith, Bob" <bob@example.com>; 'Ann' <ann@example.com>`.

RFC 5322 separates them by commas, Outlook by semicolons, a column of a sheet by line breaks; Outlook also leaves the
comma of `Smith, Bob <bob@example.com>` without quotation marks.
"""

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import parseaddr

from apps.accounts.outcomes import Guest
from apps.core.email_addresses import comparable
from apps.core.text import one_line

# A quoted string, a comment, an address in brackets (RFC 5322, 3.2.2, 3.2.4, 3.4): separators in these are none. One
# that never ends is cut at the end of its line.
_WHOLE = r'"(?:\\.|[^"\\\n])*"|\((?:\\.|[^()\\\n])*\)|<[^<>\n]*>'
_PIECES = re.compile(rf"(?:{_WHOLE}|[^;\n])+")
_COMMAS = re.compile(rf"(?:{_WHOLE}|[^,])+")
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|\((?:\\.|[^()\\])*\)')
_OTHER_COMMAS = {0xFF0C: ",", 0x3001: ","}
_QUOTES = " '\"\u2018\u2019\u201c\u201d,"
_AT = re.compile("[@\uff20\ufe6b]")
_GROUP = re.compile(r"^(?!mailto:)[^@<:]+:", re.IGNORECASE)
_BRACKETED = re.compile(r"^(.*)<([^<>]*)>\W*$")


def read(text: str) -> list[Guest]:
    """Everybody in this list, in its order, each address once; what is no address stays as it was typed."""
    found: dict[str, Guest] = {}
    for guest in (_guest(piece) for line in _pieces(text) for piece in _people(line)):
        email = comparable(guest.email)
        if email not in found or (guest.name and not found[email].name):
            found[email] = guest
    return list(found.values())


def _pieces(text: str) -> Iterator[str]:
    """One person each: `Smith, Bob <bob@example.com>` is one."""
    text = re.sub(r"[\r\n\v\f\x85\u2028\u2029]+|\uff1b", lambda found: ";" if found[0] == "\uff1b" else "\n", text)
    for line in _PIECES.findall(text):
        parts = [part.strip() for part in _COMMAS.findall(line.translate(_OTHER_COMMAS))]
        begun = ""
        for part in filter(None, parts):
            if begun and _BRACKETED.match(part):
                part, begun = f"{begun}, {part}", ""
            if begun:
                yield begun
            begun = "" if _AT.search(part) else part
            if not begun:
                yield part
        if begun:
            yield begun


def _people(piece: str) -> Iterator[str]:
    """What nothing but blanks separates: `a@example.com b@example.com`, `Ann <a@example.com> Bob <b@example.com>`."""
    if _BRACKETED.match(piece):
        yield from re.findall(r"[^>]*>", piece) if piece.count(">") == piece.count("<") > 1 else [piece]
    elif len(_AT.findall(piece)) > 1:
        yield from piece.split()
    else:
        yield piece


def _guest(piece: str) -> Guest:
    piece = _GROUP.sub("", _COMMENT.sub(lambda found: found[1] or " ", piece)).strip()
    match = _BRACKETED.match(piece)
    name, email = (match[1], match[2].strip()) if match else _columns(piece)
    return Guest(email or piece, *_names(name))


def _columns(piece: str) -> tuple[str, str]:
    """Two columns of a sheet, which a tab or several blanks part: `Bob Smith    bob@example.com`."""
    email = (piece.split() or [""])[-1]
    before = piece.removesuffix(email)
    name = before.rstrip()
    gap = before[len(name) :]
    parted = len(gap) > 1 or "\t" in gap
    return (name, email) if name and parted and _AT.search(email) and not _AT.search(name) else ("", piece)


def _names(said: str) -> tuple[str, str]:
    """Given and family name of `"Smith, Bob"` or `Bob Smith`; none where the name is another address."""
    name = parseaddr(f"{said.strip()} <a@a.example>", strict=False)[0] if '"' in said else said
    if "=?" in name:
        try:
            name = str(make_header(decode_header(name)))
        except (HeaderParseError, LookupError, UnicodeError):
            return "", ""
    name = one_line(name).strip(_QUOTES)
    if "@" in name:
        return "", ""
    family, comma, given = name.partition(",")
    if not comma:
        given, _, family = name.rpartition(" ")
        given, family = (given, family) if given else (family, "")
    return given.strip()[:100], family.strip()[:100]
