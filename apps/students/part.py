"""What students are to accounts: the record that an account shows its owner."""

from collections.abc import Iterable
from typing import Any

from apps.accounts.models import Role, User
from apps.accounts.parts import Part
from apps.students import live
from apps.students.models import Student, StudentImport


class StudentsPart(Part):
    """The academy's record stays the academy's: closing an account only takes the account away from it."""

    name = "student"

    def own_data(self, user: User) -> dict[str, Any]:
        """The record as its student may read it: without the note, which is for those who teach."""
        student = Student.objects.filter(user=user).first()
        if not student:
            return {}
        fields = ("code", "given_name", "family_name", "email", "phone", "grade", "guardians", "status", "created")
        return {"record": {"id": student.pk} | {name: getattr(student, name) for name in fields}}

    def against_role(self, user: User, role: str) -> Iterable[str]:
        """Whose account shows them a student's record is a student."""
        if role != Role.STUDENT and (student := Student.objects.filter(user=user).first()):
            yield f"This is the account of student {student.code}: take it from that record first."

    def forget(self, user: User) -> None:
        """Untie the record, and drop the files that were waiting for their import."""
        linked = list(Student.objects.select_for_update(of=("self",)).filter(user=user).values_list("pk", flat=True))
        Student.objects.filter(pk__in=linked).update(user=None)
        live.record_changed(linked)
        StudentImport.objects.filter(owner=user).delete()
