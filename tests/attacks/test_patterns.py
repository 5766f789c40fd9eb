"""No pattern of ours is lost in a text that somebody made up to lose it in."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import apps
import project

# One look from each place of such a text takes milliseconds, which YARDSTICK measures on the machine at hand. Looks
# within looks take some hundred times that, and what doubles with each letter the age of the world (the limit of each
# test ends it).
LENGTH = 1_000
YARDSTICK = re.compile(r"\s*b\Z")
MUCH = 200
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


def took(pattern: re.Pattern[str] | re.Pattern[bytes], subject: str | bytes) -> float:
    began = time.process_time()
    pattern.search(subject)  # type: ignore[arg-type]
    pattern.fullmatch(subject)  # type: ignore[arg-type]
    return time.process_time() - began


def slowest(pattern: re.Pattern[str] | re.Pattern[bytes], length: int = LENGTH) -> tuple[float, str]:
    """How many times as long as the yardstick it takes at most, and for which text; no further than it is too much."""
    worst = (0.0, "")
    yard = max(0.001, min(took(YARDSTICK, " " * length) for _ in range(3)))
    for text in texts(length):
        subject = text if isinstance(pattern.pattern, str) else text.encode()
        worst = max(worst, (took(pattern, subject) / yard, text[:20]))
        if worst[0] > MUCH:
            break
    return worst


def test_a_pattern_that_looks_again_and_again_is_found():
    assert slowest(re.compile(r"\s*\s*\s*b\Z"), LENGTH // 4)[0] > MUCH


def test_no_pattern_of_ours_does():
    found = {where: slowest(pattern) for where, pattern in PATTERNS.items()}
    assert {where: worst for where, worst in found.items() if worst[0] > MUCH} == {}
