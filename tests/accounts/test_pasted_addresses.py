"""Lists of addresses as mail programs and sheets give them."""

import html
import re

import pytest
from django.core import mail

from apps.accounts.models import Invitation
from apps.accounts.pasted_addresses import read

pytestmark = pytest.mark.usefixtures("commits")

NEW = "/accounts/invitations/new/"
BOB, ANN = ("bob@example.com", "Bob", "Smith"), ("ann@example.com", "Ann", "")
PLAIN = [("bob@example.com", "", ""), ("ann@example.com", "", "")]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        # Outlook, Gmail, Apple Mail, Thunderbird.
        ("\"Smith, Bob\" <bob@example.com>; 'Ann' <ann@example.com>", [BOB, ANN]),
        ("Smith, Bob <bob@example.com>; Ann <ann@example.com>;", [BOB, ANN]),
        ("Bob Smith <bob@example.com>,\n Ann <ann@example.com>,", [BOB, ANN]),
        ("Bob Smith <bob@example.com>\r\nAnn <ann@example.com>\r\n", [BOB, ANN]),
        ("Bob (of, the; office) Smith <bob@example.com>, Ann <ann@example.com> (hers)", [BOB, ANN]),
        ("=?utf-8?q?Bob_Smith?= <bob@example.com>, Ann <ann@example.com>", [BOB, ANN]),
        ("Bob Smith <bob@example.com> Ann <ann@example.com>", [BOB, ANN]),
        # A sheet's two columns.
        ("Bob Smith\tbob@example.com\nAnn\tann@example.com", [BOB, ANN]),
        ("bob@example.com, ann@example.com", PLAIN),
        ("bob@example.com ann@example.com", PLAIN),
        ("<bob@example.com>,<ann@example.com>", PLAIN),
        ("Team: bob@example.com, ann@example.com;", PLAIN),
        ("bob@example.com\uff0cann@example.com\uff1b", PLAIN),
        # Each once, with the name that was there.
        ("bob@example.com; BOB@example.com; Bob Smith <bob\u200b@example.com>", [("bob\u200b@example.com", *BOB[1:])]),
        ('"bob@example.com" <bob@example.com>', PLAIN[:1]),
        # What is no address stays as it is, and takes no neighbour along.
        ("bob@example.com, nobody, ann@example.com", [PLAIN[0], ("nobody", "", ""), PLAIN[1]]),
        ('"never closed <bob@example.com>\nann@example.com', PLAIN),
        ("na me@example.com", [("na me@example.com", "", "")]),
        ("bob@example.com <>", [("bob@example.com <>", "", "")]),
        (" ,;\n", []),
    ],
)
def test_everybody_in_a_pasted_list_is_found_with_their_name(typed, found):
    assert [tuple(guest) for guest in read(typed)] == found


@pytest.mark.parametrize("piece", ["(", '"', "<", "\\", '"a" <', "a,", "@", ", <>", "(a) "])
def test_a_long_list_of_nonsense_is_read_in_a_moment(piece):
    assert isinstance(read(piece * 20_000), list)


def test_the_good_ones_are_invited_and_each_bad_one_stays_in_the_box_with_its_reason(cast, client_for):
    typed = (
        '"Smith, Bob" <bob@example.com>; jürgen@example.com\nna me@example.com, bob@EXAMPLE.com; carl@bücher.example'
    )
    page = client_for(cast.staff).post(NEW, {"addresses": typed, "role": "teacher"}).content.decode()
    invited = Invitation.objects.order_by("email").values_list("email", "given_name", "family_name")
    assert list(invited) == [BOB, ("carl@xn--bcher-kva.example", "", "")]
    said = html.unescape(page)
    assert "“ü” can't stand before the @" in said
    assert "There is a blank in the address" in said
    assert re.search(r"<textarea[^>]*>\s*jürgen@example.com\nna me@example.com</textarea>", page)
    assert len(mail.outbox) <= 2
