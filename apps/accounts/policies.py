"""Who may do what with people and with invitations."""

from django.db.models import Q, QuerySet

from apps.accounts.models import Invitation, Role, User

# The roles that staff look after; admins look after all.
LED = {Role.TEACHER, Role.STUDENT}


def can_send_again(user: User) -> bool:
    """May this person have emails sent that were given up?"""
    return user.role == Role.ADMIN and not user.looked_as


def can_list_people(user: User) -> bool:
    """May this person see who can sign in?"""
    return user.sees_all


def can_deactivate(actor: User, person: User) -> bool:
    """May `actor` take this person's access away, and give it back? Nobody does so to themselves."""
    return _leads(actor, person)


def can_close(actor: User, person: User) -> bool:
    """May `actor` close this account for good? Everybody their own; admins anybody's, at their request."""
    return actor.pk == person.pk or actor.role == Role.ADMIN


def can_remove_factors(actor: User, person: User) -> bool:
    """May `actor` take away the second factors of somebody who has lost them? One's own have pages of their own."""
    return _leads(actor, person)


def can_change_role(actor: User, person: User) -> bool:
    """May `actor` give this person another role?"""
    return actor.role == Role.ADMIN and actor.pk != person.pk


def can_read_history(actor: User, person: User) -> bool:
    """May `actor` read what was done with this person's account?"""
    return actor.role == Role.ADMIN


def can_look_as(actor: User, person: User) -> bool:
    """May `actor` see the pages as this person sees them? Admins as anybody who can sign in and is no admin."""
    return actor.is_active and actor.role == Role.ADMIN and person.is_active and person.role != Role.ADMIN


def _leads(actor: User, person: User) -> bool:
    if actor.pk == person.pk:
        return False
    return actor.role == Role.ADMIN or (actor.role == Role.STAFF and person.role in LED)


def roles_to_invite(user: User, *, taught: bool = False) -> list[Role]:
    """The roles that this person may invite somebody to.

    `taught` says that it is about students of own batches, whom a teacher may invite; the app that knows students
    has made sure of it.
    """
    if user.role == Role.ADMIN:
        return list(Role)
    if user.role == Role.STAFF:
        return [Role.TEACHER, Role.STUDENT]
    return [Role.STUDENT] if user.role == Role.TEACHER and taught else []


def can_invite(user: User, role: str, *, taught: bool = False) -> bool:
    """May this person invite somebody to this role?"""
    return user.is_active and role in roles_to_invite(user, taught=taught)


def can_list_invitations(user: User) -> bool:
    """Are there invitations for this person to see?"""
    return user.role != Role.STUDENT


def can_manage_invitation(user: User, invitation: Invitation) -> bool:
    """May this person revoke an invitation that they see, or send it again?"""
    if user.role == Role.TEACHER:
        return invitation.invited_by_id == user.pk and invitation.role == Role.STUDENT
    return can_invite(user, invitation.role)


def photographed(user: User) -> QuerySet[User]:
    """The people whose photos this person, who knows their addresses, may see.

    An address can't be guessed and stands where its person is shown. Two students are shown to each other nowhere.
    """
    people = User.objects.exclude(photo="")
    return people.exclude(~Q(pk=user.pk), role=Role.STUDENT) if user.role == Role.STUDENT else people
