"""Who is named in a message: kept, told, completed; never somebody who may not read it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role, User
from apps.conversations.actions import edit_message, send_message
from apps.conversations.models import FOREVER, Conversation, Mention, Participant


@pytest.fixture
def thread(cast) -> Conversation:
    return cast.amina.conversation


def person(given: str, family: str = "", role: str = Role.STAFF) -> User:
    return User.objects.create(
        email=f"{User.objects.count()}@homeroom.test", given_name=given, family_name=family, role=role
    )


def named(message) -> set[str]:
    return {mention.user.full_name for mention in Mention.objects.filter(message=message)}


def told(published) -> dict[str, int]:
    """How often each person was told wherever they look; their bells ring for that, and for nothing else."""
    assert {channel: len(about) for channel, about in published.bells.items()} == {
        channel: len(toasts) for channel, toasts in published.toasts.items()
    }
    return {channel: len(toasts) for channel, toasts in published.toasts.items()}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@Sofia Second, look", {"Sofia Second"}),
        ("@sofia second", {"Sofia Second"}),
        ("@SOFIA SECOND!", {"Sofia Second"}),
        ("ask @Sofia Second's and (@Sam Staff).", {"Sofia Second", "Sam Staff"}),
        ("@Sofia", set()),
        ("@Sofia Secondary", set()),
        ("sofia@Sofia Second", set()),
        ("@@Sofia Second", set()),
        ("https://example.com/?@Sofia Second", set()),
        ("@Sofia\nSecond", set()),
        ("@Bruno Costa", set()),
        ("@Otto Outsider", set()),
        ("@Tessa Other", set()),
    ],
)
def test_a_name_after_the_sign_is_a_person_who_reads_here(cast, thread, text, who):
    assert named(send_message(cast.admin, thread, text, "everyone")) == who


def test_the_longer_name_is_the_one_that_was_meant(cast, thread):
    person("Sofia")
    assert named(send_message(cast.admin, thread, "@Sofia Second")) == {"Sofia Second"}
    assert named(send_message(cast.admin, thread, "@Sofia second to none")) == {"Sofia Second"}
    assert named(send_message(cast.admin, thread, "@Sofia's idea")) == {"Sofia"}


@pytest.mark.parametrize(
    ("given", "family", "text"),
    [
        ("Élodie", "Été", "@élodie ÉTÉ"),
        ("E\u0301lodie", "", "@\u00e9lodie"),
        ("\u00c9lodie", "", "@E\u0301LODIE"),
        ("Hans", "Weiß", "@HANS WEISS"),
        ("عمر", "الفاروق", "سلام @عمر الفاروق!"),
        ("अमित", "", "@अमित, नमस्ते"),
        ("田中", "さん", "请@田中 さん"),
        ("Mary Ann", "O’Neil", "@Mary Ann O’Neil."),
        ("J.R.", "Smith-Jones", "@J.R. Smith-Jones"),
    ],
)
def test_names_of_the_world_are_found(cast, thread, given, family, text):
    one = person(given, family)
    assert named(send_message(cast.admin, thread, text)) == {one.full_name}


def test_a_name_that_goes_on_is_another(cast, thread):
    person("अम")
    assert named(send_message(cast.admin, thread, "@अमि")) == set()
    person("Ada")
    assert named(send_message(cast.staff, thread, "@Ada-Marie and @ada.net and @Ada_")) == set()


def test_who_may_not_read_it_is_never_mentioned(cast, thread, published):
    with published():
        message = send_message(cast.staff, thread, "@Amina Diallo is unwell", "staff")
    assert named(message) == set()
    assert f"user-{cast.amina_user.pk}" not in {channel for channel, _ in published}
    assert told(published) == {f"user-{cast.teacher.pk}": 1}
    assert "mark" not in str(published)


def test_twenty_people_at_most(cast, thread):
    for number in range(30):
        person(f"Guest{number:02}")
    text = " ".join(f"@Guest{number:02}" for number in range(30))
    assert len(named(send_message(cast.admin, thread, text))) == 20
    for _ in range(30):
        person("Twin")
    assert Mention.objects.filter(message=send_message(cast.admin, thread, "@Twin")).count() == 20


def test_a_mention_reaches_who_does_not_follow_and_who_muted_it_once(cast, thread, published):
    Participant.objects.create(conversation=thread, user=cast.teacher, muted_until=FOREVER)
    send_message(cast.admin, thread, "I follow")
    with published():
        send_message(cast.staff, thread, "@Sofia Second @Tariq Teacher @Ada Admin @Sam Staff", "everyone")
    everyone = (cast.staff2, cast.teacher, cast.admin, cast.amina_user)
    assert told(published) == {f"user-{user.pk}": 1 for user in everyone}
    assert published.bells == {f"user-{user.pk}": [f"conversation-{thread.pk}"] for user in everyone}
    said = {channel: "mentioned you" in toast for channel, [toast] in published.toasts.items()}
    assert said == {f"user-{user.pk}": user != cast.amina_user for user in everyone}


def test_an_edit_tells_who_is_newly_named_and_nobody_twice(cast, thread, published):
    with published():
        message = send_message(cast.staff, thread, "@Sofia Second", "staff")
    assert told(published) == {f"user-{user.pk}": 1 for user in (cast.staff2, cast.teacher)}
    published.clear()
    with published():
        edit_message(cast.staff, message, "@Sofia Second and @Ada Admin")
    assert told(published) == {f"user-{cast.admin.pk}": 1}
    assert "mentioned you" in published.toasts[f"user-{cast.admin.pk}"][0]
    assert named(message) == {"Sofia Second", "Ada Admin"}
    published.clear()
    with published():
        edit_message(cast.staff, message, "nobody")
    assert published.toasts == {}
    assert not Mention.objects.exists()


def test_a_mention_is_marked_for_its_person_in_what_is_pushed(cast, thread, published):
    with published():
        send_message(cast.staff, thread, "so @Sofia Second?", "staff")
    [event] = [event for channel, event in published if channel.startswith("student-")]
    assert f'so <mark class="mention" data-user="{cast.staff2.pk}">@Sofia Second</mark>?' in event


def options(client, thread, **query) -> list[str]:
    import re

    answer = client.get(f"/conversations/{thread.pk}/people/", query)
    assert answer.status_code == 200
    return re.findall(r'data-name="([^"]*)"', answer.content.decode())


def test_who_may_be_named_is_offered_by_given_family_or_full_name(cast, client_for, thread):
    client = client_for(cast.staff)
    assert options(client, thread, q="so") == ["Sofia Second"]
    assert options(client, thread, q="SEC") == ["Sofia Second"]
    assert options(client, thread, q="sofia s") == ["Sofia Second"]
    assert options(client, thread, q="sofia  x") == []
    assert options(client, thread, q="") == []
    assert options(client, thread, q="sam") == [], "oneself"
    assert options(client, thread, q="ami", audience="everyone") == ["Amina Diallo"]
    assert options(client, thread, q="ami", audience="staff") == []
    assert options(client, thread, q="a", audience="everyone", beyond="staff") == ["Amina Diallo"]
    assert options(client, thread, q="bruno", audience="everyone") == []
    assert options(client_for(cast.amina_user), thread, q="t") == ["Tariq Teacher"]


def test_eight_are_offered_by_one_query_however_many_there_are(cast, client_for, thread):
    client = client_for(cast.staff)

    def measure() -> int:
        with CaptureQueriesContext(connection) as queries:
            options(client, thread, q="g", audience="everyone")
        return len(queries)

    few = measure()
    for number in range(40):
        person(f"Guest{number}")
    assert len(options(client, thread, q="g")) == 8
    assert measure() == few


@pytest.mark.parametrize("who", ["outsider", "bruno_user", "teacher2"])
def test_who_does_not_read_the_thread_learns_no_name_from_it(cast, client_for, thread, who):
    assert client_for(getattr(cast, who)).get(f"/conversations/{thread.pk}/people/?q=a").status_code == 404


def test_a_student_cannot_ask_who_reads_what_is_for_staff(cast, client_for, thread):
    client = client_for(cast.amina_user)
    for query in ("q=s&audience=staff", "q=s&beyond=staff", "q=s&audience=nobody"):
        assert client.get(f"/conversations/{thread.pk}/people/?{query}").status_code == 404
    assert client_for(cast.staff).post(f"/conversations/{thread.pk}/people/").status_code == 405
    assert client_for(None).get(f"/conversations/{thread.pk}/people/").status_code == 302
