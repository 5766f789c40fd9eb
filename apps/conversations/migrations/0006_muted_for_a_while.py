from datetime import UTC, datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_muted(apps, schema_editor):
    """Who had muted a conversation has done so for good."""
    rows = apps.get_model("conversations", "Participant").objects.filter(muted=True)
    rows.update(muted_until=datetime(9999, 1, 1, tzinfo=UTC))


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
        migrations.RunPython(keep_muted, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(
            model_name='participant',
            name='muted',
        ),
    ]
