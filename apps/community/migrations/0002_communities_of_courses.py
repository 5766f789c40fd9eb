"""Every course that exists gets its community, in batches."""

from itertools import batched

from django.db import migrations


def make(apps, schema_editor):
    course, community = apps.get_model("courses", "Course"), apps.get_model("community", "Community")
    conversation = apps.get_model("conversations", "Conversation")
    without = course.objects.filter(community=None).order_by("pk").values_list("pk", flat=True)
    for ids in batched(list(without), 500):
        chats = conversation.objects.bulk_create(conversation(kind="course") for _ in ids)
        rows = zip(ids, chats, strict=True)
        community.objects.bulk_create(community(course_id=pk, chat=chat) for pk, chat in rows)


class Migration(migrations.Migration):
    dependencies = [("community", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
