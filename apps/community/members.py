"""Who reads a community, by role: its instructors, its moderators, and everybody else in it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.http import QueryDict
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.community import live, policies
from apps.community.models import Community, FlagOutcome, HeldState, ModerationNote
from apps.conversations.models.conversations import Count as Rows
from apps.core.finding import every_word
from apps.core.listing import Filter, Listing
from apps.courses.models import CourseTeacher

INSTRUCTOR, MODERATOR, MEMBER = range(3)
GROUPS = (("instructors", "Instructors"), ("moderators", "Moderators"), ("members", "Members"))
RANKS = {"instructors": INSTRUCTOR, "moderators": MODERATOR, "members": MEMBER}


def ranked(community: Community) -> QuerySet[User]:
    """Everyone who reads it, each with a `rank`: the course's teachers, those who moderate it, the others."""
    teaches = CourseTeacher.objects.filter(course=community.course_id).values("teacher")
    instructors = Q(role=Role.TEACHER, pk__in=teaches)
    # An appointed moderator keeps the role only while they may read the community as a student or batch teacher.
    moderators = Q(role__in=[Role.ADMIN, Role.STAFF]) | Q(pk__in=community.appointed())
    rank = Case(
        When(instructors, then=INSTRUCTOR),
        When(moderators, then=MODERATOR),
        default=Value(MEMBER),
        output_field=IntegerField(),
    )
    return community.readers().annotate(rank=rank)


def people_of(community: Community) -> QuerySet[User]:
    """Those on whom its moderators may note something: who reads it, and whose posts they had to decide about."""
    held, removed = community.held.values("author"), community.removals.values("message__author")
    return User.objects.filter(Q(pk__in=community.readers().values("pk")) | Q(pk__in=held) | Q(pk__in=removed))


def record_of(community: Community, person: User) -> dict[str, int]:
    """What its moderators have decided about a person's posts: rejected, removed, and reported ones that may stay."""
    held = community.held.filter(author=person, state=HeldState.REJECTED)
    removed = community.removals.filter(message__author=person).standing()
    kept = community.flags.filter(message__author=person, outcome=FlagOutcome.KEPT)
    return {
        "rejected": held.count(),
        "removed": removed.count(),
        "kept": kept.values("message").distinct().count(),
    }


class MemberList(Listing[User]):
    """The members of one community."""

    route = "community:member_list"
    one, many = "person", "people"
    title, name = "Members", "members"
    placeholder = "Name"

    def __init__(self, user: User, community: Community, query: QueryDict) -> None:
        super().__init__(user, query)
        self.community = community
        self.may_appoint = policies.may_instruct(user, community)
        self.may_note = policies.may_moderate(user, community)
        groups = Filter("role", "Role", f"All {sum(self._counts)}", lambda _: self._groups(), _of, buttons=True)
        self.filters = (groups,)  # type: ignore[misc]

    @cached_property
    def _counts(self) -> list[int]:
        rows: Any = ranked(self.community)
        counted = dict(rows.values_list("rank").annotate(people=Count("pk")).order_by())
        return [counted.get(rank, 0) for rank in RANKS.values()]

    def _groups(self) -> list[tuple[str, str]]:
        return [(value, f"{label} {count}") for (value, label), count in zip(GROUPS, self._counts, strict=True)]

    @property
    def channels(self) -> Sequence[str]:
        """Somebody got another role, or the community changed; for moderators, a note was written."""
        own = (live.channel(self.community.pk),)
        return (*own, live.moderation_channel(self.community.pk)) if self.may_note else own

    def visible(self) -> QuerySet[User]:
        """Everyone who may read it now; for moderators with how many notes there are on each."""
        people = ranked(self.community)
        if not self.may_note:
            return people
        notes: Any = ModerationNote.objects.visible_to(self.user).filter(community=self.community)
        notes = notes.filter(person=OuterRef("pk")).order_by()
        return people.annotate(notes=Rows(notes.values("pk")))

    def search(self, rows: Any, text: str) -> Any:
        """By name."""
        return rows.filter(every_word(text, "given_name", "family_name"))

    def order_by(self) -> list[Any]:
        """Whoever can help first."""
        return ["rank", "given_name", "family_name", "pk"]

    def path(self) -> str:
        """Of this community."""
        return reverse(self.route, args=[self.community.course_id])


def _of(rows: Any, group: str) -> Any:
    return rows.filter(rank=RANKS[group])
