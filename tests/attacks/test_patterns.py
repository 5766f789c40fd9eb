"""No pattern of ours is lost in a text that somebody made up to lose it in."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

import apps
import project

# One look from each place of such a text takes milliseconds, looks within looks seconds, and what doubles with each
# letter the age of the world (the limit of each test ends it).
LENGTH = 1_000
SECONDS = 0.3
PIECES = [
    "a",
    "0",
    " ",
    "\n",
    "\t",
    "@",
    ".",
    "-",
    "/",
    "(",
    "<",
    "a.",
    "a@",
    "a-",
    "0 ",
    "0-",
    "x0",
    "aA",
    "\u0301",
    "=?",
]
ENDS = ["", "!", "\x00", "@", "é"]


def modules() -> Iterator[str]:
    for package in (apps, project):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not re.search(r"migrations|\.management|\.demo|project\.(settings|wsgi|asgi|deploy)", found.name):
                yield found.name


def patterns() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """All that are compiled when Homeroom starts."""
    found = {}
    for name in modules():
        for key, value in vars(importlib.import_module(name)).items():
            if isinstance(value, re.Pattern):
                found[f"{name}.{key}"] = value
    return found


PATTERNS = patterns()


def texts(length: int) -> Iterator[str]:
    for piece in PIECES:
        for end in ENDS:
            yield piece * (length // len(piece)) + end
    for one, two in (("a", "@"), ("0", " "), ("(", "0"), ("http://", "a"), ("@", "a"), (" ", "\n")):
        yield one * (length // 2) + two * (length // 2) + "!"


def slowest(pattern: re.Pattern[str] | re.Pattern[bytes], length: int = LENGTH) -> tuple[float, str]:
    worst = (0.0, "")
    for text in texts(length):
        subject = text if isinstance(pattern.pattern, str) else text.encode()
        began = time.process_time()
        pattern.search(subject)
        pattern.fullmatch(subject)
        worst = max(worst, (time.process_time() - began, text[:20]))
        if worst[0] > SECONDS:
            break
    return worst


def test_a_pattern_that_looks_again_and_again_is_found():
    assert slowest(re.compile(r"\s*\s*\s*b\Z"), LENGTH // 4)[0] > SECONDS


@pytest.mark.parametrize("where", sorted(PATTERNS))
def test_no_pattern_of_ours_does(where):
    assert slowest(PATTERNS[where])[0] < SECONDS
