from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

adopt = import_module("apps.conversations.migrations.0010_adopt_files").adopt

OLD = ["name", "content_type", "size", "file", "thumbnail", "width", "height", "ready", "failed", "tries", "lease"]


def adopt_the_last(apps, schema_editor):
    """What was sent while the others were adopted; nobody sends anything more before the columns are gone."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("LOCK TABLE conversations_attachment IN ACCESS EXCLUSIVE MODE")
        # A table with checks that wait for the commit can't be changed.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    adopt(apps, schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0010_adopt_files'),
    ]

    operations = [
        migrations.RunPython(adopt_the_last, migrations.RunPython.noop, elidable=True),
        *(migrations.RemoveField('attachment', name) for name in OLD),
        migrations.RenameField('attachment', 'stored', 'file'),
        migrations.AlterField(
            model_name='attachment',
            name='file',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile'),
        ),
    ]
