# ruff: noqa: F811 - fixtures of notifications are arguments here
"""Mails of communities, through a real mail server: one for each thing, a digest, and none that nobody wants."""

import uuid

import pytest

from apps.community import actions
from apps.conversations.actions import send_message
from apps.conversations.models import Conversation
from apps.notifications.models import Notification, Preference, Way
from tests.community.test_enrollment_end import A_DAY, EVENTS, community, topic  # noqa: F401 - fixtures
from tests.notifications.conftest import _no_thread, commits, later, postbox  # noqa: F401 - fixtures

# What the subject of a mail says, by the event that it is about.
SUBJECTS = {
    "approved": "Your reply in Algebra was approved",
    "rejected": "Your reply in Algebra was rejected",
    "removed": "removed what you wrote in Algebra",
    "report_kept": "Algebra",
    "to_moderate": "Algebra",
    "reported": "Algebra",
    "replied": "Bruno Costa replied to you in Fractions",
    "named": "Bruno Costa mentioned you in Algebra",
    "begun": "Bruno Costa",
    "closed_by_moderator": "A moderator closed your topic Fractions",
    "renamed": "A moderator renamed your topic Fractions to Fractions again",
}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def talk(pk):
    return Conversation.objects.with_titles().get(pk=pk)


@pytest.mark.parametrize(("kind", "event"), EVENTS)
def test_a_mail_says_what_happened_leads_there_and_can_be_turned_off(
    cast, client_for, community, topic, commits, postbox, later, settings, kind, event
):
    Preference.objects.create(user=cast.amina_user, kind=kind, way=Way.EMAIL, wanted=True)
    with commits():
        event(cast, community, topic)
    later()
    (letter,) = postbox.to(cast.amina_user.email)
    text = letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    assert SUBJECTS[event.__name__] in letter["Subject"]
    notice = Notification.objects.get(recipient=cast.amina_user, kind=kind)
    for body in (text, html):
        assert f"{settings.SITE_URL}/notifications/{notice.pk}/" in body
    page = client_for(cast.amina_user).get(f"/notifications/{notice.pk}/", follow=True)
    assert page.status_code == 200
    assert page.redirect_chain[-1][0] != "/notifications/"
    stop = letter["List-Unsubscribe"].strip("<>").removeprefix(settings.SITE_URL)
    assert client_for(None).post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    with commits():
        again(cast, community, topic, event)
    later()
    assert len(postbox.to(cast.amina_user.email)) == 1, "and off it stays"


def again(cast, community, topic, event):
    if event.__name__ in {"replied", "named", "begun"}:
        event(cast, community, topic)


def test_a_digest_tells_of_everything_once_in_one_mail(cast, community, topic, commits, postbox, later):
    amina = cast.amina_user
    events = {event.values[1].__name__: event.values for event in EVENTS}
    told = ["replied", "named", "begun", "rejected", "removed", "report_kept"]
    for name in told:
        Preference.objects.update_or_create(user=amina, kind=events[name][0], way=Way.EMAIL, defaults={"wanted": False})
        Preference.objects.update_or_create(user=amina, kind=events[name][0], way=Way.DIGEST, defaults={"wanted": True})
    # What she writes herself has her read what was there: that comes first.
    for name in ("removed", "report_kept", "named", "begun", "rejected", "replied"):
        type(community).objects.update(approval="nobody")
        community.refresh_from_db()
        with commits():
            events[name][1](cast, community, topic)
    later(10)
    assert postbox.to(amina.email) == []
    later(2 * A_DAY)
    (letter,) = postbox.to(amina.email)
    text = letter.get_body(("plain",)).get_content()
    assert letter["Subject"].startswith(f"{len(told)} things you missed")
    for said in ("Bruno Costa replied to you", "Bruno Costa mentioned you", "Be kind"):
        assert text.count(said) == 1, said
    later(2 * A_DAY)
    assert len(postbox.to(amina.email)) == 1


# What Amina wants of the community, of the topic, and of the chat; and of what she is then told by mail.
DEEDS = ("a new topic", "a reply to her", "her name", "a reply to another", "a comment", "the chat", "the chat to her")
CONCERNED = {"a reply to her", "her name", "the chat to her"}
LEVELS = {
    ("", "", ""): CONCERNED,
    ("concerning", "", ""): CONCERNED,
    ("everything", "", ""): {*DEEDS} - {"the chat"},
    ("everything", "", "everything"): {*DEEDS},
    ("nothing", "", ""): {"the chat to her"},
    ("nothing", "", "nothing"): set(),
    ("nothing", "concerning", ""): CONCERNED,
    ("nothing", "everything", "nothing"): {"a reply to her", "her name", "a reply to another"},
    ("everything", "nothing", "nothing"): {"a new topic", "a comment"},
    ("everything", "concerning", "concerning"): {"a new topic", "a comment", *CONCERNED},
}


@pytest.mark.parametrize(("levels", "wanted"), LEVELS.items(), ids=["/".join(each) or "usual" for each in LEVELS])
def test_each_is_mailed_what_they_chose(cast, community, topic, commits, postbox, later, levels, wanted):
    amina, bruno, name = cast.amina_user, cast.bruno_user, cast.amina_user.full_name
    of_community, of_topic, of_chat = levels
    for kind in ("topic", "reply", "mention", "message"):
        Preference.objects.create(user=amina, kind=kind, way=Way.EMAIL, wanted=True)
    from tests import factories

    lesson = factories.lesson(module=factories.module(course=cast.course), published=True)
    hers = send_message(amina, talk(topic.conversation_id), "I think so")
    said = send_message(amina, talk(community.chat_id), "Good morning")
    theirs = send_message(cast.chloe_user, talk(topic.conversation_id), "I do not")
    Notification.objects.all().delete()
    actions.choose_levels(amina, community, of_community, of_chat)
    actions.choose_topic_level(amina, topic, of_topic)
    deeds = {
        "a new topic": lambda: actions.start_topic(bruno, community, actions.NewTopic("New", "Text", uuid.uuid4())),
        "a reply to her": lambda: send_message(bruno, talk(topic.conversation_id), "So?", reply_to=hers),
        "her name": lambda: send_message(bruno, talk(topic.conversation_id), f"@{name}", reply_to=theirs),
        "a reply to another": lambda: send_message(bruno, talk(topic.conversation_id), "No", reply_to=theirs),
        "a comment": lambda: actions.comment(bruno, community, lesson, "Clear", uuid.uuid4()),
        "the chat": lambda: send_message(bruno, talk(community.chat_id), "Hello"),
        "the chat to her": lambda: send_message(bruno, talk(community.chat_id), "Hello", reply_to=said),
    }
    mailed = set()
    for deed in DEEDS:
        with commits():
            deeds[deed]()
        before = len(postbox.to(amina.email))
        later()
        new = len(postbox.to(amina.email)) - before
        assert new <= 1, deed
        mailed |= {deed} if new else set()
    assert mailed == wanted
