"""The chat of a course: who finds it, what is written in it, and what whoever left sees there."""

import uuid

import pytest
from django.urls import reverse

from apps.community import actions
from apps.conversations.actions import edit_message, send_message
from apps.conversations.models import Message


@pytest.fixture
def community(cast):
    return cast.course.community


def page_of(community, name="chat_detail"):
    return reverse(f"community:{name}", args=[community.course_id])


def messages_of(conversation):
    return reverse("conversations:message_list", args=[conversation.pk])


@pytest.mark.parametrize("who", ["admin", "staff", "teacher", "amina_user", "chloe_user"])
def test_everybody_in_the_course_finds_the_chat_with_its_messages(cast, client_for, community, who):
    send_message(cast.bruno_user, community.chat, "Is anyone **here**?")
    page = client_for(getattr(cast, who)).get(page_of(community)).text
    assert "<strong>here</strong>" in page
    assert f'id="conversation-{community.chat_id}-composer"' in page


def test_an_outsider_finds_nothing(cast, client_for, community):
    client = client_for(cast.outsider)
    assert client.get(page_of(community)).status_code == 404
    assert client.get(messages_of(community.chat)).status_code == 404
    assert client.post(messages_of(community.chat), {"body": "Hello"}).status_code == 404


def test_the_page_opens_around_a_message(cast, client_for, community):
    first = send_message(cast.amina_user, community.chat, "The first one")
    for number in range(60):
        send_message(cast.bruno_user, community.chat, f"Message {number}")
    client = client_for(cast.amina_user)
    assert "The first one" not in client.get(page_of(community)).text
    assert "The first one" in client.get(page_of(community), {"at": first.pk}).text
    assert client.get(page_of(community), {"at": "x" * 30}).status_code == 200


def test_markdown_is_made_when_it_is_written_and_when_it_is_edited(cast, community):
    message = send_message(cast.amina_user, community.chat, "*soon*")
    assert "<em>soon</em>" in message.html
    edited = edit_message(cast.amina_user, message, "**now** <script>alert(1)</script>")
    assert "<strong>now</strong>" in edited.html
    assert "<script>" not in edited.html


def test_nobody_is_stopped_by_what_others_said_meanwhile(cast, client_for, community):
    send_message(cast.bruno_user, community.chat, "First")
    answer = client_for(cast.amina_user).post(messages_of(community.chat), {"body": "Second", "seen": 0})
    assert answer.status_code == 302
    assert Message.objects.filter(body="Second").exists()


def test_whoever_left_reads_on_and_is_told_how_to_return(cast, client_for, community):
    send_message(cast.bruno_user, community.chat, "Still readable")
    actions.leave(cast.amina_user, community)
    client = client_for(cast.amina_user)
    page = client.get(page_of(community)).text
    assert "Still readable" in page
    assert "You left" in page
    assert f'action="{page_of(community, "membership")}"' in page
    assert f'id="conversation-{community.chat_id}-composer"' not in page
    refused = client.post(messages_of(community.chat), {"body": "Hello", "client_key": uuid.uuid4()})
    assert refused.status_code == 403
    assert not Message.objects.filter(body="Hello").exists()


def test_returning_brings_the_composer_back(cast, client_for, community):
    actions.leave(cast.amina_user, community)
    client = client_for(cast.amina_user)
    back = client.post(
        page_of(community, "membership"), headers={"referer": f"http://testserver{page_of(community)}"}, follow=True
    )
    assert back.redirect_chain == [(f"http://testserver{page_of(community)}", 302)]
    assert f'id="conversation-{community.chat_id}-composer"' in back.text


def test_the_way_back_leads_nowhere_else(cast, client_for, community):
    client = client_for(cast.amina_user)
    back = client.post(page_of(community, "membership"), headers={"referer": "https://evil.example/"})
    assert back.headers["Location"] == community.get_absolute_url()


def test_the_page_takes_the_same_queries_for_one_message_as_for_many(cast, client_for, community, query_count):
    send_message(cast.bruno_user, community.chat, "One")
    client = client_for(cast.amina_user)
    few = query_count(lambda: client.get(page_of(community)))
    for number in range(20):
        send_message(cast.chloe_user, community.chat, f"More {number}")
    assert query_count(lambda: client.get(page_of(community))) == few
    assert few <= 15


def test_without_script_older_messages_are_read_on_the_page_of_the_chat(cast, client_for, community):
    for number in range(60):
        send_message(cast.bruno_user, community.chat, f"Message {number:02}")
    client = client_for(cast.amina_user)
    page = client.get(page_of(community))
    assert "Message 05" not in page.text
    older = f"/conversations/{community.chat_id}/?before={page.context['thread'].older}"
    assert f'href="{older}"' in page.text
    led = client.get(older, follow=True)
    assert led.redirect_chain[0][0].startswith(page_of(community))
    assert "Message 05" in led.text
    back = client.get(f"/conversations/{community.chat_id}/?newer={led.context['thread'].newer}", follow=True)
    assert "Message 59" in back.text
