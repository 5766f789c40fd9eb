"""Why something that waits can't be published any more, in words for its moderator."""

from django.core.exceptions import PermissionDenied, ValidationError

from apps.community import policies
from apps.community.models import Community, Held, Topic

OR_REJECT = "or reject this"


def obstacle(held: Held, error: PermissionDenied | ValidationError) -> str:
    """The first that stands in its way; where none of these does, what the engine said."""
    author, community = held.author, held.community
    if not (author.is_active and Community.objects.visible_to(author).filter(pk=community.pk).exists()):
        return f"{author.full_name} is no longer in this course, so nothing can appear under that name."
    if not policies.may_write(author, community):
        return f"{author.full_name} has left this community: this can wait until they return, or be rejected."
    if held.edits and held.edits.deleted:
        return f"The post that this changes was deleted meanwhile. Restore it first, {OR_REJECT}."
    if Topic.objects.filter(conversation=held.conversation_id, deleted__isnull=False).exists():
        return f"The topic was deleted meanwhile. Restore it first, {OR_REJECT}."
    if held.conversation.locked:
        return f"This conversation is closed for writing. Open it first, {OR_REJECT}."
    if held.reply_to and held.reply_to.deleted:
        return f"What this answers was deleted meanwhile. Restore it first, {OR_REJECT}."
    if isinstance(error, ValidationError):
        return str(error.messages[0])
    return f"{author.full_name} can't write there any more."
