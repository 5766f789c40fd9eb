from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "apps.courses"
    label = "courses"

    def ready(self) -> None:
        from apps.accounts import parts
        from apps.courses.notices import MOVED
        from apps.courses.part import CoursesPart
        from apps.courses.policies import can_read_channel
        from apps.notifications import notification_types
        from apps.realtime import channels

        parts.register(CoursesPart())
        notification_types.register(MOVED)
        channels.register("batch-#", can_read_channel)
