"""A course with its community and the people in it, as tests of moderation want it."""

import uuid
from types import SimpleNamespace

from apps.accounts.models import Role, User
from apps.community import actions
from apps.community.actions import NewTopic
from apps.community.models import Approval, Held
from apps.conversations.actions import send_message
from apps.conversations.approval import Waits
from tests import factories


def room(approval: str = Approval.NOBODY) -> SimpleNamespace:
    """Ida teaches, Maya (a student) moderates, Ana, Ben and Cleo are members; Otto takes another course."""
    course = factories.course(title=f"Optics {uuid.uuid4().hex[:6]}", published=True)
    community = course.community
    people = {"ida": _person(Role.TEACHER, "Ida"), "admin": _person(Role.ADMIN, "Ada")}
    factories.course_teacher(course=course, teacher=people["ida"])
    for name in ("Maya", "Ana", "Ben", "Cleo"):
        user = _person(Role.STUDENT, name)
        factories.enrollment(student=factories.student(user=user), course=course)
        people[name.lower()] = user
    people["otto"] = _person(Role.STUDENT, "Otto")
    other = factories.course(published=True)
    factories.enrollment(student=factories.student(user=people["otto"]), course=other)
    actions.appoint(people["ida"], community, people["maya"], "moderator")
    community.approval = approval
    community.save(update_fields=["approval"])
    return SimpleNamespace(course=course, community=community, other=other.community, **people)


def _person(role: str, name: str) -> User:
    return factories.user(role, name, email=f"{name.lower()}-{uuid.uuid4().hex[:8]}@homeroom.test")


def new(title="Lenses", body="What is a lens?", **more) -> NewTopic:
    return NewTopic(title, body, more.pop("client_key", None) or uuid.uuid4(), **more)


def held_by(write) -> Held:
    """What `write` sends, as it is held."""
    try:
        write()
    except Waits as waiting:
        return waiting.held
    raise AssertionError("It was published at once.")


def chat(place, author, body="Hello there", **more) -> Held:
    """A chat message that waits."""
    return held_by(lambda: send_message(author, place.community.chat, body, **more))
