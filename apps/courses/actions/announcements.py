"""Actions on announcements, and the one notification about newly published lessons."""

from collections.abc import Iterable
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.jobs import enqueue_at
from apps.core.markdown import render
from apps.courses import live, notices_lessons, policies
from apps.courses.models import Announcement, Batch, Course, Lesson
from apps.notifications.events import withdraw

# From the first lesson that is published, all that follow within so long are told together with it.
TOGETHER = timedelta(minutes=1)


def announce(actor: User, course: Course, title: str, body: str, batch: Batch | None = None) -> Announcement:
    """Tell everyone in a course, or in one batch of it; raises PermissionDenied."""
    if not policies.can_announce(actor, course, batch):
        raise PermissionDenied("You can't announce anything here.")
    with transaction.atomic():
        made = Announcement.objects.create(course=course, batch=batch, author=actor, title=title, body=body)
        _render(made)
        made.save(update_fields=["html"])
        audit.record(actor, "announcement.made", made, course=course.pk, batch=batch.pk if batch else None)
        notices_lessons.announced(made, actor)
        live.announcements_changed(course.pk)
    return made


def edit_announcement(actor: User, announcement: Announcement, title: str, body: str) -> Announcement:
    """Edit the text; nobody is notified again. Raises PermissionDenied."""
    with transaction.atomic():
        locked = _lock(actor, announcement)
        if (locked.title, locked.body) == (title, body):
            return locked
        locked.title, locked.body, locked.edited_at = title, body, timezone.now()
        _render(locked)
        locked.save(update_fields=["title", "body", "html", "edited_at", "updated"])
        audit.record(actor, "announcement.changed", locked, course=locked.course_id)
        live.announcements_changed(locked.course_id)
    return locked


def remove_announcement(actor: User, announcement: Announcement) -> None:
    """Delete it together with its notifications; raises PermissionDenied."""
    with transaction.atomic():
        locked = _lock(actor, announcement)
        audit.record(actor, "announcement.removed", locked, course=locked.course_id)
        withdraw(notices_lessons.event_of(locked))
        live.announcements_changed(locked.course_id)
        locked.delete()


def announce_lessons(actor: User, course: Course, lessons: Iterable[Lesson]) -> int:
    """Queue a notification about lessons that were just published, each lesson only once; returns how many.

    Called in the transaction of the publishing. They are told a minute later, so that ten lessons published one after
    another are one notification. Raises PermissionDenied.
    """
    if not policies.can_write(actor, course):
        raise PermissionDenied("You can't announce lessons of this course.")
    ids, due = [lesson.pk for lesson in lessons], timezone.now() + TOGETHER
    fresh = Lesson.objects.filter(module__course=course, published=True, announced_at=None, announce_from=None)
    count = fresh.present().filter(pk__in=ids).update(announce_from=due)
    if count:
        transaction.on_commit(lambda: enqueue_at("courses.announce_lessons", due), robust=True)
    return count


def announce_due_lessons() -> int:
    """Announce the lessons that are due, with one notification per course; returns the number of courses."""
    due = Lesson.objects.filter(announced_at=None, announce_from__lte=timezone.now()).order_by()
    courses = due.values_list("module__course", flat=True).distinct()
    return sum(_tell_of_lessons(pk) for pk in list(courses))


def _tell_of_lessons(course_id: int) -> bool:
    """Claim all lessons of a course that wait: of two workers the second finds none.

    What was hidden meanwhile, or lies in a course that is a draft, may be announced when it is published again.
    """
    with transaction.atomic():
        course = Course.objects.select_for_update().get(pk=course_id)
        waiting = Lesson.objects.filter(module__course=course, announced_at=None, announce_from__isnull=False)
        shown = list(waiting.present().filter(published=True).values_list("pk", flat=True)) if course.published else []
        Lesson.objects.filter(pk__in=shown).update(announced_at=timezone.now(), announce_from=None)
        waiting.update(announce_from=None)
        if shown:
            notices_lessons.lessons_published(course, shown)
    return bool(shown)


def _render(announcement: Announcement) -> None:
    announcement.html = render(announcement.body, namespace=f"announcement-{announcement.pk}", top=3)


def _lock(actor: User, announcement: Announcement) -> Announcement:
    rows = Announcement.objects.select_for_update(of=("self",)).select_related("course", "batch")
    found = rows.get(pk=announcement.pk)
    if not policies.can_change_announcement(actor, found):
        raise PermissionDenied("You can't change this announcement.")
    return found
