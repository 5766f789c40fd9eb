"""What moderation tells people: moderators that something waits, an author what was decided, a reporter the outcome.

No notification carries what waits: it is looked up for each reader, who may read it.
"""

from collections.abc import Sequence

from django.urls import reverse

from apps.accounts.models import Role, User
from apps.community.models import Community, Held, HeldState
from apps.notifications import events
from apps.notifications.models import Event
from apps.notifications.notification_types import Found, NotificationType, looked_up

OFFICE = {Role.ADMIN, Role.STAFF}


def something_waits(held: Held) -> None:
    """Tell those who look after the community, once a post, however often its author changes it."""
    events.notify(
        "to-moderate",
        _waits(held),
        f"To moderate: {held.community.name}",
        actor=held.author,
        thing=held,
        about=events.about(held.community),
        to=caretakers(held.community),
    )


def nothing_waits(held: Held) -> None:
    """Somebody decided, or its author took it back: nobody has to see to it."""
    events.withdraw(_waits(held))


def decided(held: Held, actor: User) -> None:
    """Tell the author what became of what they wrote."""
    events.notify(
        "moderated",
        f"moderated-held-{held.pk}",
        f"{held.get_state_display()}: {held.community.name}",
        actor=actor,
        thing=held,
        about=events.about(held.community),
        to=[held.author_id],
    )


def caretakers(community: Community) -> list[int]:
    """Its teachers and the members whom they chose; the office, which has a queue too, where there is none of them."""
    people = community.moderators()
    near = list(people.exclude(role__in=OFFICE).values_list("pk", flat=True))
    return near or list(people.values_list("pk", flat=True))


def _waits(held: Held) -> str:
    return f"to-moderate-held-{held.pk}"


def _waiting(user: User | None, ids: list[int]) -> dict[int, Held]:
    rows = Held.objects.filter(state=HeldState.WAITING).select_related("community__course", "author")
    return (rows.decidable_by(user) if user else rows).in_bulk(ids)


def _to_decide(held: Held, _: User | None) -> Found:
    url = reverse("community:held_decide", args=[held.pk])
    return Found(url, about=held.community.name, more={"kind": held.get_kind_display().lower(), "author": held.author})


_find_waiting, _show_waiting = looked_up(_waiting, _to_decide)


def _still_moderates(event: Event, ids: Sequence[int]) -> list[int]:
    held = Held.objects.select_related("community__course").filter(pk=event.thing).first()
    return list(held.community.moderators().filter(pk__in=ids).values_list("pk", flat=True)) if held else []


def _own(user: User | None, ids: list[int]) -> dict[int, Held]:
    """Decided ones in communities that the author still reads: whoever is gone is told of nothing more."""
    rows = Held.objects.filter(decided_at__isnull=False).select_related("community__course", "author")
    if user:
        rows = rows.filter(author=user, community__in=Community.objects.visible_to(user).values("pk"))
    return rows.in_bulk(ids)


def _decision(held: Held, _: User | None) -> Found:
    more = {"held": held, "kind": held.get_kind_display().lower()}
    return Found(reverse("community:held_detail", args=[held.pk]), held.reason, held.community.name, more=more)


_find_decided, _show_decided = looked_up(_own, _decision)


def _still_reads(event: Event, ids: Sequence[int]) -> list[int]:
    held = Held.objects.select_related("community__course").filter(pk=event.thing).first()
    return list(held.community.readers().filter(pk__in=ids).values_list("pk", flat=True)) if held else []


TO_MODERATE = NotificationType(
    name="to-moderate",
    order=20,
    label="To moderate",
    about="A post waits for approval, or somebody reports one, in a community that you moderate.",
    why="You moderate this community.",
    icon="shield-check",
    template="community/notices/to_moderate.html",
    find=_find_waiting,
    show=_show_waiting,
    readers=_still_moderates,
    grouped=True,
)
MODERATED = NotificationType(
    name="moderated",
    order=20,
    label="Your posts and moderators",
    about="A moderator approves, rejects, removes or restores what you wrote.",
    why="You wrote it.",
    icon="shield-check",
    template="community/notices/moderated.html",
    find=_find_decided,
    show=_show_decided,
    readers=_still_reads,
)
TYPES = (TO_MODERATE, MODERATED)
