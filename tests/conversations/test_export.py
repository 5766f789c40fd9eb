"""A conversation can be taken away as a file, by those who may, and says which messages it has."""

import datetime
import io
import json
import tracemalloc

import pypdf
import pytest
from limits import parse

from apps.accounts.models import AuditEntry
from apps.conversations import views_export
from apps.conversations.actions import delete_message, edit_message, open_direct, retract_message, send_message
from apps.conversations.export import Export, as_json, as_text
from apps.conversations.export_pdf import as_pdf
from apps.conversations.history import Line, add_history
from apps.conversations.models import Message, Reaction
from apps.core.pdf import reads_from_the_right
from tests.factories import attachment, stored_file

FORMATS = ("text", "json", "pdf")
WRITINGS = [
    "Ζωή και Привет, Łódź, naïve ﬁ",
    "مرحبا بك في الأكاديمية 12:30 (A4)",
    "שלום עולם\nשורה שנייה",  # noqa: RUF001
    "किताब पढ़ो क्षेत्र",
    "😀 👍🏽 ❤️ 👨‍👩‍👧 🇫🇷",
    "我喜欢数学 한국어 ไทย",
    "ᚠᛇᚻ \u200b\u200f\u202e\ufeff\ufffe \x01\x1b\x7f \u2028 e\u0301\u0301\u0301",
    "\U0010ffff\ue000",
    "a" * 5_000,
    "word " * 1_000,
    "العربية " * 600,
    "\n\n\t\n-",
    "%PDF-1.7 )) (( \\ << >> {nb} **bold** __under__ --strike--",
]


def download(client, conversation, **query):
    """The file that somebody gets; a PDF is made first."""
    response = client.post(f"/conversations/{conversation.pk}/export/", query)
    if query.get("format") == "pdf":
        assert response.status_code == 302
        response = client.get(f"{response.url}file/")
    assert response.status_code == 200, response
    return response.getvalue()


def text_of(pdf):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    # What other tests exported isn't counted.
    monkeypatch.setattr("apps.core.limits._counts", None)


@pytest.fixture
def talk(cast):
    """A thread with something of everything."""
    thread = cast.amina.conversation
    first = send_message(cast.amina_user, thread, "May I hand it in on Friday?")
    answer = send_message(cast.teacher, thread, "Friday\nis fine", "everyone", reply_to=first)
    secret = send_message(cast.staff, thread, "SECRET about the fee", "staff")
    send_message(cast.staff2, thread, "SECRET answer", "staff", reply_to=secret)
    delete_message(cast.staff, send_message(cast.staff, thread, "DELETED words", "everyone"))
    retract_message(cast.staff, send_message(cast.staff, thread, "RETRACTED words", "everyone"))
    edit_message(cast.teacher, send_message(cast.teacher, thread, "OLD words", "everyone"), "new words")
    Reaction.objects.create(message=answer, user=cast.amina_user, emoji="👍")
    attachment(message=answer, file=stored_file(name="sheet.pdf", size=1_234))
    return thread


def test_the_json_equals_the_database(cast, client_for, talk):
    data = json.loads(download(client_for(cast.staff), talk, format="json", staff="1"))
    assert data["conversation"] == {"id": talk.pk, "kind": "student", "title": "Amina Diallo"}
    assert data["staff_messages"] is True
    rows = list(Message.objects.filter(conversation=talk, retracted=False).order_by("key"))
    assert [row["id"] for row in data["messages"]] == [row.pk for row in rows]
    for exported, row in zip(data["messages"], rows, strict=True):
        assert exported["author"] == {"id": row.author_id, "name": row.author_name, "role": row.author_role}
        assert exported["audience"] == row.audience
        assert exported["text"] == (None if row.deleted else row.body)
        assert exported["reply_to"] == row.reply_to_id
        for name, moment in (("at", row.created), ("edited", row.edited), ("deleted", row.deleted), ("pinned", None)):
            assert exported[name] == moment or datetime.datetime.fromisoformat(exported[name]) == moment
        assert exported["files"] == [{"name": file.name, "type": file.kind, "size": file.size} for file in row.files]
        assert exported["reactions"] == [
            {"emoji": reaction.emoji, "by": str(reaction.user)} for reaction in row.reactions.all()
        ]
    assert sum(len(row["files"]) + len(row["reactions"]) for row in data["messages"]) == 2


@pytest.mark.parametrize("wanted", FORMATS)
def test_nothing_for_staff_is_in_the_export_without_it(cast, client_for, talk, wanted):
    client = client_for(cast.staff)
    without, with_staff = (download(client, talk, format=wanted, **more) for more in ({}, {"staff": "1"}))
    without, with_staff = ((text_of(c) if wanted == "pdf" else c.decode()) for c in (without, with_staff))
    assert "SECRET" not in without
    assert with_staff.count("SECRET about the fee") >= 1
    assert "new words" in without
    for gone in ("DELETED", "RETRACTED", "OLD"):
        assert gone not in without + with_staff


@pytest.mark.parametrize("wanted", ["text", "pdf"])
def test_the_first_lines_say_which_messages_it_has(cast, client_for, talk, wanted):
    for query, extent in (({}, "Without team notes"), ({"staff": "1"}, "With team notes")):
        content = download(client_for(cast.staff), talk, format=wanted, **query)
        lines = (text_of(content) if wanted == "pdf" else content.decode()).splitlines()
        assert any(line.startswith(extent) for line in lines[:3]), lines[:6]
        assert any("by Sam Staff" in line for line in lines[:5])


def test_the_text_has_replies_files_reactions_and_marks(cast, client_for, talk):
    lines = download(client_for(cast.staff), talk).decode().splitlines()
    start = lines.index("    > Amina Diallo: May I hand it in on Friday?")
    assert lines[start + 1 : start + 5] == [
        "    Friday",
        "    is fine",
        "    [file] sheet.pdf (1.2 KB)",
        "    👍 Amina Diallo",
    ]
    assert "    [deleted]" in lines
    assert any(line.endswith("Tariq Teacher (Teacher) [edited]") for line in lines)


@pytest.mark.parametrize("wanted", FORMATS)
def test_times_are_on_the_clock_of_who_exports(cast, wanted):
    at = datetime.datetime(2026, 7, 1, 23, 30, tzinfo=datetime.UTC)
    add_history(cast.amina.conversation, [Line(cast.staff, "late", at)])
    cast.staff.time_zone = "Asia/Kolkata"
    export = Export(cast.staff, cast.amina.conversation, staff=False)
    if wanted == "json":
        assert json.loads("".join(as_json(export)))["messages"][0]["at"] == "2026-07-02T05:00:00+05:30"
    else:
        text = text_of(as_pdf(export)) if wanted == "pdf" else "".join(as_text(export))
        assert "Thursday, 2 July 2026" in text
        assert "05:00 IST" in text
        assert "Asia/Kolkata" in text


@pytest.mark.parametrize("who", ["teacher", "amina_user", "bruno_user", "outsider"])
def test_only_admins_and_staff_export(cast, client_for, talk, who):
    for wanted in FORMATS:
        client, url = client_for(getattr(cast, who)), f"/conversations/{talk.pk}/export/"
        assert client.get(url, {"format": wanted}).status_code == 405
        assert client.post(url, {"format": wanted}).status_code == 404
    assert not AuditEntry.objects.filter(verb="conversation.exported").exists()


def test_the_conversation_of_two_others_is_nobody_elses_to_export(cast, client_for):
    direct = open_direct(cast.staff, cast.teacher)
    send_message(cast.staff, direct, "between us")
    assert client_for(cast.admin).post(f"/conversations/{direct.pk}/export/").status_code == 404
    own = download(client_for(cast.staff), direct, staff="1").decode()
    assert "between us" in own
    assert "Conversation: Tariq Teacher\nAll messages\n" in own


def test_an_export_is_noted_with_its_format_and_extent(cast, client_for, talk):
    client = client_for(cast.staff)
    download(client, talk, format="json", staff="1")
    download(client, talk)
    download(client, talk, format="pdf")
    entries = AuditEntry.objects.filter(verb="conversation.exported").order_by("pk")
    assert [(entry.actor, entry.thing_id, entry.detail) for entry in entries] == [
        (cast.staff, talk.pk, {"format": "json", "staff": True}),
        (cast.staff, talk.pk, {"format": "text", "staff": False}),
        (cast.staff, talk.pk, {"format": "pdf", "staff": False}),
    ]


def test_who_may_no_longer_export_gets_no_pdf_that_was_made(cast, client_for, talk):
    client = client_for(cast.staff)
    where = client.post(f"/conversations/{talk.pk}/export/", {"format": "pdf"}).url
    assert client.get(f"{where}file/").getvalue().startswith(b"%PDF")
    type(cast.staff).objects.filter(pk=cast.staff.pk).update(role="teacher")
    assert client.get(f"{where}file/").status_code == 404
    assert "You can" in client.get(where).text


def test_an_unknown_format_is_refused(cast, client_for, talk):
    client, url = client_for(cast.staff), f"/conversations/{talk.pk}/export/"
    assert client.post(url, {"format": "docx"}).status_code == 400


def test_the_file_has_a_name_and_is_never_opened_in_place(cast, client_for, talk):
    cast.amina.given_name = 'Zoë "x"\r\n/..'
    cast.amina.save()
    response = client_for(cast.staff).post(f"/conversations/{talk.pk}/export/", {"format": "json"})
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Zo%C3%AB")
    assert "\n" not in response.headers["Content-Disposition"]


def test_what_is_too_long_for_a_pdf_is_offered_otherwise(cast, client_for, talk, monkeypatch):
    monkeypatch.setattr(views_export, "MAX_PDF_MESSAGES", 3)
    response = client_for(cast.staff).post(f"/conversations/{talk.pk}/export/", {"format": "pdf", "staff": "1"})
    assert response.status_code == 422
    assert b'name="format" value="text"' in response.content
    assert b'name="staff" value="1"' in response.content
    monkeypatch.setattr(views_export, "MAX_PDF_MESSAGES", 6)
    assert download(client_for(cast.staff), talk, format="pdf", staff="1").startswith(b"%PDF")


@pytest.mark.parametrize("writing", WRITINGS)
def test_every_writing_fits_into_every_format(cast, client_for, writing):
    message = send_message(cast.staff, cast.amina.conversation, writing, "everyone")
    client = client_for(cast.staff)
    assert json.loads(download(client, cast.amina.conversation, format="json"))["messages"][0]["text"] == message.body
    assert message.body.split()[0] in download(client, cast.amina.conversation).decode()
    assert len(text_of(download(client, cast.amina.conversation, format="pdf"))) > 100


def test_the_pdf_has_the_words_and_a_box_for_what_no_font_has(cast):
    for text in ("Ζωή Привет naïve Łódź", "a" * 300, "ᚠ rune", "ᚠ שלום"):
        send_message(cast.staff, cast.amina.conversation, text, "everyone")
    text = text_of(as_pdf(Export(cast.staff, cast.amina.conversation, staff=False)))
    assert "Ζωή Привет naïve Łódź" in text
    assert sum(len(line) for line in text.splitlines() if set(line) == {"a"}) == 300
    assert "⬜ rune" in text
    assert text.count("⬜") == 2


def test_a_pdf_of_nothing_says_so(cast):
    assert "No messages." in text_of(as_pdf(Export(cast.staff, cast.bruno.conversation, staff=True)))


@pytest.mark.parametrize(("text", "right"), [("abc", False), ("12 שלום", True), ("مرحبا x", True), ("x مرحبا", False)])
def test_the_first_letter_says_from_where_a_text_is_read(text, right):
    assert reads_from_the_right(text) is right


def peak(export, write):
    """The memory that an export takes at most, in bytes, and its length."""
    tracemalloc.start()
    size = sum(len(piece) for piece in write(export))
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return used, size


def test_a_long_conversation_takes_no_more_memory_than_a_short_one(cast, django_assert_num_queries):
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    sizes = {cast.amina.conversation: 1_000, cast.bruno.conversation: 4_000}
    for conversation, size in sizes.items():
        lines = [Line(cast.staff, f"{n} " + "x" * 300, start + datetime.timedelta(minutes=n)) for n in range(size)]
        add_history(conversation, lines)
    short, long = (Export(cast.staff, conversation, staff=True) for conversation in sizes)
    for write in (as_json, as_text):
        peak(short, write)
        (few, length), (many, whole) = peak(short, write), peak(long, write)
        assert whole > 3.5 * length
        assert many < 1.2 * few
    # Of 8 chunks three queries each, and one that finds no more.
    with django_assert_num_queries(8 * 3 + 1):
        assert sum(1 for _ in long.messages()) == 4_000


@pytest.mark.parametrize("wanted", FORMATS)
def test_exports_are_limited_and_a_link_takes_nothing(
    cast, client_for, talk, settings, monkeypatch, one_window, wanted
):
    monkeypatch.setattr("apps.core.limits._counts", None)
    settings.LIMITS = settings.LIMITS | {"exports": parse("2/hour")}
    client, url = client_for(cast.staff), f"/conversations/{talk.pk}/export/"
    assert client.get(url, {"format": wanted}).status_code == client.head(url).status_code == 405
    assert not AuditEntry.objects.filter(verb="conversation.exported").exists()
    statuses = [client.post(url, {"format": wanted}).status_code for _ in range(3)]
    assert statuses[0] < 400
    assert statuses[2] == 429
    assert client_for(cast.admin).post(url, {"format": wanted}).status_code < 400
