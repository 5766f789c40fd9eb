"""Files in templates."""

from django import template
from django.conf import settings

from apps.conversations import attachments
from apps.conversations.attachments import Shown
from apps.conversations.models import Attachment, Message
from apps.core.formats import file_size

register = template.Library()


@register.filter
def files_of(message: Message) -> Shown:
    """The files of a message, pictures and others."""
    return attachments.shown(message)


@register.filter
def file_icon(attachment: Attachment) -> str:
    """The icon of a file's kind."""
    return "circle-alert" if attachment.failed else attachments.icon_of(attachment.content_type)


@register.filter
def shown_size(attachment: Attachment) -> tuple[int, int]:
    """Width and height of a picture in its message, in CSS pixels."""
    return attachments.shown_size(attachment)


register.filter(file_size)


@register.simple_tag
def accepted_files() -> str:
    """What the input for files offers to choose from."""
    return attachments.accept()


@register.simple_tag
def file_limits() -> dict[str, int]:
    """How many files a message has room for, and how large each may be, in bytes."""
    return {"files": settings.MAX_FILES, "bytes": settings.MAX_FILE}
