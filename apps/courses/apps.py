from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "apps.courses"
    label = "courses"

    def ready(self) -> None:
        from apps.accounts import audit_labels, looking, parts
        from apps.accounts.models import Role
        from apps.core.navigation import Entry, Group, register
        from apps.courses.audit_labels import LABELS
        from apps.courses.notices import MOVED
        from apps.courses.part import CoursesPart
        from apps.courses.policies import can_read_channel
        from apps.notifications import notification_types
        from apps.realtime import channels

        looking.open_to_looks(
            "courses:batch_list",
            "courses:batch_create",
            "courses:batch_edit",
            "courses:roster",
            "courses:move_create",
        )
        parts.register(CoursesPart())
        audit_labels.register(LABELS)
        notification_types.register(MOVED)
        channels.register("batch-#", can_read_channel)
        team = {Role.ADMIN, Role.STAFF, Role.TEACHER}
        register(Entry("Batches", "layers", "courses:batch_list", Group.TEACHING, 20, team, bar={Role.TEACHER}))
