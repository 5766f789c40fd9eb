"""What the floors below are told of scheduling: called once, when the app is ready."""

from apps.accounts import audit_labels, looking, parts
from apps.accounts.models import Role
from apps.core import navigation
from apps.courses import batch_ends, batch_parts
from apps.notifications import notification_types
from apps.realtime import channels
from apps.scheduling import notices, notices_proposals, notices_requests, notices_series, policies
from apps.scheduling.actions.series_batches import follow_end
from apps.scheduling.audit_labels import LABELS
from apps.scheduling.live import CALENDAR
from apps.scheduling.part import SchedulingPart

PLACE, BAR = ("Calendar", "calendar", "scheduling:calendar_detail"), {Role.TEACHER, Role.STUDENT}

# Its pages, and those of tasks, which have their tab there.
PAGES = {"scheduling", "students:task_list", "students:task_create", "students:task_edit"}


def register() -> None:
    """Everything, each with whom it concerns."""
    audit_labels.register(LABELS)
    parts.register(SchedulingPart())
    channels.register(CALENDAR, policies.reads_whole_calendar)
    navigation.register(
        navigation.Entry(
            *PLACE, navigation.Group.DAY, 30, Role.values, bar=BAR, pages=PAGES, tabs="scheduling/_tabs.html"
        ),
    )
    looking.open_to_looks(
        "scheduling:calendar_detail", "scheduling:booking_detail", "scheduling:today_detail", "scheduling:timetable"
    )
    batch_ends.register(follow_end)
    batch_parts.register("Timetable", "scheduling:timetable")
    for kind in (*notices.TYPES, *notices_requests.TYPES, *notices_proposals.TYPES, *notices_series.TYPES):
        notification_types.register(kind)
