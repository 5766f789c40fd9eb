from django.db import migrations, models

from apps.conversations import conversation_types
from apps.conversations.fulltext.sqlite import TRIGGERS


def drop_triggers(apps, schema_editor):
    """SQLite makes the table anew, and a trigger that reads it would refuse that; `ensure` puts them back."""
    if schema_editor.connection.vendor == "sqlite":
        for name in TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")


class Migration(migrations.Migration):
    """A conversation may be of any type that an app registers."""

    dependencies = [("conversations", "0006_muted_for_a_while")]

    operations = [
        migrations.RunPython(drop_triggers, migrations.RunPython.noop),
        migrations.RemoveConstraint("conversation", "conversation_has_a_known_kind"),
        migrations.AlterField(
            "conversation", "kind", models.CharField(choices=conversation_types.names, max_length=20)
        ),
        migrations.RunPython(migrations.RunPython.noop, drop_triggers),
    ]
