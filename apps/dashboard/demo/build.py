"""Fills an empty database with a believable academy, the same one each time."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.billing.models import Invoice, Payment, PaymentMethod
from apps.conversations.actions import open_direct
from apps.conversations.history import Line, add_history
from apps.conversations.models import Audience, Conversation, Message, Reaction
from apps.core.academy_calendar import academy_day
from apps.courses.models import Batch, Course, Enrollment
from apps.dashboard.demo.communities import add_communities
from apps.dashboard.demo.courses import add_courses
from apps.dashboard.demo.people import TEACHERS, Person, make_people
from apps.dashboard.demo.quizzes import add_quizzes
from apps.dashboard.demo.talk import DIRECT, conversation
from apps.dashboard.demo.tickets import add_tickets
from apps.dashboard.demo.timetable import add_lessons
from apps.dashboard.demo.work import add_work
from apps.notifications.events import about
from apps.notifications.models import Event, Notification, as_row
from apps.students.models import Status, Student

PASSWORD = "homeroom"  # noqa: S105 - the demo's, printed at its start
SEED = 20
# A few threads that make scrolling worth it; the others are short.
LONG_THREADS = (640, 420, 310)
COURSES = {
    "Mathematics 8": ("Equations, similar figures, first functions.", ["Maths 8 · Mon/Wed", "Maths 8 · Tue/Thu"]),
    "Mathematics 10": ("Quadratics, trigonometry, probability.", ["Maths 10 · Mon/Wed", "Maths 10 · Saturday"]),
    "Physics 9": ("Forces, density, simple circuits.", ["Physics 9 · Tuesday", "Physics 9 · Friday"]),
}
FEES = (Decimal("180.00"), Decimal("220.00"), Decimal("150.50"))
# How many days ago an invoice fell due, and what share of it is paid: dues of every age, and most of them settled.
DUES = [(5, 0), (20, 0), (30, 0), (31, 0.5), (45, 0), (60, 0), (75, 0.4), (91, 0), (140, 0), (210, 0.25)]
SETTLED = 12


@dataclass
class Academy:
    """What is made, as it is made."""

    chance: random.Random
    now: datetime
    office: list[User] = field(default_factory=list)
    teachers: list[User] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    students: list[Student] = field(default_factory=list)
    invoices: int = 0

    @property
    def today(self) -> date:
        """The academy's date."""
        return academy_day(self.now)


def build(count: int) -> Iterator[tuple[str, int, int]]:
    """Make the academy with `count` students in one transaction; yields what is being made, how far, of how much."""
    academy = Academy(chance=random.Random(SEED), now=timezone.now().replace(microsecond=0))  # noqa: S311 - not a secret
    with transaction.atomic():
        yield "People", 0, count
        _staff(academy)
        _students(academy, make_people(count, academy.chance))
        yield "Batches and fees", 0, 1
        _batches(academy, count)
        _dues(academy)
        for done, student in enumerate(academy.students):
            yield "Conversations", done, count
            _thread(academy, student, done)
        _direct(academy)
        _touches(academy.students[0])
        _notices(academy)
        yield "Courses", 0, 1
        add_courses(academy.teachers, academy.students, academy.now)
        accounts = [student.user for student in academy.students if student.user]
        add_communities(academy.now)
        add_lessons(academy.now, academy.chance)
        add_work(academy.now, academy.chance)
        add_quizzes(academy.now, academy.chance, academy.students[0])
        add_tickets(academy.office, academy.teachers, accounts, academy.now)
        yield "Conversations", count, count


def _staff(academy: Academy) -> None:
    password = make_password(PASSWORD)

    def person(email: str, given: str, family: str, role: str) -> User:
        # No mail reaches these addresses (RFC 6761), so no code does.
        return User.objects.create(
            email=f"{email}@homeroom.test",
            given_name=given,
            family_name=family,
            role=role,
            password=password,
            password_only=True,
        )

    person("admin", "Helen", "Voss", Role.ADMIN)
    academy.office = [person("staff", "Mira", "Kaya", Role.STAFF), person("staff2", "Jon", "Arden", Role.STAFF)]
    for number, (given, family) in enumerate(TEACHERS):
        academy.teachers.append(person(f"teacher{number + 1 if number else ''}", given, family, Role.TEACHER))


def _students(academy: Academy, people: list[Person]) -> None:
    statuses = [Status.ACTIVE] * 10 + [Status.PAUSED, Status.LEFT]
    academy.students = Student.objects.bulk_create(
        [
            Student(
                code=person.code,
                given_name=person.given,
                family_name=person.family,
                email=person.email,
                phone=person.phone,
                grade=person.grade,
                note=person.note,
                guardians=person.guardians,
                status=academy.chance.choice(statuses) if number else Status.ACTIVE,
            )
            for number, person in enumerate(people)
        ],
        batch_size=500,
    )
    # A few have an account, so that they write themselves; the first is the demo's student.
    for number, student in enumerate(academy.students[:12]):
        student.user = User.objects.create(
            email=f"student{number + 1 if number else ''}@homeroom.test",
            given_name=student.given_name,
            family_name=student.family_name,
            role=Role.STUDENT,
            password=academy.teachers[0].password,
            password_only=True,
        )
        student.save(update_fields=["user"])


def _batches(academy: Academy, count: int) -> None:
    start = academy.today - timedelta(days=230)
    names = [(title, text, name) for title, (text, groups) in COURSES.items() for name in groups]
    for number, (title, text, name) in enumerate(names):
        course, _ = Course.objects.get_or_create(title=title, defaults={"description": text})
        academy.batches.append(
            Batch.objects.create(
                course=course,
                teacher=academy.teachers[number % len(academy.teachers)],
                name=name,
                start=start + timedelta(days=7 * number),
                end=academy.today + timedelta(days=60 + 7 * number),
                capacity=count // len(names) + 6,
                fee=FEES[number % len(FEES)],
            )
        )
    Enrollment.objects.bulk_create(
        [
            Enrollment(student=student, course=batch.course, batch=batch, enrolled_at=academy.now - timedelta(days=200))
            for number, student in enumerate(academy.students)
            if student.status != Status.LEFT
            for batch in [academy.batches[number % len(academy.batches)]]
        ],
        batch_size=500,
    )


def _dues(academy: Academy) -> None:
    invoices, payments = [], []
    for number, student in enumerate(academy.students):
        batch = academy.batches[number % len(academy.batches)]
        owed = [academy.chance.choice(DUES)] if number % 2 else []
        owed += [academy.chance.choice(DUES)] if number % 9 == 0 else []
        for age, share in [(230, 1), (SETTLED * 10, 1), *owed]:
            invoices.append(_invoice(academy, student, batch, age))
            if paid := (batch.fee * Decimal(str(share))).quantize(Decimal("0.01")):
                payments.append(_payment(academy, student, paid, age))
    Invoice.objects.bulk_create(invoices, batch_size=500)
    Payment.objects.bulk_create(payments, batch_size=500)


def _invoice(academy: Academy, student: Student, batch: Batch, age: int) -> Invoice:
    due = academy.today - timedelta(days=age)
    academy.invoices += 1
    return Invoice(
        student=student,
        batch=batch,
        number=f"{due:%Y}-{academy.invoices:05}",
        description=f"{batch.name}, {due:%B %Y}",
        amount=batch.fee,
        issued_on=due - timedelta(days=14),
        due_on=due,
    )


def _payment(academy: Academy, student: Student, amount: Decimal, age: int) -> Payment:
    return Payment(
        student=student,
        amount=amount,
        method=academy.chance.choice([PaymentMethod.TRANSFER, PaymentMethod.TRANSFER, PaymentMethod.CASH]),
        received_on=academy.today - timedelta(days=max(age - academy.chance.randint(0, 9), 0)),
        recorded_by=academy.office[0],
    )


def _thread(academy: Academy, student: Student, number: int) -> None:
    length = LONG_THREADS[number] if number < len(LONG_THREADS) else academy.chance.randint(4, 24)
    end = academy.now - timedelta(minutes=academy.chance.randint(15, 4 * 24 * 60))
    teacher = academy.batches[number % len(academy.batches)].teacher or academy.teachers[0]
    office = academy.chance.choice(academy.office)
    lines = []
    for turn, at in conversation(length, end - timedelta(days=120), end, academy.chance):
        # Whoever has no account wrote on paper or by phone: the teacher passes it on.
        author = {"t": teacher, "o": office}.get(turn.who, student.user or teacher)
        text = turn.text if turn.who != "s" or student.user else f"{student.given_name} asks: “{turn.text}”"
        audience = Audience.STAFF if turn.team_note else Audience.EVERYONE
        lines.append(Line(author, text, at, audience))
    add_history(student.conversation, lines)


def _direct(academy: Academy) -> None:
    """What two people say to one another: the office, the teachers, and the demo's student."""
    student = academy.students[0].user
    people = {"o": academy.office[0], "p": academy.office[1], "t": academy.teachers[0], "u": academy.teachers[1]}
    if student:
        people["s"] = student
    for number, texts in enumerate(DIRECT):
        if not set(texts[0]) <= set(people):
            continue
        first, second = (people[letter] for letter in texts[0])
        at = academy.now - timedelta(hours=5 * number + 2)
        lines = [
            Line((first, second)[turn % 2], text, at + timedelta(minutes=3 * turn))
            for turn, text in enumerate(texts[1:])
        ]
        add_history(open_direct(first, second), lines)


def _touches(student: Student) -> None:
    """In the demo student's thread something is pinned, and liked."""
    for_all = Message.objects.filter(conversation=student.conversation, audience=Audience.EVERYONE).order_by("-key")
    message = for_all.filter(author_role=Role.TEACHER).first()
    if message and student.user:
        Message.objects.filter(pk=message.pk).update(pinned=message.created)
        Reaction.objects.create(message=message, user=student.user, emoji="👍")


def _notices(academy: Academy) -> None:
    """What waits under the bell: a reaction for a teacher, a conversation for the office, a fee for the student."""
    reaction, student = Reaction.objects.select_related("message", "user").first(), academy.students[0]
    if reaction and reaction.message.author_id:
        event = _event("reaction", reaction.pk, reaction.message.conversation, "Reaction", reaction.user)
        as_row(event, reaction.message.author_id).save()
    helen = User.objects.get(email="admin@homeroom.test")
    for office, other in zip(academy.office, academy.students[1:], strict=False):
        conversation = other.conversation
        Conversation.objects.filter(pk=conversation.pk).update(assignee=office)
        event = _event(
            "assigned", conversation.pk, conversation, f"Conversation assigned to you: {other.full_name}", helen
        )
        as_row(event, office.pk).save()
    owed = Invoice.objects.filter(student=student).order_by("-due_on").first()
    if owed and student.user_id:
        Notification(
            recipient_id=student.user_id, event=f"due-{owed.pk}", kind="due", thing=owed.pk, title="Fees"
        ).save()


def _event(kind: str, thing: int, conversation: Conversation, title: str, actor: User) -> Event:
    """As it would have been written; only what people are told of it is kept."""
    return Event(key=f"{kind}-{thing}", kind=kind, thing=thing, about=about(conversation), title=title, actor=actor)
