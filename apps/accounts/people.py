"""Who asks."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from apps.accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The person who asks; the middleware lets nobody else reach a view."""
    assert not isinstance(request.user, AnonymousUser)
    return request.user
