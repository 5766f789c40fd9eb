"""The inbox: what it lists and counts, who finds it, and what is done in it."""

import re

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.conversations.actions import mark_read, retract_message, send_message
from apps.conversations.models import Audience, Conversation
from apps.support import actions
from apps.support.inbox import VIEWS, counts, unread_count
from apps.support.live import INBOX
from apps.support.models import Label, Priority, Ticket, Tone, Topic
from apps.support.states import Status
from tests import factories
from tests.support.test_tickets import asked

HTMX = {"HX-Request": "true"}


def rows(page) -> list[int]:
    return [int(pk) for pk in re.findall(r'data-ticket="(\d+)"', page.content.decode())]


def row(page, ticket: Ticket) -> str:
    return re.search(rf'<li [^>]*data-ticket="{ticket.pk}"[^>]*>', page.content.decode())[0]


def people(count: int):
    return [factories.user(Role.STUDENT, f"Person{number}") for number in range(count)]


@pytest.fixture
def staff(db):
    return factories.user(Role.STAFF, "Stella")


@pytest.fixture
def other(db):
    return factories.user(Role.STAFF, "Olga")


@pytest.fixture
def mixed(staff, other):
    """A ticket in each state, mine, another's and nobody's, read and unread."""
    new, open_, waiting, snoozed, closed, taken = (asked(person) for person in people(6))
    actions.take(staff, open_)
    send_message(other, waiting.conversation, "Done?", Audience.EVERYONE)
    actions.snooze(other, snoozed, timezone.now() + timezone.timedelta(days=1))
    actions.close(staff, closed)
    actions.take(other, taken)
    mark_read(staff, taken.conversation, 2**63 - 1)
    return new, open_, waiting, snoozed, closed, taken


def plain(view: str, user) -> set[int]:
    """The same, said without SQL."""

    def unread(ticket) -> bool:
        seen = ticket.conversation.participants.filter(user=user).values_list("last_read", flat=True).first() or 0
        return ticket.conversation.messages.filter(author=ticket.person, deleted=None, key__gt=seen).exists()

    def fits(ticket) -> bool:
        active = ticket.status != Status.CLOSED
        return {
            "open": ticket.status in {Status.NEW, Status.OPEN, Status.WAITING},
            "unread": active and unread(ticket),
            "mine": active and ticket.owner == user,
            "unassigned": active and ticket.owner is None,
            "all": True,
        }.get(view, ticket.status == view)

    return {ticket.pk for ticket in Ticket.objects.all() if fits(ticket)}


def test_each_view_shows_and_counts_what_a_plain_recount_finds(mixed, staff, client_for):
    client = client_for(staff)
    number = counts(staff)
    for view in VIEWS:
        found = rows(client.get(f"/inbox/?view={view}"))
        assert set(found) == plain(view, staff), view
        assert (number[view], len(found)) == (len(found), len(set(found))), view
    mine = {pk for view in ("mine", "unassigned") for pk in plain(view, staff)}
    assert unread_count(staff) == len(mine & plain("unread", staff))


def test_row_view_and_badge_have_one_notion_of_unread(mixed, staff, other, client_for):
    """A recount message by message, after everything that makes something unread or takes it away."""
    new, open_, _, _, closed, taken = mixed
    client = client_for(staff)

    def slowly(ticket) -> int:
        if ticket.status == Status.CLOSED:
            return 0
        part = ticket.conversation.participants.filter(user=staff).first()
        read = part.last_read if part else 0
        rows = ticket.conversation.messages.filter(author=ticket.person)
        return sum(message.key > read and not message.deleted for message in rows)

    def check():
        found = {ticket.pk: slowly(ticket) for ticket in Ticket.objects.select_related("conversation", "person")}
        page = client.get("/inbox/?view=all").content.decode()
        for part in page.split('<li class="ticket-row"')[1:]:
            pk = int(re.search(r'data-ticket="(\d+)"', part)[1])
            shown = re.search(r'aria-label="(\d+) unread"', part)
            assert int(shown[1] if shown else 0) == found[pk], pk
            assert ("data-unread-row" in part) == bool(found[pk])
        unread = {pk for pk, number in found.items() if number}
        assert set(rows(client.get("/inbox/?view=unread"))) == unread
        assert counts(staff)["unread"] == len(unread)
        free = {ticket.pk for ticket in Ticket.objects.all() if ticket.owner in {None, staff}}
        badge = re.search(r'id="inbox-unread-count"[^>]*>(\d*)<', client.get("/inbox/unread/").content.decode())[1]
        assert int(badge or 0) == len(unread & free) == unread_count(staff)
        return unread

    assert closed.pk not in check()
    second = actions.ask(new.person, "And another thing")
    actions.ask(taken.person, "Hello again")
    assert {new.pk, taken.pk} <= check()
    mark_read(staff, new.conversation, second.key - 1)
    assert new.pk in check()
    retract_message(new.person, second)
    assert new.pk not in check()
    send_message(other, open_.conversation, "A note", Audience.STAFF)
    actions.close(staff, open_)
    assert open_.pk not in check()
    actions.ask(closed.person, "Thank you")
    assert closed.pk in check()


def test_a_view_that_is_none_shows_what_is_open(mixed, staff, client_for):
    client = client_for(staff)
    assert rows(client.get("/inbox/?view=nonsense&topic=x&label=%00&keep=x")) == rows(client.get("/inbox/"))


def test_topic_label_and_words_narrow_the_list(staff, client_for):
    fees, lessons = Topic.objects.create(name="Fees"), Topic.objects.create(name="Lessons")
    red = Label.objects.create(name="refund", tone=Tone.RED)
    one, two = people(2)
    first, second = asked(one, "My invoice is wrong", topic=fees), asked(two, "A trapezoid question", topic=lessons)
    actions.set_labels(staff, second, [red])
    send_message(staff, first.conversation, "Ask the zookeeper", Audience.STAFF)
    client = client_for(staff)
    for query, found in (
        (f"topic={fees.pk}", first),
        (f"label={red.pk}", second),
        ("q=trapez", second),
        ("q=zookeeper", first),
        ("q=person1", second),
    ):
        assert rows(client.get(f"/inbox/?{query}")) == [found.pk], query
    assert rows(client.get("/inbox/?q=nobody")) == []


def test_words_of_other_conversations_find_no_ticket(staff, client_for, cast):
    send_message(cast.staff, cast.amina.conversation, "Marigold", Audience.EVERYONE)
    asked(cast.amina_user, "Something else")
    assert rows(client_for(staff).get("/inbox/?q=marigold")) == []


def test_opening_a_ticket_takes_reads_and_moves_nothing(mixed, staff, client_for):
    new = mixed[0]
    before = (counts(staff), unread_count(staff), new.log.count())
    client = client_for(staff)
    for url in (f"/tickets/{new.pk}/", f"/tickets/{new.pk}/?part=head", f"/tickets/{new.pk}/?part=context", "/inbox/"):
        assert client.get(url).status_code == 200
        assert client.get(url, headers=HTMX).status_code == 200
    new = Ticket.objects.get(pk=new.pk)
    assert (new.status, new.owner) == (Status.NEW, None)
    assert (counts(staff), unread_count(staff), new.log.count()) == before


def test_the_open_ticket_stays_dimmed_in_a_view_that_it_left(mixed, staff, client_for):
    new, client = mixed[0], client_for(staff)
    actions.close(staff, new)
    page = client.get(f"/inbox/?view=unassigned&keep={new.pk}", headers=HTMX)
    assert "data-dimmed" in row(page, new)
    assert "HX-Replace-Url" not in page.headers
    assert new.pk not in rows(client.get("/inbox/?view=unassigned", headers=HTMX))
    other = client.get(f"/inbox/?view=closed&keep={new.pk}", headers=HTMX)
    assert "data-dimmed" not in row(other, new)


def test_only_who_answers_finds_the_inbox(mixed, cast, client_for):
    pk = mixed[0].pk
    for who in (cast.teacher, cast.amina_user, cast.outsider):
        client = client_for(who)
        for url in ("/inbox/", "/inbox/unread/", f"/tickets/{pk}/"):
            assert client.get(url).status_code == 404, (who, url)
        for verb in ("owner", "closure", "snooze", "priority", "topic", "labels"):
            assert client.post(f"/tickets/{pk}/{verb}/", {"take": "1"}).status_code == 404, (who, verb)
        assert client.post("/inbox/changes/", {"ticket": pk, "act": "close"}).status_code == 404
    assert Ticket.objects.get(pk=pk).status == Status.NEW


def test_the_second_of_two_is_told_at_its_place_who_was_first(mixed, staff, other, client_for):
    new = mixed[0]
    mine, theirs = client_for(staff), client_for(other)
    assert theirs.post(f"/tickets/{new.pk}/owner/", {"take": "1"}, headers=HTMX).status_code == 200
    late = mine.post(f"/tickets/{new.pk}/owner/", {"take": "1"}, headers=HTMX)
    assert late.status_code == 409
    assert f"{other.full_name} has taken it already." in late.content.decode()
    by_hand = mine.post(f"/tickets/{new.pk}/owner/", {"user": staff.pk, "seen": ""}, headers=HTMX)
    assert by_hand.status_code == 409
    assert other.full_name in by_hand.content.decode()
    assert Conversation.objects.get(pk=new.conversation_id).assignee == other
    assert theirs.post(f"/tickets/{new.pk}/closure/", headers=HTMX).status_code == 200
    late = mine.post(f"/tickets/{new.pk}/closure/", headers=HTMX)
    assert late.status_code == 409
    assert other.full_name in late.content.decode()


def test_without_script_each_act_leads_back_to_the_ticket(mixed, staff, client_for):
    new, client = mixed[0], client_for(staff)
    topic, label = Topic.objects.create(name="Fees"), Label.objects.create(name="bug")
    for verb, fields in (
        ("owner", {"take": "1"}),
        ("priority", {"priority": Priority.URGENT}),
        ("topic", {"topic": topic.pk}),
        ("labels", {"label": [label.pk]}),
        ("snooze", {"until": "", "day": f"{timezone.localdate() + timezone.timedelta(days=3):%Y-%m-%d}"}),
        ("snooze", {"end": "1"}),
        ("closure", {}),
    ):
        answer = client.post(f"/tickets/{new.pk}/{verb}/", fields)
        assert (answer.status_code, answer["Location"]) == (302, f"/tickets/{new.pk}/"), verb
    ticket = Ticket.objects.select_related("conversation__assignee").get(pk=new.pk)
    assert (ticket.owner, ticket.priority, ticket.topic, ticket.status) == (staff, 4, topic, Status.CLOSED)
    assert list(ticket.labels.all()) == [label]
    page = client.get(f"/tickets/{new.pk}/").content.decode()
    for words in ("set the priority to urgent", "set the topic to Fees", "added bug", "took it", "closed it"):
        assert words in page, words


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("owner", {"user": "999999", "seen": ""}),
        ("owner", {"user": "x", "seen": ""}),
        ("priority", {"priority": "9"}),
        ("priority", {"priority": "²"}),
        ("topic", {"topic": "999999"}),
        ("labels", {"label": ["x"]}),
        ("snooze", {"until": "yesterday"}),
        ("snooze", {"until": "", "day": "2001-01-01"}),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_changes_nothing(mixed, staff, client_for, verb, fields):
    new = mixed[0]
    answer = client_for(staff).post(f"/tickets/{new.pk}/{verb}/", fields, headers=HTMX)
    assert answer.status_code == 422
    assert re.search(r'-refused" hx-swap="innerHTML">[A-Z][^<]+\.</hx-partial>', answer.content.decode())
    assert Ticket.objects.get(pk=new.pk).log.count() == new.log.count()


def changed(client, **fields):
    return client.post("/inbox/changes/", fields, headers=HTMX)


def undone(client, page):
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.content.decode()):
        if name != "csrfmiddlewaretoken":
            fields.setdefault(name, []).append(value)
    assert (
        client.post(re.search(r'action="([^"]+)"', page.content.decode())[1], fields, headers=HTMX).status_code == 200
    )


def test_ticked_tickets_change_together_and_back_again(mixed, staff, other, client_for):
    client, label = client_for(staff), Label.objects.create(name="bug")
    new, open_, _, _, _, taken = mixed
    pks = [new.pk, open_.pk, taken.pk]

    def state():
        found = Ticket.objects.filter(pk__in=pks).select_related("conversation").order_by("pk")
        return [(each.conversation.assignee_id, each.labels.count(), each.status, each.snoozed_until) for each in found]

    before = state()
    for fields in ({"user": other.pk}, {"label": label.pk}, {"act": "close"}, {"until": "monday"}):
        page = changed(client, ticket=pks, **fields)
        assert page.status_code == 200
        assert state() != before, fields
        undone(client, page)
        assert state() == before, fields
    changed(client, ticket=pks, act="read")
    assert not set(pks) & plain("unread", staff)


def test_what_can_t_be_changed_of_the_ticked_is_said_by_name(mixed, staff, client_for):
    new, closed = mixed[0], mixed[4]
    page = changed(client_for(staff), ticket=[new.pk, closed.pk], act="close").content.decode()
    assert "Closed 1 ticket." in page
    assert f"{closed.person.full_name}: " in page
    assert changed(client_for(staff), act="close").status_code == 422
    assert changed(client_for(staff), ticket=[new.pk]).status_code == 422


def test_dues_stand_beside_a_ticket_by_the_viewers_own_rights(cast, client_for):
    ticket = asked(cast.amina_user)
    page = client_for(cast.staff).get(f"/tickets/{ticket.pk}/").content.decode()
    url = f"/payments/students/{cast.amina.pk}/summary/"
    assert url in page
    assert cast.amina.get_absolute_url() in page
    assert "No invoices" in client_for(cast.staff).get(url).content.decode()
    assert client_for(cast.teacher).get(url).status_code == 404


def test_staff_who_reply_are_announced_to_the_inbox_and_nobody_else_is(
    mixed, staff, client_for, published, django_capture_on_commit_callbacks
):
    new = mixed[0]
    for who, heard in ((staff, True), (new.person, False)):
        before = len(published)
        with django_capture_on_commit_callbacks(execute=True):
            client_for(who).post(f"/conversations/{new.conversation_id}/typing/", {"age": "0"})
        assert (INBOX in [channel for channel, _ in published[before:]]) == heard
