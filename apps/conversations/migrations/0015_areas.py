from django.db import migrations, models

from apps.conversations import fulltext


class Migration(migrations.Migration):
    """A conversation may have an area, by which the index finds the messages of all of them."""

    dependencies = [("conversations", "0014_hidden_messages")]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, fulltext.create),
        migrations.AddField("conversation", "area", models.PositiveBigIntegerField(editable=False, null=True)),
        migrations.RunPython(fulltext.name_areas, fulltext.drop),
    ]
