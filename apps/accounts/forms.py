"""What comes in."""

from django import forms

from apps.accounts.models import User


class PrivacyForm(forms.ModelForm[User]):
    """What others don't see of a person."""

    class Meta:
        model = User
        fields = ["hides_presence", "hides_reading"]
