"""Reasons that moderators give to authors."""

from django.core.exceptions import ValidationError

MAX_REASON = 500


def clean_reason(reason: str) -> str:
    """The reason with whitespace collapsed; raises ValidationError if it is empty or too long."""
    reason = " ".join(reason.replace("\0", "\N{REPLACEMENT CHARACTER}").split())
    if not reason:
        raise ValidationError("Say why: its author reads it.", code="blank")
    if len(reason) > MAX_REASON:
        raise ValidationError(f"This is {len(reason)} characters long; there is room for {MAX_REASON}.", code="long")
    return reason
