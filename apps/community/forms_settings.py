"""What comes in for the settings of a community."""

from django import forms

from apps.community.models import Community
from apps.core.editing import EditForm


class CommunityForm(EditForm[Community]):
    """How a community is called and described, to whom it is open, and whose posts wait."""

    class Meta:
        model = Community
        fields = ("title", "description", "audience", "approval", "first_posts")
        widgets = {"description": forms.Textarea(attrs={"rows": 6, "class": "textarea", "dir": "auto"})}
