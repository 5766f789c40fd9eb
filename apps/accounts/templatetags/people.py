"""A person at a glance; built in, no {% load %} needed."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts import photos
from apps.accounts.audit_labels import sentence
from apps.accounts.models import User

register = template.Library()

# How many colours there are for initials (avatar.css).
TONES = 12


@register.filter
def deed(verb: str) -> str:
    """A verb of the audit in words: "signed in"."""
    return sentence(verb)


@register.simple_tag
def avatar(person: User, classes: str = "") -> SafeString:
    """Somebody's photo, or their initials on the colour that is always theirs; the same for every reader.

    It is decoration: the name stands beside it.
    """
    if address := photos.address(person):
        return format_html(
            '<img class="avatar avatar-{} {}" src="{}" alt="" width="{}" height="{}" loading="lazy" decoding="async">',
            *(person.pk % TONES, classes, address, photos.SIDE, photos.SIDE),
        )
    return format_html(
        '<span class="avatar avatar-{} {}" aria-hidden="true">{}</span>', person.pk % TONES, classes, person.initials
    )
