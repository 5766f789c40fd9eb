"""What comes in."""

import uuid
from typing import Any, cast

from django import forms

from apps.community.actions import NewTopic
from apps.community.actions.topics import clean_title
from apps.community.forms_moderation import TextField
from apps.community.models import Community, Level
from apps.conversations import mentions
from apps.conversations.forms import BodyField, CarriesFiles
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


class ReasonForm(forms.Form):
    """A reason for the topic's author; the action validates it."""

    reason = TextField()


class RenameForm(ReasonForm, TitleForm):
    """A new title, with a reason if a moderator renames somebody else's topic."""


class AsksAboutNames(forms.Form):
    """A text that is asked about where it names somebody who doesn't read it; `anyway` is the answer."""

    anyway = forms.BooleanField(required=False)

    def unknown_names(self, community: Community) -> list[str]:
        """The names in a valid form that reach nobody and weren't asked about yet."""
        if self.cleaned_data["anyway"]:
            return []
        return mentions.unknown(self.cleaned_data["body"], community.readers())


class TopicForm(AsksAboutNames, CarriesFiles, TitleForm):
    """A new topic. Files are kept while its author is asked about names; where something is wrong they aren't."""

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


class CommentForm(AsksAboutNames):
    """The first comment under a lesson."""

    body = BodyField()
    client_key = forms.UUIDField(required=False)


class LevelsForm(forms.Form):
    """What to be told of a community."""

    level = forms.ChoiceField(label="Topics and comments", required=False)
    chat_level = forms.ChoiceField(label="Chat", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            usual = "As is usual: replies and mentions" if name == "chat_level" else "As is usual for my role"
            cast(forms.ChoiceField, field).choices = [("", usual), *Level.choices]
            field.error_messages["invalid_choice"] = "Choose everything, what concerns you, or nothing."
