"""Every address, tried by everyone with every method, answers as urls.txt says.

Beside the table itself: HEAD is as GET without its body; htmx gets the same verdict as a browser; a method that has no
row is not allowed; and what is not found is not found in the same words, whether it exists or not.
"""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse

from tests.doors.house import HTMX, NOBODYS, Answer, House
from tests.doors.table import PEOPLE, Row, read, told
from tests.doors.urls import Address, addresses

pytestmark = pytest.mark.django_db
# Beside the people: Ada again, who looks as Amina at this moment.
WHO = (*PEOPLE, "looking")
ROWS = read("urls.txt", WHO)
ADDRESSES = {address.name: address for address in addresses() if not address.is_admins}
# Who is turned away before it is asked what the method was.
INSTEAD = {"anonymous": {"login", "401"}, "looking": {"403"}}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What differs from one answer to the next by itself, and what was asked for.
FLEETING = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]*"')
every_address = pytest.mark.parametrize("name", sorted(ADDRESSES))


def test_each_name_is_of_one_address():
    assert len(ADDRESSES) == len([address for address in addresses() if not address.is_admins])


def test_no_row_is_about_an_address_that_is_gone():
    assert not set(ROWS) - set(ADDRESSES)


def path_of(house: House, address: Address, of: str, **instead: int) -> str:
    """Where a row leads."""
    if address.name.startswith("/"):
        return address.name
    return reverse(address.name, kwargs=dict(zip(address.takes, house.numbers(of), strict=True)) | instead)


def asked(row: Row) -> tuple[list[str], str]:
    """The methods of a row (`PUT|PATCH`), and what is sent with them."""
    methods, _, fields = row.about[1].partition(" ")
    return methods.split("|"), fields


def answers(house: House, row: Row, **headers: str) -> Iterator[tuple[str, list[Answer]]]:
    """For each method of a row what each person gets."""
    path = path_of(house, ADDRESSES[row.name], row.about[0])
    for method in asked(row)[0]:
        yield method, [house.ask(who, method, path, house.fields(asked(row)[1]), **headers) for who in WHO]


@every_address
def test_each_person_gets_what_the_table_says(house, name):
    assert name in ROWS, f"{name} ({ADDRESSES[name].route}) has no row in urls.txt"
    found = [
        row._replace(cells=tuple(answer.cell for answer in given))
        for row in ROWS[name]
        for _, given in answers(house, row)
    ]
    expected = [row for row in ROWS[name] for _ in asked(row)[0]]
    assert found == expected, f"The table says\n{told(expected)}\nand it is\n{told(found)}"


@every_address
def test_a_method_without_a_row_is_not_allowed(house, name):
    known = {method for row in ROWS.get(name, []) for method in asked(row)[0]}
    for path in {path_of(house, ADDRESSES[name], row.about[0]) for row in ROWS.get(name, [])}:
        for method in set(METHODS) - known:
            for who in WHO:
                allowed = {"405"} | INSTEAD.get(who, set())
                answer = house.ask(who, method, path)
                if is_a_class(ADDRESSES[name]):
                    allowed |= of_a_class(house, who, method, path)
                assert answer.cell in allowed, (who, method, path, answer.cell)


def is_a_class(address: Address) -> bool:
    """Ours are functions unless they build upon allauth's, which are classes throughout."""
    return hasattr(address.view, "view_class") or not address.view.__module__.startswith("apps.")


def of_a_class(house: House, who: str, method: str, path: str) -> set[str]:
    """A view that is a class of Django's or allauth's takes PUT and DELETE as a form with nothing in it (Django reads
    forms from POST alone), and says to OPTIONS what it takes."""
    like = house.ask(who, "GET" if method == "OPTIONS" else "POST", path).cell
    return {like, "200"} if method == "OPTIONS" else {like}


@every_address
def test_head_is_get_without_a_body(house, name):
    for row in ROWS.get(name, []):
        if asked(row)[0] == ["GET"]:
            path, fields = path_of(house, ADDRESSES[name], row.about[0]), house.fields(asked(row)[1])
            for who, cell in zip(WHO, row.cells, strict=True):
                head = house.ask(who, "HEAD", path, fields)
                assert (head.cell, head.body) == (cell, b""), (who, path)


def verdict(cell: str) -> str:
    """A page where a browser gets one may be a part of it for htmx, or nothing but a header; no is no to both."""
    return {"login": "401"}.get(cell, "yes" if cell[0] in "23" else cell)


@every_address
def test_htmx_gets_the_same_verdict(house, name):
    for row in ROWS.get(name, []):
        for _, given in answers(house, row, **HTMX):
            for who, cell, answer in zip(WHO, row.cells, given, strict=True):
                # Why something couldn't be done stands on the page that a browser is led to.
                refused = {"409", "422"} if cell == "302" else set()
                assert verdict(answer.cell) in {verdict(cell)} | refused, (who, row)


@every_address
def test_what_is_not_found_is_told_in_the_same_words_whether_it_exists_or_not(house, name):
    address = ADDRESSES[name]
    numbers = [part for part in address.takes if part.endswith("pk")]
    for row in ROWS.get(name, []):
        if not numbers or "404" not in row.cells:
            continue
        there = path_of(house, address, row.about[0])
        nowhere = path_of(house, address, row.about[0], **{numbers[-1]: NOBODYS})
        for who, cell in zip(WHO, row.cells, strict=True):
            if cell == "404":
                for method in asked(row)[0]:
                    for headers in ({}, HTMX):
                        one, other = (
                            house.ask(who, method, path, house.fields(asked(row)[1]), **headers)
                            for path in (there, nowhere)
                        )
                        assert words(one, there) == words(other, nowhere), (who, method, there)


def words(answer: Answer, path: str) -> tuple[int, dict[str, str], bytes]:
    """All that an answer says, but for what differs by itself."""
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return answer.status, headers, FLEETING.sub(b"", answer.body).replace(path.encode(), b"PATH")


@every_address
def test_an_address_without_its_slash_leads_to_itself_alike_for_everyone(house, name):
    for of in {row.about[0] for row in ROWS.get(name, [])}:
        path = path_of(house, ADDRESSES[name], of)
        # Below /admin/ the Django admin answers whatever there is not: admin.txt.
        if path.endswith("/") and path != "/" and not path.startswith("/admin/"):
            for who in WHO:
                answer = house.ask(who, "GET", path[:-1], {"q": "a b"})
                assert (answer.status, answer.headers["Location"]) == (301, f"{path}?q=a+b"), (who, path)
