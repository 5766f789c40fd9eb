"""Who may do what with batches."""

from apps.accounts.models import Role, User
from apps.courses.models import Batch


def can_list(user: User) -> bool:
    """Are there batches for this person to see? Students see none, only their own record."""
    return user.role != Role.STUDENT


def can_add(user: User) -> bool:
    """May this person make new batches?"""
    return user.sees_all


def can_edit(user: User, batch: Batch) -> bool:
    """May this person change a batch, and who is in it? Its teacher sees it and changes nothing."""
    return user.sees_all


def can_enroll(user: User) -> bool:
    """May this person start or end enrollments that are in no batch?"""
    return user.sees_all


def can_read_channel(user: User, batch_id: int) -> bool:
    """May this person read `batch-<id>`, which tells that its roster changed?"""
    return Batch.objects.visible_to(user).filter(pk=batch_id).exists()
