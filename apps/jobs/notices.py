"""The notification that background work is over, for people who didn't see it end."""

from collections.abc import Iterable, Sequence

from apps.accounts.models import Role, User
from apps.jobs.models import Job
from apps.notifications.models import Event, Way
from apps.notifications.notification_types import Found, NotificationType, looked_up


def _jobs(user: User | None, ids: list[int]) -> dict[int, Job]:
    """The jobs, as long as they are kept."""
    rows = Job.objects.visible_to(user) if user else Job.objects.all()
    return rows.in_bulk(ids)


def _found(job: Job, _: User | None) -> Found:
    return Found(job.get_absolute_url())


_find, _show = looked_up(_jobs, _found)


def _seen(event: Event, ids: Sequence[int]) -> Iterable[int]:
    return Job.objects.filter(pk=event.thing, owner__in=ids, seen__isnull=False).values_list("owner_id", flat=True)


JOB = NotificationType(
    name="job",
    order=80,
    label="Background work",
    about="An import or a file that you asked for is done, and you were on another page.",
    why="You started it.",
    icon="clock",
    template="notifications/kinds/job.html",
    find=_find,
    show=_show,
    seen=_seen,
    ways=frozenset({Way.PAGE}),
    roles=frozenset({Role.ADMIN, Role.STAFF}),
    urgent=True,
)
