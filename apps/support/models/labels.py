"""What tickets are sorted by: topics, which their person chooses, and labels, which staff give."""

from django.db import models

from apps.core.models import Timestamped


class Topic(Timestamped):
    """What a question is about: Fees, Lessons, My account. Offered to the person who asks while it is `offered`."""

    name = models.CharField(max_length=60, unique=True)
    offered = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Lower ones come first.")

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Tone(models.TextChoices):
    """The colors of labels."""

    GRAY = "gray", "Gray"
    GREEN = "green", "Green"
    BLUE = "blue", "Blue"
    AMBER = "amber", "Amber"
    RED = "red", "Red"
    PURPLE = "purple", "Purple"


class Label(Timestamped):
    """A word that staff put on tickets; the person never sees it."""

    name = models.CharField(max_length=40, unique=True)
    tone = models.CharField("color", max_length=10, choices=Tone, default=Tone.GRAY)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
