from django.apps import AppConfig


class StudentsConfig(AppConfig):
    name = "apps.students"
    label = "students"

    def ready(self) -> None:
        from apps.accounts import audit_labels, looking, parts
        from apps.accounts.models import Role
        from apps.conversations import conversation_types, direct
        from apps.core.navigation import Entry, Group, register
        from apps.jobs import job_types
        from apps.notifications import notification_types
        from apps.realtime import channels
        from apps.students import live, notices, policies
        from apps.students.audit_labels import LABELS
        from apps.students.conversation_type import StudentConversations
        from apps.students.import_jobs import CHECK, IMPORT
        from apps.students.part import StudentsPart

        looking.open_to_looks(
            "students:student_list",
            "students:student_create",
            "students:student_detail",
            "students:student_edit",
            "students:student_import",
            "students:import_detail",
            "students:invitation_create",
            "students:student_work",
            "students:note_list",
            "students:task_list",
            "students:task_today",
        )
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
        tasks = {"students:task_list", "students:task_create", "students:task_edit"}
        team, detail = {Role.ADMIN, Role.STAFF, Role.TEACHER}, "students:student_detail"
        register(
            Entry("Students", "users", "students:student_list", Group.TEACHING, 10, team, bar=team, elsewhere=tasks),
            Entry(
                "Your details",
                "user",
                detail,
                Group.OWN,
                10,
                {Role.STUDENT},
                find=policies.own_record_url,
                elsewhere=tasks,
            ),
        )
