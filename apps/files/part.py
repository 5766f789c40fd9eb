"""What files keep of a person: which they have sent."""

from typing import Any

from apps.accounts.models import User
from apps.accounts.parts import Part
from apps.files.actions import remove
from apps.files.models import StoredFile
from apps.files.pointing import unneeded


class FilesPart(Part):
    """The list alone: the files are the person's to have where the app that shows them says so."""

    name = "files"

    def own_data(self, user: User) -> dict[str, Any]:
        """Oldest first."""
        rows = StoredFile.objects.filter(owner=user).order_by("pk")
        return {"files": list(rows.values("name", "kind", "size", "created"))}

    def forget(self, user: User) -> None:
        """What nothing points to is theirs alone, and goes."""
        for stored in unneeded().filter(owner=user):
            remove(stored)
