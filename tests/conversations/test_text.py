"""The text of a message as HTML: links that lead where they say, and nothing that anybody could slip in."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.conversations.models import Mention, Message
from apps.conversations.templatetags.messages import message_text

NAMES = ["Ada", "Ada Lovelace", "Zoë d’Été", "<b>Bo</b>", "O'Neil & Sons", "عمر"]


class Reader(HTMLParser):
    """What a browser makes of it: the tags, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[dict[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "a":
            self.links.append(dict(attrs))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.append("comment")

    def handle_decl(self, decl):
        self.tags.append("declaration")

    def unknown_decl(self, data):
        self.tags.append("declaration")

    def handle_pi(self, data):
        self.tags.append("instruction")


def written(body: str, *names: str) -> Message:
    message = Message(pk=1, body=body).starts_without_parts()
    people = [Mention(message_id=1, user_id=number, text=name) for number, name in enumerate(names, 1)]
    message.hold(mentions=people)
    return message


def read(body: str, *names: str) -> Reader:
    return Reader(message_text(written(body, *names)))


pieces = st.sampled_from(
    [
        *(f"@{name}" for name in NAMES),
        "https://",
        "http://x.org/",
        "www.",
        "example.com",
        "javascript:alert(1)",
        "data:text/html,<script>",
        "mailto:a@b.org",
        "ada@example.com",
        "</a>",
        "<a href=",
        "<!--",
        "<![CDATA[",
        "&amp;",
        "&#x3c;",
        '"',
        "'",
        "\\",
        "@",
        ")",
        " ",
        "\n",
        "\u202e",
        "\u200d",
        "[::1]",
        "//evil",
        "#",
        "?",
        ".",
        "x" * 130,
    ]
)
# What clean_body lets through: anything but NUL and bare carriage returns; no half of a surrogate pair gets this far.
characters = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.one_of(pieces, characters), max_size=14).map("".join))
def test_any_text_is_all_there_and_brings_no_tag_but_links_and_names(body):
    found = read(body, *NAMES)
    assert set(found.tags) <= {"a", "mark"}
    assert found.text == body
    for link in found.links:
        assert re.match(r"(https?://|mailto:)[^\s<>\"]+$", link["href"] or "")
        assert set(link) <= {"href", "target", "rel", "data-host", "data-long"}
        assert set((link["rel"] or "").split()) == {"nofollow", "noopener", "noreferrer", "ugc"}


@pytest.mark.parametrize(
    ("body", "text", "url"),
    [
        ("see https://example.com/a?b=1&c=2.", "https://example.com/a?b=1&c=2", "https://example.com/a?b=1&c=2"),
        ("(https://example.com/x)", "https://example.com/x", "https://example.com/x"),
        (
            "https://en.example.org/wiki/A_(b),",
            "https://en.example.org/wiki/A_(b)",
            "https://en.example.org/wiki/A_(b)",
        ),
        ("HTTPS://EXAMPLE.com/Path", "HTTPS://EXAMPLE.com/Path", "https://example.com/Path"),
        ("http://[2001:db8::1]:8000/x", "http://[2001:db8::1]:8000/x", "http://[2001:db8::1]:8000/x"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("did you see example.com?", "example.com", "https://example.com"),
        ("看https://example.com/。", None, None),
        ("看 https://example.com/。", "https://example.com/", "https://example.com/"),
        ("write to ada@example.com!", "ada@example.com", "mailto:ada@example.com"),
        ("mailto:ada@example.com", "mailto:ada@example.com", "mailto:ada@example.com"),
        (
            "https://example.com/?copy=1&copy=2",
            "https://example.com/?copy=1&copy=2",
            "https://example.com/?copy=1&copy=2",
        ),
    ],
)
def test_an_address_ends_where_it_ends(body, text, url):
    html = message_text(written(body))
    links = Reader(html).links
    assert [link["href"] for link in links] == ([url] if url else [])
    if text:
        [inside] = re.findall(r"<a [^>]*>([^<]*)</a>", html)
        assert Reader(inside).text == text


@pytest.mark.parametrize(
    "body",
    [
        "javascript:alert(1)",
        "JaVaScRiPt://example.com/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x.com",
        "file:///etc/passwd",
        "https://bank.example@evil.example/",
        "https://bank.example:pass@evil.example/",
        "https://evil.example\\@bank.example/",
        "https:\\\\evil.example",
        "https://bank.example\u2044login.evil.example/",
        "https://bank\u200b.example/",
        "https://\u202eelpmaxe.live/",
        "https://example.com/\u202egpj.exe",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://127.1/",
        "https://exa%6dple.com/",
        "https://example.com:99999/",
        "https://[::1/",
        "http://",
        "https://-",
    ],
)
def test_what_leads_elsewhere_or_nowhere_is_no_link(body):
    assert read(body).links == []


@pytest.mark.parametrize(
    ("body", "host"),
    [
        ("https://\u0430\u0440\u0440\u04cf\u0435.com/login", "xn--80ak6aa92e.com"),  # Cyrillic, every letter of it.
        ("https://p\u0430ypal.com/", "xn--pypal-4ve.com"),
        ("https://\uff45xample.com/", "example.com"),
        ("https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com"),
        ("https://münchen.example/", "xn--mnchen-3ya.example"),
    ],
)
def test_a_host_that_can_be_mistaken_is_shown_as_it_is_asked_for(body, host):
    [link] = read(body).links
    assert link["data-host"] == host
    assert (link["href"] or "").startswith(f"https://{host}/")
    assert "data-host" not in read("https://example.com/").links[0]


def test_a_long_address_says_so_to_the_theme():
    assert "data-long" in read("https://example.com/" + "x" * 200).links[0]
    assert "data-long" not in read("https://example.com/short").links[0]


def test_a_short_message_with_a_link_stays_small():
    assert len(message_text(written("See https://example.com/sheet"))) < 160


@pytest.mark.parametrize(
    ("body", "marked"),
    [
        ("hello @Ada Lovelace, and @ada", ["@Ada Lovelace", "@ada"]),
        ("@Adam isn't meant, nor ada@Ada.com", []),
        ("https://example.com/@Ada", []),
        ("https://example.com/?@Ada", []),
        ("(@Ada)", ["@Ada"]),
        ("@ZOË D’ÉTÉ!", ["@ZOË D’ÉTÉ"]),
        ("سلام @عمر", ["@عمر"]),
        ("请@Ada看", []),
        ("请@Ada 看", ["@Ada"]),
        ("@<b>Bo</b>", []),
    ],
)
def test_names_stand_out_where_they_are_meant(body, marked):
    html = message_text(written(body, *NAMES))
    found = [Reader(inside).text for inside in re.findall(r"<mark [^>]*>(.*?)</mark>", html)]
    assert found == marked


def test_two_people_of_one_name_are_both_meant():
    assert 'data-user="1 2"' in message_text(written("@Ada", "Ada", "Ada"))
