"""Rooms: added, changed, closed."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.editing import refuse_overwriting
from apps.scheduling import live, policies
from apps.scheduling.models import Room
from apps.scheduling.models.rooms import ROOM_TAKEN


def save_room(actor: User, room: Room, changes: Mapping[str, Any], seen: Mapping[str, Any] | None = None) -> Room:
    """Add a room, or change these fields of one; raises PermissionDenied, ValidationError by field, EditConflict."""
    if not policies.may_keep_rooms(actor):
        raise PermissionDenied("You can't change rooms.")
    try:
        with transaction.atomic():
            new = room.pk is None
            if not new:
                room = Room.objects.select_for_update().get(pk=room.pk)
                refuse_overwriting(room, changes, seen or {})
            for name, value in changes.items():
                setattr(room, name, value)
            room.full_clean(validate_constraints=False)
            room.save()
            audit.record(actor, "room.created" if new else "room.changed", room, fields=sorted(changes))
            live.rooms_changed()
    except IntegrityError:
        raise ValidationError({"name": ROOM_TAKEN}) from None
    return room
