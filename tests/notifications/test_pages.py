"""What people see of their notifications, and choose."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.conversations.actions import delete_message, mark_read
from apps.courses.models import Batch
from apps.notifications.listing import unread_count
from apps.notifications.models import Notification, Preference, Schedule
from apps.notifications.preferences import table
from tests.notifications.conftest import told

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LIST, PREFERENCES = "/notifications/", "/notifications/preferences/"


def panel(client) -> str:
    answer = client.get(f"{LIST}?part=panel", headers=HTMX)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def lines(html: str) -> list[str]:
    says = re.findall(r'<span class="notice-says">(.*?)</span>\s*<span class="notice-', html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", "", line).split()) for line in says]


def count(client) -> str:
    return client.get(f"{LIST}unread/").content.decode()


def test_the_bell_counts_on_every_page_and_what_is_read_counts_no_more(cast, thread, write, commits, client_for):
    client = client_for(cast.teacher)
    assert count(client) == ""
    write(cast.staff, thread)
    last = write(cast.staff, thread)
    assert count(client) == "2"
    for page in ("/", "/students/", LIST, PREFERENCES):
        assert re.search(r'id="unread-count">2</span>', client.get(page).content.decode()), page
    with commits():
        mark_read(cast.teacher, thread, last.key)
    assert count(client) == ""


@pytest.mark.parametrize(("who", "queries"), [("chloe_user", 1), ("staff", 1), ("amina_user", 2)])
def test_closing_rules_cost_a_query_only_with_unread_notifications_of_their_kinds(
    cast, thread, write, query_count, who, queries
):
    write(cast.teacher, thread)
    Notification.objects.create(recipient=cast.staff, event="x", kind="message", title="x")
    assert query_count(lambda: unread_count(getattr(cast, who))) == queries
    assert unread_count(getattr(cast, who)) == (who != "chloe_user")


def test_several_of_one_conversation_are_one_line(cast, thread, write, client_for):
    for number in range(5):
        write(cast.staff, thread, f"Number {number}")
    write(cast.staff, thread, "@Tariq Teacher")
    write(cast.staff, cast.bruno.conversation)
    found = lines(panel(client_for(cast.teacher)))
    assert found == [
        "Sam Staff wrote to Bruno Costa",
        "Sam Staff mentioned you about Amina Diallo",
        "5 new messages about Amina Diallo",
    ]
    assert lines(panel(client_for(cast.amina_user))) == ["6 new messages"], "a student has but one thread"


def test_a_group_counts_what_the_panel_does_not_show(cast, thread, write, client_for, monkeypatch):
    monkeypatch.setattr("apps.notifications.listing.PANEL", 3)
    for _ in range(5):
        write(cast.staff, thread)
    assert lines(panel(client_for(cast.teacher))) == ["5 new messages about Amina Diallo"]


def test_reading_a_line_reads_all_that_it_stands_for_and_nothing_newer(cast, thread, write, client_for):
    for _ in range(2):
        write(cast.staff, thread)
    shown = Notification.objects.filter(recipient=cast.teacher).latest("pk")
    write(cast.staff, thread)
    client = client_for(cast.teacher)
    answer = client.post(f"{LIST}{shown.pk}/reading/", {"part": "panel"}, headers=HTMX)
    assert lines(" ".join(answer.content.decode().split()))[0] == "Sam Staff wrote to Amina Diallo"
    assert count(client) == "1"


def test_all_are_read_up_to_what_was_shown(cast, thread, write, client_for):
    write(cast.staff, thread)
    upto = Notification.objects.filter(recipient=cast.teacher).latest("pk").pk
    write(cast.staff, thread)
    client = client_for(cast.teacher)
    assert client.post(f"{LIST}reading/", {"upto": upto}).status_code == 302
    assert count(client) == "1"
    assert client.post(f"{LIST}reading/", {"upto": "all"}).status_code == 400
    assert client.post(f"{LIST}reading/", {"upto": 10**30}).status_code == 400


def test_nobody_reads_anothers(cast, thread, write, client_for):
    write(cast.staff, thread)
    theirs = Notification.objects.get(recipient=cast.teacher)
    client = client_for(cast.staff2)
    assert client.post(f"{LIST}{theirs.pk}/reading/").status_code == 404
    client.post(f"{LIST}reading/", {"upto": theirs.pk + 5})
    assert client.get(f"{LIST}{theirs.pk}/").headers["Location"] == LIST
    assert told(cast.teacher, read_at=None) == ["message"]


def test_a_line_leads_to_its_place_which_has_it_read(cast, thread, write, client_for):
    message = write(cast.staff, thread)
    notice = Notification.objects.get(recipient=cast.teacher)
    client = client_for(cast.teacher)
    answer = client.get(f"{LIST}{notice.pk}/", follow=True)
    there = f"/conversations/{thread.pk}/?at={message.pk}&notice={notice.pk}#message-{message.pk}"
    assert answer.redirect_chain[0][0] == there
    assert answer.status_code == 200
    assert count(client) == "1", "a GET reads nothing: a browser may fetch ahead"
    assert client.post(f"{LIST}{notice.pk}/reading/", {"part": "page"}, headers=HTMX).status_code == 204
    assert count(client) == ""


@pytest.mark.parametrize("why", ["deleted", "not permitted"])
def test_what_is_gone_is_said_kindly_and_shows_no_more(cast, thread, write, client_for, why):
    message = write(cast.staff, thread)
    notice = Notification.objects.get(recipient=cast.teacher)
    if why == "deleted":
        delete_message(cast.staff, message)  # Not committed: the notification is still there.
    else:
        Batch.objects.update(teacher=None)
    answer = client_for(cast.teacher).get(f"{LIST}{notice.pk}/", follow=True)
    assert "no longer open to you" in answer.content.decode()
    assert not lines(answer.content.decode())


def test_what_is_no_longer_theirs_to_see_is_in_no_list_and_deleted_by_the_page(cast, thread, write, client_for):
    write(cast.staff, thread, "A secret of Amina's")
    write(cast.staff, cast.chloe.conversation)
    gone = Notification.objects.get(recipient=cast.teacher)
    kept = Notification.objects.filter(recipient=cast.teacher2).latest("pk")
    Batch.objects.filter(pk=cast.batch.pk).update(teacher=None)
    client = client_for(cast.teacher)
    for html in (panel(client), client.get(LIST).content.decode()):
        assert "secret" not in html
        assert "Amina" not in html
        (form,) = re.findall(r'<form hidden .*? hx-post="/notifications/gone/" hx-trigger="load".*?</form>', html, re.S)
        assert re.findall(r'name="notice" value="(\d+)"', form) == [str(gone.pk)]
    assert client.post(f"{LIST}gone/", {"notice": [gone.pk, kept.pk, "x", "9" * 30]}).status_code == 204
    assert count(client) == ""
    assert not Notification.objects.filter(pk=gone.pk).exists()
    assert Notification.objects.filter(pk=kept.pk).exists(), "another person's"
    theirs = client_for(cast.teacher2)
    assert theirs.post(f"{LIST}gone/", {"notice": [kept.pk]}).status_code == 204
    assert count(theirs) == "1", "what is still there is not deleted"


def test_the_list_is_filtered_and_paged(cast, thread, write, client_for):
    for _ in range(35):
        write(cast.staff, thread)
    write(cast.staff, thread, "@Tariq Teacher")
    Notification.objects.filter(recipient=cast.teacher, kind="message").update(read_at="2026-11-01T00:00Z")
    client = client_for(cast.teacher)
    page = client.get(LIST).content.decode()
    assert len(lines(page)) == 30
    assert 'rel="next"' in page
    assert len(lines(client.get(f"{LIST}?page=2").content.decode())) == 6
    assert len(lines(client.get(f"{LIST}?state=unread").content.decode())) == 1
    assert len(lines(client.get(f"{LIST}?kind=mention").content.decode())) == 1
    assert "None of this kind" in client.get(f"{LIST}?kind=reaction").content.decode()
    assert len(lines(client.get(f"{LIST}?kind=gossip&state=never&page=x").content.decode())) == 30


@pytest.mark.parametrize("path", [LIST, f"{LIST}?part=panel"])
def test_queries_do_not_grow(cast, thread, write, client_for, path):
    client = client_for(cast.teacher)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path, headers=HTMX if "part" in path else {}).status_code == 200
        return len(queries)

    def more(number: int) -> None:
        for _ in range(number):
            write(cast.staff, thread)
            write(cast.staff, cast.bruno.conversation, "@Tariq Teacher")

    more(2)
    first = cost()
    more(10)
    assert cost() == first <= 15


def test_every_line_says_why(cast, thread, write, client_for):
    write(cast.staff, thread)
    html = panel(client_for(cast.teacher))
    assert "You take part in this conversation." in html
    assert f"{PREFERENCES}#kind-message" in html


class TestPreferences:
    def test_the_table_says_what_holds_and_a_click_changes_that_alone(self, cast, client_for):
        client = client_for(cast.teacher)
        page = client.get(PREFERENCES).content.decode()
        assert "Payments received" not in page, "nobody tells a teacher of fees"
        ticked = set(re.findall(r'name="way" value="([^"]+)" checked', page))
        assert {"message.page", "message.email", "mention.page"} <= ticked
        answer = client.post(PREFERENCES, {"section": "ways", "way": sorted(ticked - {"message.email"})}, headers=HTMX)
        assert answer.status_code == 200
        assert "Saved" in answer.content.decode()
        assert table(cast.teacher)["message"] == {"page"}
        assert list(Preference.objects.values_list("user", "kind", "way", "wanted")) == [
            (cast.teacher.pk, "message", "email", False)
        ]
        client.post(PREFERENCES, {"section": "ways", "way": sorted(ticked)})
        assert Preference.objects.count() == 0, "what is as usual isn't kept"

    @pytest.mark.parametrize("way", ["gossip.page", "message.pigeon", "message", "", "reaction.email", "security.page"])
    def test_what_is_no_choice_is_refused_and_changes_nothing(self, cast, client_for, way):
        answer = client_for(cast.teacher).post(PREFERENCES, {"section": "ways", "way": ["mention.page", way]})
        assert answer.status_code == 422
        assert "There is no such notification to choose" in answer.content.decode()
        assert Preference.objects.count() == 0

    def test_times_are_kept(self, cast, client_for):
        times = {"quiet_from": "22:00", "quiet_until": "07:30", "digest": "weekly", "digest_day": "4"}
        client = client_for(cast.teacher)
        assert client.post(PREFERENCES, {"section": "schedule", **times, "digest_hour": "17"}).status_code == 302
        row = Schedule.objects.get(user=cast.teacher)
        assert (str(row.quiet_from), str(row.quiet_until)) == ("22:00:00", "07:30:00")
        assert (row.digest, row.digest_day, row.digest_hour) == ("weekly", 4, 17)
        assert 'value="22:00"' in client.get(PREFERENCES).content.decode()

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"quiet_until": ""}, "Say until when, or leave both empty."),
            ({"quiet_from": ""}, "Say from when, or leave both empty."),
            ({"quiet_from": "tonight"}, "Enter a time, such as 22:00."),
            ({"digest": "hourly"}, "Choose one of the two."),
            ({"digest_hour": "25"}, "Choose an hour of the day."),
            ({"digest_day": "7"}, "Choose a day of the week."),
        ],
    )
    def test_bad_times_are_told_at_their_field_with_what_was_typed(self, cast, client_for, change, sentence):
        times = {
            "quiet_from": "22:00",
            "quiet_until": "07:30",
            "digest": "daily",
            "digest_day": "0",
            "digest_hour": "7",
        }
        answer = client_for(cast.teacher).post(PREFERENCES, {"section": "schedule", **times, **change}, headers=HTMX)
        assert answer.status_code == 422
        html = answer.content.decode()
        assert sentence in html
        if change.get("quiet_from") != "tonight" and "quiet_from" not in change:
            assert 'value="22:00"' in html
        assert not Schedule.objects.exists()

    def test_another_section_is_not_found(self, cast, client_for):
        assert client_for(cast.teacher).post(PREFERENCES, {"section": "role"}).status_code == 404
