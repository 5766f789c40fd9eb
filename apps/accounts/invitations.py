"""The verbs of invitations: send, send again, revoke, accept."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from apps.accounts import audit, outgoing_email, parts, policies
from apps.accounts.models import AuditEntry, Invitation, OutgoingEmail, Role, User
from apps.accounts.outcomes import Guest, Outcome, Result
from apps.core.email_addresses import comparable, why_not
from apps.core.models import State

# In one go; more take more goes, so that each is a page that answers.
AT_ONCE = 500
# What one person may send in an hour: nobody makes a mail cannon of an academy.
PER_HOUR = {Role.ADMIN: 5_000, Role.STAFF: 5_000, Role.TEACHER: 300}
# What is sent to several people at once can be stopped for so long.
STOPPABLE = timedelta(minutes=1)
# Between two mails of one invitation.
PAUSE = timedelta(minutes=1)
_TRIES = 3

KNOWN = "There is an account with this e-mail address already. Sign in with it, or choose a new password there."


class Gone(Exception):  # noqa: N818 - not a fault: links end
    """No invitation that can be accepted has this token: unknown, expired, revoked or used, which isn't told apart."""


class Newcomer(NamedTuple):
    """What somebody says of themselves when they accept; without a password they mean to sign in with a passkey."""

    given_name: str
    family_name: str
    password: str | None


def send(
    actor: User, role: str, guests: Sequence[Guest], origin: str, *, taught: bool = False, stoppable_from: int = 0
) -> list[Outcome]:
    """Invite each of these people to a role, where that can be done; what came of it, in the same order.

    `origin` is the site's address (`https://…`, without a path), for the links. `taught` is true where the students of
    `actor` are invited (see policies). So many or more (`stoppable_from`) leave after a while, in which they can be
    stopped (see sendings). Raises PermissionDenied, ValidationError (too many).
    """
    if not policies.can_invite(actor, role, taught=taught):
        raise PermissionDenied("You can't invite anybody to this role.")
    if len(guests) > AT_ONCE:
        raise ValidationError(f"Invite at most {AT_ONCE} people in one go.")
    _check_pace(actor, len(guests))
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return _send(actor, role, guests, origin, stoppable_from)
        except IntegrityError:  # Somebody invited one of them at the same moment: now it shows.
            continue
    raise ValidationError("Somebody else is inviting the same people just now. Try again.")


def invite(actor: User, role: str, guests: Sequence[Guest], origin: str) -> list[Outcome]:
    """Invite these people; an app that keeps records of a role ties each to theirs.

    Raises PermissionDenied, ValidationError (too many).
    """
    for part in parts.parts():
        outcomes = part.invite(actor, role, guests, origin)
        if outcomes is not None:
            return outcomes
    return send(actor, role, guests, origin, stoppable_from=2)


def _check_pace(actor: User, more: int) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    verbs = ["invitation.sent", "invitation.resent"]
    sent = AuditEntry.objects.filter(actor=actor, verb__in=verbs, at__gt=hour_ago).count()
    if sent + more > PER_HOUR.get(Role(actor.role), 0):
        raise ValidationError(f"You have sent {sent} invitations within an hour. Wait a while, then send the others.")


def foresee(guests: Sequence[Guest]) -> list[Outcome]:
    """What would come of inviting these people now, in three queries at most."""
    wanted = {comparable(guest.email) for guest in guests}
    known = set(User.objects.filter(email__in=wanted).values_list("email", flat=True))
    known |= set(EmailAddress.objects.filter(email__in=wanted, verified=True).values_list("email", flat=True))
    pending = {invitation.email: invitation for invitation in Invitation.objects.pending().filter(email__in=wanted)}
    seen: set[str] = set()
    outcomes = []
    for guest in guests:
        email = comparable(guest.email)
        if not email:
            result = Result.EMPTY
        elif why_not(email):
            result = Result.INVALID
        elif email in known:
            result = Result.KNOWN
        elif email in pending:
            result = Result.PENDING
        else:
            result = Result.TWICE if email in seen else Result.INVITED
        seen.add(email)
        outcomes.append(Outcome(guest, result, pending.get(email)))
    return outcomes


def _send(actor: User, role: str, guests: Sequence[Guest], origin: str, stoppable_from: int) -> list[Outcome]:
    outcomes = foresee(guests)
    now = timezone.now()
    sending = uuid4() if 0 < stoppable_from <= sum(outcome.invited for outcome in outcomes) else None
    made: dict[str, Invitation] = {}
    tokens: dict[str, str] = {}
    for guest in (outcome.guest for outcome in outcomes if outcome.invited):
        about = {"given_name": guest.given_name[:100], "family_name": guest.family_name[:100], "sending": sending}
        email = comparable(guest.email)
        made[email] = Invitation(email=email, role=role, invited_by=actor, created=now, sent=now, **about)
        tokens[email] = made[email].new_token()
    # Those whose time is over make place: of one address one is open.
    over = Invitation.objects.unfinished().filter(email__in=made, expires__lte=now)
    revoke_all(actor, over.values_list("pk", flat=True))
    # In one order, so that two who invite the same people wait for each other, and not both.
    Invitation.objects.bulk_create([made[email] for email in sorted(made)])
    audit.record_many(actor, "invitation.sent", list(made.values()), role=role)
    waits = STOPPABLE if sending else timedelta(0)
    outgoing_email.send([_mail(invitation, tokens[email], origin, waits) for email, invitation in made.items()])
    return [
        outcome._replace(invitation=made[comparable(outcome.guest.email)]) if outcome.invited else outcome
        for outcome in outcomes
    ]


def _mail(invitation: Invitation, token: str, origin: str, waits: timedelta = timedelta(0)) -> OutgoingEmail:
    """The email to send after the commit; the token is in it, sealed until it was sent, and nowhere else."""
    context = {
        "invitation": invitation,
        "inviter": invitation.invited_by.full_name if invitation.invited_by else settings.ACADEMY_NAME,
        "academy_name": settings.ACADEMY_NAME,
        "link": origin + reverse("accounts:join_token", args=[token]),
    }
    text = render_to_string("accounts/email/invitation.txt", context)
    html = render_to_string("accounts/email/invitation.html", context)
    # A name with a line break in it would be a second header.
    subject = " ".join(f"{context['inviter']} invites you to {settings.ACADEMY_NAME}".split())
    lasts = invitation.expires - timezone.now()
    row = outgoing_email.email(invitation.email, "Invitation", lasts=lasts, subject=subject, text=text, html=html)
    row.due, row.invitation = row.due + waits, invitation
    return row


def resend(actor: User, invitation: Invitation, origin: str) -> Invitation:
    """Send an invitation again, with another link and another span; the link before ends.

    Raises PermissionDenied, and ValidationError where it is over, in the way of something, or was sent just now.
    """
    if not policies.can_manage_invitation(actor, invitation):
        raise PermissionDenied("You can't send this invitation.")
    return send_again(actor, invitation, origin)


def send_again(actor: User, invitation: Invitation, origin: str) -> Invitation:
    """The same for whoever has made sure by a rule of their own that `actor` may."""
    _check_pace(actor, 1)
    with transaction.atomic():
        fresh = Invitation.objects.select_for_update(of=("self",)).select_related("invited_by").get(pk=invitation.pk)
        if reason := _why_not_again(fresh, actor):
            raise ValidationError(reason)
        token = fresh.new_token()
        fresh.sent, fresh.times_sent = timezone.now(), fresh.times_sent + 1
        fresh.save(update_fields=["token_hash", "expires", "sent", "times_sent"])
        audit.record(actor, "invitation.resent", fresh, role=fresh.role)
        # One that still waits has the link that ends here.
        OutgoingEmail.objects.filter(invitation=fresh, state=State.WAITING).delete()
        outgoing_email.send([_mail(fresh, token, origin)])
    return fresh


def _why_not_again(invitation: Invitation, actor: User) -> str:
    if invitation.accepted or invitation.revoked:
        return f"This invitation was {invitation.state} meanwhile."
    if invitation.sent > timezone.now() - PAUSE:
        return "It was sent a moment ago. Wait a minute before you send it again."
    if foresee([Guest(invitation.email)])[0].result == Result.KNOWN:
        return "Somebody has an account with this address by now."
    return parts.refusal(invitation, actor)


def revoke(actor: User, invitation: Invitation) -> Invitation:
    """End an invitation; raises PermissionDenied, ValidationError if it was accepted or revoked meanwhile."""
    if not policies.can_manage_invitation(actor, invitation):
        raise PermissionDenied("You can't revoke this invitation.")
    if not revoke_all(actor, [invitation.pk]):
        fresh = Invitation.objects.get(pk=invitation.pk)
        raise ValidationError(f"This invitation was {fresh.state} meanwhile.")
    return Invitation.objects.get(pk=invitation.pk)


def revoke_all(actor: User | None, pks: Iterable[int]) -> list[int]:
    """End those of these invitations that are open, for whoever has made sure that `actor` may; returns which.

    Without an actor it is nobody's decision, but follows from another.
    """
    with transaction.atomic():
        mine = Invitation.objects.unfinished().filter(pk__in=list(pks))
        open_ones = list(mine.select_for_update().order_by("pk"))
        ended = [invitation.pk for invitation in open_ones]
        Invitation.objects.filter(pk__in=ended).update(revoked=timezone.now())
        OutgoingEmail.objects.filter(invitation__in=ended, state=State.WAITING).delete()
        audit.record_many(actor, "invitation.revoked", open_ones)
    return ended


def withdraw(actor: User, sender: User) -> None:
    """End what `sender`, who is no admin who can sign in any more, has open to admins' and staff's roles.

    Else whoever lost access could have invited themselves back in. Teachers and students come all the same.
    """
    sent = Invitation.objects.unfinished().filter(invited_by=sender).exclude(role__in=policies.LED)
    revoke_all(actor, sent.values_list("pk", flat=True))


def find(token: str) -> Invitation:
    """The invitation that a link leads to; raises Gone."""
    found = Invitation.objects.pending().for_token(token).select_related("invited_by").first()
    if found is None:
        raise Gone
    return found


def obstacle(invitation: Invitation) -> str:
    """Why a pending invitation can't be accepted, for whoever holds its link; empty if it can."""
    if foresee([Guest(invitation.email)])[0].result == Result.KNOWN:
        return KNOWN
    return parts.refusal(invitation)


def accept(token: str, newcomer: Newcomer) -> User:
    """Make the account that an invitation is for, once; the address is proven, since its mail was read.

    Raises Gone; ValidationError with a sentence for whoever holds the link.
    """
    try:
        with transaction.atomic():
            invitation = find(token)
            # Of two clicks, or two tabs, one finds it open: the other waits for this row and finds it accepted.
            mine = Invitation.objects.pending().for_token(token).update(accepted=timezone.now())
            if mine != 1:
                raise Gone
            if reason := obstacle(invitation):
                raise ValidationError(reason)
            return _make_account(invitation, newcomer)
    except IntegrityError:  # Somebody made an account with this address at the same moment.
        raise ValidationError(KNOWN) from None


def _make_account(invitation: Invitation, newcomer: Newcomer) -> User:
    names = {"given_name": newcomer.given_name, "family_name": newcomer.family_name}
    user = User.objects.create_user(invitation.email, newcomer.password, role=invitation.role, **names)
    Invitation.objects.filter(pk=invitation.pk).update(user=user)
    for part in parts.parts():
        part.accepted(invitation, user)
    audit.record(user, "invitation.accepted", invitation, role=invitation.role)
    return user
