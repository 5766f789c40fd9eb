"""What goes to whom after which change."""

from apps.realtime.publish import signal

CHANNEL = "payments"


def dues_changed() -> None:
    """Pages that show dues ask for them again: which of them, sorted how, each page knows best itself."""
    signal(CHANNEL)
