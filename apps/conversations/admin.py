"""Conversations, for those who keep order in them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.accounts.administration import ActionAdmin
from apps.accounts.models import Role
from apps.accounts.people import signed_in
from apps.conversations import actions, conversation_types
from apps.conversations.forms import BodyField
from apps.conversations.models import Conversation, Message, Participant


def _title(conversation: Conversation) -> str:
    """What staff call it; a dash for a kind that no app owns, or whose subject is gone."""
    try:
        return conversation_types.get(conversation.kind).title(conversation)
    except (KeyError, ObjectDoesNotExist):
        return "-"


@admin.register(Conversation)
class ConversationAdmin(ActionAdmin[Conversation]):
    """A conversation comes and goes with what it is about. Here it can be closed for writing, and opened again."""

    list_display = ("id", "kind", "about", "locked", "clock", "staff_clock", "created")
    list_filter = ("kind", "locked", "created")
    search_fields = ("=id",)
    ordering = ("-pk",)
    fields = ("kind", "about", "locked", "assignee", "clock", "staff_clock", "created")
    readonly_fields = ("kind", "about", "assignee", "clock", "staff_clock", "created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Who talks with whom in private is not for a third, an admin neither; with what the titles are made of."""
        return Conversation.objects.visible_to(signed_in(request)).with_titles().order_by(*self.get_ordering(request))

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """By number, and by what each type is found by."""
        return [*self.search_fields, *(name for each in conversation_types.registered() for name in each.admin_search)]

    @admin.display(description="about")
    def about(self, conversation: Conversation) -> str:
        """Whom or what it is about."""
        return _title(conversation)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """It is made with what it is about."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Conversation | None = None) -> bool:
        """It goes with what it is about."""
        return False


@admin.register(Participant)
class ParticipantAdmin(ActionAdmin[Participant]):
    """Who takes part, and how far they have read."""

    list_display = ("user", "conversation", "muted_until", "last_read")
    list_filter = ("conversation__kind", "user__role")
    list_select_related = ("user", "conversation")
    search_fields = ("user__email", "user__given_name", "user__family_name", "=conversation__id")
    autocomplete_fields = ("user", "conversation")
    readonly_fields = ("last_read",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Participant]:
        """Of what one may read."""
        readable = Conversation.objects.visible_to(signed_in(request)).values("pk")
        return super().get_queryset(request).filter(conversation__in=readable)

    def get_readonly_fields(self, request: HttpRequest, obj: Participant | None = None) -> Any:
        """Who takes part in what is settled once it is made."""
        return ("user", "conversation", "last_read") if obj else ("last_read",)


class MessageForm(forms.ModelForm[Message]):
    """The text of a message, as the composer would take it."""

    body = BodyField()

    class Meta:
        model = Message
        fields = ("body",)


@admin.register(Message)
class MessageAdmin(ActionAdmin[Message]):
    """Messages: to be found, and where need be corrected or replaced by a tombstone, live on every open page."""

    form = MessageForm
    list_display = ("created", "author_name", "author_role", "whom", "text", "conversation", "edited", "deleted")
    list_display_links = ("created", "text")
    list_filter = (
        "audience",
        "author_role",
        "conversation__kind",
        ("edited", admin.EmptyFieldListFilter),
        ("deleted", admin.EmptyFieldListFilter),
        "created",
    )
    list_select_related = ("conversation",)
    search_fields = ("body", "author_name", "author__email")
    ordering = ("-pk",)
    fixed = (
        "earlier",
        "about",
        "author",
        "author_name",
        "author_role",
        "whom",
        "created",
        "edited",
        "deleted",
        "reply_to",
        "pinned",
        "key",
        "version",
        "client_key",
    )
    readonly_fields = fixed
    fields = ("body", *fixed)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """What two people write to each other is not for a third, an admin neither."""
        return Message.objects.visible_to(signed_in(request)).with_titles().order_by(*self.get_ordering(request))

    @admin.display(description="for whom", ordering="audience")
    def whom(self, message: Message) -> str:
        """What its audience is called where it was written."""
        try:
            return message.conversation.type.audience_label(message.conversation, message.audience)
        except (KeyError, ObjectDoesNotExist):
            return message.get_audience_display()

    @admin.display(description="text")
    def text(self, message: Message) -> str:
        """The beginning of it."""
        return f"{message.body[:100]}…" if len(message.body) > 100 else message.body

    @admin.display(description="earlier texts")
    def earlier(self, message: Message) -> SafeString | str:
        """What it said before it was edited, oldest first."""
        texts = [(f"{text.replaced:%Y-%m-%d %H:%M} UTC", text.body) for text in message.revisions.all()]
        return format_html_join("", "<p>until {}:<br>{}</p>", texts) or "-"

    @admin.display(description="conversation")
    def about(self, message: Message) -> SafeString | str:
        """Where it was written, with a link to it."""
        if message.conversation.kind not in dict(conversation_types.names()):
            return str(message.conversation)
        url = f"/conversations/{message.conversation_id}/#message-{message.pk}"
        return format_html('<a href="{}">{}</a>', url, _title(message.conversation))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Messages are written where they are read."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """An admin, or whoever wrote it; a tombstone stays one."""
        user = signed_in(request)
        may = obj is None or (not obj.deleted and (user.role == Role.ADMIN or obj.author_id == user.pk))
        return may and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Message, form: forms.ModelForm[Message], change: bool) -> None:
        """Edit the text, as on the page itself."""
        actions.edit_message(signed_in(request), obj, form.cleaned_data["body"])

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own; where the author is told why, the reason is asked for."""
        message = self.get_object(request, unquote(object_id))
        asks_why = bool(message and message.author_id != request.user.pk and message.conversation.type.deletion)
        if asks_why and request.method == "POST" and not request.POST.get("reason", "").strip():
            messages.error(request, "Say why: its author reads it.")
            return HttpResponseRedirect(request.get_full_path())
        return super().delete_view(request, object_id, {"asks_why": asks_why})

    def delete_model(self, request: HttpRequest, obj: Message) -> None:
        """Leave a tombstone; the row stays, so that pages that missed it catch up."""
        if delete := obj.conversation.type.deletion:
            delete(signed_in(request), obj, request.POST.get("reason", ""))
        else:
            actions.delete_message(signed_in(request), obj)

    def get_deleted_objects(self, objs: QuerySet[Message] | Sequence[Message], request: HttpRequest) -> Any:
        """Nothing else goes with a message: what replied to it still does."""
        refused = set() if self.has_delete_permission(request) else {str(Message._meta.verbose_name)}
        return [str(message) for message in objs], {"messages": len(objs)}, refused, []
