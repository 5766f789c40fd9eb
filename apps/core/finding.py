"""What people type to find something, and the names in which it is found, on either database."""

import unicodedata
from functools import reduce
from operator import or_

from django.db.models import Q

from apps.core import email_addresses

MAX_SEARCH = 100


def typed(text: str, length: int = MAX_SEARCH) -> str:
    """What is looked for: without what PostgreSQL can't hold, spaces single, no longer than `length` characters."""
    return " ".join(text.replace("\0", " ").split())[:length]


def matching(text: str, *fields: str, lookup: str = "icontains") -> Q:
    """`text` in one of these fields.

    SQLite folds the case of ASCII letters alone, and neither database knows that é has two spellings, or that the
    domain of an address has.
    """
    spellings = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title(), text.capitalize()}
    spellings.update(email_addresses.spellings(text))
    spellings |= {unicodedata.normalize(form, spelling) for form in ("NFC", "NFD") for spelling in spellings}
    return reduce(or_, [Q(**{f"{field}__{lookup}": spelling}) for field in fields for spelling in sorted(spellings)])


def every_word(text: str, *fields: str) -> Q:
    """Each word of `text` in one of these fields; everything where there is no word."""
    found = Q()
    for word in text.split():
        found &= matching(word, *fields)
    return found
