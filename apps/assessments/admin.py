"""Quizzes in the admin. Settings are saved by the same action; what students did is read-only."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from apps.accounts.administration import ActionAdmin, ReadOnlyAdmin, adopt
from apps.accounts.people import signed_in
from apps.assessments import actions
from apps.assessments.admin_questions import ReadOnlyInline
from apps.assessments.marking import Kind
from apps.assessments.models import (
    Accommodation,
    Answer,
    Attempt,
    AttemptQuestion,
    Choice,
    Extension,
    KeyMending,
    Question,
    QuestionVersion,
    Quiz,
)
from apps.courses.models import Lesson


class QuestionInline(ReadOnlyInline):
    """Questions of a quiz. Each opens in the form that writes it."""

    model = Question
    fields = ("position", "current", "removed_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what each asks."""
        return super().get_queryset(request).select_related("current")


class ChoiceInline(ReadOnlyInline):
    """Options of a version."""

    model = Choice
    fields = ("position", "text", "is_right")
    show_change_link = False


class AskedInline(ReadOnlyInline):
    """Questions of an attempt."""

    model = AttemptQuestion
    fields = ("slot", "version", "possible", "points", "flagged")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what each asks."""
        return super().get_queryset(request).select_related("version")


@admin.register(Quiz)
class QuizAdmin(ActionAdmin[Quiz]):
    """Quizzes with their questions. One with attempts can't be deleted, only unpublished on its page."""

    list_display = ("title", "course", "published", "minutes", "opens", "ends_at")
    list_filter = ("published", "opens")
    list_select_related = ("course",)
    search_fields = ("title", "course__title")
    readonly_fields = ("published", "add_question")
    inlines = (QuestionInline,)

    def get_exclude(self, request: HttpRequest, obj: Quiz | None = None) -> list[str]:
        """Leave `lesson` out until the course is saved."""
        return [] if obj else ["lesson"]

    @admin.display(description="new question")
    def add_question(self, quiz: Quiz) -> str:
        """Links to the form of a new question, one for each kind."""
        if not quiz.pk:
            return "Save the quiz first."
        url = reverse("admin:assessments_question_add")
        links = ((f"{url}?quiz={quiz.pk}&kind={kind}", label) for kind, label in Kind.choices)
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer quiz lessons of the same course that no other quiz uses."""
        match = request.resolver_match
        if db_field.name == "lesson" and match and (pk := match.kwargs.get("object_id")):
            free = Lesson.objects.present().filter(models.Q(quiz=None) | models.Q(quiz=pk), kind="quiz")
            kwargs["queryset"] = free.filter(module__course__quizzes=pk)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Quiz, form: forms.ModelForm[Quiz], change: bool) -> None:
        """Save the changed fields by the action."""
        changes = {name: form.cleaned_data[name] for name in form.changed_data} if change else form.cleaned_data
        adopt(obj, actions.save_quiz(signed_in(request), obj, changes))


@admin.register(QuestionVersion)
class QuestionVersionAdmin(ReadOnlyAdmin[QuestionVersion]):
    """Versions of questions with their options."""

    list_display = ("pk", "question_id", "number", "kind", "points", "saved_at")
    list_filter = ("kind", "saved_at")
    search_fields = ("text",)
    inlines = (ChoiceInline,)


@admin.register(Choice)
class ChoiceAdmin(ReadOnlyAdmin[Choice]):
    """Options of questions."""

    list_display = ("pk", "text", "version_id", "is_right")
    list_filter = ("is_right",)
    search_fields = ("text",)


@admin.register(KeyMending)
class KeyMendingAdmin(ReadOnlyAdmin[KeyMending]):
    """Corrected keys."""

    list_display = ("pk", "version_id", "mode", "by", "at", "undone_at")
    list_filter = ("mode", "at")
    list_select_related = ("by",)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin[Attempt]):
    """Attempts with the points of each question."""

    list_display = ("quiz", "student", "number", "started_at", "deadline", "ended_at", "ending", "points", "possible")
    list_filter = ("ending", "started_at")
    list_select_related = ("quiz", "student")
    search_fields = ("quiz__title", "student__code")
    inlines = (AskedInline,)


@admin.register(AttemptQuestion)
class AttemptQuestionAdmin(ReadOnlyAdmin[AttemptQuestion]):
    """Questions of attempts."""

    list_display = ("pk", "attempt_id", "slot", "version_id", "points", "possible", "flagged")
    list_filter = ("flagged",)
    exclude = ("options",)


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin[Answer]):
    """When answers were saved; their content is on the attempt's page."""

    list_display = ("pk", "question_id", "counter", "is_late", "saved_at")
    list_filter = ("is_late", "saved_at")
    exclude = ("chosen", "text")


@admin.register(Accommodation)
class AccommodationAdmin(ReadOnlyAdmin[Accommodation]):
    """Students' extra time."""

    list_display = ("student", "factor", "minutes", "updated")
    list_select_related = ("student",)
    search_fields = ("student__code",)


@admin.register(Extension)
class ExtensionAdmin(ReadOnlyAdmin[Extension]):
    """Time added to running quizzes and attempts."""

    list_display = ("quiz", "attempt_id", "minutes", "by", "at")
    list_filter = ("at",)
    list_select_related = ("quiz", "by")
    search_fields = ("quiz__title",)
