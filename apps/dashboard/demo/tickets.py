# ruff: noqa: E501 - what was said in a ticket stands in one line
"""The demo's inbox: what students and teachers asked in the last two weeks, and how far each question has come."""

from datetime import datetime, timedelta
from typing import NamedTuple

from apps.accounts.models import User
from apps.conversations.history import Line, add_history
from apps.conversations.models import Audience, Conversation, Participant
from apps.support.models import (
    CONVERSATION_KIND,
    BusinessHours,
    Label,
    Priority,
    Ticket,
    TicketLog,
    Tone,
    Topic,
    Weekday,
)
from apps.support.states import Event, Status

TOPICS = ("Fees", "Lessons", "My account", "Certificates")
LABELS = {
    "refund": Tone.RED,
    "bug": Tone.PURPLE,
    "timetable": Tone.BLUE,
    "new family": Tone.GREEN,
    "follow up": Tone.AMBER,
}
# How long after each other the words of one ticket fall, in minutes.
PACE = (0, 14, 9, 31, 22, 55)


# When the office is there, in minutes after midnight: lunch on weekdays, half a Saturday.
WEEKDAY, SATURDAY = ((9 * 60, 12 * 60 + 30), (13 * 60 + 30, 18 * 60)), ((9 * 60, 13 * 60),)


class Case(NamedTuple):
    """A ticket: whose (students s0, s1 …, teachers t0 …), how many hours ago it began, how it stands, and what was said.

    `owner` is one of the office (0, 1) or nobody. Of the words, `p` is the person, `o` the owner, `n` a team note.
    """

    who: str
    hours: float
    status: str
    owner: int | None
    sorted_by: str
    words: str


CASES = (
    Case("s3", 0.2, "new", None, "Fees", "p: Hi! I paid the November fee on Friday but the app still says it's due?"),
    Case("s8", 0.6, "new", None, "Lessons, urgent", "p: The link for today's lesson doesn't open and we start at five!!\np: it says page not found"),
    Case("t3", 1.1, "new", None, "Lessons, timetable", "p: Could room 2.04 be free on Thursday from four to six? I'd like to offer an extra hour before the test."),
    Case("s5", 2.3, "new", None, "My account", "p: how do I change my photo? I look about nine in it 😅"),
    Case("s0", 3.5, "open", 0, "Fees, follow up", "p: Hello, my mother asks whether we can pay the course in two parts.\no: Hello! Yes, that is possible. Is half now and half on 15 January all right?\np: She says yes, and asks if there's a paper for it"),
    Case("s6", 5, "open", 1, "Lessons, bug, high", "p: The video in lesson 4 stops at 3:12 every time\no: Thanks for telling us. On a phone or on a computer?\np: On my phone, with the school's wifi. At home it plays further\nn: Same as Tara last week: the school's filter cuts long downloads."),
    Case("s10", 7, "open", None, "Certificates", "p: Can I have my Maths 8 certificate in English? It's for an application and due on Monday."),
    Case("t1", 9, "open", 0, "Lessons, timetable", "p: I'm away on the 14th. Who takes Physics 9 then?\no: We'll ask Paulo. Do you have material for him?\np: Yes, all of it is in the course, module 3."),
    Case("s1", 20, "waiting", 0, "Fees", "p: What is the bank account for the fees? The old one came back.\no: The account changed in October: it's on the back of every invoice, and under Fees in the app. Did the money come back to you in full?"),
    Case("s4", 26, "waiting", 1, "My account", "p: I can't get into my account any more, it wants a code\no: That is the second step you turned on in spring. Do you still have the old phone, or one of the recovery codes?"),
    Case("s7", 31, "waiting", 0, "Lessons, timetable", "p: Is there a place in the Saturday group? Tuesdays collide with swimming now\nn: Two places left, she would be number 11.\no: There is! You can come from this Saturday at ten. Shall we move you?"),
    Case("t2", 44, "waiting", 1, "My account", "p: My notifications come twice, by mail and on the phone.\no: You can choose under What reaches you. I have switched the digest off for you; is it quiet now?"),
    Case("s9", 50, "snoozed", 0, "Fees, refund", "p: We moved away and my sister won't come any more. Do we get the rest of her fee back?\no: I'm sorry to hear that. Yes, from the month after next. I'll send the amount once the accounts are closed.\nn: Accountant closes on Thursday, 130 is left."),
    Case("s11", 74, "snoozed", 1, "Certificates, follow up", "p: My name is wrong on the certificate, it's with an h\no: We'll print it anew. The letterhead comes at the beginning of the week, then it goes out to you."),
    Case("s2", 98, "waiting", 1, "Lessons", "p: Do we have lessons during the holidays?\no: From the 22nd to the 2nd there are none. The study hour goes on, on Tuesdays at four. Would you like a place?"),
    Case("t0", 120, "snoozed", 0, "Lessons, low", "p: The projector in 1.02 flickers again. Not urgent.\no: The man comes next week anyway, I've put it on his list."),
    Case("s0", 150, "closed", 1, "Certificates", "p: When do we get our certificates?\no: On the last day of the course, here under You. On paper a week later.\np: perfect thanks"),
    Case("s3", 170, "closed", 0, "Lessons", "p: I lost my notes of fractions, can I get them again?\no: They are in the course, module 2, lesson 3: at the end of the page is the file.\np: found it, thank you!!"),
    Case("s1", 190, "closed", 0, "My account", "p: My name has two r\no: Put right. Sorry about that!"),
    Case("s8", 215, "closed", 1, "Fees, refund", "p: I paid twice by mistake\no: I see it: 180.00 on the 3rd and again on the 4th. Shall we send it back, or keep it for December?\np: keep it please\nn: Booked as paid in advance.\no: Done. December is paid."),
    Case("s6", 240, "closed", 0, "My account, bug", "p: it says my password is too short but it has 10 letters\no: Twelve is the least. A sentence works well.\np: ok 👍"),
    Case("t1", 262, "closed", 1, "Lessons, timetable", "p: Please swap my rooms on Monday and Wednesday.\no: Swapped, and everybody has been told."),
    Case("s4", 285, "closed", 0, "Lessons, new family", "p: My cousin wants to come too. What does she need?\no: How nice! Her name, grade and a phone number of her parents. The first lesson is free.\np: great I'll tell them"),
    Case("s10", 301, "closed", 1, "Fees", "p: Is there a discount for two children?\no: Ten percent on the second one, from the month of enrollment on. I've entered it for your brother.\np: oh wow, thank you"),
    Case("s5", 322, "closed", 0, "Lessons, high", "p: I'm ill and the test is tomorrow :(\no: Get well first! Leila has a second date, next Thursday at four.\np: thank you so much"),
)  # fmt: skip


def add_tickets(office: list[User], teachers: list[User], students: list[User], now: datetime) -> None:
    """Make the inbox: hours, topics, labels, and the tickets with their words and logs, the oldest first."""
    _open_hours()
    topics = {name: Topic.objects.create(name=name, position=place) for place, name in enumerate(TOPICS)}
    labels = {name: Label.objects.create(name=name, tone=tone) for name, tone in LABELS.items()}
    people = {f"t{place}": person for place, person in enumerate(teachers)}
    people |= {f"s{place}": person for place, person in enumerate(students)}
    log: list[TicketLog] = []
    for case in sorted(CASES, key=lambda case: -case.hours):
        if person := people.get(case.who):
            log += _add(case, person, office, topics, labels, now)
    TicketLog.objects.bulk_create(log)


def _open_hours() -> None:
    BusinessHours.objects.bulk_create(
        BusinessHours(weekday=day, opens=opens, closes=closes)
        for day in range(6)
        for opens, closes in (SATURDAY if day == Weekday.SATURDAY else WEEKDAY)
    )


def _add(
    case: Case, person: User, office: list[User], topics: dict[str, Topic], labels: dict[str, Label], now: datetime
) -> list[TicketLog]:
    owner = None if case.owner is None else office[case.owner]
    facts = [fact.strip() for fact in case.sorted_by.split(",")]
    conversation = Conversation.objects.create(kind=CONVERSATION_KIND, assignee=owner)
    lines = _lines(case, person, owner or office[0], now)
    add_history(conversation, lines)
    ticket = _ticket(case, conversation, person, lines, facts, topics)
    ticket.labels.set([labels[fact] for fact in facts if fact in labels])
    _unread(ticket, lines, owner)
    return _log(ticket, lines, owner)


def _lines(case: Case, person: User, owner: User, now: datetime) -> list[Line]:
    at, lines = now - timedelta(hours=case.hours), []
    for number, line in enumerate(case.words.splitlines()):
        who, _, words = line.partition(": ")
        at = min(at + timedelta(minutes=PACE[number] if case.hours > 3 else number), now)
        audience = Audience.STAFF if who == "n" else Audience.EVERYONE
        lines.append(Line(person if who == "p" else owner, words, at, audience))
    return lines


def _ticket(
    case: Case, conversation: Conversation, person: User, lines: list[Line], facts: list[str], topics: dict[str, Topic]
) -> Ticket:
    status, last = Status(case.status), lines[-1].at
    waits = status in {Status.NEW, Status.OPEN}
    priorities = {label.lower(): value for value, label in Priority.choices}
    urgency = next((priorities[fact] for fact in facts if fact in priorities), Priority.NORMAL)
    return Ticket.objects.create(
        conversation=conversation,
        person=person,
        status=status,
        priority=urgency,
        topic=topics[facts[0]],
        opened_at=lines[0].at,
        unanswered_since=next(line.at for line in reversed(lines) if line.author == person) if waits else None,
        snoozed_until=last + timedelta(days=7) if status == Status.SNOOZED else None,
        closed_at=last + timedelta(minutes=20) if status == Status.CLOSED else None,
    )


def _unread(ticket: Ticket, lines: list[Line], owner: User | None) -> None:
    """What waits for an answer has not been read by its owner, where the person wrote last."""
    if owner and ticket.unanswered_since and lines[-1].author == ticket.person:
        key = int(lines[-1].at.timestamp() * 1_000_000) - 1
        Participant.objects.filter(conversation=ticket.conversation, user=owner).update(last_read=key)


def _log(ticket: Ticket, lines: list[Line], owner: User | None) -> list[TicketLog]:
    """As the actions would have written it."""
    rows = [TicketLog(ticket=ticket, at=lines[0].at, actor=ticket.person, event="began", after=Status.NEW)]

    def add(event: str, actor: User, at: datetime, before: str, after: str, **detail: object) -> None:
        row = TicketLog(ticket=ticket, at=at, actor=actor, event=event, before=before, after=after, detail=detail)
        rows.append(row)

    status: str = Status.NEW
    if owner:
        add(Event.TAKEN, owner, lines[0].at + timedelta(minutes=3), status, status := Status.OPEN, to=owner.pk)
    for line in lines[1:]:
        now = (
            status
            if line.audience == Audience.STAFF
            else Status.OPEN
            if line.author == ticket.person
            else Status.WAITING
        )
        if now != status:
            add(Event.ASKED if line.author == ticket.person else Event.ANSWERED, line.author, line.at, status, now)
        status = now
    if owner and ticket.snoozed_until:
        until = ticket.snoozed_until.isoformat()
        add(Event.SNOOZED, owner, lines[-1].at + timedelta(minutes=2), status, Status.SNOOZED, until=until)
    if owner and ticket.closed_at:
        add(Event.CLOSED, owner, ticket.closed_at, status, Status.CLOSED)
    return rows
