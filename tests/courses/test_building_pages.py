"""The pages of the builder, by plain forms and by htmx: errors stand at their fields, nothing typed is lost."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.courses import actions
from apps.courses.models import Course, Lesson
from tests.conversations.files import picture

HTMX = {"HX-Request": "true"}


@pytest.fixture
def course(cast):
    made = actions.create_course(cast.staff, Course(title="The Shell"), [cast.teacher])
    module = actions.add_module(cast.teacher, made, "Basics")
    actions.add_lesson(cast.teacher, module, "One")
    made.refresh_from_db()
    return made


@pytest.fixture
def page(cast, client_for):
    return client_for(cast.teacher)


def lesson_url(course, part="edit"):
    return f"/courses/{course.pk}/lessons/{Lesson.objects.get(module__course=course).pk}/{part}/"


def edit(course, **fields):
    lesson = Lesson.objects.get(module__course=course)
    return {"title": lesson.title, "completion_rule": "button", "version": lesson.version, **fields}


def test_a_course_is_made_from_the_list_to_its_first_lesson_by_plain_forms(cast, client_for):
    office = client_for(cast.staff)
    answer = office.post("/courses/new/", {"title": "Botany", "level": "any", "visibility": "signed_in"}, follow=True)
    made = Course.objects.get(title="Botany")
    assert answer.redirect_chain[-1][0] == f"/courses/{made.pk}/edit/"
    office.post(f"/courses/{made.pk}/modules/", {"title": "Leaves"})
    module = made.modules.get()
    office.post(f"/courses/{made.pk}/modules/{module.pk}/lessons/", {"title": "Veins", "kind": "text"})
    office.post(lesson_url(made), edit(made, body="# Veins", publish="1"))
    office.post(f"/courses/{made.pk}/edit/publication/")
    made.refresh_from_db()
    assert made.published
    assert Lesson.objects.counting().get(module=module).html


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "This field is required."),
        ({"title": "Algebra"}, "There is a course with this title already."),
        ({"title": "New", "capacity": "0"}, "greater than or equal to 1"),
        ({"title": "New", "description": "x" * 20_001}, "at most 20000 characters"),
    ],
)
def test_what_is_wrong_with_a_course_stands_at_its_field_and_the_rest_is_kept(page, course, fields, said):
    sent = {"level": "any", "visibility": "enrolled", "summary": "My own summary"} | fields
    answer = page.post(f"/courses/{course.pk}/edit/", sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "My own summary" in answer.content.decode()


@pytest.mark.parametrize("title", ["", "   ", "x" * 161])
def test_a_lesson_needs_a_title_of_a_bearable_length(page, course, title):
    module = course.modules.get()
    answer = page.post(f"/courses/{course.pk}/modules/{module.pk}/lessons/", {"title": title, "kind": "text"})
    assert answer.status_code == 422
    assert f'id="module-{module.pk}-title-error"' in answer.content.decode()
    assert module.lessons.count() == 1


def test_an_order_from_an_older_outline_is_answered_with_the_present_one(cast, page, course):
    (module,), (lesson,) = course.modules.all(), Lesson.objects.filter(module__course=course)
    sent = {"order": f"{module.pk}:{lesson.pk}", "version": course.outline_version, "move": f"lesson-{lesson.pk}-down"}
    actions.add_lesson(cast.staff, module, "Two")
    answer = page.post(f"/courses/{course.pk}/edit/order/", sent, headers=HTMX)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else changed the outline meanwhile" in shown
    assert "Two" in shown
    assert f'name="version" value="{course.outline_version + 1}"' in shown


def test_an_answer_holds_the_version_of_the_outline_that_it_shows(page, course):
    module = course.modules.get()
    answer = page.post(f"/courses/{course.pk}/modules/{module.pk}/lessons/", {"title": "Two"}, headers=HTMX)
    course.refresh_from_db()
    assert f'name="version" value="{course.outline_version}"' in answer.content.decode()


def test_the_second_of_two_who_save_a_text_is_shown_both(cast, page, client_for, course):
    hers, his = edit(course, body="Her words"), edit(course, body="His words")
    assert page.post(lesson_url(course), hers).status_code == 302
    other = client_for(cast.staff)
    answer = other.post(lesson_url(course), his)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Her words" in shown
    assert "His words" in shown
    assert Lesson.objects.get(module__course=course).body == "Her words"
    # What the page now holds, sent once more, is meant.
    again = edit(course, body="His words")
    assert f'name="version" value="{again["version"]}"' in shown
    assert other.post(lesson_url(course), again).status_code == 302
    assert Lesson.objects.get(module__course=course).versions.count() == 3


def test_two_who_change_different_things_of_a_lesson_both_keep_theirs(cast, page, client_for, course):
    hers, his = edit(course, body="Her words"), edit(course, body="", minutes="20", **{"initial-minutes": ""})
    page.post(lesson_url(course), hers)
    assert client_for(cast.staff).post(lesson_url(course), his).status_code == 302
    lesson = Lesson.objects.get(module__course=course)
    assert (lesson.body, lesson.minutes) == ("Her words", 20)


def test_front_matter_of_a_pasted_text_fills_title_and_minutes(page, course):
    body = "---\ntitle: Loops\nteaching: 40\nexercises: 10\n---\n# Start"
    page.post(lesson_url(course), edit(course, body=body))
    lesson = Lesson.objects.get(module__course=course)
    assert (lesson.title, lesson.minutes, lesson.body) == ("Loops", 50, "# Start")


def test_a_file_of_another_kind_is_said_and_what_was_typed_is_kept(page, course):
    file = SimpleUploadedFile("run.exe", b"MZ\x90\0" + b"\0" * 100)
    answer = page.post(lesson_url(course, "uploads"), edit(course, body="Half a sentence", attachments=file))
    shown = answer.content.decode()
    assert "Files of this kind" in shown
    assert "Half a sentence" in shown
    assert Lesson.objects.get(module__course=course).body == ""


def test_a_picture_that_is_uploaded_is_shown_where_the_text_names_it(page, course):
    page.post(lesson_url(course, "uploads"), {"attachments": SimpleUploadedFile("tree.jpg", picture())}, headers=HTMX)
    page.post(lesson_url(course), edit(course, body="![A tree](fig/tree.jpg) and ![](tree.jpg)"))
    lesson = Lesson.objects.get(module__course=course)
    address = f"/courses/{course.pk}/lessons/{lesson.pk}/files/{lesson.attachments.get().pk}/"
    assert f'src="{address}"' in lesson.html
    assert "has no alternative text" in page.get(lesson_url(course)).content.decode()


@pytest.mark.parametrize("address", ["https://evil.example/v", "youtube", "javascript:alert(1)"])
def test_an_embed_of_another_site_is_refused_and_kept_in_its_field(cast, page, course, address):
    lesson = Lesson.objects.get(module__course=course)
    Lesson.objects.filter(pk=lesson.pk).update(kind="embed")
    answer = page.post(lesson_url(course), edit(course, url=address))
    assert answer.status_code == 422
    assert f'value="{address}"' in answer.content.decode()
    assert "YouTube or Vimeo" in answer.content.decode()


def test_an_embed_cannot_be_done_by_watching_and_the_editor_says_why(cast, page, course):
    Lesson.objects.filter(module__course=course).update(kind="embed")
    shown = page.get(lesson_url(course)).content.decode()
    assert 'value="watched"' not in shown
    assert "report how much was watched" in shown
    answer = page.post(lesson_url(course), edit(course, url="https://youtu.be/dQw4w9WgXcQ", completion_rule="watched"))
    assert answer.status_code == 422


def test_undo_brings_a_removed_lesson_back(page, course):
    url = lesson_url(course, "removal")
    answer = page.post(url, headers=HTMX)
    assert "data-undo" in answer.content.decode()
    assert not Lesson.objects.present().filter(module__course=course).exists()
    page.post(url, {"undo": "1"}, headers=HTMX)
    assert Lesson.objects.present().filter(module__course=course).exists()


def test_previewing_a_text_writes_nothing(page, course):
    answer = page.post(lesson_url(course, "edit/preview"), {"body": "Some **bold** words"}, headers=HTMX)
    assert "<strong>bold</strong>" in answer.content.decode()
    assert Lesson.objects.get(module__course=course).body == ""
