"""Finding audit entries among very many: by who, what, which thing, from where, and when.

Each word becomes a condition on an indexed column. Looking into joined names row by row would read all of the table.
"""

import datetime
import re
from ipaddress import ip_address, ip_network

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.audit_labels import verbs_like
from apps.accounts.models import AuditEntry, User
from apps.core.finding import matching

NUMBER = re.compile(r"\d{1,18}$", re.ASCII)
DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?$", re.ASCII)
# Of people with one word in their names; the audit isn't the list of people.
MAX_PEOPLE = 1_000


def search(entries: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    """The entries that every word of `text` finds.

    A word is a part of somebody's name or e-mail, of a verb or its sentence, a kind of thing (`student`), the number of
    a thing (`12`, or `student 12` for that very one), an address or a network (`192.0.2.0/24`), a day (`2026-11-20`)
    or a month (`2026-11`) on the reader's clock.
    """
    words = text.replace("\0", " ").split()
    kinds = {kind.name.casefold(): kind.pk for kind in _kinds()}
    while words:
        word = words.pop(0)
        kind = kinds.get(word.casefold())
        if kind and words and NUMBER.match(words[0]):
            entries = entries.filter(thing_type=kind, thing_id=int(words.pop(0)))
        else:
            entries = entries.filter(_meant(word, kinds))
    return entries


def _meant(word: str, kinds: dict[str, int]) -> Q:
    """What one word may mean; each way has an index, or else all of the table would be read for one of them."""
    if when := _days(word) or _address(word):
        return when
    found = _people(word) | Q(verb__in=[*verbs_like(word), word.lower()])
    if kind := kinds.get(word.casefold()):
        found |= Q(thing_type=kind)
    if NUMBER.match(word):
        # The index of things begins with their kind.
        found |= Q(thing_type__in=sorted(kinds.values()), thing_id=int(word)) | Q(actor=int(word))
    return found


def _kinds() -> list[ContentType]:
    models = [model for model in apps.get_models() if not model._meta.proxy]
    return list(ContentType.objects.get_for_models(*models).values())


def _people(word: str) -> Q:
    called = matching(word, "email", "given_name", "family_name")
    ids = list(User.objects.filter(called).order_by().values_list("pk", flat=True)[:MAX_PEOPLE])
    person = ContentType.objects.get_for_model(User)
    # What they did, and what was done with their account.
    return Q(actor__in=ids) | Q(thing_type=person, thing_id__in=ids)


def _address(word: str) -> Q | None:
    try:
        return Q(address=str(ip_address(word)))
    except ValueError:
        pass
    try:
        network = ip_network(word, strict=False) if "/" in word else None
    except ValueError:
        return None
    if network is None or network.version != 4 or network.prefixlen < 24:
        return None
    return Q(address__in=[str(address) for address in network])


def _days(word: str) -> Q | None:
    """The span of a day or a month; None where the word is no date."""
    if not (match := DAY.match(word)):
        return None
    year, month, day = int(match[1]), int(match[2]), int(match[3] or 1)
    try:
        first = datetime.datetime(year, month, day, tzinfo=timezone.get_current_timezone())
        after = first + datetime.timedelta(days=1 if match[3] else 32)
    except (ValueError, OverflowError):
        return Q(pk=None)
    if not match[3]:
        after = after.replace(day=1)
    return Q(at__gte=first, at__lt=after)
