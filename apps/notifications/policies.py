"""Who may do what with other people's notifications: the only place that decides."""

from apps.accounts.models import Role, User


def can_try_again(user: User) -> bool:
    """May this person have letters sent that were given up?"""
    return user.role == Role.ADMIN and not user.looked_as
