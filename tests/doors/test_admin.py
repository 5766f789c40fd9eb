"""Every address of the Django admin, tried by everyone, answers as admin.txt says."""

from fnmatch import fnmatchcase

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from tests.doors.house import House
from tests.doors.table import PEOPLE, Row, read, told
from tests.doors.urls import Address, addresses
from tests.factories import ROWS as ROWS_OF

pytestmark = pytest.mark.django_db
WHO = (*PEOPLE, "permitted")
ROWS = read("admin.txt", WHO)
# Whether an account is of the staff is all that the Django admin asks before a page about a kind of thing: for those
# pages the last of these stands for all five, whose cells must be the same.
OTHERS = ("outsider", "student", "classmate", "teacher", "teacher2")
ADDRESSES = {address.name: address for address in addresses() if address.is_admins}


def rows_of(name: str) -> list[Row]:
    """Its own rows, else those of the first name with a * that is like it."""
    like = next((known for known in ROWS if fnmatchcase(name, known)), "")
    return ROWS.get(name) or ROWS.get(like, [])


def is_of_a_kind(name: str) -> bool:
    """Is it one of the pages that every kind of thing has?"""
    return any("*" in known and fnmatchcase(name, known) for known in ROWS)


def path_of(house: House, address: Address, of: str) -> str:
    """Where it leads; for a page about one thing, unless the row says which, to the first that an admin sees."""
    if of.startswith("/"):
        return of.format_map(house.things)
    if of == "-" and "object_id" in address.takes:
        app, model, _ = address.name.removeprefix("admin:").split("_")
        kind = apps.get_model(app, model)
        request = RequestFactory().get("/")
        request.user = house.cast.admin
        seen = admin.site._registry[kind].get_queryset(request).order_by().values("pk")
        thing = kind.objects.filter(pk__in=seen).first() or ROWS_OF[kind]()
        return reverse(address.name, args=[thing.pk])
    return reverse(address.name, args=house.numbers(of))


def test_no_row_is_about_pages_that_are_gone():
    assert {name for name in ROWS if not any(fnmatchcase(known, name) for known in ADDRESSES)} == set()


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_each_person_gets_what_the_table_says(house, name):
    rows = rows_of(name)
    assert rows, f"{name} has no row in admin.txt"
    alike = {who: OTHERS[-1] for who in OTHERS if is_of_a_kind(name)}
    found = []
    for row in rows:
        path = path_of(house, ADDRESSES[name], row.about[0])
        cells = {who: house.ask(who, row.about[1], path).cell for who in WHO if alike.get(who, who) == who}
        found.append(row._replace(cells=tuple(cells[alike.get(who, who)] for who in WHO)))
    assert found == rows, f"The table says\n{told(rows)}\nand it is\n{told(found)}"


# What gives or takes access, or shows who did what: for who has just confirmed that it's them. A form with a password
# in it asks before that is typed.
AGAIN = {
    ("admin:accounts_auditentry_export", "POST"),
    ("admin:accounts_user_add", "GET"),
    ("admin:accounts_user_add", "POST"),
    ("admin:accounts_user_change", "POST"),
    ("admin:accounts_user_changelist", "POST"),
    ("admin:accounts_user_delete", "POST"),
    ("admin:auth_group_add", "POST"),
    ("admin:auth_group_change", "POST"),
    ("admin:auth_group_changelist", "POST"),
    ("admin:auth_group_delete", "POST"),
    ("admin:auth_user_password_change", "GET"),
    ("admin:auth_user_password_change", "POST"),
}


def test_what_gives_or_takes_access_asks_again_who_it_is(house):
    found = set()
    for name, address in ADDRESSES.items():
        for row in rows_of(name):
            path = path_of(house, address, row.about[0])
            if house.ask("stale admin", row.about[1], path).cell == "again":
                found.add((name, row.about[1]))
    assert found == AGAIN
