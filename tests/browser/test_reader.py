"""Whatever happens on the way, a reader's page ends up equal to the database.

Hypothesis makes up histories: messages are written, edited, deleted, taken back, liked and pinned by real actions, and
what these publish is lost, doubled, held back and reordered before it reaches a real page in Chromium, whose stream
breaks in between and whose questions are answered late. In the end the stream opens once more, and the page must show
what a fresh one shows. Only the network is ours: requests wait until the history lets them through.
"""

import mimetypes
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, Route

from apps.accounts.models import User
from apps.conversations import actions
from apps.conversations.history import Line, add_history
from apps.conversations.models import Conversation, Message
from apps.conversations.threads import open_thread
from apps.students.models import Student

ORIGIN = "http://127.0.0.1:9"
SEEDED = 60  # More than a page, so that there are older messages to load.

# The stream as the page's own extension reads it; what is put in comes from the test.
STREAM = """(() => {
    const real = window.fetch;
    window.fetch = (url, options) => {
        if (!String(url?.url ?? url).includes("/events/")) return real(url, options);
        const body = new ReadableStream({ start(controller) { window.stream = controller; } });
        options?.signal?.addEventListener("abort", () => { try { window.stream.error(); } catch {} });
        return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    };
})()"""
CUT = "() => { const old = window.stream; window.stream = null; try { old.error(new TypeError('cut')); } catch {} }"
OPEN = "event: stream-open\ndata:\n\n"
SHOWN = """html => {
    const page = html ? new DOMParser().parseFromString(html, "text/html") : document;
    const only = (e, selector) => [...e.querySelectorAll(selector)].map(part => part.textContent.trim()).join("|");
    return [...page.querySelectorAll(".thread-messages > .message")].map(m => [
        m.id, m.dataset.key, m.dataset.version, m.dataset.audience, "deleted" in m.dataset, "retracted" in m.dataset,
        "pinned" in m.dataset, only(m, "[data-message-body]"), only(m, ".message-quote"), only(m, ".message-reactions"),
        only(m, ".message-edited"),
    ].join(" ; "));
}"""


@dataclass
class Reader:
    """A page of one person on one thread, and all that is on its way to it."""

    page: Page
    viewer: User
    client: Client
    thread: Conversation
    channels: set[str]
    # A fragment that was published, or a request of the page's that waits for its answer.
    events: list[str] = field(default_factory=list)
    questions: list[Route] = field(default_factory=list)
    answers: list[tuple[Route, str, dict[str, str]]] = field(default_factory=list)

    def take(self, route: Route) -> None:
        """Files at once; what needs the database when the history says so."""
        path = urlsplit(route.request.url).path
        if path == "/page":
            route.fulfill(body=self.html, content_type="text/html")
        elif path.startswith("/static/"):
            file = str(finders.find(path.removeprefix("/static/")))
            route.fulfill(path=file, content_type=mimetypes.guess_type(file)[0])
        else:
            self.questions.append(route)

    def fresh(self) -> str:
        return self.client.get(f"/conversations/{self.thread.pk}/").content.decode()

    def open(self) -> None:
        # A stream that broke is opened again at once: the waiting is tested elsewhere.
        self.html = re.sub(r'("reconnect(Max)?Delay": )\d+', r"\g<1>20", self.fresh())
        self.page.add_init_script(STREAM)
        self.page.route("**/*", self.take)
        self.page.goto(f"{ORIGIN}/page")
        self.page.wait_for_function("() => window.stream")

    def put(self, text: str) -> None:
        """Bytes of the stream arrive."""
        self.page.evaluate("text => { try { window.stream.enqueue(new TextEncoder().encode(text)); } catch {} }", text)

    def cut(self) -> None:
        """The stream breaks; the page opens another one by itself."""
        self.page.evaluate(CUT)
        self.page.wait_for_function("() => window.stream")

    def ask(self) -> None:
        """The server reads the questions that have come in; what it says is on its way."""
        while self.questions:
            route = self.questions.pop(0)
            url = urlsplit(route.request.url)
            if not re.search(r"/conversations/\d+/(messages/|foot/)?$", url.path) or route.request.method != "GET":
                route.fulfill(status=204)
                continue
            answer = self.client.get(f"{url.path}?{url.query}", headers={"HX-Request": "true"})
            kept = {name: value for name, value in answer.headers.items() if name.startswith("Homeroom")}
            self.answers.append((route, answer.content.decode(), kept))

    def tell(self) -> None:
        """One answer arrives."""
        if self.answers:
            route, body, headers = self.answers.pop(0)
            route.fulfill(body=body, content_type="text/html", headers=headers)

    def settle(self) -> None:
        """Until the page has asked and been answered all it wants to know."""
        quiet = 0
        while quiet < 3:
            self.page.wait_for_timeout(15)
            self.ask()
            busy = self.answers or not self.page.locator("#live-status[data-state=live]").count()
            quiet = 0 if busy else quiet + 1
            while self.answers:
                self.tell()


def write(chance: random.Random, thread: Conversation, people: list[User]) -> None:
    """Something happens in the thread, by the actions that the pages call."""
    author = chance.choice(people)
    audience = "everyone" if author.role == "student" or chance.random() < 0.6 else "staff"
    rows = list(Message.objects.filter(conversation=thread, deleted=None).order_by("-key")[:SEEDED])
    message = chance.choice(rows)
    admin = people[0]
    quoted = message if chance.random() < 0.3 and (message.audience == "everyone" or audience == "staff") else None
    deeds: list[Callable[[], object]] = [
        lambda: actions.send_message(author, thread, f"new {chance.random()}", audience, reply_to=quoted),
        lambda: actions.edit_message(admin, message, f"edited {chance.random()}"),
        lambda: actions.delete_message(admin, message),
        lambda: actions.add_reaction(admin, message, "👍"),
        lambda: actions.pin_message(admin, message),
        lambda: actions.retract_message(
            author, actions.send_message(author, thread, f"taken back {chance.random()}", audience)
        ),
    ]
    chance.choices(deeds, weights=[6, 3, 1, 2, 1, 1])[0]()


STEPS = st.lists(
    st.sampled_from(
        ["write", "write", "write", "arrive", "arrive", "lose", "double", "hold", "ask", "tell", "cut", "older"]
    ),
    min_size=5,
    max_size=40,
)


@pytest.fixture
def stage(cast, client_for, published, chromium: Browser, monkeypatch):
    # A catch-up takes several questions.
    monkeypatch.setattr("apps.conversations.threads.CATCH_UP", 4)

    def begin(role: str) -> Reader:
        user = User.objects.create(email=f"r{User.objects.count()}@x.test", given_name="Rosa", role="student")
        student = Student.objects.create(code=f"R{Student.objects.count()}", given_name="Rosa", user=user)
        start = timezone.now() - timedelta(days=1)
        lines = [
            Line(cast.staff, f"seed {n}", start + timedelta(minutes=n), ["everyone", "staff"][n % 4 == 0])
            for n in range(SEEDED)
        ]
        add_history(student.conversation, lines)
        viewer = cast.staff2 if role == "staff" else user
        channels = {f"student-{student.pk}"} | ({f"student-{student.pk}-staff"} if role == "staff" else set())
        page = chromium.new_page()
        page.set_default_timeout(20_000)
        reader = Reader(page, viewer, client_for(viewer), student.conversation, channels)
        reader.open()
        return reader

    def play(role: str, steps: list[str], seed: int) -> tuple[list, list]:
        chance = random.Random(seed)
        reader = begin(role)
        people = [cast.admin, cast.staff, reader.thread.student.user]
        try:
            for step in steps:
                perform(reader, step, chance, people)
            reader.cut()
            for event in chance.sample(reader.events, len(reader.events)):
                reader.put(event)  # What was held back comes now, in any order.
            reader.put(OPEN)
            reader.settle()
            shown = reader.page.evaluate(SHOWN, None)
            whole = open_thread(reader.viewer, Conversation.objects.get(pk=reader.thread.pk), size=1_000)
            messages = "".join(
                render_to_string("conversations/_message.html", {"message": message}) for message in whole.messages
            )
            stored = reader.page.evaluate(SHOWN, f'<div class="thread-messages">{messages}</div>')
            return shown, stored
        finally:
            reader.page.close()

    def perform(reader: Reader, step: str, chance: random.Random, people: list[User]) -> None:
        if step == "write":
            before = len(published)
            with published():
                write(chance, reader.thread, people)
            reader.events += [event for channel, event in published[before:] if channel in reader.channels]
        elif step == "arrive" and reader.events:
            reader.put(reader.events.pop(0))
        elif step == "lose" and reader.events:
            reader.events.pop(0)
        elif step == "double" and reader.events:
            reader.put(reader.events[0] * 2)
        elif step == "hold" and reader.events:
            reader.put(reader.events.pop())  # The newest first.
        elif step == "ask":
            reader.page.wait_for_timeout(10)
            reader.ask()
        elif step == "tell":
            reader.tell()
        elif step == "cut":
            reader.cut()
            reader.put(OPEN)
        elif step == "older" and (link := reader.page.query_selector(".thread-older a")):
            link.dispatch_event("click")

    return play


@pytest.mark.parametrize("role", ["staff", "student"])
def test_whatever_happens_on_the_way_a_page_ends_up_equal_to_a_fresh_one(stage, role):
    @settings(
        max_examples=3, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(steps=STEPS, seed=st.integers(0, 10_000))
    def hold(steps: list[str], seed: int) -> None:
        shown, stored = stage(role, steps, seed)
        assert len(shown) >= SEEDED // 2
        assert shown == stored[-len(shown) :]

    hold()
