from django.db import migrations
from django.db.models import OuterRef, Subquery

from apps.conversations import fulltext


def set_areas(apps, schema_editor):
    """A conversation's area is its community's course."""
    conversation = apps.get_model("conversations", "Conversation")
    for kind, model, field in (
        ("course", "Community", "chat"),
        ("topic", "Topic", "conversation"),
        ("lesson", "LessonTalk", "conversation"),
    ):
        rows = apps.get_model("community", model).objects.filter(**{field: OuterRef("pk")})
        course = {"Community": "course", "Topic": "community__course", "LessonTalk": "lesson__module__course"}[model]
        conversation.objects.filter(kind=kind).update(area=Subquery(rows.values(course)))


class Migration(migrations.Migration):
    """The conversations of communities get their course for an area."""

    dependencies = [("community", "0005_hidden_posts"), ("conversations", "0015_areas")]

    operations = [
        migrations.RunPython(set_areas, migrations.RunPython.noop),
        migrations.RunPython(fulltext.name_areas, migrations.RunPython.noop),
    ]
