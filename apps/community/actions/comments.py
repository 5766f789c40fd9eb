"""Comments under lessons: the first one makes the conversation."""

import uuid

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.community import policies
from apps.community.models import Community, LessonTalk
from apps.community.models.topics import LESSON_KIND
from apps.conversations.actions import clean_body, send_message
from apps.conversations.actions.clock import NOT_YOURS
from apps.conversations.approval import Waits
from apps.conversations.models import Conversation, Message
from apps.courses.models import Lesson


def comment(actor: User, community: Community, lesson: Lesson, body: str, client_key: uuid.UUID) -> Message:
    """Write under a lesson of the community's course that `actor` may open, whether it has comments or not.

    The same `client_key` makes one comment. Raises Waits where a moderator is to approve it, PermissionDenied,
    ValidationError for a text that can't be stored.
    """
    body = clean_body(body)
    readable = Community.objects.visible_to(actor).filter(pk=community.pk, course__modules__lessons=lesson)
    open_to = readable.exists() and Lesson.objects.visible_to(actor).filter(pk=lesson.pk).exists()
    if not (open_to and policies.may_write(actor, community)):
        raise PermissionDenied(NOT_YOURS)
    with transaction.atomic():
        talk = _talk_of(community, lesson)
        try:
            return send_message(actor, talk.conversation, body, client_key=client_key)
        except Waits as error:
            waiting = error
    raise waiting


def _talk_of(community: Community, lesson: Lesson) -> LessonTalk:
    """The talk under a lesson; of two people who begin it at one moment the second finds that of the first.

    While its first comment waits for a moderator nothing of it is shown to others (see LessonConversations.written).
    """
    known = LessonTalk.objects.select_related("conversation").filter(lesson=lesson)
    if talk := known.first():
        return talk
    try:
        with transaction.atomic():
            conversation = Conversation.objects.create(kind=LESSON_KIND, area=community.course_id)
            talk = LessonTalk.objects.create(lesson=lesson, conversation=conversation)
    except IntegrityError:
        return known.get()
    return talk
