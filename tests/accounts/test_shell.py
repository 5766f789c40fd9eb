"""Each role has a home of its own and links to what is there for it, and to nothing else."""

import re
from collections import deque
from urllib.parse import urljoin, urlsplit

import pytest

from apps.billing import actions as billing
from apps.conversations.actions import open_direct, send_message
from apps.core.academy_calendar import academy_today
from apps.students.models import Student

ROLES = ["admin", "staff", "teacher", "amina_user", "outsider"]
PLACES = {
    "Today": "/",
    "Inbox": "/messages/",
    "Calendar": "/calendar/",
    "Students": "/students/",
    "Courses": "/courses/",
    "Batches": "/batches/",
    "Payments": "/payments/pending/",
    "People": "/people/",
    "Reports": "/reports/",
    "Certificates": "/certificates/",
    "Settings": "/accounts/settings/",
    "Admin": "/admin/",
    "More": "/more/",
    "You": "/you/",
    "Notifications": "/notifications/",
    "What reaches you": "/notifications/preferences/",
    "Your details": "/students/{amina.pk}/",
    "Fees": "/payments/students/{amina.pk}/",
    "Support": "/support/",
    "Community": "/communities/",
    "Moderation": "/moderation/",
}
OWN = "Notifications, What reaches you"
# The sidebar, the bar of a phone, and the page with what the bar has no room for; a line for each group.
NAVIGATION = {
    "admin": (
        [
            "Today, Inbox, Calendar",
            "Students, Courses, Batches, Community, Moderation",
            "Payments",
            "People, Reports, Settings, Admin",
        ],
        "Today, Inbox, Students, Payments, More",
        ["Calendar", "Courses, Batches, Community, Moderation", "People, Reports, Settings, Admin", OWN],
    ),
    "staff": (
        [
            "Today, Inbox, Calendar",
            "Students, Courses, Batches, Community, Moderation",
            "Payments",
            "People, Reports, Settings",
        ],
        "Today, Inbox, Students, Payments, More",
        ["Calendar", "Courses, Batches, Community, Moderation", "People, Reports, Settings", OWN],
    ),
    "teacher": (
        ["Today, Inbox, Calendar", "Students, Courses, Batches, Community, Moderation"],
        "Today, Inbox, Calendar, Students, Courses",
        None,
    ),
    "amina_user": (
        ["Today, Inbox, Calendar", "Courses", "You"],
        "Today, Inbox, Calendar, Courses, You",
        [f"Your details, Fees, Certificates, Community, Support, {OWN}, Settings"],
    ),
    "outsider": (
        ["Today, Inbox, Calendar", "Courses", "You"],
        "Today, Inbox, Calendar, Courses, You",
        [f"Certificates, Community, Support, {OWN}, Settings"],
    ),
}
# What an admin who looks as them finds.
LOOKED = {
    "staff": (
        ["Today, Calendar", "Students, Courses, Batches, Community", "Payments", "Reports"],
        "Today, Students, Payments, More",
        ["Calendar", "Courses, Batches, Community", "Reports"],
    ),
    "amina_user": (
        ["Today, Inbox, Calendar", "Courses", "You"],
        "Today, Inbox, Calendar, Courses, You",
        ["Your details, Fees, Certificates, Community, Support"],
    ),
}
PLACE = re.compile(r"""<a\b[^>]*?\shref="([^"]*)"[^>]*><svg.*?</svg>(?:<span>)?([^<]*)""", re.DOTALL)
LINK = re.compile(r"""<a\b[^>]*?\shref="([^"]*)\"""")
FETCHED = re.compile(r"""\shx-get="([^"]*)\"""")
# More of the same: each page of the same view, sorted or filtered otherwise, is the same page.
ENOUGH = 2


@pytest.fixture
def lived_in(cast, django_capture_on_commit_callbacks):
    """Something of everything that pages link to; who is concerned was told."""
    with django_capture_on_commit_callbacks(execute=True):
        for student in (cast.amina, cast.chloe):
            send_message(cast.staff, student.conversation, "See https://example.com", "everyone")
            billing.issue_invoice(cast.admin, student, 300, academy_today(), "Fee")
        send_message(cast.teacher, open_direct(cast.teacher, cast.amina_user), "Hello", "everyone")
        send_message(cast.staff, open_direct(cast.staff, cast.outsider), "Hello", "everyone")
    Student.objects.bulk_create(Student(code=f"X{n:03}", given_name=f"X{n}") for n in range(60))


def groups_in(page, around):
    """The places in each list inside the first match of `around`, each with its address."""
    found = re.search(around, page, re.DOTALL)
    lists = re.findall(r"<ul\b.*?</ul>", found[0], re.DOTALL) if found else []
    return [[(label, link) for link, label in PLACE.findall(items)] for items in lists]


def assert_navigation(cast, client, desk, bar, rest, inbox="/messages/"):
    def places(groups):
        there = PLACES | {"Inbox": inbox}
        return [[(label, there[label].format(amina=cast.amina)) for label in group.split(", ")] for group in groups]

    page = client.get("/").content.decode()
    assert groups_in(page, r'<nav class="sidebar" aria-label="Main">.*?</nav>') == places(desk)
    assert groups_in(page, r'<nav class="dock-bar".*?</nav>') == places([bar])
    assert len(bar.split(", ")) <= 5
    where = PLACES[bar.split(", ")[-1]]
    if rest is not None:
        assert groups_in(client.get(where).content.decode(), r"<main\b.*?</main>") == places(rest)
    for group in places([*desk, bar, *(rest or [])]):
        for _, link in group:
            assert client.get(link).status_code == 200, link


@pytest.mark.parametrize("who", ROLES)
def test_the_navigation_shows_what_is_there_for_the_role(cast, client_for, who):
    inbox = "/inbox/" if who in {"admin", "staff"} else "/messages/"
    assert_navigation(cast, client_for(getattr(cast, who)), *NAVIGATION[who], inbox=inbox)


@pytest.mark.parametrize("who", LOOKED)
def test_an_admin_who_looks_as_somebody_finds_nothing_private(cast, client_for, who):
    client = client_for(cast.admin)
    client.post(f"/people/{getattr(cast, who).pk}/look/")
    assert_navigation(cast, client, *LOOKED[who])


@pytest.mark.parametrize("who", ROLES)
def test_no_page_links_to_what_its_reader_may_not_see(cast, client_for, lived_in, who):
    pages, dead = crawl(client_for(getattr(cast, who)))
    assert dead == []
    assert len(pages) >= {"admin": 20, "staff": 20, "teacher": 12}.get(who, 5), pages


@pytest.mark.parametrize("who", ["staff", "teacher", "amina_user", "outsider"])
def test_no_page_of_an_impersonation_links_to_what_it_may_not_show(cast, client_for, lived_in, who):
    client = client_for(cast.admin)
    client.post(f"/people/{getattr(cast, who).pk}/look/")
    pages, dead = crawl(client)
    assert dead == []
    assert len(pages) >= {"staff": 12, "teacher": 9}.get(who, 3), pages


def crawl(client):
    """Follow every link from the home page on: the pages there are, and links to what isn't, each with its page."""
    waiting, seen, kinds, dead = deque([("/", "", {})]), set(), {}, []
    while waiting:
        path, origin, headers = waiting.popleft()
        answer = client.get(path, headers=headers, follow=True)
        if answer.status_code >= 400:
            dead.append((origin, path, answer.status_code))
        if "html" not in answer.headers.get("Content-Type", "") or path.startswith("/admin/"):
            continue
        html = re.sub(r"<template.*?</template>", "", answer.content.decode(), flags=re.DOTALL)
        for pattern, more in ((LINK, {}), (FETCHED, {"HX-Request": "true"})):
            for link in pattern.findall(html):
                target = urljoin(path, link.replace("&amp;", "&")).partition("#")[0]
                kind = (re.sub(r"\d+", "1", urlsplit(target).path), bool(more))
                if target.startswith("/") and (target, bool(more)) not in seen and kinds.get(kind, 0) < ENOUGH:
                    kinds[kind] = kinds.get(kind, 0) + 1
                    seen.add((target, bool(more)))
                    waiting.append((target, path, more))
    return sorted({path for path, _ in seen}), dead
