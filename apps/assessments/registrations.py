"""Registers assessments with the apps below; called once, when the app is ready."""

from apps.accounts import audit_labels, looking, parts
from apps.assessments import lesson_kind, policies
from apps.assessments.audit_labels import LABELS
from apps.assessments.notices import TYPES
from apps.assessments.part import AssessmentsPart
from apps.courses import completion_rules, course_tabs, lesson_kinds
from apps.courses.access import Access
from apps.courses.course_tabs import Tab
from apps.notifications import notification_types
from apps.realtime import channels

LOOKS = ("today_detail", "quiz_list", "quiz_detail", "attempt_detail", "attempt_clock")


def register() -> None:
    """Register channels, notifications, audit labels, tabs and the rest."""
    audit_labels.register(LABELS)
    parts.register(AssessmentsPart())
    looking.open_to_looks(*(f"assessments:{view}" for view in LOOKS))
    channels.register("quiz-#-staff", policies.reads_channel)
    for kind in TYPES:
        notification_types.register(kind)
    completion_rules.register(*lesson_kind.RULES)
    lesson_kinds.register(lesson_kind.QUIZ)
    course_tabs.register(Tab("Quizzes", "assessments:quiz_list", 17, _has_quizzes, PAGES))


PAGES = tuple(
    f"assessments:{name}"
    for name in (
        *("quiz_create", "quiz_edit", "quiz_detail", "attempt_detail", "result_list", "result_detail"),
        *("question_import", "watch", "trial", "mending"),
    )
)


def _has_quizzes(access: Access) -> bool:
    return access.opens_all and bool(getattr(access.user, "is_authenticated", False))
