"""What moderators decide, as it comes in; the text itself is checked where it is written."""

from django import forms

from apps.community.actions import Correction

TORN = "Something is missing in what was sent. Load the page again."


class DecisionForm(forms.Form):
    """A decision names the version that it was made on."""

    version = forms.IntegerField(min_value=1, max_value=1_000_000)

    @property
    def problem(self) -> str:
        """What is wrong with it, in words."""
        return TORN if "version" in self.errors else str(next(iter(self.errors.values()))[0])


class TextField(forms.CharField):
    """A text that the action checks: any character, of any length that a request may have."""

    def __init__(self) -> None:
        super().__init__(required=False, strip=False)
        self.validators = []


class ApprovalForm(DecisionForm):
    """Published as it is, or as `body` (and `title`) say."""

    body = TextField()
    title = TextField()

    @property
    def correction(self) -> Correction | None:
        """What the moderator made of it."""
        if "body" not in self.data:
            return None
        return Correction(self.cleaned_data["body"], self.cleaned_data["title"])


class RejectionForm(DecisionForm):
    """Refused for a reason."""

    reason = TextField()


class HeldForm(DecisionForm):
    """What its author makes of what waits."""

    body = TextField()
    title = TextField()
