"""Who may do what in a community: the only place that decides. Who reads it, its models find."""

from datetime import datetime

from apps.accounts.models import Role, User
from apps.community.models import Approval, Community, Held, HeldState, Membership, Topic
from apps.conversations.models import Message
from apps.courses import policies as courses
from apps.courses.models import CourseTeacher


def can_read_channel(user: User, community_id: int) -> bool:
    """May this person read `community-<id>`, which tells that its topics or members changed?"""
    return Community.objects.visible_to(user).filter(pk=community_id).exists()


def can_read_moderation_channel(user: User, community_id: int) -> bool:
    """May this person read `moderation-<id>`, which tells that something waits or was decided?"""
    return Community.objects.moderated_by(user).filter(pk=community_id).exists()


def channel_ends_at(user: User, community_id: int) -> datetime | None:
    """When a community that this person reads now closes to them by the clock; None: it doesn't."""
    course = Community.objects.filter(pk=community_id).values_list("course", flat=True).first()
    return courses.access_ends_at(user, course) if course and not user.sees_all else None


def may_moderate(user: User, community: Community) -> bool:
    """Does this person moderate it? Admins and staff, the course's teachers, and members whom these chose."""
    if user.looked_as or community.standing_of == user.pk:
        return not user.looked_as and community.moderates
    return Community.objects.moderated_by(user).filter(pk=community.pk).exists()


def may_instruct(user: User, community: Community) -> bool:
    """May this person set it up and choose its moderators? Admins and staff, and the course's teachers."""
    if user.looked_as:
        return False
    teaches = CourseTeacher.objects.filter(course=community.course_id, teacher=user)
    return user.sees_all or (user.role == Role.TEACHER and teaches.exists())


def may_write(user: User, community: Community) -> bool:
    """May this person, who may read it, write in it? Whoever left returns first."""
    if user.looked_as or community.standing_of == user.pk:
        return not user.looked_as and not community.left
    return not Membership.objects.filter(user=user, community=community, left_at__isnull=False).exists()


def may_join(user: User) -> bool:
    """May this person leave and return? Students and teachers; admins and staff belong to all of them."""
    return not user.looked_as and not user.sees_all


def may_edit_topic(user: User, topic: Topic) -> bool:
    """May this person, who may read it, change its title? Its author, and moderators."""
    if topic.deleted or (topic.conversation.locked and not may_moderate(user, topic.community)):
        return False
    own = topic.author_id == user.pk and may_write(user, topic.community)
    return own or may_moderate(user, topic.community)


def must_explain(user: User, topic: Topic) -> bool:
    """Must `user` give a reason to close or change a topic? Yes unless they are its author or it has none."""
    return topic.author_id not in {None, user.pk}


def may_remove_topic(user: User, topic: Topic) -> bool:
    """May this person, who may read it, delete the whole topic? Its author, while nobody else replied or as moderator.

    Of others' topics moderators remove the first post, and say why.
    """
    if topic.deleted or topic.author_id != user.pk or not may_write(user, topic.community):
        return False
    if may_moderate(user, topic.community):
        return True
    if topic.others_replied is not None:
        return not topic.others_replied
    return not topic.conversation.messages.filter(deleted=None).exclude(author=user).exists()


def may_accept(user: User, topic: Topic) -> bool:
    """May this person, who may read it, accept answers? The author of the question, and moderators."""
    if topic.deleted or not topic.is_question:
        return False
    own = topic.author_id == user.pk and may_write(user, topic.community)
    return own or may_moderate(user, topic.community)


def must_wait(user: User, community: Community) -> bool:
    """Does what this person writes there wait for a moderator? Never what those who moderate it write."""
    if community.approval == Approval.NOBODY or user.role != Role.STUDENT or may_moderate(user, community):
        return False
    if community.approval == Approval.STUDENTS:
        return True
    return written_in(user, community) < community.first_posts


def written_in(user: User, community: Community) -> int:
    """How many messages this person has written there, up to as many as may be asked for; deleted ones count."""
    own = Message.objects.filter(author=user)
    topics = own.filter(conversation__topic__community=community)
    comments = own.filter(conversation__lesson_talk__lesson__module__course=community.course_id)
    chat = own.filter(conversation=community.chat_id)
    return sum(rows.order_by()[: community.first_posts].count() for rows in (topics, comments, chat))


def may_change_held(user: User, held: Held) -> bool:
    """May this person change or withdraw what waits? Its author, while they may write there."""
    return held.state == HeldState.WAITING and may_keep_held(user, held)


def may_keep_held(user: User, held: Held) -> bool:
    """May this person see and change what they wrote, as far as it isn't decided? While they may write there."""
    readable = Community.objects.visible_to(user).filter(pk=held.community_id).exists()
    return held.author_id == user.pk and readable and may_write(user, held.community)


def may_decide(user: User, held: Held) -> bool:
    """May this person decide about what waits? The community's moderators; nobody about their own."""
    return held.author_id != user.pk and may_moderate(user, held.community)


def may_flag(user: User, message: Message, community: Community) -> bool:
    """May this person, who may read it, report a message? Those who write there and whom it wasn't forbidden."""
    return message.author_id != user.pk and may_write(user, community) and not is_stopped(user, community)


def is_stopped(user: User, community: Community) -> bool:
    """Did a moderator take from this person the right to report posts?"""
    return Membership.objects.filter(user=user, community=community, may_flag=False).exists()


def reads_every_queue(user: User, _: int) -> bool:
    """May this person read `moderation`, which tells that something waits anywhere?"""
    return user.sees_all
