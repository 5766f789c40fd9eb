from django.db import migrations

from apps.conversations import fulltext


class Migration(migrations.Migration):
    """Messages can be found by their words: FTS5 or a tsvector, kept by triggers."""

    dependencies = [("conversations", "0003_takes_part")]

    operations = [migrations.RunPython(fulltext.create, fulltext.drop)]
