"""Every channel of the stream, asked for by everyone, answers as channels.txt says.

Asked as a stream asks: with the session of a person, and for the names in the address. Two things look alike there:
a channel that is not for this person, and one that there is not.
"""

import pytest

from apps.realtime import channels
from apps.realtime.hub import ACCESS
from apps.realtime.stream import reader_of
from tests.doors.house import House
from tests.doors.table import PEOPLE, read, told

pytestmark = pytest.mark.django_db
ROWS = read("channels.txt")
YES, NO = "yes", "no"
# Nobody's, whatever stands for the number: what isn't written as a channel of ours is none.
NOT_CHANNELS = (
    "",
    " ",
    "*",
    "#",
    "user",
    "user-",
    "user-#",
    "user--{teacher}",
    "user-+{teacher}",
    "user- {teacher}",
    "user-{teacher} ",
    "user-{teacher}\n",
    "user-{teacher}-staff",
    "User-{teacher}",
    "homeroom-user-{teacher}",
    "student",
    "student-{amina}-STAFF",
    "student-{amina}-staff-staff",
    "student-{amina}-everyone",
    "student-{amina},student-{bruno}",
    "student-{amina}&channel=payments",
    "student-٣",
    "student-1e3",
    "student-0x1",
    "student-99999999999999999999999999",
    "conversation-{thread}-staff",
    "batch",
    "payments-1",
    "payments ",
    "PAYMENTS",
    "events",
    ACCESS,
    "a" * 10_000,
)


def reads(house: House, who: str, *names: str) -> bool:
    """Is a stream of these opened for this person?"""
    user = house.person(who)
    session = house.clients[who].session.session_key if user else None
    reader = reader_of(session, names)
    assert reader in {None, user and user.pk}
    return reader is not None


@pytest.mark.parametrize("name", sorted(channels._rules))
def test_each_person_reads_what_the_table_says(house, name):
    assert name in ROWS, f"the channel {name} has no row in channels.txt"
    found = []
    for row in ROWS[name]:
        channel = row.about[0].format_map(house.things)
        found.append(row._replace(cells=tuple(YES if reads(house, who, channel) else NO for who in PEOPLE)))
    assert found == ROWS[name], f"The table says\n{told(ROWS[name])}\nand it is\n{told(found)}"


def test_no_row_is_about_a_channel_that_is_gone():
    assert not set(ROWS) - set(channels._rules)


def test_what_is_no_channel_is_read_by_nobody(house):
    channels = [text.format_map(house.things) if "{" in text else text for text in NOT_CHANNELS]
    assert [(who, channel) for channel in channels for who in PEOPLE if reads(house, who, channel)] == []


def test_one_channel_of_somebody_elses_refuses_all_that_were_asked_for(house):
    own, others = (f"user-{house.cast.teacher.pk}", f"user-{house.cast.staff.pk}")
    assert reads(house, "teacher", own)
    assert not reads(house, "teacher", own, others)
    assert not reads(house, "teacher", others, own)


def test_a_session_that_has_ended_reads_nothing(house):
    key = house.clients["teacher"].session.session_key
    own = f"user-{house.cast.teacher.pk}"
    assert reader_of(key, [own]) == house.cast.teacher.pk
    house.clients["teacher"].session.delete(key)
    assert reader_of(key, [own]) is None
