"""The certificates of a course as its URL asks for them, and who could be given one."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.urls import reverse

from apps.accounts.models import User
from apps.core.finding import every_word
from apps.core.listing import Column, Filter, Listing, Sort
from apps.courses import live, policies
from apps.courses.models import Certificate, Course, Enrollment
from apps.students.models import Student

CANDIDATES = 10
STATES = (("valid", "Valid"), ("revoked", "Revoked"))


class CertificateList(Listing[Certificate]):
    """The certificates of a course that `user` may see."""

    one, many = "certificate", "certificates"
    placeholder = "Name or code"
    sorts = {
        "issued": Sort("Issued last", ("-issued_at", "-pk"), "Issued first", falls=True),
        "name": Sort("Name", ("name", "pk")),
    }
    columns = (
        Column("Name", "name"),
        Column("State"),
        Column("Completed on"),
        Column("Issued", "issued"),
        Column("Actions", hidden=True),
    )
    filters = (
        Filter(
            *("state", "State", "All", lambda _: STATES),
            lambda rows, state: rows.filter(revoked_at__isnull=state == "valid"),
            buttons=True,
        ),
    )

    def __init__(self, user: User, course: Course, query: QueryDict) -> None:
        super().__init__(user, query)
        self.course = course
        self.may_change = policies.can_write(user, course)

    @property
    def channels(self) -> Sequence[str]:
        """Those who follow the course are told of each certificate."""
        return (live.progress_channel(self.course.pk),)

    def visible(self) -> QuerySet[Certificate]:
        """Each with its student, whose name may be another one by now."""
        return Certificate.objects.visible_to(self.user).filter(course=self.course).select_related("student")

    def search(self, rows: Any, text: str) -> Any:
        """By the name on the certificate, or in the record, and the student's code."""
        return rows.filter(every_word(text, "name", "student__given_name", "student__family_name", "student__code"))

    def path(self) -> str:
        """The course's page of certificates."""
        return reverse("courses:certificate_list", args=[self.course.pk])


def find_candidates(viewer: User, course: Course, search: str) -> list[Student]:
    """The first ten students who match, took the course, and have no certificate of it."""
    if not search:
        return []
    taken = Enrollment.objects.filter(student=OuterRef("pk"), course=course)
    have = Certificate.objects.filter(student=OuterRef("pk"), course=course)
    found = Student.objects.visible_to(viewer).search(search).filter(Exists(taken)).exclude(Exists(have))
    return list(found.order_by("given_name", "family_name", "pk")[:CANDIDATES])
