"""Messages are found by their words, as far as one may read them."""

import random
import re
import time
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from apps.conversations import search as searching
from apps.conversations.actions import delete_message, open_direct, send_message
from apps.conversations.fulltext.words import excerpt, matches, parse, words
from apps.conversations.search import search
from project.variables import rate


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
    # PostgreSQL is told within a savepoint of its own how to plan this one.
    queries = 6 if connection.vendor == "postgresql" else 8
    for size in (1, 30):
        with django_assert_num_queries(queries):
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


def test_a_text_four_times_as_long_is_marked_in_about_four_times_the_time():
    def marked(length: int) -> float:
        """The processor's time, of three the shortest."""
        text = "a" * length + " needle " + "数" * length + "\u0301" * length + "- " * length
        times = []
        for _ in range(3):
            began = time.process_time()
            assert matches(text, parse("needle"))
            times.append(time.process_time() - began)
        return min(times)

    # Sixteen times where each place is looked at again from each other one.
    assert marked(5_000) < max(0.1, 10 * marked(1_250))


def found(response):
    """The texts of the hits on a page, as they are shown."""
    html = response.content.decode()
    return [
        unescape(re.sub(r"<[^>]+>", "", hit)) for hit in re.findall(r'<span class="hit-text"[^>]*>(.*?)</span>', html)
    ]


def test_the_page_shows_each_what_they_may_read_and_marks_the_words(cast, client_for, talk):
    response = client_for(cast.teacher).get("/conversations/search/", {"q": "fraction"})
    assert sorted(found(response)) == ["fraction about Amina", "fraction for Amina"]
    assert response.content.count(b"<mark>fraction</mark>") == 2
    assert response.content.count(b">Team note<") == 1
    assert found(client_for(cast.amina_user).get("/conversations/search/", {"q": "fraction"})) == ["fraction for Amina"]


def test_a_student_sees_the_same_page_whether_staff_wrote_the_word_or_nobody_did(cast, client_for, talk):
    """About: only in messages for staff. Elephant: nowhere."""
    client = client_for(cast.amina_user)
    pages = [client.get("/conversations/search/", {"q": word}).content.decode() for word in ("about", "elephant")]
    plain = [re.sub('csrf[^>]*value="[^"]+"', "", page) for page in pages]
    assert plain[0].replace("about", "elephant") == plain[1].replace("about", "elephant")


def test_a_hit_leads_to_its_place(cast, client_for, talk):
    client = client_for(cast.staff)
    html = client.get("/conversations/search/", {"q": "fraction Chloe"}).content.decode()
    for url in re.findall(r'class="hit" href="([^"]+)"', html):
        url = unescape(url)
        assert url.endswith(f"#message-{parse_qs(urlsplit(url).query)['at'][0]}")
        assert parse_qs(urlsplit(url).query)["q"] == ["fraction Chloe"]
        assert f'id="{urlsplit(url).fragment}"'.encode() in client.get(url).content


def test_reading_on_shows_each_hit_once(cast, client_for):
    for number in range(70):
        send_message(cast.staff, cast.amina.conversation, f"page {number}", "everyone")
    client, texts, url = client_for(cast.amina_user), [], "/conversations/search/?q=page"
    while url:
        response = client.get(url)
        texts += found(response)
        more = re.search(r'class="hit-more"><a [^>]*href="([^"]+)"', response.content.decode())
        url = unescape(more[1]) if more else None
    assert texts == [f"page {number}" for number in reversed(range(70))]


@pytest.mark.parametrize("script", ["<script>alert(1)</script> pythagoras", "a & b < c pythagoras"])
def test_what_was_written_is_text_in_a_hit(cast, client_for, script):
    send_message(cast.staff, cast.amina.conversation, script, "everyone")
    response = client_for(cast.amina_user).get("/conversations/search/", {"q": "pythagoras"})
    assert found(response) == [script]
    assert b"<script>alert" not in response.content


@pytest.mark.parametrize("query", ["before=x", "before=-1", "in=x", "in=99999999999999999999", "before=" + "9" * 40])
def test_a_malformed_address_is_refused(cast, client_for, query):
    assert client_for(cast.staff).get(f"/conversations/search/?q=a&{query}").status_code == 400


def test_the_conversation_of_somebody_else_is_not_there_to_search(cast, client_for, talk):
    url = f"/conversations/search/?q=fraction&in={cast.chloe.conversation_id}"
    assert client_for(cast.amina_user).get(url).status_code == 404
    assert client_for(cast.teacher).get(url).status_code == 404
    assert len(found(client_for(cast.staff).get(url))) == 2


def test_whoever_searches_too_quickly_is_told_to_wait(cast, client_for, settings, one_window):
    settings.LIMITS = {**settings.LIMITS, "search": rate("NONE", "3/minute")}
    client = client_for(cast.bruno_user)
    answers = [client.get("/conversations/search/?q=a").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
