"""Registers students with the apps below; called once, when the app is ready."""

from apps.accounts import audit_labels, looking, parts
from apps.accounts.models import Role
from apps.conversations import conversation_types, direct
from apps.core import navigation
from apps.jobs import job_types
from apps.notifications import notification_types
from apps.realtime import channels
from apps.students import live, notices, policies
from apps.students.audit_labels import LABELS
from apps.students.conversation_type import StudentConversations
from apps.students.import_jobs import CHECK, IMPORT
from apps.students.part import StudentsPart

TEAM = {Role.ADMIN, Role.STAFF, Role.TEACHER}
# Tasks are a page of the calendar.
TASKS = {"students:task_list", "students:task_create", "students:task_edit"}
RECORD = ("Your details", "user", "students:student_detail", navigation.Group.OWN, 10, {Role.STUDENT})
# Views that an admin who looks as somebody may open.
LOOKS = (
    *("student_list", "student_create", "student_detail", "student_edit", "student_import", "import_detail"),
    *("invitation_create", "student_work", "note_list", "task_list", "task_today"),
)


def register() -> None:
    """Register channels, notifications, audit labels and the rest."""
    looking.open_to_looks(*(f"students:{name}" for name in LOOKS))
    parts.register(StudentsPart())
    audit_labels.register(LABELS, {"studentimport": "student import"})
    job_types.register(CHECK)
    job_types.register(IMPORT)
    conversation_types.register(StudentConversations())
    direct.register_contacts(policies.contacts)
    channels.register("student-#", policies.can_read_thread, policies.thread_ends_at)
    channels.register("student-#-staff", policies.can_read_staff_thread, policies.thread_ends_at)
    channels.register(live.TASKS, policies.sees_all_tasks)
    for kind in notices.TYPES:
        notification_types.register(kind)
    students = ("Students", "users", "students:student_list", navigation.Group.TEACHING, 10, TEAM)
    navigation.register(
        navigation.Entry(*students, bar=TEAM, elsewhere=TASKS),
        navigation.Entry(*RECORD, find=policies.own_record_url, elsewhere=TASKS),
    )
