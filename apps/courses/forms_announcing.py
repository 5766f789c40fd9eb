"""Forms for announcements and certificates."""

from typing import Any

from django import forms

from apps.accounts.models import User
from apps.courses import policies
from apps.courses.models import Announcement, Batch, Course


class AnnouncementForm(forms.ModelForm[Announcement]):
    """An announcement to one batch, or to everyone in the course if its author may address them all."""

    class Meta:
        model = Announcement
        fields = ("batch", "title", "body")
        error_messages = {
            "title": {"required": "Give it a title."},
            "body": {"required": "Write what you want to say."},
        }
        widgets = {"body": forms.Textarea(attrs={"rows": 10})}

    def __init__(self, *args: Any, user: User, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["batch"]
            return
        whole = policies.can_write(user, course)
        batches = course.batches.all() if whole else course.batches.filter(teacher=user)
        said = "Choose whom it is for."
        self.fields["batch"] = forms.ModelChoiceField(
            batches.order_by("name"),
            label="For",
            required=not whole,
            empty_label="Everyone in the course" if whole else None,
            error_messages={"required": said, "invalid_choice": said},
        )

    def chosen_batch(self) -> Batch | None:
        """The batch that was chosen; None for everyone."""
        found: Batch | None = self.cleaned_data.get("batch")
        return found


class RevocationForm(forms.Form):
    """The reason for revoking a certificate."""

    reason = forms.CharField(
        max_length=300,
        help_text="For the team only. The public page says that it was revoked, but not why.",
        error_messages={"required": "Say why."},
    )
