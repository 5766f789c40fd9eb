"""What moderation tells people: moderators that something waits, an author what was decided, a reporter the outcome.

No notification carries what waits: it is looked up for each reader, who may read it.
"""

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.community.models import Community, Flag, FlagOutcome, Held, HeldState, Removal, RemovalState
from apps.conversations.models import Message
from apps.notifications import events
from apps.notifications.models import Event
from apps.notifications.notification_types import Found, NotificationType, looked_up

MAX_TEXT = 2_000
OFFICE = {Role.ADMIN, Role.STAFF}


def something_waits(held: Held) -> None:
    """Tell those who look after the community, once a post, however often its author changes it."""
    events.notify(
        "to-moderate",
        _waits(held),
        f"To moderate: {held.community.name}",
        actor=held.author,
        thing=held,
        about=held.community,
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
        about=held.community,
        to=[held.author_id],
    )


def something_reported(flag: Flag, community: Community) -> None:
    """Tell those who look after the community of the first report of a post; further ones are in the queue."""
    author = flag.message.author_id
    events.notify(
        "reported",
        _reported(flag.message_id, flag),
        f"Report: {community.name}",
        actor=flag.user,
        thing=flag.message,
        about=community,
        to=[pk for pk in caretakers(community) if pk != author],
    )


def reports_settled(flags: Sequence[Flag], message: Message, actor: User | None, outcome: FlagOutcome) -> None:
    """Nobody has to see to these reports; whoever made them learns what was decided."""
    events.withdraw(*(_reported(message.pk, flag) for flag in flags))
    community = flags[0].community
    for flag in flags:
        events.notify(
            "report-settled",
            _settled(flag),
            f"Your report: {community.name}",
            actor=actor,
            thing=flag,
            about=community,
            to=[flag.user_id],
            outcome=outcome,
        )


def outcome_withdrawn(flag: Flag) -> None:
    """What was told of it holds no longer."""
    events.withdraw(_settled(flag))


def withheld(removal: Removal, actor: User) -> None:
    """Tell the author that a moderator hid or removed a post, and why; what is removed was hidden before at most."""
    if removal.state == RemovalState.REMOVED:
        events.withdraw(_withheld(removal, RemovalState.HIDDEN))
    _tell_author(removal, actor)


def restored(removal: Removal, actor: User) -> None:
    """Tell the author that it stands again; nobody need read any more that it didn't."""
    events.withdraw(*(_withheld(removal, state) for state in (RemovalState.HIDDEN, RemovalState.REMOVED)))
    _tell_author(removal, actor)


def _tell_author(removal: Removal, actor: User) -> None:
    if author := removal.message.author_id:
        key, subject = _withheld(removal, removal.state), f"{removal.get_state_display()}: {removal.community.name}"
        about = removal.community
        events.notify("post-removed", key, subject, actor=actor, thing=removal, about=about, to=[author])


def _withheld(removal: Removal, state: str) -> str:
    return f"post-{state}-{removal.pk}"


def caretakers(community: Community) -> list[int]:
    """Its teachers and the members whom they chose; the office, which has a queue too, where there is none of them."""
    people = community.moderators()
    near = list(people.exclude(role__in=OFFICE).values_list("pk", flat=True))
    return near or list(people.values_list("pk", flat=True))


def _reported(message_id: int, flag: Flag) -> str:
    return f"reported-{message_id}-{flag.pk}-{flag.created.timestamp():.6f}"


def _settled(flag: Flag) -> str:
    return f"report-settled-{flag.pk}-{flag.created.timestamp():.6f}"


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


def _open_reports(user: User | None, ids: list[int]) -> dict[int, Message]:
    # What a moderator hid is still to be decided.
    reported = Message.objects.filter(Q(deleted=None) | Q(hidden=True), flags__outcome=FlagOutcome.OPEN)
    rows = reported.distinct().with_titles()
    if user:
        moderated = Community.objects.moderated_by(user).values("pk")
        rows = rows.filter(flags__community__in=moderated).exclude(author=user)
    return rows.in_bulk(ids)


def _report(message: Message, _: User | None) -> Found:
    about = message.conversation.type.title(message.conversation)
    return Found(reverse("community:post_decide", args=[message.pk]), about=about, more={"author": message.author_name})


def _own_reports(user: User | None, ids: list[int]) -> dict[int, Flag]:
    rows = Flag.objects.exclude(outcome=FlagOutcome.OPEN).select_related("community__course")
    if user:
        rows = rows.filter(user=user, community__in=Community.objects.visible_to(user).values("pk"))
    return rows.in_bulk(ids)


def _outcome(flag: Flag, _: User | None) -> Found:
    url = flag.community.get_absolute_url()
    return Found(url, about=flag.community.name, more={"outcome": flag.outcome})


def _own_removals(user: User | None, ids: list[int]) -> dict[int, Removal]:
    rows = Removal.objects.select_related("community__course", "message")
    if user:
        rows = rows.filter(message__author=user, community__in=Community.objects.visible_to(user).values("pk"))
    return rows.in_bulk(ids)


def _removal(removal: Removal, _: User | None) -> Found:
    url = reverse("community:removal_detail", args=[removal.pk])
    return Found(url, removal.message.plain[:MAX_TEXT], removal.community.name, more={"removal": removal})


_find_reports, _show_report = looked_up(_open_reports, _report)
_find_outcomes, _show_outcome = looked_up(_own_reports, _outcome)
_find_removed, _show_removed = looked_up(_own_removals, _removal)
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
    about="A moderator approves or rejects what you wrote.",
    why="You wrote it.",
    icon="shield-check",
    template="community/notices/moderated.html",
    find=_find_decided,
    show=_show_decided,
    readers=_still_reads,
)
REPORTED = NotificationType(
    name="reported",
    order=20,
    label="Reports of posts",
    about="Somebody reports a post in a community that you moderate.",
    why="You moderate this community.",
    icon="shield-check",
    template="community/notices/reported.html",
    find=_find_reports,
    show=_show_report,
    grouped=True,
)
REPORT_SETTLED = NotificationType(
    name="report-settled",
    order=20,
    label="Your reports",
    about="A moderator decides about a post that you reported.",
    why="You reported the post.",
    icon="shield-check",
    template="community/notices/report_settled.html",
    find=_find_outcomes,
    show=_show_outcome,
)
POST_REMOVED = NotificationType(
    name="post-removed",
    order=20,
    label="Posts that were hidden or removed",
    about="A moderator hides or removes what you wrote, or puts it back.",
    why="You wrote it.",
    icon="shield-check",
    template="community/notices/post_removed.html",
    find=_find_removed,
    show=_show_removed,
)
TYPES = (TO_MODERATE, MODERATED, REPORTED, REPORT_SETTLED, POST_REMOVED)
