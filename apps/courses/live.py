"""What open pages are told of batches."""

from apps.realtime.publish import signal


def channel(batch_id: int) -> str:
    """The stream channel of one batch, for those who may see it."""
    return f"batch-{batch_id}"


def roster_changed(*batch_ids: int) -> None:
    """Make each open page of these batches fetch its roster again, as its reader may see it."""
    for batch_id in batch_ids:
        signal(channel(batch_id))
