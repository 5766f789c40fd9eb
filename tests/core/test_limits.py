"""Too much in too short a time is refused, with the seconds to wait; whatever Redis does, nobody waits for it."""

import os
import signal
import subprocess
import sys
import time
import uuid
from ipaddress import ip_address

import limits as rates
import pytest

from apps.conversations.models import Message
from apps.core import limits
from tests.elsewhere import ROOT, environment


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(limits, "_counts", None)


@pytest.fixture
def few(settings, one_window):
    settings.LIMITS = settings.LIMITS | {"posts": rates.parse("3/minute")}
    settings.LIMIT_ADDRESS = 2


def post(client, student, body="Hello", **more):
    key = str(uuid.uuid4())
    return client.post(f"/conversations/{student.conversation_id}/messages/", {"body": body, "client_key": key}, **more)


def test_the_next_post_after_too_many_is_refused_with_the_seconds_to_wait(cast, client_for, few):
    client = client_for(cast.staff)
    assert [post(client, cast.amina).status_code for _ in range(3)] == [302, 302, 302]
    refused = post(client, cast.amina, "Keep <b>this</b> text")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    page = refused.content.decode()
    assert f"You're sending very quickly. Try again in {refused.headers['Retry-After']} second" in page
    assert "Keep &lt;b&gt;this&lt;/b&gt; text" in page
    assert Message.objects.filter(author=cast.staff).count() == 3


def test_htmx_gets_the_reason_as_a_fragment(cast, client_for, few):
    client = client_for(cast.staff)
    for _ in range(3):
        post(client, cast.amina)
    refused = post(client, cast.amina, headers={"HX-Request": "true"})
    assert refused.status_code == 429
    assert "sending very quickly" in refused.content.decode()
    assert "<html" not in refused.content.decode()


def test_each_person_has_a_count_of_their_own_and_reading_is_not_counted(cast, client_for, few):
    staff, admin = client_for(cast.staff), client_for(cast.admin)
    for _ in range(3):
        post(staff, cast.amina)
    assert post(staff, cast.amina).status_code == 429
    assert staff.get(f"/conversations/{cast.amina.conversation_id}/messages/?after=0").status_code == 200
    assert post(admin, cast.amina).status_code == 302


def test_one_address_has_a_far_higher_count_for_all_who_sit_behind_it(cast, client_for, few, settings):
    settings.PROXIES = limits.settings.METRICS_FROM
    school, home = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}
    people = [client_for(user) for user in (cast.staff, cast.admin, cast.staff2)]
    answers = [post(client, cast.amina, headers=school).status_code for client in people[:2] for _ in range(3)]
    assert answers == [302] * 6
    assert post(people[2], cast.amina, headers=school).status_code == 429
    assert post(people[2], cast.amina, headers=home).status_code == 302


def test_an_ipv6_customer_is_counted_as_one_however_many_addresses_they_use():
    one, two = ip_address("2001:db8:0:1::1"), ip_address("2001:db8:0:1:ffff::2")
    assert limits.house(one) == limits.house(two) != limits.house(ip_address("2001:db8:0:2::1"))


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "redis"])
def test_who_waits_as_told_is_let_in_again_and_not_before(shared, request):
    url = request.getfixturevalue("redis_server").url if shared else ""
    counts, limit = _counts(request, url), rates.parse("4/2 second")
    assert [counts.take(limit, "a") for _ in range(4)] == [0] * 4
    wait = counts.take(limit, "a")
    assert 1 <= wait <= 2
    assert counts.take(limit, "b") == 0
    time.sleep(wait + 0.1)
    assert counts.take(limit, "a") == 0


def _counts(request, url):
    request.getfixturevalue("settings").REDIS_URL = url
    return limits.Counts(url)


TAKE = """
import django; django.setup()
import limits as rates
from apps.core import limits
limits.SECONDS = 10
from apps.core.limits import counts
print(sum(counts().take(rates.parse("10/minute"), "person", "1") == 0 for _ in range(8)))
"""


def test_two_processes_count_together_through_redis(redis_server, tmp_path):
    env = environment(tmp_path, REDIS_URL=redis_server.url)
    command = [sys.executable, "-c", TAKE]
    started = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(process.communicate(timeout=200)[0]) for process in started) == 10


@pytest.mark.parametrize("outage", ["killed", "hanging"])
def test_no_outage_of_redis_slows_posts_or_lets_them_all_through(outage, redis_server, request, monkeypatch, pace):
    monkeypatch.setattr("apps.core.redis.PAUSE_SECONDS", 1.0)
    counts, limit = _counts(request, redis_server.url), rates.parse("20/minute")
    assert counts.take(limit, "a") == 0
    if outage == "killed":
        redis_server.stop()
    else:
        os.kill(redis_server.process.pid, signal.SIGSTOP)
    times, answers, first = [], [], time.monotonic()
    for _ in range(30):
        began = time.monotonic()
        answers.append(counts.take(limit, "a"))
        times.append(time.monotonic() - began)
    assert answers.count(0) == 20, "not counted in this process meanwhile"
    assert max(times) < pace.allowed(0.5, first), "waited for Redis"  # 0.05 s for each of two steps.
    assert sorted(times)[-4] <= pace.allowed(0.02, first), "waited more than once"
    if outage == "killed":
        redis_server.start()
    else:
        os.kill(redis_server.process.pid, signal.SIGCONT)
    deadline = time.monotonic() + 60
    while counts.take(limit, "a"):
        assert time.monotonic() < deadline, "never asks Redis again"
        time.sleep(0.2)
