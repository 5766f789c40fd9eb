"""Communities: made with their courses, set up by their instructors."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, policies
from apps.community.models import Community
from apps.community.models.communities import CHAT_KIND
from apps.conversations.models import Conversation
from apps.core import markdown
from apps.core.editing import refuse_overwriting
from apps.courses.models import Course
from apps.files.actions import discard, store
from apps.files.kinds import PICTURES

INSTRUCTORS = "Only the course's teachers set up its community."


def make_communities(courses: Sequence[Course]) -> None:
    """Give each of these courses its community with a chat; one that has one keeps it."""
    with transaction.atomic():
        known = set(Community.objects.filter(course__in=courses).values_list("course", flat=True))
        without = [course for course in courses if course.pk not in known]
        chats = Conversation.objects.bulk_create(Conversation(kind=CHAT_KIND, area=course.pk) for course in without)
        Community.objects.bulk_create(
            Community(course=course, chat=chat) for course, chat in zip(without, chats, strict=True)
        )


def update_community(
    actor: User, community: Community, changes: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> Community:
    """Change these fields as they stand in the database now; returns the community as saved.

    `seen` is what the actor saw in them: raises EditConflict where one holds something else by now. Raises
    PermissionDenied, ValidationError (by field) too.
    """
    with transaction.atomic():
        locked = _lock(actor, community)
        refuse_overwriting(locked, changes, seen or {})
        changed = [name for name, value in changes.items() if getattr(locked, name) != value]
        for name in changed:
            setattr(locked, name, changes[name])
        locked.description_html = markdown.render(locked.description, namespace="community", top=3)
        locked.full_clean(validate_constraints=False)
        if changed:
            locked.save(update_fields=[*changed, "description_html", "updated"])
            audit.record(actor, "community.changed", locked, fields=sorted(changed))
            live.topics_changed(locked.pk)
    return locked


def set_banner(actor: User, community: Community, uploaded: UploadedFile[Any] | None) -> Community:
    """Replace the picture above a community, or remove it (None); raises PermissionDenied, ValidationError."""
    _check(actor, community)
    # Looked at before the row is locked: that may take a while.
    stored = store(actor, uploaded, kinds=PICTURES) if uploaded else None
    with transaction.atomic():
        locked = _lock(actor, community)
        before, locked.banner = locked.banner, stored
        locked.save(update_fields=["banner", "updated"])
        discard(before)
        audit.record(actor, "community.banner", locked)
        live.topics_changed(locked.pk)
    return locked


def _lock(actor: User, community: Community) -> Community:
    rows = Community.objects.visible_to(actor).select_for_update(of=("self",)).select_related("course", "banner")
    locked = rows.filter(pk=community.pk).first()
    if locked is None:
        raise PermissionDenied(INSTRUCTORS)
    _check(actor, locked)
    return locked


def _check(actor: User, community: Community) -> None:
    if not policies.may_instruct(actor, community):
        raise PermissionDenied(INSTRUCTORS)
