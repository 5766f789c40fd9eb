"""Questions in the admin: each save is a new version by the same action as on the page for writing a quiz."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.checks import InlineModelAdminChecks
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms import modelformset_factory
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.accounts.administration import ActionAdmin, adopt
from apps.accounts.people import signed_in
from apps.assessments import actions, policies
from apps.assessments.forms import QuestionForm
from apps.assessments.forms_admin import AdminQuestionForm, OptionForm, OptionFormSet
from apps.assessments.marking import Kind
from apps.assessments.models import Choice, Question, QuestionVersion, Quiz
from apps.courses.models import Course

# Kinds whose options are written as rows; those of true or false are given.
WITH_OPTIONS = (Kind.SINGLE, Kind.MULTIPLE)


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    """Read-only rows shown under their parent."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False


class VersionInline(ReadOnlyInline):
    """Versions of a question."""

    model = QuestionVersion
    fk_name = "question"
    fields = ("number", "kind", "text", "points", "saved_at")


class OptionChecks(InlineModelAdminChecks):
    """Django's checks without those of a foreign key: an option belongs to the question's current version."""

    def _check_relation(self, obj: Any, parent_model: Any) -> list[Any]:
        return []

    def _check_exclude_of_parent_model(self, obj: Any, parent_model: Any) -> list[Any]:
        return []


class OptionInline(admin.TabularInline[Any, Any]):
    """Options of a question. They are saved with it, as a new version."""

    model = Choice
    checks_class = OptionChecks
    verbose_name = "option"
    verbose_name_plural = "options"
    fields = ("text", "is_right")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The options of the question's current version."""
        extra = 2 if obj else 4
        return modelformset_factory(
            Choice, form=OptionForm, formset=OptionFormSet, fields=self.fields, extra=extra, can_delete=True
        )

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Yes: these rows are shown only to people who may write the question."""
        return True

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Yes, for the same reason."""
        return True

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Yes, for the same reason."""
        return True


@admin.register(Question)
class QuestionAdmin(ActionAdmin[Question]):
    """Questions: written with their options, removed from new attempts and restored. Their versions stay."""

    form = AdminQuestionForm
    list_display = ("pk", "current", "quiz", "position", "removed_at")
    list_filter = ("removed_at",)
    list_select_related = ("quiz", "current")
    search_fields = ("quiz__title", "current__text")
    inlines = (OptionInline, VersionInline)
    actions = ("remove", "restore")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the course, which decides who writes."""
        return super().get_queryset(request).select_related("quiz__course", "current")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Question | None:
        """With its options and key, which several parts of the form read."""
        question = super().get_object(request, object_id, from_field)
        if question:
            models.prefetch_related_objects([question], "current__choices", "current__mendings")
        return question

    def has_change_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """Needs the permission, and the right to write the course's quizzes."""
        may = super().has_change_permission(request, obj)
        if not may or obj is None:
            return may
        return bool(obj.current) and policies.may_write(signed_in(request), obj.quiz.course)

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """Never. Questions are removed from new attempts, because past attempts keep them."""
        return False

    def get_fields(self, request: HttpRequest, obj: Question | None = None) -> Any:
        """The fields of its kind; of a new one the quiz and the kind first."""
        if obj and not self.has_change_permission(request, obj):
            return ("quiz", "current", "removed_at")
        kind = kind_of(request, obj)
        if not kind:
            return ("quiz", "kind")
        own = [name for name in QuestionForm.OWN[kind] if name != "options"]
        if obj:
            return ("quiz", "kind_name", "removed_at", "text", *own, "points", "feedback", "version")
        return ("quiz", "kind", "text", *own, "points", "feedback")

    def get_readonly_fields(self, request: HttpRequest, obj: Question | None = None) -> Any:
        """A question stays in its quiz and of its kind."""
        return ("quiz", "kind_name", "current", "removed_at") if obj else ()

    @admin.display(description="kind")
    def kind_name(self, question: Question) -> str:
        """What kind of question it is."""
        return question.current.get_kind_display() if question.current else ""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Quizzes that this person may write."""
        if db_field.name == "quiz":
            courses = Course.objects.written_by(signed_in(request))
            kwargs["queryset"] = Quiz.objects.filter(course__in=courses)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Question | None) -> Any:
        """Options as rows where they are written, and the versions of what was saved."""
        has_rows = kind_of(request, obj) in WITH_OPTIONS and self.has_change_permission(request, obj)
        return (*((OptionInline,) if has_rows else ()), *((VersionInline,) if obj else ()))

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Add the question's kind, which decides how options are checked."""
        more = {"kind": kind_of(request, obj)} if isinstance(inline, OptionInline) else {}
        return super().get_formset_kwargs(request, obj, inline, prefix) | more

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the quiz and the kind first; the form depends on it."""
        if request.method == "POST" and "text" not in request.POST and self.has_add_permission(request):
            asked = {name: request.POST.get(name, "") for name in ("quiz", "kind")}
            return HttpResponseRedirect(f"{request.path}?{urlencode(asked)}")
        first = {
            "show_save": False,
            "show_save_and_add_another": False,
            "title": "Choose a quiz and a kind of question",
        }
        return super().add_view(request, form_url, (extra_context or {}) | ({} if kind_of(request) else first))

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        """Left to `save_related`, which has the options too."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save a new version with its options, if anything was changed."""
        rows = next((each for each in formsets if isinstance(each, OptionFormSet)), None)
        if change and not form.has_changed() and not (rows and rows.has_changed()):
            return
        written = form.written_with(rows.options if rows else ())
        quiz, old = form.instance.quiz, form.instance if change else None
        adopt(form.instance, actions.save_question(signed_in(request), quiz, written, old))

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """The fields alone: no row of an option was changed, as a new version has rows of its own."""
        return super().construct_change_message(request, form, [], add)

    @admin.action(description="Remove from new attempts", permissions=["change"])
    def remove(self, request: HttpRequest, queryset: Any) -> None:
        """Remove the chosen questions from new attempts."""
        self._remove(request, queryset.filter(removed_at=None), back=False)

    @admin.action(description="Restore", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: Any) -> None:
        """Restore the chosen questions."""
        self._remove(request, queryset.exclude(removed_at=None), back=True)

    def _remove(self, request: HttpRequest, questions: Any, *, back: bool) -> None:
        done = 0
        for question in questions.select_related("quiz__course", "current"):
            try:
                actions.remove_question(signed_in(request), question, back=back)
            except (PermissionDenied, ValidationError) as error:
                said = error.messages[0] if isinstance(error, ValidationError) else str(error)
                messages.error(request, f"{question}: {said}")
            else:
                done += 1
        what = "Restored" if back else "Removed"
        messages.success(request, f"{what} {done} question{'' if done == 1 else 's'}.")


def kind_of(request: HttpRequest, question: Question | None = None) -> str:
    """The kind of a question, or the one chosen for a new one; empty before it is."""
    if question and question.current:
        return question.current.kind
    kind = (request.POST if request.method == "POST" else request.GET).get("kind", "")
    return kind if kind in Kind else ""
