"""What stands on certificates, in the admin: each change is a new letterhead, since certificates keep theirs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from apps.accounts import quota
from apps.accounts.administration import ActionAdmin, adopt
from apps.accounts.people import signed_in
from apps.core import images
from apps.core.formats import file_size
from apps.courses import actions, pixels
from apps.courses.models import Letterhead

LIMIT = 5_000_000


class PictureField(forms.FileField):
    """A picture, read in the sandbox and kept as pixels; empty keeps the one there is."""

    def __init__(self, what: str) -> None:
        most = file_size(LIMIT)
        help_text = f"JPEG, PNG or WebP, up to {most}; without a background it looks best. Empty: as it is now."
        super().__init__(label=what, required=False, help_text=help_text)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The pixels; None for no file. Raises ValidationError."""
        file: UploadedFile[Any] | None = super().clean(data, initial)
        if not file:
            return None
        if (file.size or 0) > LIMIT:
            raise ValidationError(f"This file is too large: {file_size(LIMIT)} at most.", code="too_large")
        try:
            return pixels.read(file)
        except images.Unreadable as error:
            raise ValidationError(str(error), code=error.code) from None


class LetterheadForm(forms.ModelForm[Letterhead]):
    """A new letterhead, which begins as the one there is."""

    new_logo = PictureField("Logo")
    without_logo = forms.BooleanField(required=False, help_text="The academy's name stands in its place.")
    new_signature = PictureField("Signature")
    without_signature = forms.BooleanField(required=False)

    class Meta:
        model = Letterhead
        fields = ("signed_by", "position")

    def made(self) -> Letterhead:
        """The letterhead as it was filled in, over the one there is."""
        before, cleaned, head = Letterhead.objects.first(), self.cleaned_data, self.instance
        for name in ("logo", "signature"):
            kept = None if cleaned[f"without_{name}"] else before and getattr(before, name)
            setattr(head, name, cleaned[f"new_{name}"] or kept)
        return head


@admin.register(Letterhead)
class LetterheadAdmin(ActionAdmin[Letterhead]):
    """Logo, signature, and who signs. "Add" changes them for all certificates that are issued from then on."""

    form = LetterheadForm
    list_display = ("__str__", "signed_by", "position", "has_logo", "has_signature", "made_by", "created")
    list_select_related = ("made_by",)
    fields = ("new_logo", "without_logo", "new_signature", "without_signature", "signed_by", "position")

    def get_fields(self, request: HttpRequest, obj: Letterhead | None = None) -> Any:
        """One that there is shows what it has."""
        shown = ("signed_by", "position", "has_logo", "has_signature", "made_by", "created")
        return shown if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Letterhead | None = None) -> Any:
        """All of one that there is."""
        return ("signed_by", "position", "has_logo", "has_signature", "made_by", "created") if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """As it is now."""
        before = Letterhead.objects.first()
        return {"signed_by": before.signed_by, "position": before.position} if before else {}

    def has_change_permission(self, request: HttpRequest, obj: Letterhead | None = None) -> bool:
        """Never: certificates keep the one that they were issued with."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Letterhead | None = None) -> bool:
        """Never."""
        return False

    def save_model(self, request: HttpRequest, obj: Letterhead, form: Any, change: bool) -> None:
        """As a new one."""
        actor = signed_in(request)
        quota.take(actor, sum(file.size or 0 for name in request.FILES for file in request.FILES.getlist(name)))
        adopt(obj, actions.set_letterhead(actor, form.made()))

    @admin.display(description="logo", boolean=True)
    def has_logo(self, head: Letterhead) -> bool:
        """Is there one?"""
        return head.logo is not None

    @admin.display(description="signature", boolean=True)
    def has_signature(self, head: Letterhead) -> bool:
        """Is there one?"""
        return head.signature is not None
