"""Courses: what each is, who teaches it, and who may see that it exists."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import Role, User
from apps.core.finding import every_word
from apps.core.models import Timestamped
from apps.courses import creation
from apps.files.models import StoredFile
from apps.realtime.access import AccessQuerySet, decides_access
from apps.students.models import Student

type Viewer = User | AnonymousUser


class Level(models.TextChoices):
    """How much a course asks of those who take it."""

    ANY = "any", "Any level"
    BEGINNER = "beginner", "Beginner"
    INTERMEDIATE = "intermediate", "Intermediate"
    ADVANCED = "advanced", "Advanced"


class Visibility(models.TextChoices):
    """Who sees a published course, in lists, in search and by its URL."""

    EVERYBODY = "everybody", "Everyone, even without an account"
    SIGNED_IN = "signed_in", "Anyone signed in"
    INVITED = "invited", "Invited students only"
    ENROLLED = "enrolled", "Enrolled students only"


class Category(models.Model):
    """A heading under which the catalogue groups courses."""

    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class CourseQuerySet(AccessQuerySet["Course"]):
    """Courses, found through what a person may see."""

    def visible_to(self, user: Viewer) -> Self:
        """Courses whose page this person may open.

        All for admins and staff. Teachers see those that they, or batches of theirs, teach, also as drafts. Of the
        published ones everybody sees what their visibility says; whoever was ever enrolled keeps the page of the
        course, where they find what they achieved.
        """
        if not isinstance(user, User):
            return self.filter(published=True, visibility=Visibility.EVERYBODY)
        if user.sees_all:
            return self
        shown = Q(published=True, visibility__in=[Visibility.EVERYBODY, Visibility.SIGNED_IN])
        if user.role == Role.TEACHER:
            return self.filter(shown | _teaches(user))
        invited = Exists(CourseInvitation.objects.filter(course=OuterRef("pk"), student__user=user))
        enrolled = Q(pk__in=Student.objects.filter(user=user).values("enrollments__course"))
        chosen = Q(visibility=Visibility.INVITED) & invited
        return self.filter(shown | (Q(published=True) & (enrolled | chosen)))

    def bulk_create(self, objs: Iterable["Course"], *args: Any, **kwargs: Any) -> list["Course"]:
        """Django's own, with what belongs to every course made for each."""
        with transaction.atomic(using=self.db):
            courses = super().bulk_create(objs, *args, **kwargs)
            creation.created(courses)
        return courses

    def written_by(self, user: Viewer) -> Self:
        """Courses that this person may change: all for admins and staff, own ones for a teacher."""
        if not isinstance(user, User):
            return self.none()
        if user.sees_all:
            return self
        if user.role != Role.TEACHER:
            return self.none()
        return self.filter(pk__in=CourseTeacher.objects.filter(teacher=user).values("course"))

    def read_by(self, user: Viewer) -> Self:
        """Courses whose lessons this person opens without an enrollment: those they write, or teach a batch of."""
        if isinstance(user, User) and user.role == Role.TEACHER:
            return self.filter(_teaches(user))
        return self.written_by(user)

    def search(self, text: str) -> Self:
        """Courses in whose title, summary or category every word of `text` is found."""
        return self.filter(every_word(text, "title", "summary", "category__name"))


def _teaches(user: User) -> Q:
    own = CourseTeacher.objects.filter(teacher=user).values("course")
    return Q(pk__in=own) | Q(pk__in=User.objects.filter(pk=user.pk).values("batches__course"))


@decides_access("published", of=["enrollments__student__user", "teaching__teacher", "batches__teacher"])
class Course(Timestamped):
    """A subject with its material, in modules of lessons."""

    title = models.CharField(max_length=120, unique=True)
    summary = models.CharField(max_length=300, blank=True, help_text="One or two sentences for the catalogue.")
    description = models.TextField(blank=True, max_length=20_000)
    description_html = models.TextField(blank=True, editable=False)
    outcomes = models.TextField("what you'll learn", blank=True, max_length=2_000, help_text="One per line.")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="courses")
    level = models.CharField(max_length=12, choices=Level, default=Level.ANY)
    teachers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="CourseTeacher", related_name="courses_taught", blank=True
    )
    cover = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published = models.BooleanField(default=False)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.ENROLLED)
    open_to_join = models.BooleanField(
        "students can join by themselves",
        default=False,
        help_text="Anyone signed in who can see the course can enroll.",
    )
    capacity = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Leave empty for no limit."
    )
    access_days = models.PositiveIntegerField(
        "days of access",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3_650)],
        help_text="How long students who join by themselves keep access. Leave empty for no end.",
    )
    certificate_rule = models.CharField(max_length=40, blank=True)
    # Taken by every change of modules and lessons: two people who reorder at once are told.
    outline_version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Course"]] = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(condition=Q(capacity=None) | Q(capacity__gte=1), name="course_has_a_place"),
            models.CheckConstraint(condition=Q(access_days=None) | Q(access_days__gte=1), name="course_opens_a_day"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Django's own; a new course is made with what belongs to every course, or none of it is."""
        if not self._state.adding:
            return super().save(*args, **kwargs)
        with transaction.atomic():
            super().save(*args, **kwargs)
            creation.created([self])
        return None

    def get_absolute_url(self) -> str:
        """The course's page."""
        return reverse("courses:course_detail", args=[self.pk])

    @property
    def rendered(self) -> SafeString:
        """The description as HTML: made by apps.core.markdown, and cleaned there."""
        return mark_safe(self.description_html)  # noqa: S308

    @property
    def tone(self) -> int:
        """Which of six colours stands for a course without a picture."""
        return self.pk % 6

    @property
    def outcome_lines(self) -> list[str]:
        """What you'll learn, line by line."""
        return [line.strip() for line in self.outcomes.splitlines() if line.strip()]


@decides_access("course", "teacher", of=["teacher"])
class CourseTeacher(models.Model):
    """A teacher who writes a course and sees everyone in it."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="teaching")
    teacher = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="teaching")

    objects: ClassVar[models.Manager["CourseTeacher"]] = AccessQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["course", "teacher"], name="one_row_per_course_and_teacher")]

    def __str__(self) -> str:
        return f"{self.teacher} teaches {self.course}"


@decides_access("course", "student", of=["student__user"])
class CourseInvitation(models.Model):
    """An invitation: the student sees an invitation-only course, and can join it if it is open to join."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="invitations")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="course_invitations")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["CourseInvitation"]] = AccessQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["course", "student"], name="one_invitation_per_course")]

    def __str__(self) -> str:
        return f"{self.student} invited to {self.course}"
