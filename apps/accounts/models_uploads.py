"""What people have sent up."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Upload(models.Model):
    """How many bytes somebody sent up at one time, whatever became of them: see apps.accounts.quota."""

    VIDEO = "video"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    size = models.PositiveBigIntegerField()
    # What it counts against: see apps.accounts.quota.
    pool = models.CharField(max_length=10, blank=True, default="", db_default="")
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["user", "at"], name="uploads_of_a_person")]

    def __str__(self) -> str:
        return f"{self.size} bytes"
