"""The list of batches as its URL asks for it."""

from apps.core.listing import Column, Filter, Listing
from apps.courses.models import Batch, BatchQuerySet, BatchStatus


class BatchList(Listing[Batch]):
    """The batches that `user` may see: running, then upcoming, then ended."""

    route = "courses:batch_list"
    one, many = "batch", "batches"
    columns = tuple(Column(label) for label in ("Name", "Course", "Teacher", "Dates", "Students", "Status"))
    filters = (Filter("status", "Status", "All", lambda _: BatchStatus.choices, BatchQuerySet.in_status, buttons=True),)

    def visible(self) -> BatchQuerySet:
        """Each with its course, its teacher and the number of its students."""
        return Batch.objects.visible_to(self.user).with_sizes().select_related("course", "teacher")

    @property
    def matching(self) -> BatchQuerySet:
        """All that match, in order."""
        batches: BatchQuerySet = self.found
        return batches.running_first()
