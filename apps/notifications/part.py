"""What notifications keep of a person, and what accounts tell them of."""

import json
import uuid
from collections.abc import Iterator
from itertools import batched
from typing import Any

from apps.accounts.models import Invitation, User
from apps.accounts.parts import Part
from apps.accounts.sealing import emails
from apps.notifications import notification_types
from apps.notifications.events import notify
from apps.notifications.models import Delivery, Event, Notification, Preference, Schedule
from apps.notifications.writing import find

BATCH = 500


class NotificationsPart(Part):
    """What one was told of, and chose."""

    name = "notifications"

    def own_data(self, user: User) -> dict[str, Any]:
        """The notifications, of which there may be many, and the choices."""
        times = ("quiet_from", "quiet_until", "digest", "digest_day", "digest_hour")
        return {
            "notifications": self._rows(user),
            "chosen": list(Preference.objects.filter(user=user).order_by("pk").values("kind", "way", "wanted")),
            "times": Schedule.objects.filter(user=user).values(*times).first(),
        }

    def _rows(self, user: User) -> Iterator[dict[str, Any]]:
        """A title may name somebody: what they may not see any more is called by its kind."""
        ids = Notification.objects.filter(recipient=user).order_by("pk").values_list("pk", flat=True)
        for some in batched(list(ids), BATCH):
            notices = list(Notification.objects.filter(pk__in=some).order_by("pk"))
            found = find(user, notices)
            for notice in notices:
                known = notification_types.known(notice.kind)
                label = notification_types.get(notice.kind).label if known else notice.kind
                title = notice.title if notice.pk in found else label
                row = {"kind": notice.kind, "title": title}
                yield row | {"created": notice.created, "read_at": notice.read_at}

    def forget(self, user: User) -> None:
        """Theirs go; of those to others that they caused, their name does."""
        Delivery.objects.filter(recipient=user).delete()
        Notification.objects.filter(recipient=user).delete()
        Preference.objects.filter(user=user).delete()
        Schedule.objects.filter(user=user).delete()
        for model in (Notification, Event):
            caused = model._default_manager.filter(actor=user)
            for name in set(caused.values_list("kind", flat=True)):
                title = notification_types.get(name).label if notification_types.known(name) else name
                caused.filter(kind=name).update(title=title)

    def accepted(self, invitation: Invitation, user: User) -> None:
        """Tell whoever sent an invitation that it was accepted."""
        if invitation.invited_by_id:
            to = [invitation.invited_by_id]
            notify(
                "invitation", f"invitation-{invitation.pk}", "Invitation accepted", actor=user, thing=invitation, to=to
            )

    def security_notice(self, user: User, subject: str, text: str, address: str) -> bool:
        """Tell a person of a change to their account: on their pages, and by the letter that accounts wrote."""
        # A link in it may stop or undo the change.
        letter = emails.seal(json.dumps({"subject": subject, "text": text, "to": address}))
        notify("security", f"security-{uuid.uuid4()}", subject, to=[user.pk], letter=letter)
        return True
