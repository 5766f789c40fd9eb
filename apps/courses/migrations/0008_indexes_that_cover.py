import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes from which progress is counted without a look at the rows, in the place of those of the keys alone."""

    dependencies = [("courses", "0007_lesson_names"), ("students", "0005_addresses_in_normal_form")]

    operations = [
        migrations.AddIndex(
            model_name="lessonprogress",
            index=models.Index(fields=["lesson", "student", "completed_at"], name="progress_of_lesson"),
        ),
        migrations.AddIndex(
            model_name="lessonprogress",
            index=models.Index(
                condition=models.Q(("completed_at__isnull", False)),
                fields=["completed_at", "lesson"],
                name="progress_by_day",
            ),
        ),
        migrations.AddIndex(
            model_name="lessonprogress",
            index=models.Index(fields=["student", "-seen_at", "lesson"], name="progress_seen"),
        ),
        migrations.RemoveIndex(model_name="lessonprogress", name="progress_done"),
        migrations.RemoveIndex(model_name="lessonprogress", name="progress_done_at"),
        migrations.AlterField(
            model_name="lessonprogress",
            name="lesson",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="progress",
                to="courses.lesson",
            ),
        ),
        migrations.AlterField(
            model_name="lessonprogress",
            name="student",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="progress",
                to="students.student",
            ),
        ),
    ]
