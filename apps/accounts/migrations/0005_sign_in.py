from django.db import migrations, models


def give_addresses_rows(apps, schema_editor):
    """Each account's address becomes a proven one; codes and second factors want it as allauth keeps it."""
    User = apps.get_model("accounts", "User")
    EmailAddress = apps.get_model("account", "EmailAddress")
    own = models.OuterRef("email")
    rows = EmailAddress.objects.filter(user=models.OuterRef("pk"), email=own)
    owners = User.objects.annotate(has_row=models.Exists(rows))
    # Nobody could choose among several addresses so far: a row of another address is a leftover.
    EmailAddress.objects.exclude(email=models.F("user__email")).delete()
    EmailAddress.objects.filter(email=models.F("user__email")).update(verified=True, primary=True)
    missing = owners.filter(has_row=False).only("pk", "email").iterator(chunk_size=1000)
    EmailAddress.objects.bulk_create(
        (EmailAddress(user_id=user.pk, email=user.email, verified=True, primary=True) for user in missing),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_append_only"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tries",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField(default=0)),
                ("since", models.DateTimeField(db_index=True)),
                ("until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunPython(give_addresses_rows, migrations.RunPython.noop),
    ]
