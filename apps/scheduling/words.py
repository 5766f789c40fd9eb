"""What people type as a reason or a note."""

from apps.core.text import one_line


def said(text: str) -> str:
    """A reason or a note as it is kept: on one line, without what can't be stored."""
    return one_line(text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
