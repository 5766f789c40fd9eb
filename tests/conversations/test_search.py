"""Messages are found by their words, as far as one may read them."""

import random
import time

import pytest

from apps.conversations import search as searching
from apps.conversations.actions import delete_message, open_direct, send_message
from apps.conversations.fulltext.words import excerpt, matches, parse, words
from apps.conversations.search import search


def bodies(user, text, conversation=None):
    return [hit.message.body for hit in search(user, text, conversation).hits]


def test_the_same_is_found_on_both_databases_whatever_is_typed_and_however_it_was_written(elsewhere):
    assert elsewhere("tests.conversations.finding") == ["found"]


@pytest.fixture
def talk(cast):
    """A word in every kind of message."""
    send_message(cast.staff, cast.amina.conversation, "fraction for Amina", "everyone")
    send_message(cast.staff, cast.amina.conversation, "fraction about Amina", "staff")
    send_message(cast.staff, cast.chloe.conversation, "fraction for Chloe", "everyone")
    send_message(cast.staff, cast.chloe.conversation, "fraction about Chloe", "staff")
    send_message(cast.staff, open_direct(cast.staff, cast.teacher2), "fraction between two")
    delete_message(cast.staff, send_message(cast.staff, cast.amina.conversation, "fraction deleted", "everyone"))


FINDS = {
    "admin": {"for Amina", "about Amina", "for Chloe", "about Chloe"},
    "staff": {"for Amina", "about Amina", "for Chloe", "about Chloe", "between two"},
    "staff2": {"for Amina", "about Amina", "for Chloe", "about Chloe"},
    "teacher": {"for Amina", "about Amina"},
    "teacher2": {"for Chloe", "about Chloe", "between two"},
    "amina_user": {"for Amina"},
    "bruno_user": set(),
    "chloe_user": {"for Chloe"},
    "outsider": set(),
}


@pytest.mark.parametrize("named", [1_000, 0])
@pytest.mark.parametrize("who", FINDS)
def test_each_finds_what_they_may_read_and_nothing_else(cast, talk, monkeypatch, who, named):
    """`named`: whether the index is asked for one's conversations by name, or for all of a kind."""
    monkeypatch.setattr(searching, "MAX_NAMED", named)
    assert {body.removeprefix("fraction ") for body in bodies(getattr(cast, who), "fraction")} == FINDS[who]


def test_a_page_is_full_although_most_of_what_matches_is_not_theirs(cast, monkeypatch):
    monkeypatch.setattr(searching, "MAX_NAMED", 0)
    for number in range(40):
        send_message(cast.staff, cast.amina.conversation, f"ratio {number}", "everyone")
    for number in range(60):
        send_message(cast.staff, cast.chloe.conversation, f"ratio {number}", "everyone")
    first = search(cast.teacher, "ratio")
    assert [hit.message.body for hit in first.hits] == [f"ratio {n}" for n in reversed(range(10, 40))]
    rest = search(cast.teacher, "ratio", before=first.before)
    assert [hit.message.body for hit in rest.hits] == [f"ratio {n}" for n in reversed(range(10))]
    assert rest.before is None


def test_a_search_in_a_conversation_finds_nothing_of_another(cast, talk):
    assert set(bodies(cast.staff, "fraction", cast.amina.conversation)) == {
        "fraction for Amina",
        "fraction about Amina",
    }
    assert bodies(cast.amina_user, "fraction", cast.amina.conversation) == ["fraction for Amina"]
    # Whoever calls it with somebody else's conversation gets nothing out of it.
    assert bodies(cast.amina_user, "fraction", cast.chloe.conversation) == []


def test_the_queries_dont_grow_with_the_hits(cast, django_assert_num_queries):
    send_message(cast.staff, cast.amina.conversation, "angle", "everyone")
    for size in (1, 30):
        with django_assert_num_queries(4):
            assert len(bodies(cast.staff, "angle")) == size
        for number in range(30):
            send_message(cast.staff, [cast.amina, cast.chloe][number % 2].conversation, "angle", "everyone")


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("Café crème", "cafe", ["Café"]),
        ("homework, Homework; home", "homew", ["homework", "Homework"]),
        ("homework, Homework; home", '"homew"', []),
        ("one two three two three", '"two three"', ["two three", "two three"]),
        ("我喜欢数学", "数学", ["数学"]),
        ("Straße", "STRASSE", ["Straße"]),
        ("किताब पढ़ो", "पढ़ो", ["पढ़ो"]),
        ("aa aa aa", '"aa aa"', ["aa aa aa"]),
        ("not this -one", "this -one", ["this"]),
    ],
)
def test_what_matched_is_marked(text, query, marked):
    assert [text[start:end] for start, end in matches(text, parse(query))] == marked


def test_an_excerpt_holds_the_first_match_and_is_a_part_of_the_text():
    dice = random.Random(1)
    for _ in range(300):
        text = " ".join(
            dice.choices(["needle", "hay", "straw" * 50, "\n", "é", "草"], weights=[1, 40, 2, 2, 5, 5], k=80)
        )
        part = excerpt(text, parse("needle"))
        shown = "".join(piece for piece, _ in part.pieces)
        assert shown in text
        assert part.cut_before or text.startswith(shown)
        assert part.cut_after or text.endswith(shown)
        if "needle" in [word.text for word in words(text)]:
            assert any(marked and piece == "needle" for piece, marked in part.pieces)


def test_the_longest_text_is_marked_at_once():
    text = "a" * 5_000 + " needle " + "数" * 5_000 + "\u0301" * 5_000 + "- " * 5_000
    begin = time.process_time()
    assert matches(text, parse("needle"))
    assert time.process_time() - begin < 1
