"""Every byte that a person can be sent: all addresses of the house, channels, mails, and what they may take away."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from email.message import EmailMessage
from typing import Any

from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, resolve, reverse
from django_htmx.middleware import HtmxDetails
from pypdf import PdfReader

from apps.accounts import own_data
from apps.accounts.models import User
from apps.notifications.models import Notification
from apps.realtime.channels import can_read
from tests.doors.house import untouched
from tests.doors.urls import addresses

HTMX = {"HX-Request": "true"}
Bytes = Iterator[tuple[str, bytes]]


def walk(
    client: Client,
    user: User,
    numbers: Iterable[int],
    queries: Iterable[str] = ("",),
    pairs: Iterable[tuple[int, int]] = (),
) -> Bytes:
    """What each address answers a GET of this person, for each of these numbers; for `pairs` where it takes two.

    What isn't there for them has one answer whatever they ask (tests/doors/test_urls.py): most of the addresses are
    found out by their view alone, which costs a fraction of a request.
    """
    for path in paths(numbers, pairs):
        with untouched():
            if not is_there(user, path):
                continue
        for query in queries:
            with untouched():
                yield f"{path}{query}", client.get(path + query, headers=HTMX).getvalue()


def paths(numbers: Iterable[int], pairs: Iterable[tuple[int, int]] = ()) -> Iterator[str]:
    """Every address but the admin's own: with each of these numbers where it takes one, with pairs for two."""
    given = {0: [()], 1: [(number,) for number in dict.fromkeys(numbers)], 2: [*pairs]}
    for address in addresses():
        if address.is_admins or address.name.startswith("/"):
            continue
        for of in given.get(len(address.takes), []):
            try:
                yield reverse(address.name, args=of)
            except NoReverseMatch:  # takes a word, not a number
                break


def is_there(user: User, path: str) -> bool:
    """Does the view of an address answer this person with anything but that there is nothing?"""
    match = resolve(path)
    request: Any = RequestFactory().get(path, headers=HTMX)
    request.user, request.htmx, request.session = user, HtmxDetails(request), {}
    request.resolver_match = match
    try:
        match.func(request, *match.args, **match.kwargs)
    except Http404:
        return False
    except Exception:  # noqa: BLE001 - what this request lacks, the real one has
        return True
    return True


def letters(sent: Iterable[EmailMessage]) -> Bytes:
    """Letters with their headers, as a mail program shows them: whatever they are encoded in, it hides nothing."""
    for letter in sent:
        words = [f"{name}: {value}" for name, value in letter.items()]
        parts = [*letter.walk()]
        words += [part.get_content() for part in parts if part.get_content_maintype() == "text"]
        words += [pdf_text(part.get_content()) for part in parts if part.get_content_type() == "application/pdf"]
        yield f"mail: {letter['Subject']}", "\n".join(words).encode()


def pdf_text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def unpacked(archive: bytes) -> Bytes:
    """What is in a ZIP, file by file."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        yield from ((name, opened.read(name)) for name in opened.namelist())


def kept(user: User, events: Iterable[tuple[str, str]], sent: Iterable[EmailMessage]) -> Bytes:
    """What reaches this person without their asking for it, and what they may take away."""
    yield from ((channel, text.encode()) for channel, text in events if can_read(user, channel))
    yield from letters(sent)
    yield from unpacked(b"".join(own_data.export(user)))
    told = Notification.objects.filter(recipient=user).values_list("title", "data")
    yield "told", json.dumps([[title, str(data)] for title, data in told]).encode()


def holding(words: Iterable[str], everything: Bytes, where: Callable[[str], str] = str) -> dict[str, set[str]]:
    """Where each of these words is found."""
    marks = {word: word.encode() for word in words}
    found: dict[str, set[str]] = {word: set() for word in marks}
    for place, data in everything:
        for word, mark in marks.items():
            if mark in data:
                found[word].add(where(place))
    return found
