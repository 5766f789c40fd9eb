"""What waits for a moderator: kept beside the messages, and none of them until it is approved."""

from apps.accounts.models import User
from apps.community import live, notices_moderation, policies
from apps.community.models import Community, Held, HeldKind, HeldState, Topic
from apps.community.models.communities import CHAT_KIND
from apps.community.models.topics import LESSON_KIND
from apps.conversations.actions.attachments import wait
from apps.conversations.approval import Draft
from apps.conversations.models import Attachment, Message

KINDS = {CHAT_KIND: HeldKind.CHAT, LESSON_KIND: HeldKind.COMMENT}


def hold(draft: Draft, community: Community) -> Held | None:
    """Keep a post, or an edit of one, where its author's wait; None where it is written at once.

    The conversation's row is locked. Sending it again finds what is kept.
    """
    if draft.edits is None:
        sent = Held.objects.filter(author=draft.author, client_key=draft.client_key).exclude(kind=HeldKind.EDIT)
        if known := sent.select_related("community", "conversation").first():
            return known
    if not policies.must_wait(draft.author, community):
        if draft.edits:
            _written_at_once(draft, draft.edits)
        return None
    held = _hold_edit(draft, community) if draft.edits else _hold_post(draft, community)
    announce(held)
    return held


def announce(held: Held) -> None:
    """Tell the moderators, once, and the pages of its author."""
    live.held_changed(held)
    notices_moderation.something_waits(held)


def _hold_post(draft: Draft, community: Community) -> Held:
    wait(draft)
    held = Held.objects.create(
        community=community,
        kind=KINDS.get(draft.conversation.kind, HeldKind.REPLY),
        conversation=draft.conversation,
        author=draft.author,
        client_key=draft.client_key,
        body=draft.body,
        reply_to=draft.reply_to,
    )
    held.attachments.set(Attachment.objects.filter(pk__in=draft.attachments))
    return held


def _hold_edit(draft: Draft, community: Community) -> Held:
    """An edit that waits already is changed: it is another version, and a decision on the one before doesn't count."""
    waiting = Held.objects.select_for_update().filter(edits=draft.edits, state=HeldState.WAITING).first()
    if waiting is None:
        return Held.objects.create(
            community=community,
            kind=HeldKind.EDIT,
            conversation=draft.conversation,
            author=draft.author,
            edits=draft.edits,
            body=draft.body,
        )
    waiting.body, waiting.version = draft.body, waiting.version + 1
    waiting.save(update_fields=["body", "version"])
    waiting.conversation = draft.conversation
    return waiting


def hold_title(author: User, topic: Topic, first: Message, title: str) -> Held:
    """Keep another title of a topic, as a change of what it says; the conversation's row is locked."""
    held = Held.objects.filter(edits=first, state=HeldState.WAITING).first()
    if held and held.title == title:
        return held
    if held:
        held.title, held.version = title, held.version + 1
        held.save(update_fields=["title", "version"])
    else:
        held = Held.objects.create(
            community=topic.community,
            kind=HeldKind.EDIT,
            conversation=topic.conversation,
            author=author,
            edits=first,
            title=title,
            body=first.body,
        )
    announce(held)
    return held


def drop_title(first: Message) -> None:
    """No other title of a topic waits any more; a text that waits with it waits on."""
    for held in Held.objects.filter(edits=first, state=HeldState.WAITING).exclude(title="").select_related("community"):
        if held.body == first.body:
            withdraw(held)
        else:
            held.title, held.version = "", held.version + 1
            held.save(update_fields=["title", "version"])
            live.held_changed(held)


def _written_at_once(draft: Draft, message: Message) -> None:
    """A text that waits gives way to one that its author writes without approval; a title that waits with it stays."""
    own = message.author_id == draft.author.pk
    for held in Held.objects.filter(edits=message, state=HeldState.WAITING).select_related("community", "conversation"):
        if held.title and (own or held.body == message.body):
            held.body, held.version = draft.body, held.version + 1
            held.save(update_fields=["body", "version"])
            live.held_changed(held)
        elif own:
            withdraw(held)


def withdraw_edits_of(message: Message) -> None:
    """What was deleted has no change left to decide about; its conversation's row is locked."""
    waiting = Held.objects.filter(edits=message, state=HeldState.WAITING)
    for held in waiting.select_related("community", "conversation"):
        withdraw(held)


def withdraw(held: Held) -> None:
    """Nobody decides about it any more; its files are its author's again. Its conversation's row is locked."""
    held.state = HeldState.WITHDRAWN
    held.save(update_fields=["state"])
    held.attachments.update(waits=False)
    notices_moderation.nothing_waits(held)
    live.held_changed(held)
