"""The stream over HTTP: a real server, real sessions."""

import re

import httpx
import pytest

from tests.servers import PASSWORD, Homeroom


def sign_in(server: Homeroom, who: str) -> httpx.Client:
    client = httpx.Client(base_url=server.url, follow_redirects=True, timeout=10)
    client.get("/accounts/login/")
    data = {"login": f"{who}@homeroom.test", "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    assert "/login" not in str(client.post("/accounts/login/", data=data).url)
    return client


@pytest.fixture(scope="module")
def people(homeroom: Homeroom):
    clients = {who: sign_in(homeroom, who) for who in ("staff", "student", "student2")}
    clients["anonymous"] = httpx.Client(base_url=homeroom.url, timeout=10)
    yield clients
    for client in clients.values():
        client.close()


def first_event(client: httpx.Client, query: str) -> tuple[int, str]:
    with client.stream("GET", f"/events/?{query}") as answer:
        if answer.status_code != 200:
            return answer.status_code, ""
        return 200, next(answer.iter_text())


@pytest.fixture(scope="module")
def pk(homeroom: Homeroom) -> int:
    return homeroom.rows("SELECT id FROM students_student WHERE code = 'HR-00001'")[0][0]


@pytest.mark.parametrize(
    ("who", "channel", "status"),
    [
        ("staff", "student-{}", 200),
        ("staff", "student-{}-staff", 200),
        ("student", "student-{}", 200),
        ("student", "student-{}-staff", 404),
        ("student2", "student-{}", 404),
        ("anonymous", "student-{}", 404),
        ("staff", "student-99999", 404),
        ("staff", "conversation-{}", 404),
        ("staff", "nonsense", 404),
    ],
)
def test_what_one_may_not_see_is_not_found(people, pk, who, channel, status):
    answer = first_event(people[who], f"channel={channel.format(pk)}")
    assert answer[0] == status
    if status == 200:
        assert answer[1].startswith("event: stream-open")


def test_one_forbidden_channel_refuses_the_stream(people, pk):
    assert first_event(people["student"], f"channel=student-{pk}&channel=student-{pk}-staff")[0] == 404


def test_a_post_arrives_on_the_stream(people, homeroom, pk):
    [(thread,)] = homeroom.rows("SELECT conversation_id FROM students_student WHERE id = ?", pk)
    staff = people["staff"]
    headers = {"X-CSRFToken": staff.cookies["csrftoken"], "HX-Request": "true"}
    with people["student"].stream("GET", f"/events/?channel=student-{pk}") as answer:
        chunks = answer.iter_text()
        assert "stream-open" in next(chunks)
        for audience, body in (("staff", "not for you"), ("everyone", "for you")):
            sent = staff.post(
                f"/conversations/{thread}/messages/", data={"body": body, "audience": audience}, headers=headers
            )
            assert sent.status_code == 201
        heard = ""
        while "</hx-upsert>" not in heard:
            heard += next(chunks)
    assert re.search(r"data-message-body[^>]*>for you<", heard)
    assert "not for you" not in heard
