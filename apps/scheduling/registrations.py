"""What the floors below are told of scheduling: called once, when the app is ready."""

from apps.accounts import audit_labels
from apps.accounts.models import Role
from apps.notifications import notification_types
from apps.realtime import channels
from apps.scheduling import notices, policies
from apps.scheduling.audit_labels import LABELS
from apps.scheduling.live import CALENDAR

TEAM = (Role.ADMIN, Role.STAFF, Role.TEACHER)


def register() -> None:
    """Everything, each with whom it concerns."""
    audit_labels.register(LABELS)
    channels.register(CALENDAR, policies.reads_whole_calendar)
    for kind in notices.TYPES:
        notification_types.register(kind)
