"""A real mail server on loopback, which takes mail, or refuses it as a test wants."""

import email
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.services import free_port


class Postbox:
    """What it took is in `letters`. `refuse` says what it answers to an address instead of taking it: a code and text,
    `refuse_contents` what it answers to any letter. `asked` is how often somebody wanted to hand one over.

    `down` has it refuse every connection's letters for a while, `after` is called once a letter was taken, before that
    is said.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuse: dict[str, str] = {}
        self.refuse_contents = ""
        self.down = False
        self.asked = 0
        self.port = free_port()
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ready_timeout=60, server_hostname="localhost"
        )

    def __enter__(self) -> "Postbox":
        self._controller.start()
        return self

    def __exit__(self, *about: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Nobody listens there any more."""
        if self._controller.server:
            self._controller.stop()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.asked += 1
        if self.down:
            return "451 try again later"
        if answer := self.refuse.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuse_contents:
            return self.refuse_contents
        letter = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        letter["X-Envelope-To"] = ",".join(envelope.rcpt_tos)
        self.letters.append(letter)
        return "250 taken"

    def to(self, address: str) -> list[EmailMessage]:
        """What came for somebody."""
        return [letter for letter in self.letters if letter["X-Envelope-To"] == address]
