"""Who a message is for."""

from django.db import models


class Audience(models.TextChoices):
    """Who may read a message: all readers of the conversation, or those among them who are not students."""

    STAFF = "staff", "Staff only"
    EVERYONE = "everyone", "Everyone"
