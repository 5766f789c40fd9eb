"""Members: who leaves and returns, who moderates, what each wants to be told of."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, policies
from apps.community.models import Community, Level, Membership, MembershipRole, Topic, TopicSetting
from apps.conversations.actions.clock import NOT_YOURS
from apps.conversations.models import Participant


def join(actor: User, community: Community) -> Membership:
    """Return to a community that one has left; for whoever never left nothing changes."""
    _refuse_strangers(actor, community)
    return _set(actor, community, left_at=None)


def leave(actor: User, community: Community) -> Membership:
    """Be told of nothing in a community, and write nothing in it, until one returns; reading goes on."""
    _refuse_strangers(actor, community)
    if not policies.may_join(actor):
        raise PermissionDenied("Admins and staff belong to every community.")
    return _set(actor, community, left_at=timezone.now())


def choose_levels(actor: User, community: Community, level: str, chat_level: str) -> Membership:
    """What to be told of its topics, and of its chat; empty for what is usual. Raises ValidationError for others."""
    _refuse_strangers(actor, community)
    for chosen in (level, chat_level):
        if chosen and chosen not in Level.values:
            raise ValidationError("Choose everything, what concerns you, or nothing.", code="unknown")
    return _set(actor, community, level=level, chat_level=chat_level)


def choose_topic_level(actor: User, topic: Topic, level: str) -> None:
    """What to be told of one topic; empty for what one chose for its community."""
    if actor.looked_as or not Topic.objects.visible_to(actor).filter(pk=topic.pk).exists():
        raise PermissionDenied(NOT_YOURS)
    if level and level not in Level.values:
        raise ValidationError("Choose everything, what concerns you, or nothing.", code="unknown")
    if level:
        TopicSetting.objects.update_or_create(topic=topic, user=actor, defaults={"level": level})
    else:
        TopicSetting.objects.filter(topic=topic, user=actor).delete()


def appoint(actor: User, community: Community, person: User, role: str) -> Membership:
    """Make a member a moderator, or a member again; raises PermissionDenied, ValidationError for who is none."""
    if not policies.may_instruct(actor, community):
        raise PermissionDenied("Only the course's teachers choose its moderators.")
    if role not in MembershipRole.values:
        raise ValidationError("Choose member or moderator.", code="unknown")
    if not community.appointable().filter(pk=person.pk).exists():
        raise ValidationError("Choose somebody who takes the course, or teaches a batch of it.", code="no_member")
    with transaction.atomic():
        membership = _set(person, community, role=role)
        audit.record(actor, "community.appointed", membership, role=role)
    return membership


def allow_reports(actor: User, community: Community, person: User, *, allowed: bool) -> Membership:
    """Take from a member the right to report posts, or give it back; raises PermissionDenied."""
    if not policies.may_moderate(actor, community):
        raise PermissionDenied("Only moderators can do this.")
    with transaction.atomic():
        membership = _set(person, community, may_flag=allowed)
        audit.record(actor, "community.reports_allowed" if allowed else "community.reports_stopped", membership)
    return membership


def _refuse_strangers(actor: User, community: Community) -> None:
    if actor.looked_as or not Community.objects.visible_to(actor).filter(pk=community.pk).exists():
        raise PermissionDenied(NOT_YOURS)


def _set(person: User, community: Community, **values: Any) -> Membership:
    with transaction.atomic():
        membership, _ = Membership.objects.get_or_create(community=community, user=person)
        for name, value in values.items():
            setattr(membership, name, value)
        membership.save(update_fields=[*values, "updated"])
        if "left_at" in values:
            # The badge of the chat counts what one takes part in.
            taking_part = Participant.objects.filter(user=person, conversation=community.chat_id)
            taking_part.update(follows=values["left_at"] is None)
        live.members_changed(community.pk)
    return membership
