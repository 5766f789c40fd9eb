from django.apps import AppConfig


class StudentsConfig(AppConfig):
    name = "apps.students"
    label = "students"

    def ready(self) -> None:
        from apps.students.registrations import register

        register()
