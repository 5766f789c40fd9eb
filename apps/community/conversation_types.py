"""The conversations of a community: topics and the chat, and what all have in common."""

from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse

from apps.accounts.models import User
from apps.community import levels, live, notices, notices_topics, policies
from apps.community.actions import counting, flags, holding, removals
from apps.community.actions.reasons import clean_reason
from apps.community.models import Community, Topic
from apps.community.models.communities import CHAT_KIND
from apps.community.models.topics import TOPIC_KIND
from apps.conversations import tree
from apps.conversations.actions import ReasonMissing
from apps.conversations.actions.clock import save_change
from apps.conversations.approval import Draft
from apps.conversations.conversation_types import ConversationType
from apps.conversations.models import Conversation, Message

CLOSED = "A moderator closed this topic meanwhile. You can start a new topic."
LEFT = "You left this community. Return to it, then send this again."


class CommunityConversations(ConversationType):
    """What all three have in common: read by whoever reads the community, kept in order by its moderators."""

    assignable = False
    removals_say_why = True
    preposition = "in"
    markdown = True
    held_template = "community/_held.html"
    tools_template = "community/_report_tool.html"
    plain_tools_template = "community/_plain_tools.html"
    # How far somebody has come among branches or comments says little: the chat alone has ticks.
    shows_reading = False
    deletion = staticmethod(removals.delete_post)
    tombstone_template = "community/_tombstone.html"
    foot_template = "community/_foot.html"
    # Many write at once: nobody is stopped by what somebody else has said meanwhile.
    asks_about_unseen = False
    has_own_page = True
    asks_about_unknown_names = True
    # Like, love, helpful, haha, wow, sad.
    quick_reactions = ("👍", "❤️", "💡", "😂", "😮", "😢")
    # Where the community is, as a lookup from Conversation.
    path: ClassVar[str]

    def community(self, conversation: Conversation) -> Community:
        """The community that it belongs to."""
        found: Any = conversation
        for step in self.path.split("__"):
            found = getattr(found, step)
        return found  # type: ignore[no-any-return]

    def areas(self, user: User) -> QuerySet[Any, int]:
        """The courses whose communities `user` may see."""
        return Community.objects.visible_to(user).order_by().values_list("course_id", flat=True)

    def ids_in(self, ids: QuerySet[Any, Any], community: Community) -> QuerySet[Any, Any]:
        """Those of what `visible_ids` gave that belong to one community."""
        raise NotImplementedError

    def readers(self, conversation: Conversation, audience: str) -> QuerySet[User]:
        """Whoever reads the community."""
        return self.community(conversation).readers()

    def followers(
        self, conversation: Conversation, audience: str, after: int = 0, most: int | None = None
    ) -> list[int]:
        """Those who want to be told of everything here, and haven't muted it."""
        told = levels.followers(conversation, self.community(conversation)).filter(pk__gt=after)
        told = told.exclude(pk__in=conversation.participants.muted().values("user"))
        return list(told.order_by("pk").values_list("pk", flat=True)[:most])

    def silenced(self, conversation: Conversation) -> QuerySet[User]:
        """Those who chose to hear of nothing here, and those who left."""
        return levels.silenced(conversation, self.community(conversation))

    def addressed(self, message: Message) -> set[int]:
        """Whoever wrote what it replies to: they are told of a reply."""
        answered = message.reply_to
        return {answered.author_id} - {message.author_id} if answered and answered.author_id else set()

    def written(self, message: Message) -> None:
        """Tell of a reply."""
        notices.replied(message, self.addressed(message))

    def may_post(self, user: User, conversation: Conversation) -> bool:
        """Whoever may write in the community."""
        return policies.may_write(user, self.community(conversation))

    def refusal(self, user: User, conversation: Conversation) -> str:
        """That they left, or that it is closed."""
        return super().refusal(user, conversation) if self.may_post(user, conversation) else LEFT

    def may_pin(self, user: User, conversation: Conversation) -> bool:
        """Moderators."""
        return policies.may_moderate(user, self.community(conversation))

    def may_moderate(self, user: User, conversation: Conversation) -> bool:
        """Moderators, of whatever role."""
        return policies.may_moderate(user, self.community(conversation))

    def keepers(self, conversation: Conversation, viewer: User) -> str:
        """Those who may reopen it."""
        return "A moderator"

    def ends_at(self, user: User, conversation: Conversation) -> datetime | None:
        """With the enrollment that opens it."""
        return policies.channel_ends_at(user, self.community(conversation).pk)

    def gone(self, message: Message) -> None:
        """Nothing is left to decide about it unless a moderator hid it, and nobody has a reply."""
        notices.reply_gone(message)
        holding.withdraw_edits_of(message)
        if not message.hidden:
            flags.withdrawn(message)

    def edited(self, message: Message) -> None:
        """Whoever decides about reports of it reads the new text."""
        flags.rewritten(message)

    def hold(self, draft: Draft) -> Any:
        """As the community holds this author's posts."""
        return holding.hold(draft, self.community(draft.conversation))


class TopicConversations(CommunityConversations):
    """A topic: what it says, and the replies to it as a tree."""

    name, label = TOPIC_KIND, "Topic"
    path = "topic__community"
    title_from = ("topic", "topic__community", "topic__community__course")
    admin_search = ("topic__title",)
    preposition = "in"
    max_body = 20_000
    edit_minutes = None
    is_tree = True

    def visible_ids(self, user: User) -> QuerySet[Any, Any]:
        """The conversations of the topics that `user` may see."""
        return Topic.objects.visible_to(user).values("conversation_id")

    def ids_in(self, ids: QuerySet[Any, Any], community: Community) -> QuerySet[Any, Any]:
        """Its topics, without those that were deleted."""
        return ids.filter(community=community, deleted=None)

    def title(self, conversation: Conversation, viewer: User | None = None) -> str:
        """The topic's."""
        return conversation.topic.title

    def url(self, conversation: Conversation, user: User) -> str:
        """The topic's page."""
        return conversation.topic.get_absolute_url()

    def message_url(self, message: Message, viewer: User | None) -> str:
        """The topic's page at the message."""
        return f"{message.conversation.topic.get_absolute_url()}?at={message.pk}#message-{message.pk}"

    def may_post(self, user: User, conversation: Conversation) -> bool:
        """Nobody in a topic that is deleted."""
        return conversation.topic.deleted is None and super().may_post(user, conversation)

    def refusal(self, user: User, conversation: Conversation) -> str:
        """That it is deleted, which moderators read still; of a closed one, what else one can do."""
        if conversation.topic.deleted:
            return "This topic was deleted: nobody can write in it."
        closed = conversation.locked and self.may_post(user, conversation)
        return CLOSED if closed else super().refusal(user, conversation)

    def lock_changed(self, actor: User, conversation: Conversation, reason: str) -> None:
        """Notify the topic's author with the reason, and update the lists."""
        topic = conversation.topic
        live.topics_changed(topic.community_id)
        if not conversation.locked:
            return notices_topics.moderated(topic, actor, "reopened")
        if not policies.must_explain(actor, topic):
            return None
        if not reason.strip():
            raise ReasonMissing(reverse("community:topic_closing", args=[topic.pk]))
        return notices_topics.moderated(topic, actor, "closed", reason=clean_reason(reason))

    def reply_gone(self, answered: Message) -> str:
        """Where the reply can go instead."""
        above = answered.reply_to
        whom = f"{above.author_name}, above it, or the topic" if above and not above.deleted else "the topic"
        return f"What you reply to was deleted meanwhile. You can still answer {whom}."

    def addressed(self, message: Message) -> set[int]:
        """Of a reply to the topic itself: whoever began it. Of a new topic, all who are told that it is one."""
        if message.place == tree.FIRST:
            return set(self.followers(message.conversation, message.audience))
        if message.reply_to is None and (author := message.conversation.topic.author_id):
            return {author} - {message.author_id}
        return super().addressed(message)

    def told_ids(self, user: User, *, concerned: bool) -> QuerySet[Any, Any]:
        """Those of the topics that they chose to hear of."""
        return levels.topics_told(user, concerned=concerned).values("conversation")

    def written(self, message: Message) -> None:
        """The topic has one more reply, and moves up."""
        counting.message_written(message)
        topic = message.conversation.topic
        live.replies_changed(topic)
        if message.place == tree.FIRST:
            notices.topic_started(topic, message)
        else:
            super().written(message)

    def gone(self, message: Message) -> None:
        """One less."""
        super().gone(message)
        self.restored(message)

    def restored(self, message: Message) -> None:
        """One more again, and the gaps above it are shown where they were left out."""
        counting.recount(message.conversation.topic)
        live.replies_changed(message.conversation.topic)
        above = message.conversation.messages.filter(place__in=tree.ancestors(message.place))
        for gap in above.exclude(deleted=None):
            gap.conversation = message.conversation
            save_change(gap)


class ChatConversations(CommunityConversations):
    """The chat of a course: everybody in it, as it comes."""

    name, label = CHAT_KIND, "Course chat"
    path = "community"
    title_from = ("community", "community__course")
    admin_search = ("community__course__title", "community__title")
    shows_reading = True

    def visible_ids(self, user: User) -> QuerySet[Any, Any]:
        """The chats of the communities that `user` may see."""
        return Community.objects.visible_to(user).values("chat_id")

    def ids_in(self, ids: QuerySet[Any, Any], community: Community) -> QuerySet[Any, Any]:
        """Its own."""
        return ids.filter(pk=community.pk)

    def told_ids(self, user: User, *, concerned: bool) -> QuerySet[Any, Any]:
        """Those of the communities whose chat they chose to hear of."""
        return levels.communities_told(user, self.name, concerned=concerned).values("chat")

    def title(self, conversation: Conversation, viewer: User | None = None) -> str:
        """The community's."""
        return conversation.community.name

    def url(self, conversation: Conversation, user: User) -> str:
        """The chat's page."""
        return reverse("community:chat_detail", args=[conversation.community.course_id])

    def message_url(self, message: Message, viewer: User | None) -> str:
        """The chat's page at the message."""
        page = reverse("community:chat_detail", args=[message.conversation.community.course_id])
        return f"{page}?at={message.pk}#message-{message.pk}"

    def empty_text(self, conversation: Conversation, viewer: User) -> str:
        """What to do with it."""
        return "Say hello to everyone in the course."
