"""Files in templates."""

from django import template
from django.conf import settings

from apps.conversations import attachments
from apps.conversations.attachments import Shown
from apps.conversations.models import Message
from apps.core.formats import file_size
from apps.files.kinds import DOCUMENTS, Kinds
from apps.files.models import StoredFile

register = template.Library()


@register.filter
def files_of(message: Message) -> Shown:
    """The files of a message, pictures and others."""
    return attachments.shown(message)


@register.filter
def file_icon(stored: StoredFile) -> str:
    """The icon of a file's kind."""
    return "circle-alert" if stored.failed else attachments.icon_of(stored.kind)


@register.filter
def shown_size(stored: StoredFile) -> tuple[int, int]:
    """Width and height of a picture in its message, in CSS pixels."""
    return attachments.shown_size(stored)


register.filter(file_size)


@register.simple_tag
def sendable_files() -> Kinds:
    """What may be sent with a message, and how large each may be."""
    return DOCUMENTS


@register.simple_tag
def file_limits() -> dict[str, int]:
    """How many files a message has room for."""
    return {"files": settings.MAX_FILES}
