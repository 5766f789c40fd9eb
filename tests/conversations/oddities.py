"""Each address of conversations, asked as no page of ours asks, on whatever database the environment names."""

import django

django.setup()

from collections.abc import Iterator  # noqa: E402

from django.db import connection  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import reverse  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.conversations import urls, urls_direct  # noqa: E402
from apps.conversations.actions import send_message  # noqa: E402
from apps.core import limits  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.reads import names_read  # noqa: E402

# As they stand in an address: a NUL, half of a pair (UTF-16), numbers beyond any column, a line of a header.
VALUES = (
    *("%00", "a%00b", "%ED%A0%80", "%FF", "%E2%80%AEa", "%0D%0Aa:%20b", "%F0%9F%91%8D", "%27%22%3C%25_", "*", "%22"),
    *("", "0", "-1", "1.5", "1e9", "99999999999999999999", "9" * 5_000, "%D9%A1", "9223372036854775807", "a" * 20_000),
)
NAMES = (
    *("q", "in", "at", "before", "newer", "after", "why", "page", "part", "format", "staff", "audience", "beyond"),
    *("emoji", "body", "client_key", "reply_to", "seen", "attachments", "read", "delivered", "marks", "away", "age"),
    *("user", "open", "undo"),
)
PLAIN = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FORM = "application/x-www-form-urlencoded"
BIG = 10**30


def addresses(thread: int, message: int) -> Iterator[str]:
    for module in (urls, urls_direct):
        for entry in module.urlpatterns:
            for pk, part in ((thread, message), (thread, BIG), (BIG, message)):
                known = {"pk": pk, "message_pk": part, "attachment_pk": part}
                kwargs = {name: known[name] for name in entry.pattern.converters}
                yield reverse(f"{module.app_name}:{entry.name}", kwargs=kwargs)


def ask(client: Client, method: str, address: str, query: str) -> int:
    if method in {"GET", "DELETE"}:
        return client.generic(method, f"{address}?{query}").status_code
    return client.generic(method, address, query, content_type=FORM).status_code


def queries(client: Client, method: str, address: str) -> Iterator[str]:
    """All names at once with each value, then each name alone with the value that its database refuses."""
    everything = ["&".join(f"{name}={value}" for name in NAMES) for value in VALUES]
    # What isn't there is not found before anything else is looked at.
    if str(BIG) in address:
        yield everything[0]
        return
    yield from everything
    # A name that isn't looked at where nothing is sent isn't where it is all that is sent.
    with names_read() as read:
        ask(client, method, address, "")
    # PostgreSQL refuses a NUL, SQLite's driver a large number.
    value = "%00" if connection.vendor == "postgresql" else "99999999999999999999"
    yield from (f"{name}={value}" for name in NAMES if {name, "*"} & read)


def main() -> None:
    staff = User.objects.create_user("s@homeroom.test", given_name="S", role=Role.STAFF)
    thread = Student.objects.create(code="S1", given_name="Amina").conversation
    message = send_message(staff, thread, "hello")
    client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    client.force_login(staff)
    failed, answers = set(), set()
    for address in dict.fromkeys(addresses(thread.pk, message.pk)):
        for method in ("GET", "POST", "DELETE", "PUT"):
            for query in queries(client, method, address):
                status = ask(client, method, address, query)
                answers.add(status)
                if status >= 500:
                    failed.add(f"{status} {method} {address} {query[:60]}")
                if status == 405:  # Nothing else was looked at.
                    break
    assert {200, 204, 400, 404, 405, 422} <= answers, answers
    print("\n".join(sorted(failed)) or "settled")


if __name__ == "__main__":
    limits.check = lambda *_: 0
    with override_settings(STORAGES=PLAIN, SECURE_SSL_REDIRECT=False):
        main()
