"""Mail about what is still unread when its time has come: one email for each bundle of deliveries."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.core.email_delivery import EmailQueue, mine
from apps.core.models import State
from apps.core.smtp import Email
from apps.notifications.models import Delivery, Notification, Way
from apps.notifications.writing import Letter, write


class Letters(EmailQueue[Delivery]):
    """Deliveries; what an email says is looked up anew each time it is tried."""

    model = Delivery

    def with_it(self, row: Delivery) -> Q:
        """All of its bundle."""
        return Q(recipient=row.recipient_id, way=row.way, bundle=row.bundle)

    def compose(self, rows: Sequence[Delivery]) -> Letter | None:
        """The email about those that are still worth one."""
        user = User.objects.get(pk=rows[0].recipient_id)
        ids = [row.notification_id for row in rows]
        notices = list(Notification.objects.filter(pk__in=ids).select_related("actor").order_by("pk"))
        return write(user, Way(rows[0].way), notices) if user.is_active else None

    def sent(self, rows: Sequence[Delivery], email: Email) -> None:
        """Mark those that it told of as sent; the others weren't worth it."""
        told = set(getattr(email, "told", ()))
        self.end([row for row in rows if row.notification_id in told], State.SENT)
        self.end([row for row in rows if row.notification_id not in told], State.SKIPPED)

    def end(self, rows: Sequence[Delivery], state: State, error: str = "") -> None:
        """Mark how it ended. What was to be said beyond the notification is kept only for another try."""
        mine(rows, Delivery).update(state=state, ended=timezone.now(), error=error[:250])
        if state != State.FAILED:
            told = Notification.objects.filter(pk__in=[row.notification_id for row in rows])
            told.filter(data__has_key="letter").update(data={})
