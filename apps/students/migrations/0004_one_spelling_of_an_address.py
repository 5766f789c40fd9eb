from django.db import migrations

import apps.core.fields
from apps.core.email_addresses import NotAnAddressError, normal_form


def normalize(apps, schema_editor):
    """Addresses in their normal form; what is none moves into the note, where the office sees it."""
    Student = apps.get_model("students", "Student")
    rows = Student.objects.exclude(email="").values_list("pk", "email", "note")
    for pk, old, note in list(rows):
        try:
            new = normal_form(old)
        except NotAnAddressError:
            said = f"E-mail address that no mail can be sent to: {old}"
            Student.objects.filter(pk=pk).update(email="", note=f"{note}\n{said}".strip()[:5_000])
            continue
        if new != old:
            Student.objects.filter(pk=pk).update(email=new)


class Migration(migrations.Migration):
    dependencies = [("students", "0003_import_in_the_background")]

    operations = [
        migrations.RunPython(normalize, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="student",
            name="email",
            field=apps.core.fields.AddressField(blank=True, max_length=254, verbose_name="e-mail"),
        ),
    ]
