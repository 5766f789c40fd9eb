"""What one person may do in one course, looked up once per page."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import Role, User
from apps.courses import achievements, live, policies
from apps.courses.achievements import Achievement
from apps.courses.models import Course, CourseCompletion, Enrollment
from apps.students.models import Student


@dataclass(frozen=True)
class Access:
    """Someone reading a course, whose right to see its page was already checked."""

    user: User | AnonymousUser
    course: Course

    @cached_property
    def writes(self) -> bool:
        """May they change the course?"""
        return policies.can_write(self.user, self.course)

    @cached_property
    def follows(self) -> bool:
        """May they read every lesson, and see how far students are?"""
        return self.writes or policies.can_follow(self.user, self.course)

    @cached_property
    def student(self) -> Student | None:
        """Their own record, for a student."""
        if not isinstance(self.user, User) or self.user.role != Role.STUDENT:
            return None
        return Student.objects.filter(user=self.user).first()

    @cached_property
    def latest(self) -> Enrollment | None:
        """Their current enrollment, or else the one that ended last."""
        if not self.student:
            return None
        mine = Enrollment.objects.filter(student=self.student, course=self.course)
        return mine.select_related("batch").order_by("-is_active", "-enrolled_at", "-pk").first()

    @property
    def enrollment(self) -> Enrollment | None:
        """The enrollment that opens the course to them now."""
        return self.latest if self.latest and self.latest.is_valid() and self.course.published else None

    @property
    def ended(self) -> bool:
        """Has their enrollment ended?"""
        return bool(self.latest and not self.latest.holds_place())

    @cached_property
    def completion(self) -> CourseCompletion | None:
        """The completion of their latest run, if they finished the course."""
        if not self.student:
            return None
        return CourseCompletion.objects.filter(student=self.student, course=self.course).order_by("-run").first()

    @cached_property
    def achievement(self) -> Achievement | None:
        """When they finished the course, and its certificate."""
        return achievements.of_course(self.user, self.course) if self.student and isinstance(self.user, User) else None

    @property
    def channel(self) -> str:
        """The stream's channel of the course."""
        return live.course_channel(self.course.pk)

    @property
    def events(self) -> list[str]:
        """The events that refresh their page: the course changed, or their progress did."""
        return [self.channel, live.PROGRESS]

    @property
    def opens_all(self) -> bool:
        """Is every published lesson open to them?"""
        return self.follows or self.enrollment is not None

    @property
    def may_join(self) -> bool:
        """Can they enroll by themselves?"""
        if not self.student or (self.latest and self.latest.holds_place()):
            return False
        return isinstance(self.user, User) and policies.can_join(self.user, self.course)
