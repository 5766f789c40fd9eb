"""The queue of jobs as `/metrics` shows it: measured when it is asked, not counted."""

from collections.abc import Iterator

from huey.contrib.djhuey import HUEY
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import RedisError

from apps.core import health


class _Queue(Collector):
    def collect(self) -> Iterator[Metric]:
        """How long the queue is, how old, and whether a worker lives; while Redis is away that no worker was seen."""
        yield GaugeMetricFamily("homeroom_worker_lives", "A worker said so lately.", health.worker_lives())
        try:
            length, seconds = HUEY.waiting()
        except RedisError:
            return
        yield GaugeMetricFamily("homeroom_queue_length", "Jobs that wait.", length)
        yield GaugeMetricFamily("homeroom_queue_oldest_seconds", "For how long the oldest of them has.", seconds)


def exposition() -> bytes:
    """The queue, as Prometheus reads it."""
    return generate_latest(_Queue())
