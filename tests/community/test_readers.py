"""Who reads is one rule from both ends: what a person finds, and whom a message reaches, or who is named, counted."""

from itertools import product

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.community.models import Audience, Community, Membership, MembershipRole
from apps.conversations.models import Conversation
from apps.courses.models import Course, CourseTeacher, Enrollment, Lesson, Module
from apps.realtime.channels import can_read
from tests import factories
from tests.community.place import fixture_place  # noqa: F401

# What can be true of one person, of whatever role; and of the community.
WAYS = ("enrolled", "teaches", "has a batch", "appointed", "inactive")
PAGES = ("chat_detail", "community_moderation")
STATES = list(product(Audience.values, [True, False]))


@pytest.mark.parametrize("role", Role.values)
def test_readers_and_moderators_are_those_who_find_it(place, role):
    person, course = factories.user(role, "Someone"), place.course
    record = factories.student(user=person)
    differ = []
    for ways in product([True, False], repeat=len(WAYS)):
        is_so = dict(zip(WAYS, ways, strict=True))
        with transaction.atomic():
            make(person, record, place, is_so)
            for audience, published in STATES:
                Course.objects.filter(pk=course.pk).update(published=published)
                Community.objects.filter(course=course).update(audience=audience)
                user, community = User.objects.get(pk=person.pk), place.community
                finds = Community.objects.visible_to(user).filter(pk=community.pk).exists() and user.is_active
                moderates = Community.objects.moderated_by(user).filter(pk=community.pk).exists() and user.is_active
                standing = Community.objects.all().with_standing(user).get(pk=community.pk)
                said = {
                    "reads": (finds, community.readers().filter(pk=user.pk).exists()),
                    "moderates": (moderates, community.moderators().filter(pk=user.pk).exists()),
                    "on a page": (moderates, finds and standing.moderates),
                }
                differ += [(what, is_so, audience, published, both) for what, both in said.items() if len({*both}) > 1]
            transaction.set_rollback(True)
    assert differ == []


# Who finds it, and who moderates it: by their role, what is true of them, and who may read it.
RULE = [
    (Role.STUDENT, ["enrolled"], Audience.MEMBERS, True, False),
    (Role.STUDENT, ["enrolled"], Audience.MODERATORS, False, False),
    (Role.STUDENT, ["enrolled", "appointed"], Audience.MODERATORS, True, True),
    (Role.STUDENT, ["appointed"], Audience.MEMBERS, False, False),
    (Role.STUDENT, ["enrolled", "inactive"], Audience.MEMBERS, False, False),
    (Role.TEACHER, [], Audience.MEMBERS, False, False),
    (Role.TEACHER, ["teaches"], Audience.MODERATORS, True, True),
    (Role.TEACHER, ["has a batch"], Audience.MEMBERS, True, False),
    (Role.TEACHER, ["has a batch"], Audience.MODERATORS, False, False),
    (Role.TEACHER, ["has a batch", "appointed"], Audience.MODERATORS, True, True),
    (Role.TEACHER, ["appointed"], Audience.MEMBERS, False, False),
    (Role.STAFF, [], Audience.MODERATORS, True, True),
]


@pytest.mark.parametrize(("role", "ways", "audience", "finds", "moderates"), RULE)
def test_members_read_it_and_those_chosen_moderate_it(place, client_for, role, ways, audience, finds, moderates):
    person = factories.user(role, "Someone")
    make(person, factories.student(user=person), place, {way: way in ways for way in WAYS})
    Community.objects.filter(pk=place.community.pk).update(audience=audience)
    if "inactive" not in ways:
        client = client_for(person)
        addresses = [reverse(f"community:{name}", args=[place.course.pk]) for name in PAGES]
        assert [client.get(address).status_code == 200 for address in addresses] == [finds, moderates]
    assert place.community.readers().filter(pk=person.pk).exists() is finds
    assert place.community.moderators().filter(pk=person.pk).exists() is moderates


def make(person, record, place, is_so):
    User.objects.filter(pk=person.pk).update(is_active=not is_so["inactive"])
    if is_so["enrolled"]:
        Enrollment.objects.create(student=record, course=place.course)
    if is_so["teaches"]:
        CourseTeacher.objects.create(course=place.course, teacher=person)
    if is_so["has a batch"]:
        type(place.batch).objects.filter(pk=place.batch.pk).update(teacher=person)
    if is_so["appointed"]:
        Membership.objects.create(community=place.community, user=person, role=MembershipRole.MODERATOR)


@pytest.mark.parametrize(("published", "preview", "removed", "module_removed"), list(product([True, False], repeat=4)))
def test_comments_are_read_by_those_who_open_the_lesson(place, published, preview, removed, module_removed):
    talk = factories.lesson_talk(lesson=factories.lesson(module=factories.module(course=place.course)))
    gone, staff = timezone.now(), factories.user(Role.STAFF)
    Lesson.objects.filter(pk=talk.lesson_id).update(
        published=published, preview=preview, removed_at=gone if removed else None
    )
    Module.objects.filter(pk=talk.lesson.module_id).update(removed_at=gone if module_removed else None)
    conversation = Conversation.objects.with_titles().get(pk=talk.conversation_id)
    readers = set(conversation.type.readers(conversation, "everyone").values_list("pk", flat=True))
    for person in (place.instructor, place.moderator, place.a, place.outsider, staff):
        finds = Conversation.objects.visible_to(person).filter(pk=conversation.pk).exists()
        assert (person.pk in readers) is finds, person
        assert can_read(person, f"conversation-{conversation.pk}") is finds
