"""Who a message is for, and what pages, exports and emails call that. No other place has these words."""

from django.db import models


class Audience(models.TextChoices):
    """Who may read a message: the team alone, or all readers of the conversation, the student among them.

    The labels are those without a name. Where a conversation has an addressee, `label` says "To Lucia".
    """

    STAFF = "staff", "Team note"
    EVERYONE = "everyone", "To all"


def label(audience: str, name: str = "") -> str:
    """What a message for this audience is called: a team note, or to `name`."""
    return f"To {name}" if name and audience == Audience.EVERYONE else str(Audience(audience).label)


def placeholder(audience: str, name: str) -> str:
    """What an empty composer says; of a team note how many read it, beside that (`read_by`)."""
    return f"Write to {name or 'all'}" if audience == Audience.EVERYONE else "Note for the team"


def read_by(count: int) -> str:
    """How many people read a team note."""
    return "1 person reads this" if count == 1 else f"{count} people read this"


def send_label(audience: str, name: str) -> str:
    """What the button that sends says."""
    return f"Send to {name or 'all'}" if audience == Audience.EVERYONE else "Add note"
