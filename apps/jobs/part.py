"""What background work keeps of a person."""

from functools import partial
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.parts import Part
from apps.jobs.models import Job


class JobsPart(Part):
    """What they had done in the background, for a day."""

    name = "jobs"

    def own_data(self, user: User) -> dict[str, Any]:
        """Each by its title."""
        rows = Job.objects.filter(owner=user).order_by("pk")
        return {"background_work": list(rows.values("title", "state", "created", "ended", "result"))}

    def forget(self, user: User) -> None:
        """All of it goes, with the files."""
        storage = Job._meta.get_field("file").storage
        for name in Job.objects.filter(owner=user).exclude(file="").values_list("file", flat=True):
            transaction.on_commit(partial(storage.delete, name), robust=True)
        Job.objects.filter(owner=user).delete()
