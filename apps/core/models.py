"""Base models."""

from django.db import models


class Timestamped(models.Model):
    """When a row was made and last changed (UTC)."""

    created = models.DateTimeField(auto_now_add=True, editable=False)
    updated = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True
