"""Canned answers: whose they are, how they are found, and that none goes out with a hole in it."""

import collections
import random
import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from apps.accounts.models import AuditEntry, Role
from apps.conversations.actions import edit_message, send_message
from apps.conversations.models import Audience, Message
from apps.support import actions, variables
from apps.support.models import CannedAnswer
from tests import factories


@pytest.fixture
def staff(db):
    return factories.user(Role.STAFF, "Seth", family_name="Stone")


@pytest.fixture
def ticket(db):
    return actions.ask(
        factories.user(Role.STUDENT, "Yara", family_name="Diallo"), "Where is my invoice?"
    ).conversation.ticket


def found(client, staff, ticket, q="") -> str:
    client.force_login(staff)
    return client.get(reverse("support:canned_list", args=[ticket.pk]), {"q": q}).content.decode()


def test_variables_are_filled_in_for_the_person_and_by_the_writer(staff, ticket, settings):
    settings.ACADEMY_NAME = "Oak Academy"
    text = "Hello {{ given_name }} ({{full_name}}), {{ my_name }} of {{ academy }}. {{ course | your course }}"
    assert variables.fill(text, staff, ticket.person) == (
        "Hello Yara (Yara Diallo), Seth Stone of Oak Academy. your course"
    )


def test_a_variable_without_value_or_fallback_stays_to_be_filled_in(staff, ticket):
    text = variables.fill("You take {{course}}.", staff, ticket.person)
    assert (text, variables.unfilled(text)) == ("You take {{ course }}.", "{{ course }}")
    assert variables.fill("You take {{ course | }}.", staff, ticket.person) == "You take ."


def test_the_course_is_filled_in_while_it_is_one(db, staff):
    student = factories.student_with_account()
    factories.enrollment(student=student, batch=factories.batch(course=factories.course(title="Pottery")))
    assert variables.fill("{{ course }}", staff, student.user) == "Pottery"
    factories.enrollment(student=student, batch=factories.batch(course=factories.course(title="Knitting")))
    assert variables.fill("{{ course|it }}", staff, student.user) == "it"


def test_the_balance_is_filled_in_for_those_alone_who_may_see_fees(db, staff):
    student = factories.student_with_account()
    invoice, person = factories.invoice(student), student.user
    assert str(int(invoice.amount)) in variables.fill("{{ balance }}", staff, person).replace(",", "")
    assert variables.fill("{{ balance }}", factories.user(Role.TEACHER), person) == "{{ balance }}"


def test_a_value_that_looks_like_a_variable_is_not_filled_in_again(staff):
    person = factories.user(Role.STUDENT, "{{ my_name }}", email="odd@homeroom.test")
    assert "Seth" not in variables.fill("{{ given_name }}", staff, person)
    assert not variables.unfilled(variables.fill("{{ given_name }}", staff, person))


def test_an_answer_with_a_hole_is_not_sent_and_says_which(staff, ticket):
    with pytest.raises(ValidationError, match=r"\{\{ course \}\} is still to be filled in"):
        send_message(staff, ticket.conversation, "You take {{ course }}.", Audience.EVERYONE)
    assert Message.objects.filter(author=staff).count() == 0
    send_message(staff, ticket.conversation, "Try {{ course }}?", Audience.STAFF)
    send_message(staff, ticket.conversation, "In LaTeX {{ x }} is no variable.", Audience.EVERYONE)


def test_an_edit_leaves_no_hole_either(staff, ticket):
    message = send_message(staff, ticket.conversation, "You take Pottery.", Audience.EVERYONE)
    with pytest.raises(ValidationError, match=r"\{\{ course \}\}"):
        edit_message(staff, message, "You take {{ course }}.")
    assert Message.objects.get(pk=message.pk).body == "You take Pottery."


def test_the_person_may_write_braces(ticket):
    assert send_message(ticket.person, ticket.conversation, "What is {{ course }}?", Audience.EVERYONE)


def test_a_refused_answer_keeps_its_text_in_the_composer(client, staff, ticket):
    client.force_login(staff)
    url = reverse("conversations:message_list", args=[ticket.conversation_id])
    response = client.post(url, {"body": "You take {{ course }}."})
    assert response.status_code == 422
    assert "You take {{ course }}.</textarea>" in response.content.decode()


@pytest.mark.parametrize("text", ["{{ nickname }}", "{{ Given Name }}", "{{ }}", "{{ course|a|b }}"])
def test_unknown_variables_are_refused_with_the_list_of_known_ones(staff, text):
    with pytest.raises(ValidationError, match=r"given_name.*balance"):
        actions.save_answer(staff, CannedAnswer(), {"title": "Hello", "body": f"Dear {text}", "shared": True})
    assert not CannedAnswer.objects.exists()


def test_answers_are_found_by_all_words_in_title_and_text(client, staff, ticket):
    factories.canned_answer(title="Paying fees", body="By bank transfer.")
    factories.canned_answer(title="Greeting", body="Hello {{ given_name }}, fees are due.")
    assert "Hello Yara, fees are due." in found(client, staff, ticket, "fees hello")
    both = found(client, staff, ticket, "fees")
    assert both.index("Paying") < both.index("Greeting")
    assert "Paying" not in found(client, staff, ticket, "fees hello")


def test_personal_answers_are_their_owners_alone(client, staff, ticket):
    other = factories.user(Role.STAFF)
    answer = factories.canned_answer(title="Mine", owner=staff)
    assert "Mine" in found(client, staff, ticket)
    assert "Mine" not in found(client, other, ticket)
    client.force_login(other)
    assert client.get(reverse("support:setting_edit", args=["answers", answer.pk])).status_code == 404
    with pytest.raises(PermissionDenied):
        actions.remove(other, answer)


def test_uses_are_counted_by_the_database_and_equal_a_recount(client, staff, ticket):
    other = factories.user(Role.STAFF)
    fees, hello = (CannedAnswer.objects.create(title=title, body="Hello") for title in ("Fees", "Hello"))
    own = CannedAnswer.objects.create(title="Mine", body="Hello", owner=other)
    # Two who read it before the other counted: neither count is lost.
    stale = [CannedAnswer.objects.get(pk=hello.pk) for _ in range(2)]
    for person, answer in zip((staff, other), stale, strict=True):
        actions.count_use(person, answer)
    client.force_login(staff)
    used = collections.Counter({hello.pk: 2})
    for pk in random.Random(1).choices([fees.pk, hello.pk, own.pk], k=12):
        if client.post(f"/support/answers/{pk}/use/").status_code == 204:
            used[pk] += 1
    assert dict(CannedAnswer.objects.values_list("pk", "used")) == {pk: used[pk] for pk in (fees.pk, hello.pk, own.pk)}
    assert used[own.pk] == 0, "somebody else's own is not found"
    page = found(client, staff, ticket)
    most, least = sorted((fees, hello), key=lambda answer: -used[answer.pk])
    assert page.index(f"<bdi>{most.title}</bdi>") < page.index(f"<bdi>{least.title}</bdi>")


def test_answers_stand_in_folders_and_are_found_by_them(client, staff, ticket):
    CannedAnswer.objects.create(title="How to pay", body="By card.", folder="Money")
    CannedAnswer.objects.create(title="Hello", body="Hello!")
    page = found(client, staff, ticket, "money")
    assert ("How to pay" in page, "Hello!" in page) == (True, False)
    shelf = client.get("/support/settings/answers/").content.decode()
    assert re.findall(r"<h3>(.+?)</h3>", shelf) == ["Without a folder", "Money"]
    assert "used 0 times" in shelf


def test_saving_and_removing_answers_is_audited(staff):
    fields = {"title": "Hello", "body": "Hello {{ given_name }}", "shared": True}
    answer = actions.save_answer(staff, CannedAnswer(), fields)
    actions.save_answer(staff, answer, {"title": "Good day"}, {"title": "Hello"})
    actions.remove(staff, answer)
    verbs = AuditEntry.objects.filter(verb__startswith="cannedanswer").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["cannedanswer.created", "cannedanswer.changed", "cannedanswer.deleted"]


def test_what_is_inserted_is_text_and_no_markup(client, staff, ticket):
    factories.canned_answer(title="<b>x</b>", body='"><img src=x>')
    assert "<img" not in found(client, staff, ticket)


def test_many_answers_are_filled_in_with_as_many_queries_as_one(client, staff, ticket, django_assert_max_num_queries):
    for number in range(8):
        factories.canned_answer(title=f"Answer {number}", body="{{ course|it }} {{ balance|nothing }}")
    client.force_login(staff)
    with django_assert_max_num_queries(15):
        page = client.get(reverse("support:canned_list", args=[ticket.pk])).content.decode()
    assert page.count("it nothing") == 16, "the text, and its beginning"
