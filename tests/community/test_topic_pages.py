"""The pages of topics: the list, a new one, one with its replies, and what one does to it without script."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.community import actions
from apps.community.models import AcceptedAnswer, Topic
from apps.conversations.actions import delete_message
from apps.conversations.models import Message
from apps.courses.models import Enrollment
from tests.community.place import fixture_place  # noqa: F401
from tests.conversations.files import picture

HTMX = {"HX-Request": "true"}
MOST_QUERIES = 15


def titles(client, place, query=""):
    page = client.get(f"/courses/{place.course.pk}/community/{query}")
    return [topic.title for topic in page.context["listing"].rows]


def new(place, **fields):
    return {"title": "Why?", "body": "**Because**", "is_question": "1", "client_key": str(uuid.uuid4())} | fields


def test_the_list_is_filtered_sorted_searched_and_has_pins_first_under_every_sort(place, client_for):
    solved = place.topic(place.a, "Solved one")
    answer = place.reply(place.b, solved)
    actions.accept_answer(place.a, solved, answer)
    place.topic(place.b, "Open question")
    talk = place.topic(place.instructor, "Talk", is_question=False)
    first, second = (place.topic(place.instructor, name, is_question=False) for name in ("Pin one", "Pin two"))
    for each in (first, second):
        actions.pin_topic(place.instructor, each)
    place.reply(place.a, talk)
    place.reply(place.c, talk)
    client = client_for(place.a)
    assert titles(client, place) == ["Pin one", "Pin two", "Talk", "Open question", "Solved one"]
    assert titles(client, place, "?sort=-active") == ["Pin one", "Pin two", "Solved one", "Open question", "Talk"]
    assert titles(client, place, "?sort=new") == ["Pin one", "Pin two", "Talk", "Open question", "Solved one"]
    assert titles(client, place, "?sort=replies")[:3] == ["Pin one", "Pin two", "Talk"]
    assert titles(client, place, "?show=mine") == ["Talk", "Solved one"]
    assert titles(client, place, "?show=solved") == ["Solved one"]
    assert titles(client, place, "?show=unanswered") == ["Open question"]
    assert titles(client, place, "?q=open") == ["Open question"]
    assert titles(client, place, f"?q={place.b.given_name}") == ["Open question"]
    place.open(place.a, talk)
    assert titles(client, place, "?show=unread") == ["Pin one", "Pin two", "Open question", "Solved one"]


def test_a_page_holds_twenty_topics_in_a_constant_number_of_queries(place, client_for):
    client = client_for(place.a)
    counts = []
    for many in (2, 23):
        for number in range(many):
            place.reply(place.b, place.topic(place.c, f"Topic {many} {number}"))
        client.get(f"/courses/{place.course.pk}/community/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get(f"/courses/{place.course.pk}/community/")
        counts.append(len(queries))
    assert len(page.context["listing"].rows) == 20
    assert counts[0] == counts[1] <= MOST_QUERIES
    assert len(titles(client, place, "?page=2")) == 5


def test_a_new_topic_keeps_what_was_typed_and_says_at_its_field_what_is_wrong(place, client_for):
    client, url = client_for(place.a), f"/courses/{place.course.pk}/community/topics/"
    page = client.post(url, new(place, title="  \t ", body="My long text"))
    text = page.content.decode()
    assert page.status_code == 422
    assert "Give it a title" in text
    assert "My long text" in text
    assert not Topic.objects.exists()
    key = str(uuid.uuid4())
    first = client.post(url, new(place, client_key=key))
    again = client.post(url, new(place, client_key=key))
    topic = Topic.objects.get()
    assert first.url == again.url == topic.get_absolute_url()
    assert "<strong>Because</strong>" in client.get(first.url).content.decode()


def test_files_come_along_with_a_topic_or_are_asked_for_again(place, client_for):
    client, url = client_for(place.a), f"/courses/{place.course.pk}/community/topics/"
    shot = SimpleUploadedFile("shot.png", picture("PNG"), "image/png")
    page = client.post(url, new(place, title=" ", files=shot))
    assert "Choose the files again" in page.content.decode()
    bad = SimpleUploadedFile("run.exe", b"MZ\x90\0" * 50)
    page = client.post(url, new(place, files=bad))
    assert (page.status_code, Topic.objects.count()) == (422, 0)
    shot.seek(0)
    page = client.post(url, new(place, body="", files=shot))
    assert Topic.objects.get().conversation.messages.get().attachments.count() == 1


def test_a_preview_shows_how_it_will_look_and_writes_nothing(place, client_for):
    client, url = client_for(place.a), f"/courses/{place.course.pk}/community/topics/"
    assert "<em>so</em>" in client.post(f"{url}preview/", {"body": "*so*"}, headers=HTMX).content.decode()
    page = client.post(url, new(place, body="*so* <script>alert(1)</script>", preview="1"))
    text = page.content.decode()
    assert page.status_code == 200
    assert "<em>so</em>" in text
    assert "<script>alert" not in text
    assert 'value="Why?"' in text
    assert not Topic.objects.exists()


@pytest.mark.parametrize("many", [1, 60])
def test_a_topic_opens_in_a_constant_number_of_queries(place, client_for, many):
    topic = place.topic(place.a)
    last = None
    for number in range(many):
        last = place.reply(place.b, topic, f"Reply {number}", to=last if number % 3 else None)
    actions.accept_answer(place.a, topic, last)
    client = client_for(place.b)
    client.get(topic.get_absolute_url())
    with CaptureQueriesContext(connection) as queries:
        text = client.get(topic.get_absolute_url()).content.decode()
    assert len(queries) <= MOST_QUERIES
    assert ("More replies" in text) == (many > 50)


def test_without_script_one_reads_on_by_links_and_answers_a_reply(place, client_for):
    topic = place.topic(place.a)
    replies = [place.reply(place.b, topic, f"Reply {number}") for number in range(55)]
    client = client_for(place.c)
    page = client.get(topic.get_absolute_url())
    shown = [message.pk for message in page.context["thread"].messages]
    following = client.get(f"{topic.get_absolute_url()}?newer={page.context['thread'].newer}")
    shown += [message.pk for message in following.context["thread"].messages]
    assert shown == [topic.conversation.messages.get(place="00000").pk, *(reply.pk for reply in replies)]
    asked = client.get(f"{topic.get_absolute_url()}?reply_to={replies[2].pk}").content.decode()
    assert f'name="reply_to" value="{replies[2].pk}"' in asked
    sent = client.post(
        f"/conversations/{topic.conversation_id}/messages/", {"body": "Nested", "reply_to": replies[2].pk}
    )
    nested = Message.objects.get(body="Nested")
    assert nested.place == f"{replies[2].place}a00001"
    assert sent.url == f"{topic.get_absolute_url()}?at={nested.pk}#message-{nested.pk}"
    assert nested in client.get(sent.url).context["thread"].messages
    old = client.get(f"/conversations/{topic.conversation_id}/?at={nested.pk}")
    assert old.url == f"{topic.get_absolute_url()}?at={nested.pk}"


def test_an_answer_is_accepted_by_who_asked_and_shown_at_the_top(place, client_for):
    topic = place.topic(place.a)
    reply = place.reply(place.b, topic, "It is **so**")
    url, data = f"{topic.get_absolute_url()}answers/", {"message": reply.pk}
    assert client_for(place.c).post(url, data).status_code == 404
    assert client_for(place.outsider).post(url, data).status_code == 404
    opening = topic.conversation.messages.get(place="00000")
    refused = client_for(place.a).post(url, {"message": opening.pk}, headers=HTMX)
    assert (refused.status_code, "Only a reply" in refused.content.decode()) == (422, True)
    # A teacher may, for whoever asked.
    assert client_for(place.instructor).post(url, data, headers=HTMX).status_code == 204
    assert AcceptedAnswer.objects.count() == 1
    assert client_for(place.instructor).post(url, {**data, "remove": "1"}, headers=HTMX).status_code == 204
    assert client_for(place.a).post(url, data, headers=HTMX).status_code == 204
    text = client_for(place.c).get(topic.get_absolute_url()).content.decode()
    assert f'data-answer="{reply.pk}"' in text
    assert "It is so" in text
    delete_message(place.b, reply)
    assert "data-answer" not in client_for(place.c).get(f"{topic.get_absolute_url()}head/").content.decode()
    assert client_for(place.instructor).post(url, {**data, "remove": "1"}).status_code == 302
    assert not AcceptedAnswer.objects.exists()


def test_a_topic_is_deleted_with_undo_and_gone_to_members(place, client_for):
    topic = place.topic(place.a)
    client = client_for(place.a)
    gone = client.post(f"{topic.get_absolute_url()}deletion/")
    assert client.get(topic.get_absolute_url()).status_code == 404
    assert topic.title in client.get(gone.url).content.decode()
    undo = gone.url.partition("removed=")[2]
    for other in (place.b, place.outsider):
        assert client_for(other).post(f"{topic.get_absolute_url()}restoration/", {"undo": undo}).status_code == 404
    assert client.post(f"{topic.get_absolute_url()}restoration/", {"undo": undo}).status_code == 302
    assert client.get(topic.get_absolute_url()).status_code == 200
    # What a moderator deletes its author can't bring back, not with an older undo either.
    actions.remove_post(place.moderator, topic.conversation.messages.get(), "Said before")
    assert client.post(f"{topic.get_absolute_url()}restoration/", {"undo": undo}).status_code == 404
    keeper = client_for(place.moderator)
    assert "only moderators see it" in keeper.get(topic.get_absolute_url()).content.decode()
    keeper.post(f"{topic.get_absolute_url()}restoration/")
    assert client.get(topic.get_absolute_url()).status_code == 200


def test_its_author_cannot_delete_what_others_have_answered(place, client_for):
    topic = place.topic(place.a)
    place.reply(place.b, topic)
    client = client_for(place.a)
    client.post(f"{topic.get_absolute_url()}deletion/")
    page = client.get(topic.get_absolute_url())
    assert "Others have replied" in page.content.decode()


def test_the_title_is_changed_by_its_author_and_moderators(place, client_for):
    topic = place.topic(place.a)
    url = f"{topic.get_absolute_url()}edit/"
    assert client_for(place.b).get(url).status_code == 404
    refused = client_for(place.a).post(url, {"title": "x" * 161})
    assert (refused.status_code, "161 characters" in refused.content.decode()) == (422, True)
    client_for(place.a).post(url, {"title": " Better  title ", "is_question": "1"})
    client_for(place.moderator).post(url, {"title": "Best title", "reason": "Clearer"})
    topic.refresh_from_db()
    assert (topic.title, topic.is_question) == ("Best title", False)


def test_pins_are_moved_by_buttons(place, client_for):
    topics = [place.topic(place.instructor, name) for name in "abc"]
    client = client_for(place.instructor)
    for topic in topics:
        client.post(f"{topic.get_absolute_url()}pin/")
    client.post(f"{topics[2].get_absolute_url()}pin/", {"step": "up", "list": "1"})
    assert titles(client, place) == ["a", "c", "b"]
    client.post(f"{topics[0].get_absolute_url()}pin/", {"step": "up"})
    assert titles(client, place) == ["a", "c", "b"]
    client.delete(f"{topics[0].get_absolute_url()}pin/", headers=HTMX)
    client.post(f"{topics[1].get_absolute_url()}pin/", {"step": "unpin"})
    assert titles(client, place) == ["c", "b", "a"]
    assert client_for(place.a).post(f"{topics[0].get_absolute_url()}pin/").status_code == 404


def test_a_topic_is_marked_as_read_without_script(place, client_for):
    topic = place.topic(place.a)
    client = client_for(place.b)
    assert titles(client, place, "?show=unread") == [topic.title]
    client.post(f"{topic.get_absolute_url()}read/")
    assert titles(client, place, "?show=unread") == []


def test_the_source_of_a_message_is_for_those_who_read_it(place, client_for):
    topic = place.topic(place.a, body="**So** & so")
    message = topic.conversation.messages.get()
    url = f"/conversations/{topic.conversation_id}/messages/{message.pk}/source/"
    answer = client_for(place.a).get(url)
    assert (answer.content.decode(), answer["Content-Type"]) == ("**So** & so", "text/plain; charset=utf-8")
    assert client_for(place.outsider).get(url).status_code == 404
    delete_message(place.a, message)
    assert client_for(place.a).get(url).status_code == 404


def test_who_is_not_enrolled_any_more_finds_nothing(place, client_for):
    topic = place.topic(place.a)
    client = client_for(place.b)
    Enrollment.objects.filter(student__user=place.b).update(expires_at=timezone.now())
    for path in ("", "head/", "edit/"):
        assert client.get(f"{topic.get_absolute_url()}{path}").status_code == 404
    for path in ("read/", "deletion/", "restoration/", "pin/", "answers/"):
        assert client.post(f"{topic.get_absolute_url()}{path}").status_code == 404
    for path in ("", "topics/"):
        assert client.get(f"/courses/{place.course.pk}/community/{path}").status_code == 404


def test_ten_thousand_replies_open_in_as_many_queries_as_fifty(place, client_for):
    topic = place.topic(place.a)
    opening = topic.conversation.messages.get()
    client = client_for(place.b)

    def opened(first, last):
        """Replies from one number to another, sixty deep at most; how many queries the page then takes."""
        written = {"conversation": topic.conversation, "author": place.c, "author_name": "C", "audience": "everyone"}
        Message.objects.bulk_create(
            Message(
                key=opening.key + number,
                version=opening.version + number,
                place="a".join(f"{part:05}" for part in [number // 60 + 1] + [1] * (number % 60)),
                body=f"Reply {number}",
                author_role="student",
                **written,
            )
            for number in range(first, last)
        )
        client.get(topic.get_absolute_url())
        with CaptureQueriesContext(connection) as queries:
            page = client.get(topic.get_absolute_url())
        assert len(page.context["thread"].messages) == 50
        return len(queries)

    assert opened(1, 60) == opened(60, 10_000) <= MOST_QUERIES


def test_names_are_marked_without_asking_for_them(place, client_for):
    topic = place.topic(place.a)
    name = place.c.full_name
    # The second is a link's definition to Markdown, which makes no HTML of it.
    for body in (f"Ask @{name}", f"[@{name}]: https://example.com"):
        place.reply(place.b, topic, body)
    client = client_for(place.b)
    for query in ("", f"?at={topic.conversation.messages.last().pk}"):
        with CaptureQueriesContext(connection) as queries:
            text = client.get(topic.get_absolute_url() + query).content.decode()
        assert f'<mark class="mention" data-user="{place.c.pk}">@{name}</mark>' in text
        assert not [each for each in queries if 'FROM "conversations_mention"' in each["sql"]]


def test_like_love_helpful_haha_wow_and_sad_are_offered_first(place, client_for):
    topic = place.topic(place.a)
    assert (
        '<p data-quick title="Often used">👍 ❤️ 💡 😂 😮 😢</p>'
        in client_for(place.b).get(topic.get_absolute_url()).text
    )
    # Any other may follow.
    first = topic.conversation.messages.get(place="00000")
    reactions = f"/conversations/{topic.conversation_id}/messages/{first.pk}/reactions/"
    assert client_for(place.b).post(reactions, {"emoji": "🦔"}, headers=HTMX).status_code == 200
    assert 'data-react="🦔"' in client_for(place.c).get(topic.get_absolute_url()).text
