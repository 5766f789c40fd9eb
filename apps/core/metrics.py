"""What is counted for whoever runs the academy; `/metrics` shows it in Prometheus's text format.

In the embedded mode the counts are in memory; otherwise each process keeps its own in HOMEROOM_DATA/metrics, and
whichever is asked answers for all of its machine. Labels are few and fixed: no ids, no paths, nothing that people type.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path

from django.conf import settings
from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.registry import Collector, CollectorRegistry

from apps.core.tally import Folder, Value

folder = None if settings.EMBEDDED else Folder(Path(settings.DATA) / "metrics")
if folder:
    values.ValueClass = partial(Value, folder)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

streams_open = Gauge("homeroom_streams_open", "Streams that are open now.", multiprocess_mode="livesum")
streams_refused = Counter("homeroom_streams_refused", "Streams that were refused.", ["reason"])
events_published = Counter(
    "homeroom_events_published", "Events handed to the transport (handed) or lost on the way (dropped).", ["outcome"]
)
events_delivered = Counter("homeroom_events_delivered", "Events handed to open streams, one for each stream.")
readers_dropped = Counter("homeroom_readers_dropped", "Streams cut off because their reader was too far behind.")
resyncs = Counter("homeroom_resyncs", "Times that every stream of a process was told to catch up.")
catch_ups = Counter("homeroom_catch_ups", "Requests for what a page missed, and why it asked.", ["why"])
post_to_publish_seconds = Histogram(
    "homeroom_post_to_publish_seconds", "From the start of a request to the hand-over of its event.", buckets=SECONDS
)
requests = Counter("homeroom_requests", "Answers, by the name of the view.", ["view", "status"])
request_seconds = Histogram("homeroom_request_seconds", "Time to an answer.", ["view"], buckets=SECONDS)
limited = Counter("homeroom_limited", "Requests refused for coming too quickly.", ["limit", "whose"])
jobs = Counter("homeroom_jobs", "Background jobs that ended, by outcome.", ["job", "outcome"])
job_seconds = Histogram(
    "homeroom_job_seconds", "Time that a background job took.", ["job"], buckets=(*SECONDS, 30, 300)
)
settled_late = Counter(
    "homeroom_settled_late", "Completions and certificates of courses that were missing until the night.", ["what"]
)

WHY = frozenset({"open", "gap", "again", "poll", "other"})

_began: ContextVar[float | None] = ContextVar("began", default=None)


@contextmanager
def request_clock() -> Iterator[float]:
    """While the block runs, `since_request` counts from its start; the monotonic second of that."""
    began = time.monotonic()
    token = _began.set(began)
    try:
        yield began
    finally:
        _began.reset(token)


def since_request() -> float | None:
    """Seconds since the request began that this thread answers; None outside of one (a job, a command)."""
    began = _began.get()
    return None if began is None else time.monotonic() - began


def count_catch_up(why: str) -> None:
    """A page asked for what it missed; a reason that we don't know counts as other."""
    catch_ups.labels(why if why in WHY else "other").inc()


def exposition() -> bytes:
    """All that was counted, as Prometheus reads it."""
    return generate_latest(_Shared(folder) if folder else REGISTRY)


_measured = CollectorRegistry()


def measure(collector: Collector) -> None:
    """Have `/metrics` show what an app above measures when it is asked; called once, when that app is ready."""
    _measured.register(collector)


def measured() -> bytes:
    """All that is measured and not counted, as Prometheus reads it."""
    return generate_latest(_measured)


class _Shared(Collector):
    """What all processes of this machine counted, as a registry."""

    def __init__(self, where: Folder) -> None:
        self.where = where

    def collect(self) -> list[object]:  # type: ignore[override]  # prometheus_client's Metric isn't typed
        return self.where.collect()
