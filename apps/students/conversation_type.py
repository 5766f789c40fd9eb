"""The conversation about a student: with the student, and among those who teach and look after them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.conversations.conversation_types import Absence, ConversationType
from apps.conversations.models import Audience, Conversation, Message, Participant
from apps.students import policies
from apps.students.models import CONVERSATION_KIND, Student


class StudentConversations(ConversationType):
    """The one conversation about a student: with the student, and in team notes among those who look after them."""

    name, label = CONVERSATION_KIND, "Student"
    title_from = ("student", "student__user", "student__invitation")
    admin_search = ("student__given_name", "student__family_name", "student__code")
    titled_for_students = False
    team_note_warning = "not for the student's eyes"

    def visible_ids(self, user: User) -> QuerySet[Any, Any]:
        """The threads of the students whom `user` may see."""
        return Student.objects.visible_to(user).values("conversation_id")

    def audiences(self, user: User) -> tuple[str, ...]:
        """A student reads and writes what is for everyone; the others that and team notes, which come first."""
        return (Audience.EVERYONE,) if user.role == Role.STUDENT else (Audience.STAFF, Audience.EVERYONE)

    def addressee(self, conversation: Conversation) -> str:
        """The student."""
        return conversation.student.short_name

    def absence(self, conversation: Conversation, viewer: User) -> Absence | None:
        """A student reads once they have an account, and no longer than it is active."""
        student = conversation.student
        if student.user:
            return None if student.user.is_active else Absence(student.short_name, waiting=False)
        pending = student.invitation if student.invitation and student.invitation.state == "pending" else None
        may_invite = student.email and not pending and not viewer.looked_as and policies.can_invite(viewer)
        may_add_email = not student.email and not viewer.looked_as and policies.can_change_identity(viewer)
        return Absence(
            student.short_name,
            invited=pending.sent if pending else None,
            invite_url=reverse("students:student_invite", args=[student.pk]) if may_invite else "",
            has_email=bool(student.email),
            record_url=reverse("students:student_edit", args=[student.pk]) if may_add_email else "",
        )

    def may_pin(self, user: User, conversation: Conversation) -> bool:
        """Everyone but the student."""
        return user.role != Role.STUDENT

    def readers(self, conversation: Conversation, audience: str) -> QuerySet[User]:
        """Admins, staff, the student's teachers, and the student if it is for them."""
        teachers = policies.teachers_of([conversation.student.pk])
        reading = Q(role__in=[Role.ADMIN, Role.STAFF]) | Q(pk__in=teachers.values("pk"))
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
        others = active.filter(pk__in=policies.teachers_of([student.pk]).values("pk")).values_list("pk", flat=True)
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

    def empty_text(self, conversation: Conversation, viewer: User) -> str:
        """What becomes of the first message; to the student, who reads it."""
        if viewer.role == Role.STUDENT:
            return "Say hello: the academy reads along here."
        return "What you write here stays with this student's record."

    def is_by_its_subject(self, message: Message) -> bool:
        """Whether the student wrote it."""
        return message.author_role == Role.STUDENT

    def counterpart(self, conversation: Conversation, viewer: User) -> User | None:
        """The student; for whom it is nobody in particular."""
        student = conversation.student.user
        return None if student == viewer else student

    def side(self, user: User) -> str:
        """The student on one side, the academy on the other."""
        return "student" if user.role == Role.STUDENT else "academy"
