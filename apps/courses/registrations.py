"""Registers what the apps below need to know of courses; called once, when the app is ready."""

from apps.accounts import audit_labels, looking, parts
from apps.accounts.models import Role
from apps.core import reports
from apps.core.navigation import Entry, Group
from apps.core.navigation import register as register_places
from apps.courses import certificate_rules, completion_rules, course_tabs, lesson_kinds, policies
from apps.courses.access import Access
from apps.courses.audit_labels import LABELS
from apps.courses.course_tabs import Tab
from apps.courses.models import not_ended
from apps.courses.notices import MOVED
from apps.courses.notices_certificates import CERTIFICATE
from apps.courses.notices_enrollment import TYPES
from apps.courses.notices_lessons import ANNOUNCEMENT, LESSONS
from apps.courses.part import CoursesPart
from apps.courses.report import REPORT
from apps.notifications import notification_types
from apps.realtime import channels
from apps.students import placing

BATCH_PAGES = ("batch_list", "batch_create", "batch_edit", "roster", "removal_create", "move_create")
# The pages an admin may open while viewing as someone else.
LOOKS = (
    *("batch_list", "batch_create", "batch_edit", "roster", "move_create"),
    *("course_list", "own_list", "course_detail", "course_cover", "course_create", "course_edit", "outline"),
    *("lesson_detail", "lesson_outline", "lesson_file", "lesson_main", "lesson_captions", "lesson_menu", "lesson_edit"),
    *("people_list", "enrollment_create", "enrollment_edit", "code_list", "code_use"),
    *("progress_grid", "student_progress"),
    *("certificate_verify", "certificate_list", "achievement_list", "announcement_list"),
)


def register() -> None:
    """Everything, each with whom it concerns."""
    parts.register(CoursesPart())
    audit_labels.register(LABELS)
    looking.open_to_looks(*_named(LOOKS))
    placing.register(not_ended, policies.taught_until)
    reports.register(REPORT)
    for kind in (MOVED, ANNOUNCEMENT, CERTIFICATE, LESSONS, *TYPES):
        notification_types.register(kind)
    channels.register("batch-#", policies.can_read_channel)
    channels.register("course-#", policies.can_read_course_channel, policies.access_ends_at)
    channels.register("course-#-staff", policies.can_read_progress_channel)
    completion_rules.register(*completion_rules.OURS)
    certificate_rules.register(certificate_rules.COMPLETED)
    lesson_kinds.register(*lesson_kinds.OURS)
    _register_tabs()
    _register_places()


def _named(views: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"courses:{view}" for view in views)


def _register_tabs() -> None:
    def follows(access: Access) -> bool:
        return access.follows

    course_tabs.register(
        Tab("Lessons", "courses:course_detail", 10, lambda _: True, _named(("lesson_detail",))),
        Tab("Edit", "courses:course_edit", 15, lambda access: access.writes),
        Tab(
            *("Announcements", "courses:announcement_list", 20, lambda access: access.opens_all),
            pages=_named(("announcement_create", "announcement_edit")),
        ),
        Tab("People", "courses:people_list", 30, follows, _named(("enrollment_create", "code_list"))),
        Tab("Progress", "courses:progress_grid", 40, follows, _named(("student_progress",))),
        Tab(
            *("Certificates", "courses:certificate_list", 60, follows),
            pages=_named(("certificate_create", "revocation_create")),
        ),
    )


def _register_places() -> None:
    team = {Role.ADMIN, Role.STAFF, Role.TEACHER}
    batches, earned = set(_named(BATCH_PAGES)), "courses:achievement_list"
    register_places(
        Entry("Certificates", "award", earned, Group.OWN, 25, {Role.STUDENT}, pages={earned}),
        Entry(
            *("Courses", "book-open", "courses:course_list", Group.TEACHING, 15, {*team, Role.STUDENT}),
            bar={Role.TEACHER, Role.STUDENT},
            elsewhere={*batches, earned},
        ),
        Entry("Batches", "layers", "courses:batch_list", Group.TEACHING, 20, team, pages=batches),
    )
