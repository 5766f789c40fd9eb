"""What a search finds, and that its index follows every change, on whatever database the environment names."""

import datetime

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models.functions import Upper  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.conversations.actions import delete_message, edit_message, retract_message, send_message  # noqa: E402
from apps.conversations.history import Line, add_history  # noqa: E402
from apps.conversations.models import Conversation, Message  # noqa: E402
from apps.conversations.search import search  # noqa: E402
from apps.students.models import Student  # noqa: E402

TEXTS = [
    "Café crème",
    "Cafe\u0301 noir",
    "the invoice and/or the receipt: see foo_bar.pdf, well-known to ada@example.com",
    "homework is due",
    "home is where the work is",
    "due homework",
    "我喜欢数学",
    "数と学",
    "किताब पढ़ो",
    "كتاب جديد",
    "Straße 12",
    "ПРИВЕТ мир",
    "5.5 points, -3 and A4 😀",
    "x' OR 1=1; --",
]
FINDS = {
    "cafe": [0, 1],
    "CAFÉ": [0, 1],
    "café crème": [0],
    "receipt": [2],
    "bar": [2],
    "known": [2],
    "well-known": [2],
    "known-well": [],
    "example": [2],
    "homework": [3, 5],
    "homew": [3, 5],
    "homew due": [],  # Only of what is typed last the beginning is enough.
    "due homew": [3, 5],
    "due ho": [3, 5],
    '"homew"': [],
    "homework due": [3, 5],
    '"homework is"': [3],
    '"due homework"': [5],
    "home -homework": [4],
    'due -"due homework"': [3],
    "数学": [6],
    "学": [6, 7],
    "喜欢": [6],
    "किताब": [8],
    "कताब": [],
    "كتاب": [9],
    "straße": [10],
    "12": [10],
    "привет": [11],
    "ПРИ": [11],
    "5": [12],
    "A4": [12],
    "1=1": [13],
    # No text is an error.
    "": [],
    '"': [],
    "-": [],
    "-homework": [],
    "😀": [],
    "' OR": [2, 13],
    "AND": [2, 12],
    "NEAR(a b)": [],
    "home*": [3, 4, 5],
    "body : x ^ { } ( ) \\ & | ! <-> :* \0": [],
    "a" * 3_000: [],
    "x " * 500: [13],
}


def ids(user: User, text: str, conversation: Conversation | None = None) -> list[int]:
    return [hit.message.pk for hit in search(user, text, conversation).hits]


def check_language(staff: User, thread: Conversation) -> None:
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    add_history(thread, [Line(staff, text, start + datetime.timedelta(n)) for n, text in enumerate(TEXTS)])
    by_text = dict(Message.objects.values_list("body", "pk"))
    for text, expected in FINDS.items():
        found = ids(staff, text)
        assert found == [by_text[TEXTS[n]] for n in reversed(expected)], (text, found, by_text)
        assert ids(staff, text, thread) == found, text


def check_changes(staff: User, thread: Conversation) -> None:
    """Whoever writes, and however: the index says the same as the table."""
    message = send_message(staff, thread, "alpha")
    assert ids(staff, "alpha") == [message.pk]
    edit_message(staff, message, "beta")
    assert (ids(staff, "alpha"), ids(staff, "beta")) == ([], [message.pk])
    Message.objects.filter(pk=message.pk).update(body=Upper("body"), version=9_999)
    assert ids(staff, "beta") == [message.pk]
    delete_message(staff, message)
    assert ids(staff, "beta") == []
    taken_back = send_message(staff, thread, "gamma")
    retract_message(staff, taken_back)
    assert ids(staff, "gamma") == []
    add_history(thread, [Line(staff, f"delta 数{n}", message.created, "everyone") for n in range(40)])
    assert len(ids(staff, "delta")) == 30
    Message.objects.filter(body__startswith="delta 数1").update(deleted=message.created)
    assert len(ids(staff, "delta")) == 29
    Message.objects.filter(body__startswith="delta", deleted=None)[0].delete()
    assert len(ids(staff, "delta")) == 28
    Message.objects.filter(deleted__isnull=False).update(deleted=None, retracted=False)
    assert ids(staff, "gamma") == [taken_back.pk]
    other = Student.objects.create(code="S9", given_name="Other")
    Message.objects.filter(pk=taken_back.pk).update(conversation=other.conversation)
    assert (ids(staff, "gamma", thread), ids(staff, "gamma", other.conversation)) == ([], [taken_back.pk])
    other.delete()
    assert ids(staff, "gamma") == []


def check_paging(staff: User) -> None:
    """Each hit once, newest first, whichever conversation it is in and in whatever order they were stored."""
    now = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
    thread, other = (Student.objects.create(code=code, given_name="Bruno").conversation for code in ("S2", "S3"))
    add_history(other, [Line(staff, f"epsilon {n}", now + datetime.timedelta(minutes=2 * n + 1)) for n in range(50)])
    add_history(thread, [Line(staff, f"epsilon {n}", now + datetime.timedelta(minutes=2 * n)) for n in range(50)])
    seen, before = [], None
    while True:
        page = search(staff, "epsilon", None, before)
        seen += [hit.message.created for hit in page.hits]
        before = page.before
        if before is None:
            break
        assert len(page.hits) == 30
    assert seen == [now + datetime.timedelta(minutes=n) for n in reversed(range(100))]


def check_upkeep(staff: User) -> None:
    """It can be taken away and made again, and it outlives a migration that makes the table anew."""
    before = {text: ids(staff, text) for text in FINDS}
    call_command("migrate", "conversations", "0003", verbosity=0)
    call_command("migrate", verbosity=0)
    assert before == {text: ids(staff, text) for text in FINDS}
    if connection.vendor == "sqlite":
        with connection.schema_editor() as editor:
            for model in (Message, Conversation):
                editor._remake_table(model)
        Message.objects.filter(body="due homework").update(body="due zeta")
        call_command("migrate", verbosity=0)
        assert len(ids(staff, "zeta")) == 1
        Message.objects.filter(body="due zeta").update(body="due homework")
        assert before == {text: ids(staff, text) for text in FINDS}
        assert ids(staff, "zeta") == []


person = User.objects.create_user("sam@homeroom.test", given_name="Sam", role=Role.STAFF)
conversation = Student.objects.create(code="S1", given_name="Amina").conversation
check_language(person, conversation)
check_changes(person, conversation)
check_paging(person)
check_upkeep(person)
print("found")
