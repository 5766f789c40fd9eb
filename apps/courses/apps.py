from django.apps import AppConfig

BATCH_PAGES = ("batch_list", "batch_create", "batch_edit", "roster", "removal_create", "move_create")


class CoursesConfig(AppConfig):
    name = "apps.courses"
    label = "courses"

    def ready(self) -> None:
        from apps.accounts import audit_labels, looking, parts
        from apps.accounts.models import Role
        from apps.core import reports
        from apps.core.navigation import Entry, Group, register
        from apps.courses import certificate_rules, completion_rules, course_tabs, lesson_kinds
        from apps.courses.audit_labels import LABELS
        from apps.courses.course_tabs import Tab
        from apps.courses.models import not_ended
        from apps.courses.notices import MOVED
        from apps.courses.notices_certificates import CERTIFICATE
        from apps.courses.notices_enrollment import TYPES
        from apps.courses.notices_lessons import ANNOUNCEMENT, LESSONS
        from apps.courses.part import CoursesPart
        from apps.courses.policies import (
            access_ends_at,
            can_read_channel,
            can_read_course_channel,
            can_read_progress_channel,
            taught_until,
        )
        from apps.courses.report import REPORT
        from apps.notifications import notification_types
        from apps.realtime import channels
        from apps.students import placing

        looking.open_to_looks(
            "courses:certificate_verify",
            "courses:achievement_list",
            "courses:certificate_list",
            "courses:announcement_list",
            "courses:batch_list",
            "courses:batch_create",
            "courses:batch_edit",
            "courses:roster",
            "courses:move_create",
            "courses:progress_grid",
            "courses:student_progress",
            "courses:course_create",
            "courses:course_edit",
            "courses:outline",
            "courses:lesson_menu",
            "courses:lesson_edit",
        )
        looking.open_to_looks(
            "courses:course_list",
            "courses:own_list",
            "courses:course_detail",
            "courses:course_cover",
            "courses:lesson_detail",
            "courses:lesson_outline",
            "courses:lesson_file",
            "courses:lesson_main",
            "courses:lesson_captions",
        )
        course_tabs.register(Tab("Lessons", "courses:course_detail", 10, lambda _: True, ("courses:lesson_detail",)))
        new = tuple(f"courses:announcement_{page}" for page in ("create", "edit"))
        course_tabs.register(
            Tab("Announcements", "courses:announcement_list", 20, lambda access: access.opens_all, new),
            Tab(
                "Certificates",
                "courses:certificate_list",
                60,
                lambda access: access.follows,
                ("courses:certificate_create", "courses:revocation_create"),
            ),
        )
        looking.open_to_looks(
            "courses:code_list",
            "courses:code_use",
            "courses:enrollment_create",
            "courses:enrollment_edit",
            "courses:people_list",
        )
        course_tabs.register(Tab("Edit", "courses:course_edit", 15, lambda access: access.writes))
        course_tabs.register(
            Tab(
                "People",
                "courses:people_list",
                30,
                lambda access: access.follows,
                ("courses:enrollment_create", "courses:code_list"),
            )
        )
        course_tabs.register(
            Tab("Progress", "courses:progress_grid", 40, lambda access: access.follows, ("courses:student_progress",)),
        )
        parts.register(CoursesPart())
        placing.register(not_ended, taught_until)
        audit_labels.register(LABELS)
        for kind in (MOVED, ANNOUNCEMENT, CERTIFICATE, LESSONS, *TYPES):
            notification_types.register(kind)
        reports.register(REPORT)
        channels.register("batch-#", can_read_channel)
        channels.register("course-#", can_read_course_channel, access_ends_at)
        channels.register("course-#-staff", can_read_progress_channel)
        completion_rules.register(*completion_rules.OURS)
        certificate_rules.register(certificate_rules.COMPLETED)
        lesson_kinds.register(
            *(lesson_kinds.TEXT, lesson_kinds.VIDEO, lesson_kinds.FILE, lesson_kinds.LINK, lesson_kinds.EMBED)
        )
        team = {Role.ADMIN, Role.STAFF, Role.TEACHER}
        everyone = {*team, Role.STUDENT}
        batches = {f"courses:{name}" for name in BATCH_PAGES}
        others = {*batches, "courses:achievement_list"}
        bar = {Role.TEACHER, Role.STUDENT}
        earned = "courses:achievement_list"
        register(
            Entry("Certificates", "award", earned, Group.OWN, 25, {Role.STUDENT}, pages={earned}),
            Entry(
                "Courses",
                "book-open",
                "courses:course_list",
                Group.TEACHING,
                15,
                everyone,
                bar,
                elsewhere=others,
            ),
            Entry("Batches", "layers", "courses:batch_list", Group.TEACHING, 20, team, pages=batches),
        )
