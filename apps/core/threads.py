"""A WSGI app inside an ASGI server, on a few threads that stay.

Django's own ASGI handler takes a new thread, and with it a new database connection, for each request, and hops between
thread and event loop several times. The pages are synchronous throughout: one hop is enough (measured in the embedded
mode: 1.3 times the posts, 1.4 times the pages, 2.2 times the empty answers a second).
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

from asgiref.wsgi import WsgiToAsgiInstance

from apps.core.headers import of_streams

NONSENSE = [(b"content-type", b"text/plain; charset=utf-8"), *of_streams()]
# Writers to SQLite wait for one another anyway, and poll while they wait: more threads would only make that longer.
THREADS = 4


class Server:
    """What an ASGI server does better than its interface lets it say; this one has nothing to add."""

    def paced(self, send: Any) -> Any:
        """A `send` that waits for a reader who is slow."""
        return send

    def body(self, send: Any) -> BinaryIO | None:
        """What came with the request, where it is on the disk already."""
        return None


class InThreads:
    """An ASGI app that answers HTTP requests with a WSGI app."""

    def __init__(self, app: Callable[..., Iterable[bytes]], server: Server | None = None) -> None:
        self.app = app
        self.server = server or Server()
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="pages")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        await _Request(self, send)(scope, receive, send)


class _Request(WsgiToAsgiInstance):
    """asgiref's translation of a request; how the app is called is ours."""

    def __init__(self, pages: InThreads, send: Any) -> None:
        super().__init__(pages.app)  # type: ignore[no-untyped-call]
        self.pool = pages.pool
        self.server = pages.server
        self.send = send

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer; what is long is read from the disk, where the server has put it."""
        body = self.server.body(send)
        if body is None:
            await super().__call__(scope, receive, send)  # type: ignore[no-untyped-call]
            return
        self.scope = scope
        with body:
            await self.run_wsgi_app(body)

    async def run_wsgi_app(self, body: BinaryIO) -> None:
        """Answer with what the app returns: a page in one piece, a file piece by piece."""
        try:
            environ = self.build_environ(self.scope, body)  # type: ignore[no-untyped-call]
        except ValueError:  # A header a hundred times, or bytes where there may be none.
            await self.send({"type": "http.response.start", "status": 400, "headers": NONSENSE})
            await self.send({"type": "http.response.body", "body": b"This request made no sense.\n"})
            return
        page, file = await self._in_thread(self._call, environ)
        if environ["REQUEST_METHOD"] == "HEAD":
            # Daphne strips the first piece of a body that must not be there, and sends the others.
            await self._in_thread(getattr(file, "close", bytes))
            page, file = b"", None
        if file is not None:
            self.send = self.server.paced(self.send)
        await self.send(self.response_start)
        if file is not None:
            await self._send_file(file)
        await self.send({"type": "http.response.body", "body": page})

    async def _send_file(self, file: Any) -> None:
        pieces = iter(file)
        try:
            while (piece := await self._in_thread(next, pieces, None)) is not None:
                await self.send({"type": "http.response.body", "body": piece, "more_body": True})
        finally:
            await self._in_thread(file.close)

    async def _in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *args)

    def _call(self, environ: dict[str, Any]) -> tuple[bytes, Any]:
        """Call the app: the whole page, or the file that is still to be read."""
        result: Any = self.wsgi_application(environ, self.start_response)
        if getattr(result, "streaming", True):
            return b"", result
        try:
            return b"".join(result), None
        finally:
            result.close()
