"""Lessons and what students did with them, in the admin: to be looked at. They are changed on their own pages."""

from django.contrib import admin

from apps.accounts.administration import ActionAdmin, ReadOnlyAdmin
from apps.courses.models import (
    Announcement,
    Category,
    Certificate,
    CourseCompletion,
    CourseInvitation,
    CourseTeacher,
    EnrollmentCode,
    Lesson,
    LessonAttachment,
    LessonProgress,
    LessonVersion,
    Module,
)

STUDENT = ("student__code", "student__given_name", "student__family_name")


@admin.register(Category)
class CategoryAdmin(ActionAdmin[Category]):
    """The headings of the catalogue."""

    list_display = ("name",)
    search_fields = ("name",)


@admin.register(Module)
class ModuleAdmin(ReadOnlyAdmin[Module]):
    """Parts of courses."""

    list_display = ("title", "course", "position", "removed_at", "updated")
    list_select_related = ("course",)
    search_fields = ("title", "course__title")


@admin.register(Lesson)
class LessonAdmin(ReadOnlyAdmin[Lesson]):
    """What is in a course."""

    list_display = ("title", "module", "kind", "published", "optional", "preview", "removed_at", "updated")
    list_filter = ("kind", "published")
    list_select_related = ("module",)
    search_fields = ("title", "module__title", "module__course__title")
    exclude = ("html", "file", "captions")


@admin.register(LessonAttachment)
class LessonAttachmentAdmin(ReadOnlyAdmin[LessonAttachment]):
    """What lies beside lessons."""

    list_display = ("name", "lesson", "added_at")
    list_select_related = ("lesson",)
    search_fields = ("name", "lesson__title")
    exclude = ("file",)


@admin.register(LessonVersion)
class LessonVersionAdmin(ReadOnlyAdmin[LessonVersion]):
    """Every text that was saved."""

    list_display = ("title", "lesson", "number", "saved_by", "saved_at")
    list_select_related = ("lesson", "saved_by")
    search_fields = ("title", "lesson__title")


@admin.register(LessonProgress)
class LessonProgressAdmin(ReadOnlyAdmin[LessonProgress]):
    """What students did with lessons."""

    list_display = ("student", "lesson", "opened_at", "seen_at", "completed_at")
    list_select_related = ("student", "lesson")
    search_fields = (*STUDENT, "lesson__title")
    show_full_result_count = False


@admin.register(CourseCompletion)
class CourseCompletionAdmin(ReadOnlyAdmin[CourseCompletion]):
    """Who finished what, and when."""

    list_display = ("student", "course", "run", "finished_at", "lessons")
    list_filter = ("finished_at",)
    list_select_related = ("student", "course")
    search_fields = (*STUDENT, "course__title")


@admin.register(CourseTeacher)
class CourseTeacherAdmin(ReadOnlyAdmin[CourseTeacher]):
    """Who writes which course."""

    list_display = ("teacher", "course")
    list_select_related = ("teacher", "course")
    search_fields = ("teacher__given_name", "teacher__family_name", "course__title")


@admin.register(CourseInvitation)
class CourseInvitationAdmin(ReadOnlyAdmin[CourseInvitation]):
    """Who is invited to which course."""

    list_display = ("student", "course", "invited_by", "created")
    list_select_related = ("student", "course", "invited_by")
    search_fields = (*STUDENT, "course__title")


@admin.register(EnrollmentCode)
class EnrollmentCodeAdmin(ReadOnlyAdmin[EnrollmentCode]):
    """Codes that enroll; the words themselves stay on the course's page."""

    list_display = ("__str__", "uses", "expires_at", "is_active", "created")
    list_select_related = ("course", "batch")
    search_fields = ("course__title", "batch__name")
    exclude = ("text",)


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin[Certificate]):
    """What was issued; revoked and restored on the course's own page. Its number stays on the certificate's page."""

    list_display = ("name", "course_title", "run", "finished_on", "issued_at", "reissued_at", "revoked_at")
    list_filter = ("issued_at", ("course", admin.RelatedOnlyFieldListFilter))
    search_fields = (*STUDENT, "name", "course_title")
    exclude = ("number",)


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnlyAdmin[Announcement]):
    """What courses and batches were told."""

    list_display = ("title", "course", "batch", "author", "created")
    list_filter = ("created",)
    list_select_related = ("course", "batch", "author")
    search_fields = ("title", "course__title", "batch__name")
    exclude = ("html",)
