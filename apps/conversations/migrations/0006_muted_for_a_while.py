from datetime import UTC, datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_muted(apps, schema_editor):
    """Who had muted a conversation has done so for good."""
    rows = apps.get_model("conversations", "Participant").objects.filter(muted=True)
    rows.update(muted_until=datetime(9999, 1, 1, tzinfo=UTC))


def keep_for_good(apps, schema_editor):
    """Back there whoever has muted one has done so for good."""
    rows = apps.get_model("conversations", "Participant").objects.filter(muted_until__gt=datetime.now(UTC))
    rows.update(muted=True)


def drop_triggers(apps, schema_editor):
    """On the way back SQLite makes the table of conversations anew, which the triggers of the search would read.

    They are made again after every migration (apps.conversations.apps.ensure_index).
    """
    if schema_editor.connection.vendor == "sqlite":
        for name in ("message_fts_insert", "message_fts_delete", "message_fts_update"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0005_audience_order'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='assignee',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='assigned', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='participant',
            name='muted_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(keep_muted, keep_for_good, elidable=True),
        migrations.RemoveField(
            model_name='participant',
            name='muted',
        ),
        migrations.RunPython(migrations.RunPython.noop, drop_triggers, elidable=True),
    ]
