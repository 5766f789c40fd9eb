"""Live updates of a community's pages: named events, after which a region asks for itself again."""

from apps.community.models import Community, Held, HeldKind, LessonTalk, Topic
from apps.conversations import live as conversation_live
from apps.conversations.audience import Audience
from apps.realtime.publish import signal


def channel(community_id: int) -> str:
    """Its topics, members or settings changed; for everyone who reads it."""
    return f"community-{community_id}"


def moderation_channel(community_id: int) -> str:
    """Something waits, was reported or was decided; for its moderators."""
    return f"moderation-{community_id}"


def topics_changed(community_id: int) -> None:
    """Have every list of its topics ask again."""
    signal(channel(community_id))


def members_changed(community_id: int) -> None:
    """The same for its list of members, which hears of it on the same channel."""
    signal(channel(community_id))


def comments_begun(community_id: int, talk: LessonTalk) -> None:
    """The first comment stands under a lesson: open pages of it get the conversation; of a draft its readers' alone."""
    lesson, event = talk.lesson, comments_event(talk.lesson_id)
    if lesson.published and not (lesson.removed_at or lesson.module.removed_at):
        return signal(channel(community_id), event)
    readers = talk.conversation.type.readers(talk.conversation, Audience.EVERYONE)
    for user_id in readers.values_list("pk", flat=True):
        signal(f"user-{user_id}", event)
    return None


def comments_event(lesson_id: int) -> str:
    """What that event is called."""
    return f"comments-{lesson_id}"


# What waits anywhere; for those who moderate all communities, which may be more than a stream has channels.
EVERY_QUEUE = "moderation"
# Somebody began, or stopped, to look at something in a queue.
LOOKING = "moderation-looking"


def queue_changed(community_id: int) -> None:
    """Have the queues and badges of its moderators ask again."""
    signal(moderation_channel(community_id))
    signal(EVERY_QUEUE)
    for user_id in Community.objects.get(pk=community_id).moderators().values_list("pk", flat=True):
        signal(f"user-{user_id}", "to-moderate")


def lookers_changed(community_id: int) -> None:
    """Have the pages of its moderators ask again who looks at what."""
    signal(moderation_channel(community_id), LOOKING)
    signal(EVERY_QUEUE, LOOKING)


def held_changed(held: Held) -> None:
    """The same, and the pages of its author where it waits."""
    queue_changed(held.community_id)
    signal(f"user-{held.author_id}", own_held_event(held))


def own_held_event(held: Held) -> str:
    """What the pages of its author listen to: those of one conversation, or of a community's topics."""
    if held.kind == HeldKind.TOPIC:
        return f"held-topics-{held.community_id}"
    return f"held-{held.conversation_id}"


def topic_gone(topic: Topic) -> None:
    """A topic was deleted: lists ask again, and a page that shows it finds that it is gone."""
    topics_changed(topic.community_id)
    topic_changed(topic)
    conversation_live.messages_changed([topic.conversation_id])


def topic_changed(topic: Topic) -> None:
    """Have the pages of one topic ask again for what stands around its messages: title, state, accepted answers."""
    signal(f"conversation-{topic.conversation_id}", f"topic-{topic.pk}")


def replies_changed(topic: Topic) -> None:
    """The same after a reply was written, deleted or put back; the lists of topics, too, count and sort by it."""
    topic_changed(topic)
    topics_changed(topic.community_id)
