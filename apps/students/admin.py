"""Students, and the files they came in."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts import audit
from apps.accounts.administration import ActionAdmin, ReadOnlyAdmin, adopt, edited
from apps.accounts.models import Role, User
from apps.accounts.people import signed_in
from apps.students import actions
from apps.students.forms import ContactsField
from apps.students.models import Student, StudentImport, StudentNote, StudentTask


@admin.register(Student)
class StudentAdmin(ActionAdmin[Student]):
    """The academy's records; each made with its thread."""

    list_display = ("code", "given_name", "family_name", "status", "grade", "email", "user")
    list_display_links = ("code", "given_name")
    list_filter = ("status", ("user", admin.EmptyFieldListFilter), "created")
    list_select_related = ("user",)
    search_fields = ("code", "given_name", "family_name", "email", "phone")
    autocomplete_fields = ("user",)
    readonly_fields = ("thread", "created", "updated")
    fieldsets = (
        (None, {"fields": ("code", ("given_name", "family_name"), "status", "grade", "note")}),
        ("Contact", {"fields": ("email", "phone", "guardians")}),
        ("In Homeroom", {"fields": ("user", "thread", "created", "updated")}),
    )

    @admin.display(description="conversation")
    def thread(self, student: Student) -> SafeString | str:
        """A link to the thread, on its page and in this admin."""
        if not student.pk:
            return "Made with the student."
        page = reverse("conversations:conversation_detail", args=[student.conversation_id])
        record = reverse("admin:conversations_conversation_change", args=[student.conversation_id])
        return format_html('<a href="{}">Read it</a> · <a href="{}">its settings</a>', page, record)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Contacts are read as on the students' pages."""
        if db_field.name == "guardians":
            kwargs["form_class"] = ContactsField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """An account that shows a student their own record is a student's, and shows no other record."""
        if db_field.name == "user":
            free = Q(student=None) | Q(student=edited(request))
            kwargs["queryset"] = User.objects.filter(free, role=Role.STUDENT, closed=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Student, form: forms.ModelForm[Student], change: bool) -> None:
        """As on the students' pages; the account, which only this page sets, is recorded by its number."""
        actor = signed_in(request)
        if not change:
            adopt(obj, actions.create_student(actor, **form.cleaned_data))
            return
        changes = {name: form.cleaned_data[name] for name in form.changed_data if name != "user"}
        if changes:
            actions.update_student(actor, obj, changes)
        if "user" in form.changed_data:
            obj.save(update_fields=["user", "updated"])
            audit.record(actor, "student.account-changed", obj, user=obj.user_id)


@admin.register(StudentImport)
class StudentImportAdmin(ReadOnlyAdmin[StudentImport]):
    """Files between their dry run and their import; forgotten after a day."""

    list_display = ("name", "owner", "created", "applied")
    list_filter = ("created", ("applied", admin.EmptyFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("name", "owner__email")
    fields = ("name", "owner", "created", "applied", "result")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without the content, which may be many megabytes a row."""
        return super().get_queryset(request).defer("content")

    def has_delete_permission(self, request: HttpRequest, obj: StudentImport | None = None) -> bool:
        """A file with names and addresses can be forgotten sooner."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(StudentNote)
class StudentNoteAdmin(ReadOnlyAdmin[StudentNote]):
    """Notes on students; a private one is shown to its author alone, here too."""

    list_display = ("day", "student", "author", "sharing", "body")
    list_filter = ("sharing", "day")
    list_select_related = ("student", "author")
    search_fields = ("student__code", "student__given_name", "student__family_name")
    fields = ("student", "author", "day", "sharing", "body", "created", "updated")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Through what this person may see."""
        return StudentNote.objects.visible_to(signed_in(request)).order_by("-day", "-pk")


@admin.register(StudentTask)
class StudentTaskAdmin(ReadOnlyAdmin[StudentTask]):
    """Tasks of students; they are given and changed on their pages."""

    list_display = ("title", "student", "day", "author", "group_name", "done_at")
    list_filter = ("day", ("done_at", admin.EmptyFieldListFilter))
    list_select_related = ("student", "author")
    search_fields = ("title", "group_name", "student__code", "student__given_name", "student__family_name")
    fields = ("student", "author", "title", "text", "day", "group_name", "done_at", "done_by", "reminded", "created")
