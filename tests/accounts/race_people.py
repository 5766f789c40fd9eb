"""Admins who take each other's access away at the same moment, on whatever database the environment names."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.exceptions import PermissionDenied, ValidationError  # noqa: E402

from apps.accounts.closing import close_account  # noqa: E402
from apps.accounts.models import AuditEntry, Role, User  # noqa: E402
from apps.accounts.people_actions import change_role, deactivate, reactivate  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

REFUSALS = (PermissionDenied, ValidationError)
VERBS = {
    "deactivate": deactivate,
    "close": close_account,
    "demote": lambda actor, person: change_role(actor, person, Role.STAFF),
}


def left() -> int:
    return User.objects.filter(role=Role.ADMIN, is_active=True).count()


def circle(verb: str, number: int) -> None:
    """Each does it to the next, all at once: at least one of them is left, and each that is gone was done away once."""
    User.objects.all().delete()
    admins = [User.objects.create(email=f"{verb}{n}@x.test", given_name="A", role=Role.ADMIN) for n in range(number)]
    pairs = zip(admins, [*admins[1:], admins[0]], strict=True)
    before = AuditEntry.objects.count()
    answers = at_once(*(lambda a=a, b=b: VERBS[verb](a, b) for a, b in pairs), refusals=REFUSALS)
    refused = sum(isinstance(answer, REFUSALS) for answer in answers)
    assert left() >= 1, f"{verb}: nobody is left of {number}"
    assert number - refused == number - left() == AuditEntry.objects.count() - before, (verb, refused, left())


def main() -> None:
    for verb in VERBS:
        for _ in range(5):
            circle(verb, 2)
        circle(verb, 6)
    admin, other = (User.objects.create(email=f"z{n}@x.test", given_name="Z", role=Role.ADMIN) for n in range(2))
    teacher = User.objects.create(email="t@x.test", given_name="T", role=Role.TEACHER)
    at_once(*[lambda: deactivate(admin, teacher)] * 3, *[lambda: deactivate(other, teacher)] * 3)
    assert AuditEntry.objects.filter(verb="user.deactivated", thing_id=teacher.pk).count() == 1
    at_once(*[lambda: reactivate(admin, teacher)] * 3)
    assert AuditEntry.objects.filter(verb="user.reactivated", thing_id=teacher.pk).count() == 1
    print("settled")


if __name__ == "__main__":
    main()
