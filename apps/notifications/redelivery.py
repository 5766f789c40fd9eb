"""Letters that were given up, once more: the mail server is well again, or the address is right now."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.notifications import policies, tasks
from apps.notifications.models import Delivery, State


@transaction.atomic
def try_again(actor: User, deliveries: QuerySet[Delivery]) -> int:
    """Have those of these that were given up sent at once, with a new day to arrive in; how many.

    What was read or deleted meanwhile is found out when the letter is written. Raises PermissionDenied.
    """
    if not policies.can_try_again(actor):
        raise PermissionDenied("Only admins can have letters sent again.")
    # By their ids: what comes from a list is ordered and joined with what was searched for.
    failed = Delivery.objects.filter(pk__in=deliveries.order_by().values("pk"), state=State.FAILED)
    fresh = {"due": timezone.now(), "tries": 0, "first_tried": None, "ended": None, "error": ""}
    count = failed.update(state=State.WAITING, **fresh)
    if count:
        audit.record(actor, "delivery.retried", None, count=count)
        transaction.on_commit(tasks.send_due.enqueue, robust=True)
    return count
