"""The verbs of inviting students: each comes to their own record."""

from collections import defaultdict
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from apps.accounts import invitations
from apps.accounts.models import Invitation, Role, User
from apps.accounts.outcomes import Guest, Outcome, Result
from apps.core.email_addresses import comparable, why_not
from apps.students import live, policies
from apps.students.models import Student

_BATCH = 200


def guest(student: Student) -> Guest:
    """Whom an invitation of this student is addressed to."""
    return Guest(student.email, student.given_name, student.family_name)


def foresee(students: Sequence[Student]) -> list[Outcome]:
    """What would come of inviting these students now, in three queries; `invitation` is selected with them."""
    outcomes = invitations.foresee([guest(student) for student in students])
    return [_of_record(student, outcome) for student, outcome in zip(students, outcomes, strict=True)]


def _of_record(student: Student, outcome: Outcome) -> Outcome:
    """The outcome for a record, which may have an account, or whose address may be another's."""
    if student.user_id:
        return Outcome(outcome.guest, Result.KNOWN)
    if outcome.result == Result.PENDING and outcome.invitation and outcome.invitation.pk != student.invitation_id:
        return Outcome(outcome.guest, Result.TAKEN)
    return outcome


def invite(actor: User, students: Sequence[Student], origin: str, *, stoppable_from: int = 0) -> list[Outcome]:
    """Invite these students, where that can be done; what came of it, in the same order.

    `origin` is the site's address, for the links; so many or more (`stoppable_from`) leave after a while, in which they
    can be stopped. An invitation to an address that a record has no longer ends. Raises PermissionDenied,
    ValidationError (too many).
    """
    with transaction.atomic():
        fresh = _lock(actor, students)
        moved = [student.invitation_id for student in fresh if student.invitation_id and _is_elsewhere(student)]
        invitations.revoke_all(actor, moved)
        without = [student for student in fresh if not student.user_id]
        guests = [guest(student) for student in without]
        sent = invitations.send(actor, Role.STUDENT, guests, origin, taught=True, stoppable_from=stoppable_from)
        outcomes = dict(zip((student.pk for student in without), sent, strict=True))
        invited = [student for student in without if outcomes[student.pk].invited]
        for student in invited:
            student.invitation = outcomes[student.pk].invitation
        Student.objects.bulk_update(invited, ["invitation"], batch_size=_BATCH)
        live.record_changed([student.pk for student in invited])
    known = Outcome(Guest(""), Result.KNOWN)
    by_pk = {student.pk: student for student in fresh}
    return [_of_record(by_pk[each.pk], outcomes.get(each.pk, known)._replace(guest=guest(each))) for each in students]


def _lock(actor: User, students: Sequence[Student]) -> list[Student]:
    """The students as they are, until the commit; raises PermissionDenied unless `actor` may invite all of them."""
    pks = {student.pk for student in students}
    rows = Student.objects.select_for_update(of=("self",)).select_related("invitation").order_by("pk")
    fresh = list(rows.filter(pk__in=Student.objects.visible_to(actor).filter(pk__in=pks).values("pk")))
    if not policies.can_invite(actor) or len(fresh) < len(pks):
        raise PermissionDenied("You can't invite these students.")
    return fresh


def _is_elsewhere(student: Student) -> bool:
    """Has the record another address than the one that was invited?"""
    return student.invitation is not None and student.invitation.email != student.email


def invite_one(actor: User, student: Student, origin: str) -> Invitation:
    """Invite a student, or send them their open invitation again.

    Raises PermissionDenied, ValidationError with the reason why not.
    """
    with transaction.atomic():
        (fresh,) = _lock(actor, [student])
        pending = fresh.invitation
        if pending and pending.state == "pending" and not _is_elsewhere(fresh):
            return invitations.send_again(actor, pending, origin)
        (outcome,) = invite(actor, [fresh], origin)
    if not outcome.invited or not outcome.invitation:
        raise ValidationError(f"{outcome.said}.")
    return outcome.invitation


def revoke(actor: User, student: Student) -> None:
    """End a student's invitation; raises PermissionDenied, ValidationError if none is open."""
    with transaction.atomic():
        (fresh,) = _lock(actor, [student])
        if not (fresh.invitation_id and invitations.revoke_all(actor, [fresh.invitation_id])):
            raise ValidationError("There is no open invitation to revoke.")
        live.record_changed([fresh.pk])


def invite_addresses(actor: User, addresses: Sequence[str], origin: str) -> list[Outcome]:
    """Invite the students whose records have these addresses; raises what `invite` does."""
    found: defaultdict[str, list[Student]] = defaultdict(list)
    wanted = {comparable(address) for address in addresses}
    students = Student.objects.visible_to(actor).filter(email__in=wanted)
    for student in students.select_related("invitation").order_by("pk"):
        found[student.email].append(student)
    alone = {address: each[0] for address, each in found.items() if len(each) == 1}
    invited = invite(actor, list(alone.values()), origin, stoppable_from=2) if alone else []
    outcomes = dict(zip(alone, invited, strict=True))
    answers = []
    for address in addresses:
        email = comparable(address)
        if email in outcomes:
            answers.append(outcomes[email])
            outcomes[email] = Outcome(Guest(address), Result.TWICE)
        elif email in found:
            answers.append(Outcome(Guest(address), Result.SEVERAL))
        else:
            answers.append(Outcome(Guest(address), Result.INVALID if why_not(email) else Result.NOBODY))
    return answers
