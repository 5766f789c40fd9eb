"""A person's e-mail address as allauth keeps it: a row of its own, which says whether mail to it is read by its owner.

`User.email` is what a person signs in with, and is the truth. The row of the same address follows it, so that codes,
second factors and links have a proven address to go to, however the account was made.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.accounts.models import User


def keep(user: "User") -> None:
    """Have a person's address be their primary one; run whenever their account was saved with its address.

    Whoever makes an account for somebody, or changes its address, answers for the address: it counts as proven. Who
    makes their own has to prove it (`address_is_proven` is False; allauth makes the row), and a row that is there keeps
    what it says. An address that somebody is about to change to stays what it is: about to be.
    """
    from allauth.account.models import EmailAddress

    rows = {row.email: row for row in EmailAddress.objects.filter(user=user)}
    own = rows.get(user.email)
    EmailAddress.objects.filter(pk__in=[row.pk for row in rows.values() if row.primary and row is not own]).delete()
    if own is None:
        if user.address_is_proven:
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    elif not own.primary:
        own.primary = True
        own.save(update_fields=["primary"])
