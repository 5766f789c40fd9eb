"""A community to talk in: an instructor, three members and one who isn't, and short ways to write."""

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import Role, User
from apps.community import actions
from apps.community.models import Community, Membership, MembershipRole, Topic
from apps.conversations.actions import mark_read, send_message
from apps.conversations.models import Message
from apps.courses.models import Batch, Course, CourseTeacher, Enrollment
from tests import factories


@dataclass
class Place:
    """Teacher `instructor`; students `a`, `b`, `c`, of whom `moderator` is another; `outsider` is in no course."""

    course: Course = field(init=False)
    batch: Batch = field(init=False)
    instructor: User = field(init=False)
    moderator: User = field(init=False)
    a: User = field(init=False)
    b: User = field(init=False)
    c: User = field(init=False)
    outsider: User = field(init=False)

    def __post_init__(self) -> None:
        self.course = factories.course(published=True)
        self.batch = factories.batch(course=self.course)
        self.instructor = factories.user(Role.TEACHER, _named("Ines"))
        CourseTeacher.objects.create(course=self.course, teacher=self.instructor)
        for name, given in (("moderator", "Mila"), ("a", "Ada"), ("b", "Ben"), ("c", "Cora")):
            person = factories.user(Role.STUDENT, _named(given))
            setattr(self, name, person)
            self.enroll(person)
        self.outsider = factories.user(Role.STUDENT, _named("Otto"))
        Membership.objects.create(community=self.community, user=self.moderator, role=MembershipRole.MODERATOR)

    @property
    def community(self) -> Community:
        return Community.objects.select_related("course", "chat").get(course=self.course)

    def enroll(self, person: User) -> Enrollment:
        record = factories.student(user=person, given_name=person.given_name)
        return factories.enrollment(student=record, batch=self.batch)

    def topic(self, author: User, title: str = "A question", body: str = "How?", **fields: Any) -> Topic:
        new = actions.NewTopic(title, body, uuid.uuid4(), fields.pop("is_question", True))
        return actions.start_topic(author, self.community, new)

    def reply(self, author: User, topic: Topic, body: str = "So.", to: Message | None = None) -> Message:
        return send_message(author, topic.conversation, body, reply_to=to)

    def open(self, person: User, topic: Topic) -> None:
        """As a page says it once its reader has seen all of it."""
        newest = topic.conversation.messages.order_by("-key").values_list("key", flat=True).first()
        mark_read(person, topic.conversation, newest or 0)


def _named(given: str) -> str:
    """Nobody of the cast has this name, nor anybody of another community."""
    return f"{given} {uuid.uuid4().hex[:6]}"


@pytest.fixture(name="place")
def fixture_place(db: None, settings: Any, tmp_path: Path) -> Place:
    """One for each test."""
    settings.MEDIA_ROOT = tmp_path
    return Place()
