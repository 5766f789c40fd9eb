"""Access that is taken away ends what is open, in each of the three modes."""

from tests.live.readers import OPEN, People


def test_whoever_is_deactivated_hears_nothing_more_within_a_second(people: People) -> None:
    person = people.academy.people["student7"]["id"]
    channel = f"student-{people.student(7)['id']}"
    theirs, tab = (people.follow("student7", channel, f"user-{person}") for _ in range(2))
    classmate = people.follow("student6", f"student-{people.student(6)['id']}")
    for reader in (theirs, tab, classmate):
        reader.until(OPEN)
    assert people.post("admin", f"/people/{person}/deactivation/").status_code == 302
    assert theirs.until_ended(1) < 1
    assert tab.until_ended(1) < 1
    assert people.follow("student7", channel).status == 404
    thread = people.student(7)["conversation"]
    assert people.post("student7", f"/conversations/{thread}/messages/", body="Am I in?").status_code == 401
    people.say("staff0", 6, "still here")
    classmate.until("still here")
    assert not classmate.ended
