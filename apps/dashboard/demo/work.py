"""The demo's notes on students, and tasks for them."""

import random
import uuid
from datetime import datetime, timedelta

from django.utils import timezone

from apps.core.academy_calendar import academy_day
from apps.courses.models import Batch
from apps.students.models import Sharing, Student, StudentNote, StudentTask

TASKS = (
    ("Finish worksheet 4", "Questions 1 to 12. Show the working for 9.", 2),
    ("Bring the signed consent form", "", 4),
    ("Read chapter 3", "Note three questions to ask in the next lesson.", -1),
    ("Revise the formulas on page 41", "", -6),
)
NOTES = (
    ("Confident with fractions now. Moves on to ratios next week.", Sharing.TEAM, 3),
    ("You explained the last problem very clearly. Keep writing each step down.", Sharing.SHARED, 5),
    ("Tired on Mondays: ask about the timetable at home before raising it.", Sharing.PRIVATE, 8),
    ("Late three times this month; guardians know.", Sharing.TEAM, 12),
)


def add_work(now: datetime, chance: random.Random) -> None:
    """Give each of the first batches tasks, most of the past ones done, and write notes on some of their students."""
    today = academy_day(now)
    tasks: list[StudentTask] = []
    notes: list[StudentNote] = []
    for batch in Batch.objects.exclude(teacher=None).select_related("course").order_by("pk")[:6]:
        students = list(Student.objects.in_batch(batch.pk))
        for title, text, days in TASKS[: 2 + len(tasks) % 3]:
            group, day = uuid.uuid4(), today + timedelta(days=days)
            for student in students:
                row = StudentTask(student=student, author=batch.teacher, title=title, text=text, day=day, group=group)
                row.group_name, row.reminded = f"{batch.course.title}: {batch.name}", days < 2
                if chance.random() < (0.8 if days < 0 else 0.2):
                    row.done_at, row.done_by = now - timedelta(hours=chance.randint(1, 48)), student.user
                tasks.append(row)
        for student in students[:4]:
            for body, sharing, days in chance.sample(NOTES, 2):
                day = timezone.localdate(now - timedelta(days=days))
                notes.append(StudentNote(student=student, author=batch.teacher, body=body, sharing=sharing, day=day))
    StudentTask.objects.bulk_create(tasks)
    StudentNote.objects.bulk_create(notes)
