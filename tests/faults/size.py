"""How large the faults are: enough to show the rule, or as they are met (`python -m tests.benchmarks.faults`)."""

import os
from typing import NamedTuple


class Size(NamedTuple):
    """`rounds` is how often each person writes before a fault, and while it lasts."""

    rounds: int
    stuck: int  # Readers who read nothing.
    crowd: int  # Readers who come back at once.
    streams: int  # Streams that each person may open.
    sitting: int  # Students who sit an exam.


FULL = os.environ.get("TESTS_FAULTS") == "full"
SIZE = Size(40, 20, 1_000, 5_000, 300) if FULL else Size(2, 6, 60, 60, 40)
