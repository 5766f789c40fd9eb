"""How long people have been waiting for support, as `/metrics` shows it: measured when it is asked."""

import logging
from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models import Min
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from apps.support.models import Ticket

log = logging.getLogger("homeroom.support")


class Tickets(Collector):
    """Three figures; none where the database is away, which `/readyz` says."""

    def collect(self) -> Iterator[Metric]:
        """The age of the oldest question without an answer (0 for none), active tickets, those that are nobody's."""
        try:
            oldest = Ticket.objects.unanswered().aggregate(oldest=Min("unanswered_since"))["oldest"]
            active, unassigned = Ticket.objects.active().count(), Ticket.objects.unassigned().count()
        except DatabaseError:
            log.warning("The database is away: no figures of support")
            return
        seconds = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
        yield GaugeMetricFamily(
            "homeroom_support_oldest_unanswered_seconds", "For how long a question to support has waited.", seconds
        )
        yield GaugeMetricFamily("homeroom_support_tickets_active", "Tickets that are not closed.", active)
        yield GaugeMetricFamily("homeroom_support_tickets_unassigned", "Those of them that are nobody's.", unassigned)
