"""The one spelling of an e-mail address in which Homeroom stores it, looks it up, counts it and sends to it.

Letters are small, the domain is in ASCII (IDNA 2008, RFC 5891), and what nobody can see is gone: what a browser, a
phone and a pasted mail make of the same address is then the same text. The domain's mapping is that of browsers
(UTS 46, non-transitional: ß stays ß), which send the ASCII form of whatever is typed into a field for e-mail.
"""

import re
import unicodedata
from functools import lru_cache

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

MAX_LENGTH = 254
_MAX_LOCAL = 64
# With a name, brackets and what nobody sees around the address.
_MAX_TYPED = 1_000
# Characters that no program shows (Default_Ignorable_Code_Point of Unicode 16, and the controls).
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Breaks of lines, which are blanks here.
_BREAKS = {0x85: " ", 0x2028: " ", 0x2029: " "}
# Between some letters of a domain these two mean something (RFC 5892, A.1 and A.2).
_JOINERS = "\u200c\u200d"
_UNSEEN_BUT_JOINERS = re.compile(f"(?![{_JOINERS}]){_UNSEEN.pattern}")
# What stands around an address that was copied out of a sentence or a list.
_AROUND = " \t\r\n.,;:<>()[]\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
# Scripts whose letters pass for Latin ones: a Cyrillic apple.
_LOOKALIKE = {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN", "LISU"}
_PLAIN = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9-]+\.)+[a-z]{2,}")
_TOGETHER = [{"CJK", "HIRAGANA", "KATAKANA"}, {"CJK", "HANGUL"}, {"CJK", "BOPOMOFO"}]


class NotAnAddressError(ValueError):
    """This can't be an e-mail address; the text is a sentence that says why."""


def normal_form(text: str) -> str:
    """An address as it is stored; raises NotAnAddressError. `Ann <ann@…>` and `mailto:ann@…` are its address alone."""
    if len(text) > _MAX_TYPED:
        raise NotAnAddressError("This is too long for an e-mail address.")
    tidy = _peeled(text)
    local, at, domain = tidy.rpartition("@")
    if not tidy:
        raise NotAnAddressError("Enter an address.")
    if not at:
        raise NotAnAddressError("An e-mail address has an @ in it.")
    local, domain = _UNSEEN.sub("", local).lower(), _ascii_domain(domain)
    if not local.isascii():
        odd = next(letter for letter in local if not letter.isascii())
        raise NotAnAddressError(f"“{odd}” can't stand before the @ of an address.")
    email = f"{local}@{domain}"
    if any(letter.isspace() for letter in email):
        raise NotAnAddressError("There is a blank in the address.")
    if len(email) > MAX_LENGTH or len(local) > _MAX_LOCAL:
        raise NotAnAddressError("This is too long for an e-mail address.")
    try:
        validate_email(email)
    except ValidationError:
        raise NotAnAddressError("This isn't an e-mail address, such as name@example.com.") from None
    if '"' in local or "[" in domain:
        raise NotAnAddressError("This isn't an e-mail address, such as name@example.com.")
    return email


def comparable(text: str) -> str:
    """The normal form to look something up by; text that is no address comes back in small letters."""
    if _is_plain(text):
        return text
    try:
        return normal_form(text)
    except NotAnAddressError:
        return text.strip().lower()


def why_not(text: str) -> str:
    """Why this can't be an e-mail address, in a sentence; empty if it can."""
    try:
        normal_form(text)
    except NotAnAddressError as error:
        return str(error)
    return ""


def mailbox(email: str) -> str:
    """Whose mail it is, to count by: without the `+…` that many hosts ignore."""
    local, at, domain = comparable(email).rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def shown(email: str) -> str:
    """An address as people read it: the domain in its own script, where that can't pass for another."""
    local, at, domain = email.rpartition("@")
    if "xn--" not in domain:
        return email
    return f"{local}{at}{_shown_domain(domain)}"


def spellings(text: str) -> list[str]:
    """What is searched for in stored addresses when somebody types this part of one."""
    if text.isascii() or not text.strip("@."):
        return [text]
    local, at, domain = text.rpartition("@")
    try:
        return [text, f"{local}{at}{_ascii_domain(domain)}"]
    except NotAnAddressError:
        return [text]


def _is_plain(text: str) -> bool:
    """Is it in the normal form already, as nearly all are? Anything in doubt is not."""
    return len(text) <= _MAX_LOCAL and "xn--" not in text and _PLAIN.fullmatch(text) is not None


def _peeled(text: str) -> str:
    """The address alone, out of what was pasted with it."""
    text = unicodedata.normalize("NFKC", text.translate(_BREAKS))
    text = _UNSEEN_BUT_JOINERS.sub("", text).strip(_AROUND.replace("<", "").replace(">", "") + _JOINERS)
    if text.endswith(">") and "<" in text:
        text = text.rpartition("<")[2]
    text = text.strip(_AROUND + _JOINERS)
    return re.sub(r"^mailto:", "", text, flags=re.IGNORECASE).partition("?")[0] if _is_link(text) else text


def _is_link(text: str) -> bool:
    return text[:7].lower() == "mailto:"


@lru_cache(maxsize=1024)
def _ascii_domain(domain: str) -> str:
    """A domain in ASCII; raises NotAnAddressError."""
    if domain.isascii() and "xn--" not in domain.lower():
        return domain.lower()
    for attempt in (domain, _UNSEEN.sub("", domain)):
        try:
            # Decoded first, so that two ASCII forms of one name become one.
            return idna.encode(idna.decode(attempt, uts46=True, std3_rules=True), uts46=True, std3_rules=True).decode()
        except (idna.IDNAError, UnicodeError):
            continue
    raise NotAnAddressError(f"There can't be a domain “{domain[:60]}”.")


@lru_cache(maxsize=1024)
def _shown_domain(domain: str) -> str:
    try:
        names = idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain
    top = names.rpartition(".")[2]
    labels = names.split(".")
    return names if all(_is_honest(label, top) for label in labels) else domain


def _is_honest(label: str, top: str) -> bool:
    """Are its letters of one script, which isn't taken for Latin where the domain ends in Latin letters?"""
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
    if scripts == {"LATIN"}:
        return all(letter.isascii() or unicodedata.decomposition(letter) or letter in "ßæøœþđłħ" for letter in label)
    one = len(scripts) <= 1 or any(scripts <= those for those in _TOGETHER)
    return one and not (scripts & _LOOKALIKE and top.isascii())
