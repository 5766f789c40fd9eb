"""Comments under a lesson: read by whoever opens it as a member, and begun by the first one."""

import re
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from apps.community import actions, live
from apps.community.models import Held, LessonTalk
from apps.conversations.actions import send_message
from apps.conversations.approval import Waits
from apps.conversations.models import Conversation, Message
from tests import factories


@pytest.fixture
def community(cast):
    return cast.course.community


@pytest.fixture
def lesson(cast):
    module = factories.module(course=cast.course)
    return factories.lesson(module=module, title="Fractions", published=True)


def comments(lesson):
    return reverse("community:comment_list", args=[lesson.module.course_id, lesson.pk])


def test_the_lesson_loads_its_comments_after_itself(cast, client_for, community, lesson):
    client = client_for(cast.amina_user)
    page = client.get(lesson.get_absolute_url()).text
    assert f'<section id="comments" hx-get="{comments(lesson)}" hx-trigger="load"' in page
    assert f'<a class="text-link" href="{comments(lesson)}">Comments on this lesson</a>' in page
    region = client.get(comments(lesson), headers={"HX-Request": "true"}).text
    assert region.count("<section") == 1
    assert '<section id="comments"' in region
    assert not LessonTalk.objects.exists()


def test_the_first_comment_begins_the_talk_and_others_go_on(cast, client_for, community, lesson):
    key = uuid.uuid4()
    client = client_for(cast.amina_user)
    for _ in range(2):
        answer = client.post(comments(lesson), {"body": "Why *half*?", "client_key": key}, follow=True)
        assert "<em>half</em>" in answer.text
    talk = LessonTalk.objects.get()
    assert talk.conversation.messages.count() == 1
    other = client_for(cast.teacher).post(
        comments(lesson), {"body": "Because.", "client_key": uuid.uuid4()}, headers={"HX-Request": "true"}
    )
    assert other.status_code == 201
    assert "Why" in other.text
    assert "Because." in other.text
    assert LessonTalk.objects.count() == 1
    assert talk.conversation.messages.count() == 2


def test_a_blank_comment_is_refused_at_its_field_and_begins_nothing(cast, client_for, community, lesson):
    client = client_for(cast.amina_user)
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.post(comments(lesson), {"body": "  "}, headers=headers)
        assert answer.status_code == 422
        assert "Write something first." in answer.text
    long = client.post(comments(lesson), {"body": "x" * 5001})
    assert "there is room for" in long.text or "has room for" in long.text
    assert "x" * 5001 in long.text
    assert not LessonTalk.objects.exists()


def test_open_pages_get_the_conversation_with_the_first_comment(cast, community, lesson, published):
    with published():
        actions.comment(cast.amina_user, community, lesson, "First", uuid.uuid4())
    told = [(channel, text.partition("\n")[0]) for channel, text in published]
    assert (f"community-{community.pk}", f"event: comments-{lesson.pk}") in told


@pytest.mark.parametrize("closed", ["draft", "module gone"])
def test_of_the_first_comment_on_a_draft_only_those_hear_who_open_it(cast, community, lesson, published, closed):
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    lesson.published = closed != "draft"
    lesson.save()
    if closed == "module gone":
        lesson.module.removed_at = timezone.now()
        lesson.module.save()
    conversation = Conversation.objects.create(kind="lesson")
    with published():
        talk = LessonTalk.objects.create(lesson=lesson, conversation=conversation)
        live.comments_begun(community.pk, talk)
    told = {channel for channel, text in published if text.startswith(f"event: comments-{lesson.pk}\n")}
    readers = {f"user-{person.pk}" for person in (cast.teacher, cast.staff, cast.admin)}
    assert (told >= readers) if closed == "draft" else not told
    assert not told & {f"community-{community.pk}", f"user-{cast.amina_user.pk}", f"user-{cast.bruno_user.pk}"}


def test_who_cannot_open_the_lesson_reads_none(cast, client_for, community, lesson):
    actions.comment(cast.amina_user, community, lesson, "Between us", uuid.uuid4())
    talk = LessonTalk.objects.get()
    lesson.published = False
    lesson.save()
    client = client_for(cast.amina_user)
    assert client.get(comments(lesson)).status_code == 404
    assert client.get(reverse("conversations:message_list", args=[talk.conversation_id])).status_code == 404
    assert client.post(comments(lesson), {"body": "Hello?"}).status_code == 404
    with pytest.raises(PermissionDenied):
        actions.comment(cast.amina_user, community, lesson, "Hello?", uuid.uuid4())
    assert "Between us" in client_for(cast.teacher).get(comments(lesson)).text


def test_a_preview_has_no_comments_for_outsiders(cast, client_for, community, lesson):
    actions.comment(cast.amina_user, community, lesson, "Between us", uuid.uuid4())
    lesson.preview = True
    lesson.save()
    cast.course.visibility = "everybody"
    cast.course.save()
    for who in (cast.outsider, None):
        page = client_for(who).get(lesson.get_absolute_url())
        assert page.status_code == 200
        assert "Between us" not in page.text
        assert "comments" not in page.text
    assert client_for(cast.outsider).get(comments(lesson)).status_code == 404
    assert client_for(None).get(comments(lesson)).status_code == 302


def test_a_lesson_of_another_course_is_not_found(cast, client_for, community, lesson):
    other = factories.lesson(module=factories.module(course=factories.course()), published=True)
    url = reverse("community:comment_list", args=[cast.course.pk, other.pk])
    assert client_for(cast.staff).get(url).status_code == 404
    with pytest.raises(PermissionDenied):
        actions.comment(cast.staff, community, other, "Where am I?", uuid.uuid4())


def test_whoever_left_reads_and_is_offered_to_return(cast, client_for, community, lesson):
    actions.leave(cast.amina_user, community)
    client = client_for(cast.amina_user)
    assert "Return" in client.get(comments(lesson)).text
    refused = client.post(comments(lesson), {"body": "Kept text"})
    assert refused.status_code == 403
    assert "Kept text" in refused.text
    assert not Message.objects.filter(body="Kept text").exists()


def test_a_first_comment_that_waits_is_kept(cast, client_for, community, lesson):
    community.approval = "students"
    community.save()
    answer = client_for(cast.amina_user).post(comments(lesson), {"body": "May I?"})
    assert "Waits for approval" in answer.text
    assert Held.objects.get().kind == "comment"
    assert not Message.objects.filter(body="May I?").exists()
    again = client_for(cast.amina_user).get(comments(lesson)).text
    assert ("May I?" in again, "Waits for approval" in again) == (True, True)
    assert "May I?" not in client_for(cast.bruno_user).get(comments(lesson)).text


def test_nobody_learns_of_a_first_comment_before_it_is_approved(cast, client_for, community, lesson, published):
    def page(person):
        text = client_for(person).get(comments(lesson), headers={"HX-Request": "true"}).text
        return re.sub(r'name="(client_key|csrfmiddlewaretoken)" value="[^"]*"', "", text)

    community.approval = "students"
    community.save()
    before, begun = page(cast.bruno_user), f"event: comments-{lesson.pk}\n"
    with published(), pytest.raises(Waits):
        actions.comment(cast.amina_user, community, lesson, "May I?", uuid.uuid4())
    assert not [text for _, text in published if text.startswith(begun)]
    assert page(cast.bruno_user) == before
    with pytest.raises(Waits):
        actions.comment(cast.bruno_user, community, lesson, "I too?", uuid.uuid4())
    for held in Held.objects.order_by("pk"):
        with published():
            actions.approve(cast.staff, held, 1)
    told = [channel for channel, text in published if text.startswith(begun)]
    assert told == [f"community-{community.pk}"]
    assert ("May I?" in page(cast.bruno_user), 'class="comment-first"' in page(cast.bruno_user)) == (True, False)


def test_a_notice_of_a_comment_leads_to_a_page_that_shows_it(cast, client_for, community, lesson):
    first = actions.comment(cast.amina_user, community, lesson, "The first", uuid.uuid4())
    for number in range(60):
        send_message(cast.bruno_user, LessonTalk.objects.get().conversation, f"Comment {number}")
    first = Message.objects.with_titles().get(pk=first.pk)
    url = first.conversation.type.message_url(first, cast.amina_user)
    assert "The first" in client_for(cast.amina_user).get(url.partition("#")[0]).text
