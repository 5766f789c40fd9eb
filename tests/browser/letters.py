"""The mails that a served Homeroom sends: without EMAIL_URL it prints them, whole, where its log goes."""

import re
import time
from email import message_from_string
from email.policy import default

from tests.servers import Server

MAIL = re.compile(r"^Content-Type: (?:multipart/alternative|text/plain).*?^-{79}$", re.DOTALL | re.MULTILINE)


def letters(server: Server, to: str) -> list[str]:
    """The texts of the mails to this address, the oldest first, each with its subject above it."""
    found = []
    for printed in MAIL.findall(server.log()):
        message = message_from_string(printed.rsplit("\n", 1)[0], policy=default)
        body = message.get_body(("plain",))
        if message["To"] == to and body:
            found.append(f"{message['Subject']}\n\n{body.get_content()}")
    return found


def newest(server: Server, to: str, having: str) -> re.Match[str]:
    """What the newest mail to this address has of a pattern, once such a mail has been sent."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        for text in reversed(letters(server, to)):
            if found := re.search(having, text):
                return found
        time.sleep(0.2)
    raise AssertionError(f"no mail to {to} has {having}: {letters(server, to)}")
