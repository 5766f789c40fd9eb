"""What students are to accounts: the record that an account shows its owner."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from apps.accounts.models import Invitation, Role, User
from apps.accounts.outcomes import Guest, Outcome
from apps.accounts.parts import Part
from apps.students import invitations, live
from apps.students.models import Sharing, Student, StudentImport, StudentNote, StudentTask


class StudentsPart(Part):
    """The academy's record stays the academy's: closing an account only takes the account away from it."""

    name = "student"

    def own_data(self, user: User) -> dict[str, Any]:
        """A student's record, tasks and shared notes, as they may read them; one's private notes."""
        private = StudentNote.objects.filter(author=user, sharing=Sharing.PRIVATE).order_by("day", "pk")
        own = {"private_notes": [_note(note) for note in private]} if private else {}
        student = Student.objects.filter(user=user).first()
        if not student:
            return own
        fields = ("code", "given_name", "family_name", "email", "phone", "grade", "guardians", "status", "created")
        return own | {
            "record": {"id": student.pk} | {name: getattr(student, name) for name in fields},
            "tasks": [_task(task) for task in student.tasks.order_by("day", "pk")],
            "notes": [_note(note) for note in student.notes.filter(sharing=Sharing.SHARED).order_by("day", "pk")],
        }

    def against_role(self, user: User, role: str) -> Iterable[str]:
        """Whose account shows them a student's record is a student."""
        if role != Role.STUDENT and (student := Student.objects.filter(user=user).first()):
            yield f"This is the account of student {student.code}: take it from that record first."

    def invite(self, actor: User, role: str, guests: Sequence[Guest], origin: str) -> list[Outcome] | None:
        """A student is invited to the record with their address."""
        if role != Role.STUDENT:
            return None
        return invitations.invite_addresses(actor, [guest.email for guest in guests], origin)

    def refusal(self, invitation: Invitation, actor: User | None = None) -> str:
        """A link that went to an address which the academy has corrected since opens nobody's record."""
        if invitation.role != Role.STUDENT:
            return ""
        student = Student.objects.filter(invitation=invitation).first()
        if actor:
            return _against_sending(invitation, student, actor)
        if student is None or student.email != invitation.email:
            return "The academy has changed its record since. Ask its office for another invitation."
        return "This student has an account already. Sign in with it." if student.user_id else ""

    def accepted(self, invitation: Invitation, user: User) -> None:
        """The record is theirs, unless it was given to another, or another address, at the same moment."""
        if invitation.role != Role.STUDENT:
            return
        theirs = Student.objects.filter(invitation=invitation, user=None, email=invitation.email)
        if not theirs.update(user=user):
            raise ValidationError("The academy has changed its record since. Ask its office for another invitation.")
        live.record_changed(Student.objects.filter(user=user).values_list("pk", flat=True))

    def forget(self, user: User) -> None:
        """Untie the record; delete private notes, which nobody else may read, and files that wait for an import."""
        linked = list(Student.objects.select_for_update(of=("self",)).filter(user=user).values_list("pk", flat=True))
        Student.objects.filter(pk__in=linked).update(user=None)
        live.record_changed(linked)
        StudentImport.objects.filter(owner=user).delete()
        StudentNote.objects.filter(author=user, sharing=Sharing.PRIVATE).delete()


def _against_sending(invitation: Invitation, student: Student | None, actor: User) -> str:
    if student is None:
        return "The record that this was for is gone, or was invited anew."
    if student.email != invitation.email:
        return "The record has another address by now. Invite from the student's page."
    if student.user_id:
        return "This student has an account already."
    seen = Student.objects.visible_to(actor).filter(pk=student.pk).exists()
    return "" if seen else "This student is in none of your batches any more."


def _task(task: StudentTask) -> dict[str, Any]:
    return {"title": task.title, "text": task.text, "day": task.day, "done": task.done_at}


def _note(note: StudentNote) -> dict[str, Any]:
    return {"day": note.day, "body": note.body, "written": note.created}
