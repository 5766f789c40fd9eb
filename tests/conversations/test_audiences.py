"""Team note, and To Lucia: the two audiences have these words wherever they are named."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role, User
from apps.conversations.actions import assign, open_direct, pin_message, send_message, set_locked
from apps.conversations.audience import Audience, label, placeholder, read_by, send_label
from apps.notifications.models import Notification
from apps.notifications.writing import find
from apps.students import invitations
from apps.students.models import Student
from tests import factories

HTMX = {"HX-Request": "true"}
OLD_WORDS = re.compile(
    r"(?i:\b(for )?staff[ -]only\b|\bamong staff\b|\bstaff messages?\b|\bonly staff (can )?write)"
    r"|[\"'>]\s*Everyone\s*[\"'<]"
)
NAMES = [
    ("Lucia", "Suarez", "Lucia"),
    ("لوسيا", "", "لوسيا"),
    ("露西亚", "王", "露西亚"),
    ("Anne-Marie", "O’Brien", "Anne-Marie"),
    ("", "Suharto", "Suharto"),
    (" ", " ", "HR-1"),
    ("<b>Bo</b>", "& Co", "<b>Bo</b>"),
    ("W" * 100, "Long", "W" * 100),
]


@pytest.fixture
def thread(cast):
    return cast.amina.conversation


def text_of(html: str) -> str:
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def shown(client, path: str, **more) -> str:
    answer = client.get(path, headers=HTMX, **more)
    assert answer.status_code == 200
    return answer.content.decode()


def test_no_template_script_or_module_has_the_old_words():
    folders = {"templates": "*.html", "apps": "*.py", "static/js": "*.js", "theme/static_src/src": "*.css"}
    found = [
        f"{path.relative_to(settings.ROOT)}: {match[0]}"
        for folder, pattern in folders.items()
        for path in Path(settings.ROOT, folder).rglob(pattern)
        for match in OLD_WORDS.finditer(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(("given", "family", "name"), NAMES)
def test_each_place_names_both_audiences(cast, client_for, thread, given, family, name):
    Student.objects.filter(pk=cast.amina.pk).update(given_name=given, family_name=family, code="HR-1")
    thread.refresh_from_db()
    client = client_for(cast.staff)
    note, told = (send_message(cast.teacher, thread, f"zimt {audience}", audience) for audience in Audience.values)
    composer = shown(client, f"/conversations/{thread.pk}/foot/")
    radios = re.findall(r'<label title="([^"]*)"><input type="radio" name="audience" value="(\w+)"', composer)
    assert [(unescape(title), value) for title, value in radios] == [
        ("Team note", "staff"),
        (f"To {name}", "everyone"),
    ]
    assert re.findall(r'data-placeholder="([^"]*)"', composer)[0] == "Note for the team"
    assert f"Write to {name}" in [unescape(words) for words in re.findall(r'data-placeholder="([^"]*)"', composer)]
    buttons = [unescape(words) for words in re.findall(r"<bdi data-to=\"\w+\">([^<]*)</bdi>", composer)]
    assert buttons == ["Add note", f"Send to {name}"]
    assert f"{name} will read this too · make it a team note" in text_of(composer).replace(" . ", " ")
    # The message itself is the same for all who read it: its badge has no name.
    pin_message(cast.staff, note)
    page = shown(client, f"/conversations/{thread.pk}/")
    assert page.count('<span class="message-audience badge">Team note</span>') == 2, "the note, and a note to come"
    assert '<span class="sr-only">Team note</span>' in page, "its pin"
    hits = shown(client, "/conversations/search/?q=zimt")
    chips = re.findall(r'<bdi class="message-audience badge" data-audience="(\w+)">([^<]*)</bdi>', hits)
    assert [(audience, unescape(words)) for audience, words in chips] == [
        ("everyone", f"To {name}"),
        ("staff", "Team note"),
    ]
    exported = b"".join(client.post(f"/conversations/{thread.pk}/export/", {"staff": "1"}).streaming_content).decode()
    assert "With team notes: not for the student's eyes" in exported
    assert f"[To {name}]" in exported
    assert "[Team note] [pinned]" in exported
    listed = client_for(cast.admin).get("/admin/conversations/message/").content.decode()
    assert ">Team note<" in listed
    assert f">To {name}<" in unescape(listed)
    assert told.audience == "everyone"


def test_without_a_name_it_is_to_all():
    assert [label(audience) for audience in Audience.values] == ["Team note", "To all"]
    assert [placeholder(audience, "") for audience in Audience.values] == ["Note for the team", "Write to all"]
    assert [send_label(audience, "") for audience in Audience.values] == ["Add note", "Send to all"]
    assert [read_by(count) for count in (1, 2, 11)] == [
        "1 person reads this",
        "2 people read this",
        "11 people read this",
    ]


def test_the_student_meets_neither_switch_nor_badge(cast, client_for, thread):
    send_message(cast.teacher, thread, "for you", "everyone")
    send_message(cast.teacher, thread, "about you", "staff")
    client = client_for(cast.amina_user)
    for page in (client.get("/").content.decode(), shown(client, "/conversations/search/?q=you")):
        for words in ("Team note", "To Amina", "Note for the team", "people read this", "no account"):
            assert words not in page
    assert 'aria-label="Send"' in client.get("/").content.decode()
    for part in ("readers", "addressee"):
        assert client.get(f"/conversations/{thread.pk}/{part}/").status_code == 404


def test_an_export_without_team_notes_marks_nothing(cast, client_for, thread):
    send_message(cast.teacher, thread, "for you", "everyone")
    answer = client_for(cast.staff).post(f"/conversations/{thread.pk}/export/")
    exported = answer.getvalue().decode()
    assert "Without team notes" in exported
    assert "[" not in exported


@pytest.mark.parametrize(
    ("audience", "body", "kind", "says"),
    [
        ("staff", "see this", "message", "Tariq Teacher wrote a team note about Amina Diallo"),
        ("everyone", "see this", "message", "Tariq Teacher wrote to Amina Diallo"),
        ("staff", "@Sam Staff look", "mention", "Tariq Teacher mentioned you in a team note about Amina Diallo"),
        ("everyone", "@Sam Staff look", "mention", "Tariq Teacher mentioned you about Amina Diallo"),
    ],
)
def test_a_notification_says_for_whom_the_message_was(cast, client_for, thread, published, audience, body, kind, says):
    send_message(cast.staff, thread, "I take part")
    with published():
        send_message(cast.teacher, thread, body, audience)
    assert Notification.objects.filter(recipient=cast.staff, kind=kind).exists()
    assert says in text_of(client_for(cast.staff).get("/notifications/").content.decode())
    found = find(cast.staff, Notification.objects.filter(recipient=cast.staff, kind=kind)).values()
    assert {each.more["team_note"] for each in found} == {audience == "staff"}


def readers_of(client, thread) -> set[str]:
    html = shown(client, f"/conversations/{thread.pk}/readers/")
    names = re.findall(r"<bdi>([^<]*)</bdi>(?: \(you\))? <span>", html)
    assert len(names) == len(set(names)), "each once"
    assert text_of(html).endswith(read_by(len(names))), "the number on the button is put right"
    return set(names)


class TestWhoReads:
    OFFICE = {"Ada Admin", "Sam Staff", "Sofia Second"}

    @pytest.mark.parametrize("who", ["admin", "staff", "teacher"])
    def test_the_count_and_the_names_are_those_of_who_may_read(self, cast, client_for, thread, who):
        client = client_for(getattr(cast, who))
        assert readers_of(client, thread) == {*self.OFFICE, "Tariq Teacher"}
        assert "4 people read this" in text_of(shown(client, f"/conversations/{thread.pk}/foot/"))
        assert "Note for the team, 4 people read this" in shown(client, f"/conversations/{thread.pk}/foot/")

    def test_a_teacher_of_two_batches_counts_once_and_another_once_they_teach(self, cast, client_for, thread):
        client = client_for(cast.staff)
        second = factories.batch(course=factories.course(title="Geometry"), name="Geometry", teacher=cast.teacher)
        factories.enrollment(student=cast.amina, batch=second)
        assert readers_of(client, thread) == {*self.OFFICE, "Tariq Teacher"}
        third = factories.batch(course=factories.course(title="Physics"), name="Physics", teacher=cast.teacher2)
        enrollment = factories.enrollment(student=cast.amina, batch=third)
        assert readers_of(client, thread) == {*self.OFFICE, "Tariq Teacher", "Tessa Other"}
        enrollment.is_active = False
        enrollment.save()
        User.objects.filter(pk=cast.staff2.pk).update(is_active=False)
        assert readers_of(client, thread) == {"Ada Admin", "Sam Staff", "Tariq Teacher"}
        assert "3 people read this" in shown(client, f"/conversations/{thread.pk}/foot/")

    def test_many_names_take_no_more_queries_than_few(self, cast, client_for, thread):
        client = client_for(cast.staff)

        def cost(part: str) -> int:
            with CaptureQueriesContext(connection) as queries:
                shown(client, f"/conversations/{thread.pk}/{part}/")
            return len(queries)

        parts = ("readers", "foot", "addressee")
        few = [cost(part) for part in parts]
        for number in range(110):
            factories.user(Role.STAFF, f"Guest{number:03}")
        many = [cost(part) for part in parts]
        assert many[1:] == few[1:]
        assert many[0] <= few[0] + 1, "how many there are besides the hundred named"
        assert "and 14 more" in text_of(shown(client, f"/conversations/{thread.pk}/readers/"))
        assert "114 people read this" in shown(client, f"/conversations/{thread.pk}/readers/")


def without_account(given: str = "Lucia", email: str = "lucia@homeroom.test", **more) -> Student:
    return factories.student("HR-9", given_name=given, family_name="Suarez", email=email, **more)


def notice(client, student: Student) -> str:
    return shown(client, f"/conversations/{student.conversation_id}/addressee/")


class TestWhoCannotReadYet:
    def test_staff_read_so_and_can_invite(self, cast, client_for):
        student, client = without_account(), client_for(cast.staff)
        html = notice(client, student)
        assert "Lucia has no account yet and will read this after joining · Invite" in text_of(html)
        assert "data-waiting" in html
        assert "data-waiting" in client.get(f"/students/{student.pk}/").content.decode()
        answer = client.post(f"/students/{student.pk}/invitation/", {"part": "addressee"}, headers=HTMX)
        assert answer.status_code == 200
        assert "will read this after joining · invited" in text_of(answer.content.decode())
        assert "<form" not in answer.content.decode()
        student.refresh_from_db()
        assert student.invitation.state == "pending"

    def test_a_refusal_says_why_in_its_place(self, cast, client_for):
        student = without_account(email=cast.teacher.email)
        answer = client_for(cast.staff).post(f"/students/{student.pk}/invitation/", {"part": "addressee"}, headers=HTMX)
        assert answer.status_code == 409
        assert 'role="alert"' in answer.content.decode()
        assert f'id="conversation-{student.conversation_id}-addressee"' in answer.content.decode()

    @pytest.mark.parametrize(("who", "link"), [("admin", True), ("staff", True), ("teacher", False)])
    def test_without_an_address_the_record_is_offered_to_who_may_change_it(self, cast, client_for, who, link):
        student = without_account(email="")
        factories.enrollment(student=student, batch=cast.batch)
        html = notice(client_for(getattr(cast, who)), student)
        assert "will read this after joining · no e-mail on record" in text_of(html)
        assert (f'href="/students/{student.pk}/edit/"' in html) is link
        assert "Invite" not in html

    def test_reading_so_writes_nothing(self, cast, client_for):
        student, client = without_account(), client_for(cast.staff)
        notice(client, student)
        with CaptureQueriesContext(connection) as queries:
            notice(client, student)
        assert not [q["sql"] for q in queries if q["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]

    def test_it_goes_when_the_student_joins_and_open_pages_hear_of_it(self, cast, client_for, published):
        from apps.accounts.invitations import Newcomer, accept

        student, client = without_account(), client_for(cast.staff)
        with published():
            invitation = invitations.invite_one(cast.staff, student, "http://testserver")
        assert "invited" in text_of(notice(client, student))
        token = invitation.new_token()
        invitation.save()
        published.clear()
        with published():
            accept(token, Newcomer("Lucia", "Suarez", "a very long password 7"))
        assert f"student-{student.pk}" in {channel for channel, _ in published}
        html = notice(client, student)
        assert f'hx-trigger="student-{student.pk} from:body' in html
        assert "data-waiting" not in html
        assert text_of(html) == ""

    def test_a_deactivated_account_is_said_too(self, cast, client_for, thread):
        User.objects.filter(pk=cast.amina_user.pk).update(is_active=False)
        html = shown(client_for(cast.teacher), f"/conversations/{thread.pk}/addressee/")
        assert "Amina can’t read this at the moment: the account is deactivated." in text_of(html)
        assert "data-waiting" not in html

    def test_with_an_account_nothing_is_said(self, cast, client_for, thread):
        assert text_of(shown(client_for(cast.teacher), f"/conversations/{thread.pk}/addressee/")) == ""


class TestClosed:
    def foot(self, client, thread) -> str:
        return shown(client, f"/conversations/{thread.pk}/foot/")

    @pytest.mark.parametrize("who", ["admin", "staff"])
    def test_who_can_reopen_it_has_a_button_for_that(self, cast, client_for, thread, who):
        set_locked(cast.admin, thread, True)
        client = client_for(getattr(cast, who))
        html = self.foot(client, thread)
        assert "only those who can reopen it can write here. Reopen" in text_of(html)
        assert client.post(f"/conversations/{thread.pk}/lock/", {"open": "1"}, headers=HTMX).status_code == 204
        assert "Reopen" not in self.foot(client, thread)

    @pytest.mark.parametrize("who", ["teacher", "amina_user"])
    def test_the_others_read_who_can_and_whom_to_ask(self, cast, client_for, thread, published, who):
        set_locked(cast.admin, thread, True)
        client = client_for(getattr(cast, who))
        html = self.foot(client, thread)
        assert "This conversation is closed for now. The academy's office can reopen it" in text_of(html)
        assert 'href="/messages/people/"' in html
        assert client.get("/messages/people/").status_code == 200
        assert "textarea" not in html
        with published():
            assign(cast.admin, thread, cast.staff2)
        assert f"event: foot-{thread.pk}" in {text.partition("\n")[0] for _, text in published}
        html = self.foot(client, thread)
        assert "it is assigned to Sofia Second" in text_of(html)
        assert f'name="user" value="{cast.staff2.pk}">Write to <bdi>Sofia</bdi>' in html
        begun = client.post("/messages/", {"user": cast.staff2.pk})
        assert begun.status_code == 302

    def test_whom_it_is_assigned_to_reads_of_the_office(self, cast, client_for, thread):
        set_locked(cast.admin, thread, True)
        assign(cast.admin, thread, cast.teacher)
        html = self.foot(client_for(cast.teacher), thread)
        assert "assigned to" not in text_of(html)
        assert "Write to the office" in html

    def test_between_two_the_other_one_can_reopen_it(self, cast, client_for):
        talk = open_direct(cast.staff, cast.amina_user)
        set_locked(cast.staff, talk, True)
        assert "Sam Staff can reopen it" in text_of(self.foot(client_for(cast.amina_user), talk))
        assert "Reopen" in self.foot(client_for(cast.staff), talk)


@pytest.mark.parametrize(
    ("who", "assignee", "says"),
    [("staff", None, "Assign"), ("staff", "staff", "Assigned to you"), ("admin", "staff", "Assigned to Sam")],
)
def test_whose_it_is_stands_on_a_button_that_opens_the_menu(cast, client_for, thread, who, assignee, says):
    if assignee:
        assign(cast.admin, thread, getattr(cast, assignee))
    html = shown(client_for(getattr(cast, who)), f"/conversations/{thread.pk}/assignment/?part=whose")
    assert text_of(re.sub(r'<span class="avatar.*?</span>', "", html, flags=re.S)).endswith(says)
    assert f'<button type="button" popovertarget="conversation-{thread.pk}-menu"' in html
