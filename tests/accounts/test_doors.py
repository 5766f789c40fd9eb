"""Every address of ours, tried by everyone: what is not theirs is not there."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

OURS = ("students", "courses", "billing", "conversations", "dashboard")
# What is open to a role whoever it is about: lists of what one may see, which may be empty.
STUDENTS_MAY = {"dashboard:home", "conversations:unread_list", "conversations:search_list"}
TEACHERS_MAY = STUDENTS_MAY | {"students:student_list", "students:invitation_create", "courses:batch_list"}


def addresses(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every named address of our apps, and what it takes."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, entry.namespace or namespace)
        elif isinstance(entry, URLPattern) and namespace in OURS:
            yield f"{namespace}:{entry.name}", entry.pattern.converters


ADDRESSES = dict(addresses())
every_address = pytest.mark.parametrize("name", sorted(ADDRESSES))


@pytest.fixture
def address(cast) -> Callable[[str], str]:
    """The address of a name as it is for Chloe: her record, her batch, her thread."""
    own = {"conversations": cast.chloe.conversation_id, "courses": cast.batch2.pk}

    def make(name: str) -> str:
        known = {
            "pk": own.get(name.split(":")[0], cast.chloe.pk),
            "student_pk": cast.chloe.pk,
            "message_pk": 1,
            "attachment_pk": 1,
        }
        return reverse(name, kwargs={part: known[part] for part in ADDRESSES[name]})

    return make


@every_address
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("who", "may"), [("amina_user", STUDENTS_MAY), ("outsider", STUDENTS_MAY), ("teacher", TEACHERS_MAY)]
)
def test_what_is_another_persons_is_not_found(cast, client_for, address, name, method, who, may):
    response = getattr(client_for(getattr(cast, who)), method)(address(name))
    assert response.status_code in ({200, 405, 422} if name in may else {404, 405})


@every_address
def test_nobody_gets_in_without_an_account(client, address, name):
    seen = client.get(address(name))
    assert seen.status_code == 302
    assert seen.headers["Location"].startswith("/accounts/login/?next=")
    assert client.post(address(name), {"body": "kept"}).status_code == 401


@every_address
def test_a_post_without_the_token_is_refused(cast, address, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.staff)
    assert client.post(address(name)).status_code == 403
