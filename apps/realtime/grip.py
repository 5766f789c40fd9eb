"""Streams that Pushpin holds, for many machines: https://pushpin.org/docs/protocols/grip/

The stream process asks who reads, answers with instructions to hold, and is done; events go to each Pushpin's control
port. A held stream also listens on two hidden channels: one of its reader, whose rights may change, and one of all.
When rights change Pushpin closes that person's streams; their browsers come back and are asked about again.
"""

import asyncio
import http.client
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import jwt
from django.conf import settings
from gripcontrol import HttpStreamFormat
from pubcontrol import Item

from apps.realtime.hub import ACCESS, KEEP_ALIVE, KEEP_ALIVE_SECONDS, OPEN
from apps.realtime.sender import Away, Event

EVERYONE = "!all"
TIMEOUT_SECONDS = 2
# A change of rights that came between the answer to Pushpin and its holding of the stream closed nothing: look again.
SECOND_LOOK_SECONDS = 1.0

Headers = list[tuple[bytes, bytes]]


def came_through_pushpin(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether one of our Pushpins passed this request on: it signs with the key of its address in GRIP_URL.

    Without a key django-grip believes whatever comes; here nothing is believed, and the start refuses such an address.
    """
    keys = [key for proxy in settings.GRIP_PROXIES if (key := proxy.get("verify_key") or proxy.get("key"))]
    tokens = [value for name, value in headers if name == b"grip-sig"]
    return any(_signed(token, key) for token in tokens for key in keys)


def _signed(token: bytes, key: Any) -> bool:
    try:
        jwt.decode(token, key, algorithms=["HS256"], options={"require": ["exp"], "verify_aud": False})
    except jwt.InvalidTokenError:
        return False
    return True


def hold(user_id: int, channels: Iterable[str]) -> Headers:
    """The headers that have Pushpin hold a stream on these channels and send it a sign of life."""
    names = ", ".join(settings.GRIP_PREFIX + name for name in sorted({*channels, EVERYONE, _rights_of(user_id)}))
    sign_of_life = KEEP_ALIVE.decode().replace("\n", "\\n")
    return [
        (b"grip-hold", b"stream"),
        (b"grip-channel", names.encode()),
        (b"grip-keep-alive", f"{sign_of_life}; format=cstring; timeout={KEEP_ALIVE_SECONDS}".encode()),
    ]


def _rights_of(user_id: int) -> str:
    return f"{ACCESS}-{user_id}"


class PushpinTransport:
    """Publishes to one Pushpin over a connection that stays open."""

    def __init__(self, proxy: Mapping[str, Any]) -> None:
        address = urlsplit(proxy["control_uri"])
        secure = address.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._connection = connect(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)
        self._name = address.netloc
        self._path = f"{address.path}/publish/"
        self._proxy = proxy

    def publish(self, events: Sequence[Event]) -> None:
        """Hand over these events in one request; raises Away."""
        self._post([_item(channel, HttpStreamFormat(payload)) for channel, payload in events])

    def rights_changed(self, user_ids: Iterable[int]) -> None:
        """Close these people's streams; raises Away."""
        self._post([_item(_rights_of(user_id), HttpStreamFormat(close=True)) for user_id in user_ids])

    def resync(self) -> None:
        """Every page that follows a stream catches up; raises Away."""
        self.publish([(EVERYONE, OPEN)])

    def _post(self, items: list[dict[str, Any]]) -> None:
        headers = {"Content-Type": "application/json"}
        if issuer := self._proxy.get("control_iss"):
            claim = {"iss": issuer, "exp": int(time.time()) + 600}
            headers["Authorization"] = f"Bearer {jwt.encode(claim, self._proxy['key'])}"
        body = json.dumps({"items": items})
        # A connection that was idle may have been closed by now: that says nothing about a new one.
        for fresh in (self._connection.sock is None, True):
            try:
                self._connection.request("POST", self._path, body, headers)
                answer = self._connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if fresh or isinstance(error, TimeoutError):
                    raise Away(f"Pushpin {self._name} is away ({type(error).__name__})") from error
                continue
            if answer.status != http.HTTPStatus.OK:
                raise Away(f"Pushpin {self._name} answers {answer.status}")
            return


def _item(channel: str, content: HttpStreamFormat) -> dict[str, Any]:
    return {**Item(content).export(), "channel": settings.GRIP_PREFIX + channel}


class SecondLook:
    """Asks once more about streams that were just given to Pushpin; `close` ends a person's streams."""

    def __init__(self) -> None:
        self._looks: set[asyncio.Task[None]] = set()

    def later(self, ask: Any, close: Any) -> None:
        """In a moment, `await ask()`; where that is false or fails, call `close()`."""
        task = asyncio.ensure_future(self._look(ask, close))
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    async def _look(self, ask: Any, close: Any) -> None:
        await asyncio.sleep(SECOND_LOOK_SECONDS)
        if not await ask():
            close()


second_look = SecondLook()
