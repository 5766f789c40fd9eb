import datetime
import logging
from collections import defaultdict

from django.db import migrations
from django.utils import timezone

from apps.core.email_addresses import MAX_LENGTH, NotAnAddressError, normal_form

log = logging.getLogger("homeroom.accounts")

LONG_AGO = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def normal(email):
    """The normal form of what is stored, None where it has none."""
    try:
        return normal_form(email)
    except NotAnAddressError:
        return None


def own(email, pk, why):
    """An address that is this row's alone and nobody's to read mail at (RFC 2606, section 2)."""
    parked = f"{email}.{why}-{pk}.invalid"
    return parked if email and len(parked) <= MAX_LENGTH else f"account@{why}-{pk}.invalid"


def by_normal_form(rows):
    """Rows `(pk, email, …)` by their normal form, where any of them isn't stored in it; None for those without one."""
    groups = defaultdict(list)
    for row in rows:
        groups[normal(row[1])].append(row)
    return {email: group for email, group in groups.items() if any(row[1] != email for row in group)}


def accounts(apps, schema_editor):
    """The account that people can sign in to keeps the address; another one of the same address keeps all but that.

    That is the account whose address is stored in its normal form, else the one that was used last. The others get an
    address that shows what happened; an admin gives them one of their own, or closes them.
    """
    User = apps.get_model("accounts", "User")
    rows = User.objects.values_list("pk", "email", "is_active", "last_login").order_by("pk")
    for email, group in by_normal_form(rows.iterator(chunk_size=5_000)).items():
        if email is None:
            for pk, old, *_ in group:
                _move(apps, pk, old, own("", pk, "unusable"))
                _report(apps, pk, "user.address-unusable", {})
            continue
        keeper = max(group, key=lambda row: (row[2], row[1] == email, row[3] or LONG_AGO, -row[0]))
        for pk, old, *_ in group:
            if pk != keeper[0]:
                _move(apps, pk, old, own(email, pk, "duplicate"))
                _report(apps, pk, "user.address-duplicate", {"of": keeper[0]})
        _move(apps, keeper[0], keeper[1], email)


def _move(apps, pk, old, new):
    if old != new:
        apps.get_model("accounts", "User").objects.filter(pk=pk).update(email=new)
        EmailAddress = apps.get_model("account", "EmailAddress")
        EmailAddress.objects.filter(user=pk, email=new).exclude(primary=True).delete()
        EmailAddress.objects.filter(user=pk, email=old).update(email=new)


def _report(apps, pk, verb, detail):
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label="accounts", model="user")
    apps.get_model("accounts", "AuditEntry").objects.create(verb=verb, thing_type=kind, thing_id=pk, detail=detail)
    log.warning("Account %s has no address of its own any more (%s); give it one: /people/%s/", pk, verb, pk)


def mailboxes(apps, schema_editor):
    """allauth's other rows: changes of an address that are still to be confirmed. What can't be kept is asked anew."""
    EmailAddress = apps.get_model("account", "EmailAddress")
    rows = EmailAddress.objects.exclude(primary=True).values_list("pk", "email", "user")
    for pk, old, user in list(rows):
        new = normal(old)
        if new == old:
            continue
        taken = EmailAddress.objects.filter(user=user, email=new).exists()
        if new is None or taken:
            EmailAddress.objects.filter(pk=pk).delete()
        else:
            EmailAddress.objects.filter(pk=pk).update(email=new, verified=False)


def invitations(apps, schema_editor):
    """Of several that are open to one person the newest stays."""
    Invitation = apps.get_model("accounts", "Invitation")
    rows = Invitation.objects.values_list("pk", "email", "accepted", "revoked", "sent").order_by("pk")
    for email, group in by_normal_form(rows.iterator(chunk_size=5_000)).items():
        open_ones = sorted((row for row in group if not (row[2] or row[3])), key=lambda row: row[4])
        for pk, *_ in open_ones if email is None else open_ones[:-1]:
            Invitation.objects.filter(pk=pk).update(revoked=timezone.now())
        for pk, old, *_ in group:
            if old != email:
                Invitation.objects.filter(pk=pk).update(email=email or own("", pk, "unusable"))


class Migration(migrations.Migration):
    """Addresses that differ in spelling alone become one (apps.core.email_addresses)."""

    dependencies = [
        ("accounts", "0011_outgoing_email"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(accounts, migrations.RunPython.noop),
        migrations.RunPython(mailboxes, migrations.RunPython.noop),
        migrations.RunPython(invitations, migrations.RunPython.noop),
    ]
