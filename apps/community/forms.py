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


class TitleForm(forms.Form):
    """What a topic is called, and whether it asks something."""

    title = TitleField()
    is_question = forms.BooleanField(required=False)


class TopicForm(TitleForm):
    """A new topic. Its files are beside the form: a browser doesn't keep them where something is wrong."""

    body = BodyField(most=LONGEST_BODY, may_be_empty=True)
    client_key = forms.UUIDField(required=False)
    attached = forms.Field(required=False)

    @staticmethod
    def fresh() -> dict[str, Any]:
        """What an empty form begins with."""
        return {"client_key": uuid.uuid4(), "is_question": True}

    @property
    def new(self) -> NewTopic:
        """What the topic begins with."""
        data = self.cleaned_data
        return NewTopic(data["title"], data["body"], data["client_key"] or uuid.uuid4(), data["is_question"])


class CommentForm(forms.Form):
    """The first comment under a lesson."""

    body = BodyField()
    client_key = forms.UUIDField(required=False)
