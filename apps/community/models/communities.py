"""Communities, and what is kept of their members. Who is a member follows from enrollments and is stored nowhere."""

from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import Role, User
from apps.community.models.levels import Level
from apps.conversations.models import Conversation
from apps.core.models import Timestamped
from apps.courses.models import Course, CourseTeacher, Enrollment
from apps.files.models import StoredFile
from apps.realtime.access import AccessQuerySet, decides_access

# The name of the type of a community's chat.
CHAT_KIND = "course"


class Audience(models.TextChoices):
    """To whom a community is open."""

    MEMBERS = "members", "Everyone in the course"
    MODERATORS = "moderators", "Only its moderators, for now"


class Approval(models.TextChoices):
    """Whose posts wait for a moderator before others see them."""

    NOBODY = "nobody", "Nobody's"
    NEWCOMERS = "newcomers", "A person's first posts"
    STUDENTS = "students", "All students'"


class MembershipRole(models.TextChoices):
    """What a teacher made of a member. Instructors are the course's teachers and have no role here."""

    MEMBER = "member", "Member"
    MODERATOR = "moderator", "Moderator"


class CommunityQuerySet(AccessQuerySet["Community"]):
    """Communities, found through what a person may see."""

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """Those that this person may read at a moment (now).

        All for admins and staff; for teachers those of courses that they, or batches of theirs, teach; for students
        those of published courses in which they have a valid enrollment. One that is open to its moderators alone is
        found by these.
        """
        if user.sees_all:
            return self
        if user.role == Role.TEACHER:
            return self.around(user).filter(Q(audience=Audience.MEMBERS) | _instructed(user) | _appointed(user))
        return self.around(user, at).filter(Q(audience=Audience.MEMBERS) | _appointed(user))

    def around(self, user: User, at: datetime | None = None) -> Self:
        """Those around the courses that are open to this person, also where only moderators may read them."""
        if user.sees_all:
            return self
        if user.role == Role.TEACHER:
            return self.filter(course__in=Course.objects.read_by(user).values("pk"))
        enrolled = Enrollment.objects.valid(at).filter(student__user=user, course__published=True)
        return self.filter(course__in=enrolled.values("course"))

    def moderated_by(self, user: User) -> Self:
        """Those that this person moderates: all for admins and staff, a teacher's own, or where appointed."""
        if user.sees_all:
            return self
        if user.role == Role.TEACHER:
            return self.around(user).filter(_instructed(user) | _appointed(user))
        return self.visible_to(user).filter(_appointed(user))

    def with_standing(self, user: User) -> Self:
        """Each, of those that this person reads, with what policies ask of them on one page: have they left (`left`),
        do they moderate (`moderates`)?
        """
        own = Membership.objects.filter(community=OuterRef("pk"), user=user)
        teaches = CourseTeacher.objects.filter(course=OuterRef("course"), teacher=user)
        if user.sees_all:
            moderates: Any = Value(True)
        else:
            chosen = Q(Exists(own.filter(role=MembershipRole.MODERATOR)))
            instructs = Q(Exists(teaches)) if user.role == Role.TEACHER else Q()
            moderates = ExpressionWrapper(chosen | instructs, output_field=models.BooleanField())
        left = Exists(own.filter(left_at__isnull=False))
        return self.annotate(standing_of=Value(user.pk), left=left, moderates=moderates)


def _instructed(user: User) -> Q:
    return Q(course__in=CourseTeacher.objects.filter(teacher=user).values("course"))


def _appointed(user: User) -> Q:
    chosen = Membership.objects.filter(user=user, role=MembershipRole.MODERATOR)
    return Q(pk__in=chosen.values("community"))


@decides_access("course", "audience", of=["course__enrollments__student__user", "course__batches__teacher"])
class Community(Timestamped):
    """The talk around one course: made with it, and open to whom a valid enrollment opens the course."""

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="community")
    chat = models.OneToOneField(Conversation, on_delete=models.PROTECT, related_name="community")
    title = models.CharField(max_length=120, blank=True, help_text="Empty: the course's title.")
    description = models.TextField(blank=True, max_length=5_000)
    description_html = models.TextField(blank=True, editable=False)
    banner = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField("open to", max_length=10, choices=Audience, default=Audience.MEMBERS)
    approval = models.CharField("posts that wait", max_length=10, choices=Approval, default=Approval.NOBODY)
    # Counted are a person's messages in this community, deleted ones too.
    first_posts = models.PositiveSmallIntegerField(
        "how many first posts wait", default=1, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )

    objects: ClassVar[models.Manager["Community"]] = CommunityQuerySet.as_manager()
    # Set by `with_standing`: whose standing it is, and what it is.
    standing_of: int | None = None
    left: bool
    moderates: bool
    # Set by `overview.with_news`.
    unread_topics: int
    unread_chat: int
    last_key: int

    class Meta:
        ordering = ["course__title"]
        verbose_name_plural = "communities"
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="community_has_a_known_audience"),
            models.CheckConstraint(condition=Q(approval__in=Approval.values), name="community_has_a_known_approval"),
            models.CheckConstraint(condition=Q(first_posts__range=(1, 50)), name="community_holds_some_first_posts"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What it is called."""
        return self.title or self.course.title

    @property
    def last_at(self) -> datetime | None:
        """When its newest message was written; None where there is none."""
        return datetime.fromtimestamp(self.last_key / 1_000_000, UTC) if self.last_key else None

    @property
    def rendered(self) -> SafeString:
        """The description as HTML: made by apps.core.markdown, and cleaned there."""
        return mark_safe(self.description_html)  # noqa: S308

    def get_absolute_url(self) -> str:
        """Its topics."""
        return reverse("community:topic_list", args=[self.course_id])

    def readers(self) -> QuerySet[User]:
        """Everyone who may read it now: whom a message reaches, and who can be named, listed and counted."""
        if self.audience == Audience.MODERATORS:
            return self.moderators()
        return User.objects.filter(self._keepers() | self._joined(), is_active=True)

    def moderators(self) -> QuerySet[User]:
        """Everyone who moderates it now."""
        return User.objects.filter(self._keepers() | (self._joined() & Q(pk__in=self.appointed())), is_active=True)

    def appointable(self) -> QuerySet[User]:
        """Everyone an instructor may appoint as a moderator: students of the course and teachers of its batches."""
        return User.objects.filter(self._joined(), is_active=True).exclude(self._keepers())

    def _keepers(self) -> Q:
        """Condition for admins, staff and the course's instructors, who moderate without being appointed."""
        teach = CourseTeacher.objects.filter(course=self.course_id).values("teacher")
        return Q(role__in=[Role.ADMIN, Role.STAFF]) | Q(pk__in=teach, role=Role.TEACHER)

    def _joined(self) -> Q:
        """Condition for students of the course and teachers of its batches."""
        of_batches = Q(pk__in=self.course.batches.values("teacher"), role=Role.TEACHER)
        # The role decides: a former student who became a teacher needs a batch.
        return of_batches | Q(pk__in=self.enrolled().values("student__user"), role=Role.STUDENT)

    def enrolled(self) -> QuerySet[Enrollment]:
        """The enrollments that open it to students now."""
        open_course = {"course": self.course_id, "course__published": True, "student__user__isnull": False}
        return Enrollment.objects.valid().filter(**open_course)

    def appointed(self) -> QuerySet[Any, Any]:
        """The ids of those whom a teacher made moderators, whether they may read it now or not."""
        return self.memberships.filter(role=MembershipRole.MODERATOR).values("user")


class MembershipQuerySet(AccessQuerySet["Membership"]):
    """What is kept of members."""


@decides_access("community", "user", "role", of=["user"])
class Membership(Timestamped):
    """What is kept of one member, also when the enrollment ends: a role, what to be told of, whether they left."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=MembershipRole, default=MembershipRole.MEMBER)
    # Empty: what is usual for a member, or for an instructor.
    level = models.CharField("topics", max_length=10, choices=Level, blank=True)
    chat_level = models.CharField("chat", max_length=10, choices=Level, blank=True)
    # Whoever left reads on while enrolled, but writes nothing and is told of nothing.
    left_at = models.DateTimeField(null=True, blank=True)
    may_flag = models.BooleanField("may report posts", default=True)

    objects: ClassVar[models.Manager["Membership"]] = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["community", "user"], name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.community}"
