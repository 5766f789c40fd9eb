"""How somebody who answers tickets stands: away or not, and when the house last gave them one."""

from django.conf import settings
from django.db import models


class SupportAgent(models.Model):
    """One of those who answer; who has no row is not away, and was given none yet."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="support_agent")
    away = models.BooleanField(default=False)
    # When a ticket was last given to them because they had the least to do.
    given_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["user"]

    def __str__(self) -> str:
        return str(self.user)
