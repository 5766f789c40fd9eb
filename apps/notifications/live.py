"""What reaches a person wherever they are in Homeroom."""

from apps.realtime.publish import publish


def toast(user_id: int, html: str) -> None:
    """Show a toast (an element of class `toast-item`) on every open page of one person."""
    publish(f"user-{user_id}", f'<hx-partial hx-target="#toasts" hx-swap="beforeend">{html}</hx-partial>')
