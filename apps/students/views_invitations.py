"""Inviting students: one from their page, many from the list."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.invitations import AT_ONCE
from apps.accounts.models import User
from apps.accounts.outcomes import Outcome
from apps.accounts.people import signed_in
from apps.accounts.views_invitations import report
from apps.conversations.threads import open_thread
from apps.core.addresses import site
from apps.core.htmx import render_part, wants_fragment
from apps.students import invitations, policies
from apps.students.listing import StudentList
from apps.students.models import Status, Student
from apps.students.views import find_student, record_context


def _change(request: HttpRequest, pk: int, action: Callable[[User, Student], object], done: str) -> HttpResponse:
    """The record after a change of its invitation, or with the reason why there was none; without script, the page."""
    user, student = signed_in(request), find_student(request, pk)
    if not policies.can_invite(user):
        raise Http404
    said, refused = done, ""
    try:
        action(user, student)
    except ValidationError as error:
        said, refused = "", error.messages[0]
    if not wants_fragment(request):
        messages.add_message(request, messages.ERROR if refused else messages.SUCCESS, refused or said)
        return redirect(student)
    student, status = find_student(request, pk), 409 if refused else 200
    if request.POST.get("part") == "addressee":  # Invited from the conversation: it says by itself that they are.
        context = {"thread": open_thread(user, student.conversation, size=0), "refused": refused}
        return render(request, "conversations/_addressee.html", context, status=status)
    context = record_context(user, student, invitation_said=said, invitation_refused=refused)
    return render(request, "students/_record_part.html", context, status=status)


@require_POST
def student_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite a student, or send the invitation again."""
    return _change(request, pk, lambda user, it: invitations.invite_one(user, it, site()), "Invitation sent.")


@require_POST
def student_uninvite(request: HttpRequest, pk: int) -> HttpResponse:
    """End a student's invitation."""
    return _change(request, pk, invitations.revoke, "Invitation revoked.")


class Choice(NamedTuple):
    """A student of a plan."""

    student: Student
    outcome: Outcome
    is_ticked: bool


def _is_meant(student: Student, outcome: Outcome) -> bool:
    """Whom “all” means: not those who have left, who are invited one by one."""
    return outcome.invited and student.status != Status.LEFT


@dataclass
class Plan:
    """Whom inviting the students of a list would invite: those without an account and without an open invitation."""

    listing: StudentList
    # Who was ticked before, where nobody was invited.
    ticked: frozenset[int] = frozenset()
    # Whether all are, by the link that says so.
    everybody: bool = False

    @cached_property
    def uninvited(self) -> QuerySet[Student]:
        """Those to whom it may come, in the list's order, those without an address last."""
        open_now = Q(invitation__accepted=None, invitation__revoked=None, invitation__expires__gt=timezone.now())
        waiting = Student.objects.filter(open_now, invitation__isnull=False)
        students: QuerySet[Student] = self.listing.matching.filter(user=None).exclude(pk__in=waiting.values("pk"))
        return students.select_related("invitation")

    @cached_property
    def count(self) -> int:
        """How many these are."""
        return self.uninvited.count()

    @cached_property
    def rows(self) -> list[tuple[Student, Outcome]]:
        """The first AT_ONCE of them, each with what would come of it: those who can be invited first."""
        named = list(self.uninvited.exclude(email="")[:AT_ONCE])
        rest = list(self.uninvited.filter(email="")[: AT_ONCE - len(named)])
        return list(zip([*named, *rest], invitations.foresee([*named, *rest]), strict=True))

    @cached_property
    def choices(self) -> list[Choice]:
        """The same with who is ticked: nobody, before somebody does."""
        return [
            Choice(student, outcome, student.pk in self.ticked or (self.everybody and _is_meant(student, outcome)))
            for student, outcome in self.rows
        ]

    @property
    def possible(self) -> int:
        """How many of the rows can be invited."""
        return sum(outcome.invited for _, outcome in self.rows)

    @property
    def meant(self) -> int:
        """How many of these the link that selects all of them means."""
        return sum(_is_meant(student, outcome) for student, outcome in self.rows)

    @property
    def selected(self) -> int:
        """How many are ticked."""
        return sum(choice.is_ticked for choice in self.choices)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_create(request: HttpRequest) -> HttpResponse:
    """Invite many: GET shows row by row whom that would invite, POST invites those who are chosen and reports."""
    user = signed_in(request)
    if not policies.can_invite(user):
        raise Http404
    listing = StudentList(user, request.GET)
    context: dict[str, object] = {"listing": listing}
    outcomes: list[Outcome] = []
    status = 200
    if request.method == "POST":
        try:
            outcomes = invitations.invite(user, _chosen(request, user), site(), stoppable_from=1)
        except ValidationError as error:
            context["refused"], status = error.messages[0], 422
    context |= report(user, outcomes)
    ticked = _ticked(request) if status == 422 else frozenset()
    context["plan"] = Plan(listing, ticked, everybody=request.GET.get("select") == "all")
    return render_part(request, "students/invitation_create.html", "students/_invite_many.html", context, status)


def _ticked(request: HttpRequest) -> frozenset[int]:
    given = request.POST.getlist("student")
    return frozenset(int(pk) for pk in given if pk.isascii() and pk.isdigit() and len(pk) < 19)


def _chosen(request: HttpRequest, user: User) -> list[Student]:
    """The students who are ticked, of those whom one may see; raises ValidationError for none or too many."""
    ticked = _ticked(request)
    if len(ticked) > AT_ONCE:
        raise ValidationError(f"Choose at most {AT_ONCE} students in one go.")
    students = list(Student.objects.visible_to(user).filter(pk__in=ticked))
    if not students:
        raise ValidationError("Choose at least one student.")
    return students
