"""Emails in the admin: what became of those of accounts, and a way to have given-up ones sent again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts import policies
from apps.accounts.administration import ReadOnlyAdmin
from apps.accounts.models import OutgoingEmail
from apps.accounts.outgoing_email import try_again
from apps.accounts.people import signed_in
from apps.core.models import EmailAttempts


class EmailsAdmin[M: EmailAttempts](ReadOnlyAdmin[M]):
    """Rows that leave by email. What was given up can be tried again."""

    actions = ("retry",)
    noun, nouns = "email", "emails"

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Admins alone."""
        return policies.can_send_again(signed_in(request))

    @admin.action(description="Try again", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        """Have those that were given up sent at once."""
        if count := try_again(signed_in(request), queryset):
            self.message_user(request, f"{count} {self.noun if count == 1 else self.nouns} will be tried again now.")
        else:
            self.message_user(request, "None of these was given up.", messages.WARNING)


@admin.register(OutgoingEmail)
class OutgoingEmailAdmin(EmailsAdmin[OutgoingEmail]):
    """Emails of accounts that wait or were given up; those that were sent are gone."""

    list_display = ("about", "to", "state", "due", "tries", "ended", "error")
    list_filter = ("state", "due")
    search_fields = ("to", "about", "error")
    # Not `content`: it is between Homeroom and its reader, and sealed.
    fields = ("to", "about", "state", "created", "due", "expires", "tries", "first_tried", "ended", "error")
