"""Money came in, or is due: the student whose it is is told, once."""

import datetime
import zoneinfo
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.billing import actions, notices
from apps.billing.models import Invoice
from apps.notifications import listing
from apps.notifications.actions import drop_gone
from apps.notifications.models import Event, Notification
from apps.students.models import Student
from tests.factories import invoice, payment

D = Decimal


def told(kind: str) -> list[User]:
    return [notice.recipient for notice in Notification.objects.filter(kind=kind).order_by("pk")]


def lines(user: User) -> list[str]:
    """What the bell says to a person."""
    return [line.html for line in listing.panel_of(user).lines]


# Money came in


def test_the_student_is_told_that_money_came_in_and_not_who_recorded_it(cast, published):
    invoice(cast.amina, 300, 10)
    with published():
        actions.record_payment(cast.staff, cast.amina, D(120))
    assert published.bells == {f"user-{cast.amina_user.pk}": [""]}
    assert published.toasts == {}, "money interrupts nobody"
    [notice] = Notification.objects.all()
    assert (notice.kind, notice.recipient) == ("payment", cast.amina_user)
    assert notice.title.startswith("Payment received: ")
    assert "120.00" in notice.title
    [line] = listing.panel_of(cast.amina_user).lines
    assert "Your payment of" in line.html
    assert "120.00" in line.html
    assert line.found.url == f"/payments/students/{cast.amina.pk}/"
    assert lines(cast.staff) == []


def test_the_same_payment_sent_twice_is_told_once(cast, published):
    invoice(cast.amina, 300, 10)
    key = "7b0c9c1e-52a8-4b0f-8d5c-3c1b5f0e7a11"
    for _ in range(2):
        with published():
            actions.record_payment(cast.staff, cast.amina, D(120), client_key=key)
    assert told("payment") == [cast.amina_user]
    with published():
        actions.record_payment(cast.staff, cast.amina, D(120))
    assert told("payment") == [cast.amina_user] * 2


def test_a_student_without_an_account_is_told_nothing(cast, published):
    Student.objects.filter(pk=cast.amina.pk).update(user=None)
    cast.amina.refresh_from_db()
    invoice(cast.amina, 300, 10)
    with published():
        actions.record_payment(cast.staff, cast.amina, D(120))
    assert not Event.objects.exists()
    assert [channel for channel, _ in published] == ["payments"]


def test_of_two_payments_the_one_taken_back_is_said_to_be(cast, published):
    invoice(cast.amina, 300, 10)
    with published():
        paid = actions.record_payment(cast.staff, cast.amina, D(120))
        other = actions.record_payment(cast.staff, cast.amina, D(30))
    assert len(lines(cast.amina_user)) == 2
    published.clear()
    with published():
        actions.take_back_payment(cast.admin, paid, "Slip")
    events = {notice.event for notice in Notification.objects.all()}
    assert events == {f"payment-{other.pk}", f"payment-{paid.pk}-taken-back"}
    assert published.bells.keys() == {f"user-{cast.amina_user.pk}"}


def test_a_payment_that_is_taken_back_before_anybody_was_told_is_never_told_of(cast, published):
    invoice(cast.amina, 300, 10)
    with published():
        actions.take_back_payment(cast.admin, actions.record_payment(cast.staff, cast.amina, D(120)), "Slip")
    assert told("payment") == []
    assert published.bells == {}


# Money is due


class AcademyClock:
    """The academy is in Auckland, where it is half a day later than in Europe."""

    zone = zoneinfo.ZoneInfo("Pacific/Auckland")
    day = datetime.date(2026, 11, 20)

    def __init__(self) -> None:
        self.at(12)

    def at(self, hour: int, minute: int = 0, days: int = 0) -> None:
        day = self.day + datetime.timedelta(days=days)
        self.now = datetime.datetime.combine(day, datetime.time(hour, minute), self.zone).astimezone(datetime.UTC)


@pytest.fixture
def academy(settings, monkeypatch) -> AcademyClock:
    settings.TIME_ZONE = "Pacific/Auckland"
    clock = AcademyClock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


@pytest.fixture
def remind(published):
    """Remind whom it concerns; what was counted."""

    def remind() -> int:
        with published():
            return notices.remind()

    return remind


def test_the_student_is_told_once_for_each_invoice_however_often_it_runs(cast, academy, remind, published):
    invoice(cast.amina, 300)
    assert remind() == 1
    assert published.bells == {f"user-{cast.amina_user.pk}": [""]}
    assert published.toasts == {}
    [line] = lines(cast.amina_user)
    assert "Please pay" in line
    assert "300.00" in line
    assert [remind() for _ in range(2)] == [0, 0]
    academy.at(10, days=1)
    assert remind() == 0
    academy.at(12)
    invoice(cast.amina, 50)
    assert remind() == 1
    assert told("due") == [cast.amina_user] * 2


def test_each_student_is_told_of_their_own(cast, academy, remind):
    invoice(cast.amina, 300)
    invoice(cast.bruno, 77)
    assert remind() == 2
    assert told("due") == [cast.amina_user, cast.bruno_user]
    [line] = lines(cast.bruno_user)
    assert "77.00" in line


def test_what_falls_due_is_told_from_nine_on_the_academys_clock(cast, academy, remind):
    invoice(cast.amina, 300)
    for hour, minute in ((0, 0), (8, 59)):
        academy.at(hour, minute)
        assert remind() == 0
    assert academy.now.astimezone(datetime.UTC).date() < academy.day, "it is still yesterday in Europe"
    academy.at(9)
    with timezone.override(zoneinfo.ZoneInfo("America/Los_Angeles")):
        assert remind() == 1


def test_nothing_is_told_before_its_day_nor_more_than_a_week_after(cast, academy, remind):
    for age in (-1, 7, 100):
        invoice(cast.amina, 10, age)
    assert remind() == 0
    late = invoice(cast.amina, 10, 6)
    assert remind() == 1
    assert Notification.objects.get().thing == late.pk


def test_what_was_not_told_on_its_day_is_told_on_a_later_one(cast, academy, remind):
    invoice(cast.amina, 300)
    academy.at(9, days=3)
    assert remind() == 1


def test_nobody_is_told_of_what_is_paid(cast, academy, remind):
    invoice(cast.amina, 300)
    payment(cast.amina, 300)
    invoice(cast.bruno, 300)
    payment(cast.bruno, 300, "USD")
    assert remind() == 1
    assert told("due") == [cast.bruno_user], "another currency settles nothing"
    assert remind() == 0


def test_a_payment_settles_what_has_been_due_longest(cast, academy, remind):
    invoice(cast.amina, 100, 30)
    new = invoice(cast.amina, 100)
    payment(cast.amina, 100)
    assert remind() == 1
    assert Notification.objects.get().thing == new.pk


def test_a_part_that_is_paid_is_not_asked_for_again(cast, academy, remind):
    invoice(cast.amina, 300)
    payment(cast.amina, 120)
    assert remind() == 1
    [line] = lines(cast.amina_user)
    assert "180.00" in line
    assert "300.00" not in line
    assert "180.00" in Notification.objects.get().title


def test_what_was_paid_or_removed_since_is_told_of_no_more(cast, academy, remind, published):
    invoice(cast.amina, 300)
    wrong = invoice(cast.bruno, 300)
    assert remind() == 2
    with published():
        actions.record_payment(cast.staff, cast.amina, D(300))
        actions.remove_invoice(cast.admin, wrong)
    assert not [line for line in lines(cast.amina_user) if "Please pay" in line]
    assert lines(cast.bruno_user) == []
    drop_gone(cast.amina_user, Notification.objects.values_list("pk", flat=True))
    assert told("due") == [], "neither of the two is counted as unread once the bell was opened"


def test_students_without_an_account_or_with_a_deactivated_one_are_not_told(cast, academy, remind):
    Student.objects.filter(pk=cast.amina.pk).update(user=None)
    User.objects.filter(pk=cast.bruno_user.pk).update(is_active=False)
    for student in (cast.amina, cast.bruno, cast.chloe):
        invoice(student, 300)
    assert remind() == 1
    assert told("due") == [cast.chloe_user]


def crowd(count: int) -> None:
    """So many students with accounts who owe something that falls due."""
    first = Student.objects.count()
    users = User.objects.bulk_create(
        User(email=f"due{number}@homeroom.test", given_name=f"Due{number}", role=Role.STUDENT)
        for number in range(first, first + count)
    )
    students = Student.objects.bulk_create(
        Student(code=f"D{user.pk}", given_name=user.given_name, user=user) for user in users
    )
    Invoice.objects.bulk_create(
        Invoice(student=student, number=f"D-{student.pk}", description="Fee", amount=D(10), due_on=AcademyClock.day)
        for student in students
    )


def test_a_batch_of_three_hundred_takes_as_many_questions_as_one_of_ten(cast, academy):
    def ask() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert notices.remind()
        return len(queries)

    crowd(10)
    few = ask()
    crowd(300)
    assert ask() == few


def test_more_than_a_batch_are_all_told(cast, academy, remind, monkeypatch):
    monkeypatch.setattr(notices, "BATCH", 4)
    crowd(10)
    assert remind() == 10
    assert len({user.pk for user in told("due")}) == 10
    assert remind() == 0
