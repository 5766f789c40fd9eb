"""Who may do what with students and their threads."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.accounts import policies as accounts
from apps.accounts.models import Role, User
from apps.conversations.models import Audience, Conversation, Participant
from apps.students.models import Student


def can_list(user: User) -> bool:
    """May this person look through students (those whom they may see)?"""
    return user.role != Role.STUDENT


def can_add(user: User) -> bool:
    """May this person add students, and import or export them in bulk?"""
    return user.sees_all


def can_edit(user: User, student: Student) -> bool:
    """May this person change the record of a student whom they may see?"""
    return user.role != Role.STUDENT


def can_change_address(user: User) -> bool:
    """May this person change a student's e-mail address? Whoever reads it is let in as that student, and sees fees."""
    return user.sees_all


def can_invite(user: User) -> bool:
    """May this person invite the students whom they may see?"""
    return accounts.can_invite(user, Role.STUDENT, taught=True)


def can_read_thread(user: User, student_id: int) -> bool:
    """May this person read `student-<id>`: what the student too may see?"""
    return Student.objects.visible_to(user).filter(pk=student_id).exists()


def can_read_staff_thread(user: User, student_id: int) -> bool:
    """May this person read `student-<id>-staff`?"""
    return user.role != Role.STUDENT and can_read_thread(user, student_id)


def _teachers(student: Student) -> QuerySet[User]:
    """Those who teach a student now."""
    return User.objects.filter(
        role=Role.TEACHER, batches__enrollments__student=student, batches__enrollments__is_active=True
    )


def contacts(user: User) -> QuerySet[User]:
    """Whom a teacher or a student may write to directly: the students of own batches, and the other way round."""
    if user.role == Role.TEACHER:
        return User.objects.filter(student__in=Student.objects.visible_to(user))
    return User.objects.filter(
        role=Role.TEACHER, batches__enrollments__student__user=user, batches__enrollments__is_active=True
    )


class StudentThreads:
    """The rules of the thread about a student."""

    title_from: tuple[str, ...] = ("student",)

    def visible_ids(self, user: User) -> QuerySet[Any, Any]:
        """The threads of the students whom `user` may see."""
        return Student.objects.visible_to(user).values("conversation_id")

    def audiences(self, user: User) -> tuple[str, ...]:
        """A student reads and writes what is for everyone; the others both, among themselves unless they say so."""
        return (Audience.EVERYONE,) if user.role == Role.STUDENT else (Audience.STAFF, Audience.EVERYONE)

    def may_post(self, user: User, conversation: Conversation) -> bool:
        """Whoever reads it writes in it."""
        return True

    def readers(self, conversation: Conversation, audience: str) -> QuerySet[User]:
        """Admins, staff, the student's teachers, and the student if it is for them."""
        reading = Q(role__in=[Role.ADMIN, Role.STAFF]) | Q(pk__in=_teachers(conversation.student).values("pk"))
        if audience == Audience.EVERYONE:
            reading |= Q(student=conversation.student)
        return User.objects.filter(reading, is_active=True)

    def channel(self, conversation: Conversation, audience: str) -> str:
        """`student-<id>`, or `student-<id>-staff` for what the student may not see."""
        name = f"student-{conversation.student.pk}"
        return f"{name}-staff" if audience == Audience.STAFF else name

    def followers(
        self, conversation: Conversation, audience: str, after: int = 0, most: int | None = None
    ) -> list[int]:
        """The teachers, the admins and staff who take part, the student if it is for them; not who muted it."""
        # Several small questions, where one with all of it in would look through every account.
        student, active = conversation.student, User.objects.filter(is_active=True, pk__gt=after).order_by()
        taking_part = Participant.objects.filter(conversation=conversation, user__gt=after)
        others = active.filter(pk__in=_teachers(student).values("pk")).values_list("pk", flat=True)
        if audience == Audience.EVERYONE:
            others = others.union(active.filter(student=student).values_list("pk", flat=True))
        told = set(others.order_by())
        told -= set(taking_part.muted().filter(user__in=told).values_list("user", flat=True))
        office = taking_part.filter(follows=True, user__is_active=True, user__role__in=[Role.ADMIN, Role.STAFF])
        awake = office.exclude(muted_until__gt=timezone.now()).order_by("user").values_list("user", flat=True)
        return sorted(told.union(awake[:most]))[:most]

    def title(self, conversation: Conversation, viewer: User | None = None) -> str:
        """The student's name; a student has but one thread, with the academy."""
        return "" if viewer and viewer.role == Role.STUDENT else conversation.student.full_name

    def url(self, conversation: Conversation, user: User) -> str:
        """The student's page; for the student, home."""
        if user.role == Role.STUDENT:
            return reverse("dashboard:home")
        return conversation.student.get_absolute_url()

    def counterpart(self, conversation: Conversation, viewer: User) -> User | None:
        """The student; for whom it is nobody in particular."""
        student = conversation.student.user
        return None if student == viewer else student

    def side(self, user: User) -> str:
        """The student on one side, the academy on the other."""
        return "student" if user.role == Role.STUDENT else "academy"
