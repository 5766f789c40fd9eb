"""How much of a community, a chat or a topic a person wants to be told."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class Level(models.TextChoices):
    """Replies to oneself and mentions are what concerns one."""

    EVERYTHING = "everything", "Everything"
    CONCERNING = "concerning", "What concerns me"
    NOTHING = "nothing", "Nothing"


class TopicSetting(models.Model):
    """What one person wants to be told of one topic, whatever they chose for its community."""

    topic = models.ForeignKey("community.Topic", on_delete=models.CASCADE, related_name="levels")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    level = models.CharField(max_length=10, choices=Level)

    objects: ClassVar[models.Manager["TopicSetting"]] = models.Manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "user"], name="one_setting_per_topic_and_person"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="topic_setting_has_a_known_level"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_level_display()}"
