"""What comes in."""

import uuid
from typing import Any

from django import forms

from apps.community.actions import NewTopic
from apps.community.actions.topics import clean_title
from apps.conversations.forms import BodyField
from apps.conversations.models import LONGEST_BODY


class TitleField(forms.CharField):
    """A title on one line; any character is text."""

    def __init__(self) -> None:
        super().__init__(strip=False, required=False)
        self.validators = []

    def clean(self, value: Any) -> str:
        """The title as it will be stored; raises ValidationError with the reason."""
        return clean_title(self.to_python(value) or "")


class TopicForm(forms.Form):
    """A new topic."""

    title = TitleField()
    body = BodyField(most=LONGEST_BODY)
    is_question = forms.BooleanField(required=False)
    client_key = forms.UUIDField(required=False)

    @property
    def new(self) -> NewTopic:
        """What the topic begins with."""
        data = self.cleaned_data
        return NewTopic(data["title"], data["body"], data["client_key"] or uuid.uuid4(), data["is_question"])


class CommentForm(forms.Form):
    """The first comment under a lesson."""

    body = BodyField()
    client_key = forms.UUIDField(required=False)
