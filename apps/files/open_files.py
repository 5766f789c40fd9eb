"""How many long files one person reads at once from this process: each holds an open file, for as long as they like.

In production nginx hands out files, and has a limit of its own for each address (limit_conn).
"""

from collections import Counter
from threading import Lock

from django.http import HttpRequest, HttpResponse

from apps.core.addresses import client_address

# A browser has six connections to a server, and asks for the parts of a video over one or two of them.
MOST = 30
SECONDS = 5
TOO_MANY = "You have many files open at once. Close some of them, and try again.\n"

_open: Counter[str] = Counter()
_lock = Lock()


def reader_of(request: HttpRequest) -> str:
    """Who reads: a person, or somebody at an address."""
    user = getattr(request, "user", None)
    return f"person {user.pk}" if user and user.is_authenticated else f"address {client_address(request)}"


def begin(reader: str) -> bool:
    """Count one more; False where that would be one too many."""
    with _lock:
        if _open[reader] >= MOST:
            return False
        _open[reader] += 1
        return True


def end(reader: str) -> None:
    """One is closed."""
    with _lock:
        _open[reader] -= 1
        if _open[reader] <= 0:
            del _open[reader]


def too_many() -> HttpResponse:
    """The answer to the newest; what is open goes on."""
    headers = {"Retry-After": str(SECONDS), "Cache-Control": "no-store"}
    return HttpResponse(TOO_MANY, status=429, headers=headers, content_type="text/plain; charset=utf-8")
