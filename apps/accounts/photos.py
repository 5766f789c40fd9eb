"""The pictures that people have of themselves: one small square file each, under a name that nobody can guess."""

import secrets
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse

from apps.accounts import audit, quota
from apps.accounts.models import User
from apps.core import images

# Sharp at 64 points on a phone with three pixels to the point.
SIDE = 192
KIND = "image/webp"


def address(user: User) -> str:
    """Where the photo is handed out (apps.files); another one has another address. Empty for a person without."""
    return reverse("files:photo", args=[user.pk, version(user)]) if user.photo else ""


def version(user: User) -> str:
    """The part of the address that changes with the photo."""
    return (user.photo.name or "").removeprefix("photos/").removesuffix(".webp")


def set_photo(actor: User, file: UploadedFile[bytes]) -> None:
    """Make a picture the actor's photo.

    It is made anew: what cameras add, and whatever else a file may carry, is left behind. Raises ValidationError for a
    file that isn't one that can be shown, or beyond what a person may send in a month.
    """
    try:
        picture = images.square(file, SIDE)
    except images.Unreadable as error:
        raise ValidationError(str(error), code=error.code) from None
    with transaction.atomic():
        quota.take(actor, file.size or 0)
        _replace(actor, picture)


def remove_photo(actor: User) -> None:
    """Go back to initials."""
    _replace(actor, None)


def _replace(actor: User, picture: ContentFile[bytes] | None) -> None:
    """Put another photo, or none, in the place of the one there is; that one's file goes once this is certain."""
    storage = User._meta.get_field("photo").storage
    name = storage.save(f"photos/{secrets.token_urlsafe(15)}.webp", picture) if picture else ""
    try:
        with transaction.atomic():
            stored = User.objects.select_for_update().get(pk=actor.pk)
            old = stored.photo.name
            stored.photo = name
            stored.save(update_fields=["photo"])
            if old or name:
                audit.record(actor, "settings.changed", actor, fields=["photo"])
            if old:
                transaction.on_commit(partial(storage.delete, old), robust=True)
    except BaseException:
        if name:
            storage.delete(name)
        raise
    actor.photo = name
