"""Who reads a community, by role: its instructors, its moderators, and everybody else in it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.community import live, policies
from apps.community.models import Community
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
    # Whom a teacher appointed moderates as a student of the course, and only then.
    moderators = Q(role__in=[Role.ADMIN, Role.STAFF]) | Q(role=Role.STUDENT, pk__in=community.appointed())
    rank = Case(
        When(instructors, then=INSTRUCTOR),
        When(moderators, then=MODERATOR),
        default=Value(MEMBER),
        output_field=IntegerField(),
    )
    return community.readers().annotate(rank=rank)


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
        """Somebody got another role, or the community changed."""
        return (live.channel(self.community.pk),)

    def visible(self) -> QuerySet[User]:
        """Everyone who may read it now."""
        return ranked(self.community)

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
