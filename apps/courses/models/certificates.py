"""Certificates: what stands on each is kept as it was when it was issued, and can be verified by its number."""

import secrets
from datetime import date
from itertools import pairwise
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.academy_calendar import academy_day
from apps.courses.models.courses import Course
from apps.courses.models.enrollments import Enrollment
from apps.students.models import Student

# Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O or U, which are taken for others.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})
BITS, DIGITS = 128, 26
GROUPS = (0, 5, 10, 15, 20, DIGITS)


def new_number() -> str:
    """128 random bits: nobody finds another's certificate by guessing."""
    value = secrets.randbits(BITS)
    return "".join(ALPHABET[value >> shift & 31] for shift in range(5 * (DIGITS - 1), -1, -5))


def as_number(typed: str) -> str:
    """Normalises a number typed from paper to its stored form, cut to its length."""
    return "".join(filter(str.isalnum, typed.upper().translate(ALIKE)))[: DIGITS + 1]


class Letterhead(models.Model):
    """What stands on every certificate: logo, signature, who signs. A change is a new row: certificates keep theirs.

    Pictures are kept as pixels (apps.courses.pixels), read in the sandbox when they were sent.
    """

    logo = models.BinaryField(null=True, editable=False)
    signature = models.BinaryField(null=True, editable=False)
    signed_by = models.CharField("who signs", max_length=80, blank=True)
    position = models.CharField(
        "their position", max_length=80, blank=True, help_text="Head of the academy, for example."
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Letterhead of {self.created:%Y-%m-%d}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Certificates, found through what a person may see; everybody finds one by its number."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All for admins and staff; of own courses and of students in own batches for a teacher; a student's own."""
        if not isinstance(user, User):
            return self.none()
        if user.sees_all:
            return self
        if user.role == Role.TEACHER:
            return self.filter(Q(course__in=Course.objects.written_by(user)) | _in_batches_of(user))
        return self.filter(student__user=user)

    def standing(self) -> Self:
        """Those that are not revoked."""
        return self.filter(revoked_at=None)


def _in_batches_of(teacher: User) -> Q:
    taught = Enrollment.objects.filter(
        batch__teacher=teacher, course=models.OuterRef("course"), student=models.OuterRef("student")
    )
    return Q(models.Exists(taught))


class Certificate(models.Model):
    """A certificate that a student finished a course, whose wording stays when records change.

    One for each student, course and run: the insert decides who made it. Issued again, because the name was wrong, it
    keeps its number and its date.
    """

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="certificates")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="certificates")
    run = models.PositiveSmallIntegerField(default=1)
    number = models.CharField(max_length=DIGITS, unique=True, default=new_number, editable=False)
    name = models.CharField(max_length=201)
    course_title = models.CharField(max_length=120)
    academy = models.CharField(max_length=200)
    # On the academy's calendar.
    finished_on = models.DateField()
    letterhead = models.ForeignKey(Letterhead, null=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=timezone.now)
    # Null where the course's rule did it.
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reissued_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=300, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[models.Manager["Certificate"]] = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["student", "course", "run"], name="one_certificate_per_run"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_reason="") | Q(revoked_at__isnull=False) & ~Q(revoked_reason=""),
                name="certificate_revoked_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["course", "-issued_at"], name="certificates_of_a_course")]

    def __str__(self) -> str:
        return f"{self.name}: {self.course_title}"

    def get_absolute_url(self) -> str:
        """The public page that verifies it."""
        return reverse("courses:certificate_verify", args=[self.readable_number])

    @property
    def readable_number(self) -> str:
        """The number in groups, as it is printed and stands in its address."""
        return "-".join(self.number[start:end] for start, end in pairwise(GROUPS))

    @property
    def reissued_on(self) -> date | None:
        """The academy's day on which it was issued again."""
        return academy_day(self.reissued_at) if self.reissued_at else None

    @property
    def is_revoked(self) -> bool:
        """Does it hold no longer?"""
        return self.revoked_at is not None
