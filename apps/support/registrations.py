"""What the floors below are told of support: called once, when the app is ready."""

from apps.accounts import audit_labels, looking, outgoing_email, parts
from apps.accounts.models import Role
from apps.conversations import conversation_types
from apps.core import navigation
from apps.core.metrics import measure
from apps.notifications import notification_types
from apps.realtime import channels
from apps.support import policies, transcripts, variables
from apps.support.audit_labels import LABELS
from apps.support.conversation_type import SupportConversations
from apps.support.live import INBOX
from apps.support.metrics import Tickets
from apps.support.notices import TICKET_WAITS
from apps.support.part import SupportPart

STAFF = (Role.ADMIN, Role.STAFF)
INBOX_ENTRY = navigation.Entry(
    *("Inbox", "inbox", "support:inbox", navigation.Group.DAY, 20, STAFF),
    bar=STAFF,
    pages=("support", "messages"),
    private=True,
    badge="support/inbox/_badge.html",
    tabs="support/inbox/_tabs.html",
)
OWN_ENTRY = navigation.Entry(
    *("Support", "message-square", "support:support_list", navigation.Group.OWN, 28, {Role.STUDENT}),
    pages={"support:support_list", "support:support_detail"},
)


def register() -> None:
    """Everything, each with whom it concerns."""
    conversation_types.register(SupportConversations())
    parts.register(SupportPart())
    audit_labels.register(LABELS)
    notification_types.register(TICKET_WAITS)
    variables.register(*variables.OURS)
    outgoing_email.COMPOSERS["support-transcript"] = transcripts.compose
    measure(Tickets())
    channels.register(INBOX, policies.can_answer)
    looking.open_to_looks("support:support_list", "support:support_detail")
    navigation.register(INBOX_ENTRY, OWN_ENTRY)
