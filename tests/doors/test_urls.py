"""Every address, tried by everyone with the methods of its rows, answers as urls.txt says.

What a person may not see is not found in the same words as an address that doesn't exist. htmx is tried for one person
of each verdict. What doesn't depend on who asks is tried for two people, PAIR: HEAD is as GET without its body, a
method that has no row is not allowed, an address without its slash leads to itself.
"""

import re

import pytest
from django.urls import reverse

from tests.doors.house import HTMX, NOWHERE, Answer, House
from tests.doors.table import PEOPLE, Row, read, told
from tests.doors.urls import Address, addresses

pytestmark = pytest.mark.django_db
# Beside the people: Ada again, who looks as Amina at this moment.
WHO = (*PEOPLE, "looking")
PAIR = ("anonymous", "admin")
ROWS = read("urls.txt", WHO)
ADDRESSES = {address.name: address for address in addresses() if not address.is_admins}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What differs from one answer to the next by itself, and what was asked for.
FLEETING = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]*"')


def test_each_name_is_of_one_address():
    assert len(ADDRESSES) == len([address for address in addresses() if not address.is_admins])


def test_no_row_is_about_an_address_that_is_gone():
    assert not set(ROWS) - set(ADDRESSES)


def path_of(house: House, address: Address, of: str) -> str:
    """Where a row leads."""
    if address.name.startswith("/"):
        return address.name
    return reverse(address.name, kwargs=dict(zip(address.takes, house.numbers(of), strict=True)))


def asked(row: Row) -> tuple[list[str], str]:
    """The methods of a row (`PUT|PATCH`), and what is sent with them."""
    methods, _, fields = row.about[1].partition(" ")
    return methods.split("|"), fields


def ask(house: House, row: Row, method: str, who: str, **headers: str) -> Answer:
    """What one person gets under the address of a row."""
    path = path_of(house, ADDRESSES[row.name], row.about[0])
    return house.ask(who, method, path, house.fields(asked(row)[1]), **headers)


def nearest(row: Row) -> dict[str, str]:
    """For each verdict the last person who gets it: of those who are refused, the nearest to being let in."""
    given = dict(zip(WHO, row.cells, strict=True))
    return {given[who]: who for who in ("looking", *PEOPLE)}


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_each_person_gets_what_the_table_says_and_htmx_the_same_verdict(house, name):
    assert name in ROWS, f"{name} ({ADDRESSES[name].route}) has no row in urls.txt"
    found, expected, differ = [], [], []
    for row in ROWS[name]:
        for method in asked(row)[0]:
            expected.append(row)
            answers = {who: ask(house, row, method, who) for who in WHO}
            found.append(row._replace(cells=tuple(answer.cell for answer in answers.values())))
            differ += [(method, row.about, who) for who in WHO if tells_more(house, row, method, who, answers[who])]
            for cell, who in nearest(row).items():
                given = verdict(ask(house, row, method, who, **HTMX).cell)
                # Why something couldn't be done stands on the page that a browser is led to.
                if given not in {verdict(cell)} | ({"409", "422"} if cell == "302" else set()):
                    differ.append((method, row.about, who, cell, given))
    assert found == expected, f"The table says\n{told(expected)}\nand it is\n{told(found)}"
    assert differ == []


def tells_more(house: House, row: Row, method: str, who: str, answer: Answer) -> bool:
    """Does a 404 about a thing differ from that of an address that there isn't, in anything that it says?"""
    address = ADDRESSES[row.name]
    if answer.status != 404 or not any(part.endswith("pk") for part in address.takes):
        return False
    body = house.fields(asked(row)[1]).get("body", "") if method == "POST" else ""
    return words(answer, path_of(house, address, row.about[0])) != words(house.nowhere(who, body), NOWHERE)


def words(answer: Answer, path: str) -> tuple[int, dict[str, str], bytes]:
    """All that an answer says, but for what differs by itself."""
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return answer.status, headers, FLEETING.sub(b"", answer.body).replace(path.encode(), b"PATH")


def verdict(cell: str) -> str:
    """A page where a browser gets one may be a part of it for htmx, or nothing but a header; no is no to both."""
    return {"login": "401"}.get(cell, "yes" if cell[0] in "23" else cell)


def test_a_method_without_a_row_is_not_allowed(house):
    allowed = []
    for name, rows in ROWS.items():
        path = path_of(house, ADDRESSES[name], rows[0].about[0])
        for method in set(METHODS) - {method for row in rows for method in asked(row)[0]}:
            for who in PAIR:
                # Who is turned away before it is asked what the method was.
                right = {"405"} if who == "admin" else {"405", "login", "401"}
                if is_a_class(ADDRESSES[name]):
                    right |= of_a_class(house, who, method, path)
                if (cell := house.ask(who, method, path).cell) not in right:
                    allowed.append((who, method, path, cell))
    assert allowed == []


def is_a_class(address: Address) -> bool:
    """Ours are functions unless they build upon allauth's, which are classes throughout."""
    return hasattr(address.view, "view_class") or not address.view.__module__.startswith("apps.")


def of_a_class(house: House, who: str, method: str, path: str) -> set[str]:
    """A view that is a class of Django's or allauth's takes PUT and DELETE as a form with nothing in it (Django reads
    forms from POST alone), and says to OPTIONS what it takes."""
    like = house.ask(who, "GET" if method == "OPTIONS" else "POST", path).cell
    return {like, "200"} if method == "OPTIONS" else {like}


def test_head_is_get_without_a_body(house):
    differ = []
    for rows in ROWS.values():
        for row in [row for row in rows if asked(row)[0] == ["GET"]][:1]:
            for who in PAIR:
                head = ask(house, row, "HEAD", who)
                if (head.cell, head.body) != (row.cells[WHO.index(who)], b""):
                    differ.append((row.name, who, head))
    assert differ == []


def test_an_address_without_its_slash_leads_to_itself(house):
    differ = []
    for name, rows in ROWS.items():
        path = path_of(house, ADDRESSES[name], rows[0].about[0])
        # Below /admin/ the Django admin answers whatever there is not: admin.txt.
        if path.endswith("/") and path != "/" and not path.startswith("/admin/"):
            for who in PAIR:
                answer = house.ask(who, "GET", path[:-1], {"q": "a b"})
                if (answer.status, answer.headers.get("Location")) != (301, f"{path}?q=a+b"):
                    differ.append((who, path, answer))
    assert differ == []
