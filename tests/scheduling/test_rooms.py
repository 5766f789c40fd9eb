"""Rooms in Django's admin: the same action saves them there."""

from apps.accounts.models import AuditEntry
from apps.scheduling.models import Room

ADD = "/admin/scheduling/room/add/"


def test_the_admin_adds_and_changes_rooms_by_their_action(cast, client_for, monkeypatch):
    signals = []
    monkeypatch.setattr("apps.scheduling.live.signal", lambda channel, *name: signals.append(channel))
    admin = client_for(cast.admin)
    assert admin.post(ADD, {"name": "Studio", "seats": 4, "is_open": "on"}).status_code == 302
    room = Room.objects.get()
    assert signals == ["calendar"]
    assert admin.post(f"/admin/scheduling/room/{room.pk}/change/", {"name": "Hall", "seats": 4}).status_code == 302
    room.refresh_from_db()
    assert (room.name, room.is_open, signals) == ("Hall", False, ["calendar"] * 2)
    verbs = AuditEntry.objects.filter(verb__startswith="room.").order_by("pk")
    assert [(entry.verb, entry.detail["fields"]) for entry in verbs] == [
        ("room.created", ["is_open", "name", "seats"]),
        ("room.changed", ["is_open", "name"]),
    ]
