"""Courses, batches, and who is in them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.administration import ActionAdmin, adopt, edited
from apps.accounts.people import signed_in
from apps.courses import actions, live
from apps.courses.admin_learning import CategoryAdmin  # noqa: F401 - registers them
from apps.courses.admin_letterheads import LetterheadAdmin  # noqa: F401 - registers it
from apps.courses.forms import TeacherField
from apps.courses.models import Batch, BatchStatus, Course, Enrollment, not_ended


@admin.register(Course)
class CourseAdmin(ActionAdmin[Course]):
    """What is taught."""

    list_display = ("title", "batch_count", "student_count", "updated")
    search_fields = ("title", "description")
    readonly_fields = ("created", "updated")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With how many batches and students each has."""
        active = not_ended(timezone.now(), "enrollments__")
        return (
            super()
            .get_queryset(request)
            .annotate(
                batch_total=Count("batches", distinct=True),
                student_total=Count("enrollments", filter=active, distinct=True),
            )
            .order_by("title")
        )

    @admin.display(description="batches", ordering="batch_total")
    def batch_count(self, course: Course) -> int:
        """How many batches take it, now or before."""
        return int(course.batch_total)  # type: ignore[attr-defined]

    @admin.display(description="students", ordering="student_total")
    def student_count(self, course: Course) -> int:
        """How many students take it now."""
        return int(course.student_total)  # type: ignore[attr-defined]


class StatusFilter(admin.SimpleListFilter):
    """Running, upcoming or ended."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """The three."""
        return BatchStatus.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The batches in the chosen one."""
        return queryset.in_status(self.value()) if self.value() in BatchStatus.values else queryset


@admin.register(Batch)
class BatchAdmin(ActionAdmin[Batch]):
    """Groups that take a course together; who is in one is changed on its page ("View on site")."""

    list_display = ("name", "course", "teacher", "start", "end", "places", "fee", "currency")
    list_filter = (
        StatusFilter,
        ("course", admin.RelatedOnlyFieldListFilter),
        ("teacher", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("course", "teacher")
    search_fields = ("name", "course__title", "teacher__given_name", "teacher__family_name")
    autocomplete_fields = ("course",)
    date_hierarchy = "start"
    readonly_fields = ("places", "created", "updated")
    fields = (
        "name",
        "course",
        "teacher",
        ("start", "end", "end_ends_access"),
        ("capacity", "places"),
        ("fee", "currency"),
        "created",
        "updated",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the size of each."""
        return Batch.objects.with_sizes().order_by("name", "pk")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Teachers as on the batch's page."""
        if db_field.name == "teacher":
            return TeacherField(Batch(pk=edited(request)))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="students", ordering="size")
    def places(self, batch: Batch) -> str:
        """How many of its places are taken."""
        return f"{batch.size} of {batch.capacity}" if batch.pk else "-"  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Batch, form: forms.ModelForm[Batch], change: bool) -> None:
        """As on the batch's page."""
        actor = signed_in(request)
        if change:
            actions.update_batch(actor, obj, {name: form.cleaned_data[name] for name in form.changed_data})
        else:
            actions.create_batch(actor, obj)


class EnrollmentForm(forms.ModelForm[Enrollment]):
    """A student, and the batch or at least the course."""

    class Meta:
        model = Enrollment
        fields = ("student", "batch", "course")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "course" in self.fields:
            self.fields["course"].required = False
            self.fields["course"].help_text = "Without a batch; a batch has its own course."

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError where batch and course contradict each other, or nothing is chosen."""
        cleaned = super().clean() or self.cleaned_data
        batch, course = cleaned.get("batch"), cleaned.get("course")
        if batch and course and batch.course_id != course.pk:
            raise ValidationError({"course": f"{batch} takes {batch.course}."})
        was_in_one = bool(self.instance.batch_id)
        missing = was_in_one if self.instance.pk else not course
        if "batch" in self.fields and "batch" not in self.errors and not batch and missing:
            raise ValidationError({"batch": "Choose a batch. To take a student out, end the enrollment."})
        if batch and not self.instance.pk:
            cleaned["course"] = batch.course
        return cleaned

    def validate_constraints(self) -> None:
        """Left to the action, which says what is in the way in words."""


@admin.register(Enrollment)
class EnrollmentAdmin(ActionAdmin[Enrollment]):
    """Who takes what, and took it. An enrollment is ended, not deleted, unless it was a mistake."""

    form = EnrollmentForm
    list_display = ("student", "course", "batch", "is_active", "enrolled_at", "expires_at")
    list_filter = ("is_active", ("course", admin.RelatedOnlyFieldListFilter), "enrolled_at")
    list_select_related = ("student", "course", "batch")
    search_fields = ("student__code", "student__given_name", "student__family_name", "batch__name", "course__title")
    autocomplete_fields = ("student", "course", "batch")
    actions = ("end",)
    ordering = ("-pk",)

    def get_fields(self, request: HttpRequest, obj: Enrollment | None = None) -> Any:
        """When it began and ended is shown once it has."""
        shown = ("student", "batch", "course")
        return (*shown, "is_active", "enrolled_at", "expires_at") if obj else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Enrollment | None = None) -> Any:
        """The batch of an active one can change, nothing else, and nothing of one that ended."""
        if not obj:
            return ()
        fixed = ("student", "course", "is_active", "enrolled_at", "expires_at")
        return fixed if obj.is_active else (*fixed, "batch")

    def save_model(
        self, request: HttpRequest, obj: Enrollment, form: forms.ModelForm[Enrollment], change: bool
    ) -> None:
        """Enroll, or move, as on the batch's page."""
        actor = signed_in(request)
        batch = form.cleaned_data.get("batch")
        if not change:
            course = form.cleaned_data["course"]
            made = (
                actions.add_student(actor, batch, obj.student) if batch else actions.enroll(actor, course, obj.student)
            )
            adopt(obj, made)
        elif "batch" in form.changed_data and batch:
            before = Enrollment.objects.select_related("batch").get(pk=obj.pk).batch
            if before:
                actions.move_student(actor, before, batch, obj.student)
            else:
                actions.add_student(actor, batch, obj.student)

    def delete_model(self, request: HttpRequest, obj: Enrollment) -> None:
        """Forget that it ever was."""
        with transaction.atomic():
            detail = {"student": obj.student_id, "course": obj.course_id, "batch": obj.batch_id}
            self._record(request, "deleted", obj, **detail)
            obj.delete()
            if obj.batch_id:
                live.roster_changed(obj.batch_id)

    @admin.action(description="End the selected enrollments", permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Enrollment]) -> None:
        """End them now; those that have ended stay as they are."""
        active = list(queryset.filter(is_active=True))
        for enrollment in active:
            actions.end_enrollment(signed_in(request), enrollment)
        self.message_user(request, f"{len(active)} ended.", messages.SUCCESS)
