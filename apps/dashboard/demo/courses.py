"""Three courses worth looking at, with what the demo's students have done in them.

Each is a file in `lessons/`: `%% module TITLE` begins a module, `%% lesson TITLE | MINUTES | FLAGS` a lesson, whose
text follows; `%% link URL`, `%% file NAME` and `%% video NAME` make it a lesson about one. Videos, their captions, and
pictures that a text names lie beside it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from apps.accounts.models import User
from apps.core import markdown
from apps.core.academy_calendar import academy_day
from apps.courses.lesson_text import render_lesson
from apps.courses.models import (
    Announcement,
    Batch,
    Category,
    Certificate,
    Course,
    CourseCompletion,
    CourseTeacher,
    Enrollment,
    EnrollmentCode,
    Lesson,
    LessonAttachment,
    LessonProgress,
    LessonVersion,
    Level,
    Module,
    Visibility,
)
from apps.dashboard.demo.pdf import sheet
from apps.files.actions import store
from apps.files.kinds import CAPTIONS, VIDEOS, Kinds
from apps.files.models import StoredFile
from apps.students.models import Status, Student

LESSONS = Path(__file__).parent / "lessons"
# What share of a course somebody has done: most are on their way, some have not begun, few are through.
REACHED = (0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1)
IDEAS = """We will start on **tools of your own**. Think of one small chore that a program could do for you:

- sorting your photos by year
- telling you which bus to take
- quizzing you on vocabulary

No idea is too small. If you can say it in one sentence, you can probably write it."""
# How a lesson of each kind is done.
RULES = {"text": "button", "link": "opened", "file": "opened", "video": "watched"}


@dataclass
class Written:
    """A lesson as its file has it."""

    title: str
    minutes: int
    flags: set[str]
    url: str = ""
    file: str = ""
    video: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The name of its lesson kind."""
        return "link" if self.url else "file" if self.file else "video" if self.video else "text"


def read(name: str) -> Iterator[str | Written]:
    """The modules' titles, each followed by its lessons."""
    lesson: Written | None = None
    for line in (LESSONS / name).read_text().splitlines():
        word, _, rest = line.removeprefix("%% ").partition(" ") if line.startswith("%% ") else ("", "", line)
        if word in {"module", "lesson"} and lesson:
            yield lesson
            lesson = None
        if word == "module":
            yield rest
        elif word == "lesson":
            title, minutes, *flags = (part.strip() for part in rest.split("|"))
            lesson = Written(title, int(minutes), set(flags))
        elif lesson and word == "link":
            lesson.url = rest
        elif lesson and word == "file":
            lesson.file = rest
        elif lesson and word == "video":
            lesson.video = rest
        elif lesson:
            lesson.lines.append(line)
    if lesson:
        yield lesson


def write(course: Course, name: str, author: User) -> None:
    """Fill a course with the modules and lessons of a file."""
    module = None
    for position, part in enumerate(read(name)):
        if isinstance(part, str):
            module = Module.objects.create(course=course, title=part, position=position)
        elif module:
            _lesson(module, part, position, author)


def _lesson(module: Module, written: Written, position: int, author: User) -> None:
    body = "\n".join(written.lines).strip()
    lesson = Lesson(
        module=module,
        title=written.title,
        kind=written.kind,
        position=position,
        body=body,
        url=written.url,
        minutes=written.minutes,
        published="draft" not in written.flags,
        optional="optional" in written.flags,
        preview="preview" in written.flags,
        completion_rule=RULES[written.kind],
    )
    if written.file:
        lesson.file = _stored(author, written.file, "application/pdf", sheet())
    if written.video:
        lesson.file = _sent(author, LESSONS / written.video, VIDEOS)
        lesson.captions = _sent(author, (LESSONS / written.video).with_suffix(".vtt"), CAPTIONS)
    lesson.save()
    for path in LESSONS.glob("*.svg"):
        if path.name in body:
            picture = _stored(author, path.name, "image/svg+xml", path.read_bytes())
            LessonAttachment.objects.create(lesson=lesson, file=picture, name=path.name)
    render_lesson(lesson)
    lesson.save(update_fields=["html"])
    LessonVersion.objects.create(lesson=lesson, number=1, title=lesson.title, body=body, saved_by=author)


def _sent(author: User, path: Path, kinds: Kinds) -> StoredFile:
    """A file as if its author had uploaded it: its length is read, its captions are checked."""
    content = path.read_bytes()
    return store(author, UploadedFile(BytesIO(content), path.name, size=len(content)), kinds=kinds)


def _stored(author: User, name: str, kind: str, content: bytes) -> StoredFile:
    file = ContentFile(content, name)
    now = timezone.now()
    return StoredFile.objects.create(owner=author, name=name, kind=kind, size=len(content), file=file, ready=now)


def add_courses(teachers: list[User], students: list[Student], now: datetime) -> None:
    """Make the three courses, and let the students come as far as chance has it, the same way each time."""
    chance = random.Random(8)  # noqa: S311 - not a secret
    taking = [student for student in students if student.status == Status.ACTIVE]
    for course in (_algebra(teachers[0]), _english(teachers[1], taking, now), _python(teachers[0], taking, now)):
        _learn(course, chance, now)
    _finish(students[0], Course.objects.get(title="First steps in Python"), now)


def _algebra(teacher: User) -> Course:
    """The course that batches take already."""
    course = Course.objects.get(title="Mathematics 8")
    course.summary = "From numbers to letters, from letters to equations, and from equations back to life."
    course.description = "Short lessons to read before class, with something to try in each. Do them in order."
    course.outcomes = "Read and write terms\nSolve equations step by step\nTurn a text into an equation"
    return _publish(course, "Mathematics", Level.BEGINNER, Visibility.ENROLLED, teacher, "algebra.md")


def _english(teacher: User, students: list[Student], now: datetime) -> Course:
    course = Course.objects.create(
        title="Spoken English for work",
        summary="Small talk, meetings, phone calls: say it clearly, and sound like yourself.",
        description="For everybody who reads English well and goes quiet when they should speak it.",
        outcomes="Introduce yourself without notes\nDisagree politely\nEnd a meeting with who, what and when",
        open_to_join=True,
    )
    EnrollmentCode.objects.create(course=course, text="SPEAKUP", uses=50, created_by=teacher)
    _enroll(course, students[2::4], now)
    return _publish(course, "Languages", Level.INTERMEDIATE, Visibility.SIGNED_IN, teacher, "english.md")


def _python(teacher: User, students: list[Student], now: datetime) -> Course:
    course = Course.objects.create(
        title="First steps in Python",
        summary="Write your first programs, and understand every line of them.",
        description="No knowledge needed, and nothing to install: every example is short enough to type.",
        outcomes="Write programs that decide and repeat\nRead an error message\nMake tools of your own",
        certificate_rule="completed",
    )
    batch = Batch.objects.create(
        course=course,
        name="Python · Saturday",
        teacher=teacher,
        start=academy_day(now) - timedelta(days=80),
        end=academy_day(now) + timedelta(days=60),
        capacity=max(len(students), 1),
    )
    _enroll(course, students[::3], now, batch)
    _announce(course, teacher, "Bring your own ideas on Saturday", IDEAS)
    return _publish(course, "Programming", Level.BEGINNER, Visibility.EVERYBODY, teacher, "python.md")


def _announce(course: Course, author: User, title: str, body: str) -> None:
    Announcement.objects.create(course=course, author=author, title=title, body=body, html=markdown.render(body))


def _publish(course: Course, category: str, level: Level, visibility: Visibility, teacher: User, name: str) -> Course:
    course.category, _ = Category.objects.get_or_create(name=category)
    course.level, course.visibility, course.published = level, visibility, True
    course.description_html = markdown.render(course.description)
    course.save()
    CourseTeacher.objects.get_or_create(course=course, teacher=teacher)
    write(course, name, teacher)
    return course


def _enroll(course: Course, students: list[Student], now: datetime, batch: Batch | None = None) -> None:
    since = now - timedelta(days=80)
    Enrollment.objects.bulk_create(
        [Enrollment(student=student, course=course, batch=batch, enrolled_at=since) for student in students],
        batch_size=500,
    )


def _learn(course: Course, chance: random.Random, now: datetime) -> None:
    """Everyone takes the lessons in order, at a pace of their own; the one after the last done is open."""
    lessons = list(Lesson.objects.present().filter(module__course=course, published=True).in_order())
    rows = []
    for enrollment in course.enrollments.order_by("pk"):
        reached = round(chance.choice(REACHED) * len(lessons))
        begun, left = now - timedelta(days=chance.randint(30, 78)), chance.randint(0, 12)
        step = (now - timedelta(days=left) - begun) / max(reached + 1, 1)
        for number, lesson in enumerate(lessons[: reached + 1] if reached else []):
            at = begun + step * number + timedelta(minutes=chance.randint(0, 600))
            done = at + timedelta(minutes=chance.randint(4, 40)) if number < reached else None
            row = LessonProgress(student_id=enrollment.student_id, lesson=lesson, opened_at=at, seen_at=done or at)
            row.completed_at = done
            rows.append(row)
    LessonProgress.objects.bulk_create(rows, batch_size=500)


def _finish(student: Student, course: Course, now: datetime) -> None:
    """The demo's student has done all of it, and has the certificate."""
    at = now - timedelta(days=3)
    Enrollment.objects.get_or_create(
        student=student, course=course, is_active=True, defaults={"enrolled_at": now - timedelta(days=80)}
    )
    lessons = Lesson.objects.counting().filter(module__course=course)
    for lesson in lessons:
        LessonProgress.objects.update_or_create(
            student=student, lesson=lesson, defaults={"completed_at": at, "seen_at": at}
        )
    CourseCompletion.objects.create(student=student, course=course, finished_at=at, lessons=len(lessons))
    Certificate.objects.create(
        student=student,
        course=course,
        name=student.full_name,
        course_title=course.title,
        academy=settings.ACADEMY_NAME,
        finished_on=academy_day(at),
        issued_at=at,
    )
