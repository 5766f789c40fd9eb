"""Importing, by page and by command: a dry run first, then all or nothing."""

import datetime
import io
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.jobs import running
from apps.jobs.models import Job
from apps.students import actions, import_jobs
from apps.students.actions import records
from apps.students.imports import parse
from apps.students.models import Student, StudentImport

URL = "/students/import/"
ACADEMY = Path(__file__).parents[3] / "shared/data/academy/students.csv"
FILE = "student_code,given_name,grade,shoe\nS001,Amina,8,44\nN1,Nia,7,\nS002,Bruno,,\n"


def upload(client: Client, content: str | bytes, name: str = "students.csv"):
    content = content.encode() if isinstance(content, str) else content
    return client.post(URL, {"file": SimpleUploadedFile(name, content, "text/csv")})


def plan_of(response) -> str:
    return re.search(r'name="plan" value="(\w+)"', response.content.decode())[1]


def figures(response) -> list[str]:
    return re.findall(r"<dd[^>]*>([\d,]+)</dd>", response.content.decode())


# The page


def test_a_file_is_shown_first_and_imported_when_agreed_to(cast, client_for):
    client = client_for(cast.staff)
    response = upload(client, FILE)
    assert response.status_code == 302
    page = client.get(response.url)
    text = page.content.decode()
    assert figures(page) == ["1", "1", "1", "0"]
    assert "Ignored: <code>shoe</code>" in text
    assert "Nia" in text
    assert re.search(r"<code>grade</code>:.*empty.*→.*8", text)
    assert Student.objects.count() == 3
    done = client.post(response.url, {"plan": plan_of(page)}, follow=True)
    assert figures(done) == ["1", "1", "1"]
    assert Student.objects.get(code="S001").grade == "8"
    assert Student.objects.get(code="N1").given_name == "Nia"
    entry = AuditEntry.objects.get(verb="students.imported")
    assert entry.actor == cast.staff
    assert entry.detail["counts"] == {"created": 1, "changed": 1, "left": 1, "rejected": 0}


def test_a_second_click_does_nothing_twice(cast, client_for):
    client = client_for(cast.staff)
    where = upload(client, FILE).url
    plan = plan_of(client.get(where))
    for _ in range(2):
        assert client.post(where, {"plan": plan}).url == where
    assert "was imported" in client.get(where).content.decode()
    assert AuditEntry.objects.filter(verb="students.imported").count() == 1


def test_the_same_file_again_changes_nothing(cast, client_for):
    client = client_for(cast.staff)
    where = upload(client, FILE).url
    client.post(where, {"plan": plan_of(client.get(where))})
    before = list(Student.objects.order_by("pk").values())
    again = client.get(upload(client, FILE).url)
    assert figures(again) == ["0", "0", "3", "0"]
    assert "nothing to import" in again.content.decode()
    assert list(Student.objects.order_by("pk").values()) == before


def test_while_a_row_is_rejected_there_is_no_button_and_no_import(cast, client_for):
    client = client_for(cast.staff)
    where = upload(client, FILE + "N2,,,\nN1,Twin,,\n").url
    page = client.get(where)
    text = page.content.decode()
    assert figures(page) == ["1", "1", "1", "2"]
    assert 'name="plan"' not in text
    assert "given_name is empty" in text
    assert "student_code N1 is already in row 3" in text
    fingerprint = actions.plan_import(parse(bytes(StudentImport.objects.get().content))).fingerprint
    assert "can't be taken" in client.post(where, {"plan": fingerprint}, follow=True).text
    assert not Student.objects.filter(code="N1").exists()


@pytest.mark.parametrize("change", ["update", "create", "delete"])
def test_when_the_students_changed_since_the_new_plan_is_shown_and_nothing_written(cast, client_for, change):
    client = client_for(cast.staff)
    where = upload(client, FILE).url
    old = plan_of(client.get(where))
    if change == "update":
        Student.objects.filter(code="S001").update(grade="9")
    elif change == "create":
        Student.objects.create(code="N1", given_name="Noor")
    else:
        Student.objects.get(code="S002").delete()
    before = list(Student.objects.order_by("pk").values())
    response = client.post(where, {"plan": old}, follow=True)
    assert "changed since you looked" in response.text
    assert list(Student.objects.order_by("pk").values()) == before
    assert client.post(where, {"plan": old}).status_code == 409
    assert client.post(where, {"plan": plan_of(response)}).status_code == 302
    assert Student.objects.get(code="S001").grade == "8"


def test_a_code_created_at_the_same_moment_rolls_all_of_it_back(cast, monkeypatch):
    file = parse(FILE.encode())
    plan = actions.plan_import(file)
    write = records._write

    def race(plan, report):
        Student.objects.create(code="N1", given_name="First")
        write(plan, report)

    monkeypatch.setattr(records, "_write", race)
    with pytest.raises(actions.PlanChanged):
        actions.import_students(cast.staff, file, plan.fingerprint)
    assert Student.objects.get(code="S001").grade == ""
    assert not AuditEntry.objects.filter(verb="students.imported").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"student_code,given_name\n", "has a header but no rows"),
        (b"name\nAnn\n", "lacks the columns student_code and given_name"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "This is an image, not a CSV file."),
    ],
)
def test_what_can_not_be_read_is_refused_with_the_reason_and_not_kept(cast, client_for, content, said):
    client = client_for(cast.staff)
    where = upload(client, content, "picture.csv").url
    page = client.get(where).text
    assert said in page
    assert 'name="plan"' not in page
    assert client.post(where, {"plan": ""}).status_code == 409
    assert bytes(StudentImport.objects.get().content) == b""


def test_no_request_reads_what_is_in_a_file(cast, client_for, settings, monkeypatch):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    monkeypatch.setattr(import_jobs, "parse", None)
    monkeypatch.setattr(records, "parse", None)
    client = client_for(cast.staff)
    where = upload(client, FILE).url
    page = client.get(where).text
    assert "Waiting for its turn" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert client.post(where, {"plan": ""}).status_code == 409


def test_two_clicks_import_once_in_the_background(cast, client_for, settings):
    client = client_for(cast.staff)
    where = upload(client, FILE).url
    plan = plan_of(client.get(where))
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    for _ in range(2):
        assert client.post(where, {"plan": plan}).url == where
    job = Job.objects.get(kind="import")
    assert "Import students.csv" in client.get(where).text
    for _ in range(2):
        running.run(job.pk)
    assert figures(client.get(where)) == ["1", "1", "1"]
    assert AuditEntry.objects.filter(verb="students.imported").count() == 1


def test_a_worker_that_died_after_the_import_finds_it_done(cast, client_for):
    client = client_for(cast.staff)
    where = upload(client, FILE).url
    client.post(where, {"plan": plan_of(client.get(where))})
    job = Job.objects.get(kind="import")
    Job.objects.filter(pk=job.pk).update(state="running", lease=timezone.now() - datetime.timedelta(minutes=1))
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", "Imported: 1 created, 1 changed.")
    assert AuditEntry.objects.filter(verb="students.imported").count() == 1


def test_no_file_and_one_that_is_too_large_are_refused(cast, client_for, monkeypatch):
    client = client_for(cast.staff)
    assert "Choose a file first." in client.post(URL, {}).content.decode()
    assert "Choose a file first." in client.post(URL, {"file": "text"}).content.decode()
    monkeypatch.setattr("apps.students.forms.MAX_FILE_BYTES", 1_000_000)
    response = upload(client, b"x" * 1_500_000)
    assert response.status_code == 422
    assert "This file has 1.5 MB; split it into files of at most 1 MB." in response.content.decode()


def test_only_those_who_may_import_find_the_pages_and_only_the_own_file(cast, client_for):
    where = upload(client_for(cast.staff), FILE).url
    for user in (cast.teacher, cast.amina_user, cast.outsider):
        assert client_for(user).get(URL).status_code == 404
        assert upload(client_for(user), FILE).status_code == 404
        assert client_for(user).get(where).status_code == 404
        assert client_for(user).post(where, {"plan": "x"}).status_code == 404
    assert client_for(cast.staff2).get(where).status_code == 404
    assert client_for(cast.staff2).post(where).status_code == 404
    assert client_for(None).get(where).url.startswith("/accounts/login/")
    assert client_for(None).post(where).status_code == 401
    assert client_for(cast.staff).get(URL).status_code == 200
    assert client_for(cast.staff).delete(URL).status_code == 405
    assert client_for(cast.staff).put(where).status_code == 405
    assert client_for(cast.staff).get(f"{URL}999999/").status_code == 404


def test_a_confirmation_without_a_plan_or_of_another_shows_the_plan(cast, client_for):
    client = client_for(cast.staff)
    where = upload(client, FILE).url
    for data in ({}, {"plan": ""}, {"plan": "é\0"}):
        assert client.post(where, data).status_code == 409
    assert Student.objects.count() == 3


def test_the_content_is_gone_once_imported_and_the_rest_after_a_day(cast, client_for):
    client = client_for(cast.staff)
    where = upload(client, FILE).url
    client.post(where, {"plan": plan_of(client.get(where))})
    assert bytes(StudentImport.objects.get().content) == b""
    StudentImport.objects.update(created=timezone.now() - datetime.timedelta(days=1, minutes=1))
    assert actions.forget_imports() == 1
    assert client.get(where).status_code == 404


def test_markup_in_a_file_is_text(cast, client_for):
    client = client_for(cast.staff)
    content = "student_code,given_name,<i>x\nN1,<b>Nia</b>,\nS001,<u>A</u>,\n<s>,,\n"
    text = client.get(upload(client, content, "<em>.csv").url).content.decode()
    for markup in ("<b>", "<i>", "<u>", "<s>", "<em>"):
        assert markup not in text


def test_many_rows_are_counted_and_the_first_hundred_of_each_kind_shown(cast, client_for):
    Student.objects.bulk_create(Student(code=f"C{number}", given_name="Old") for number in range(300))
    rows = [f"N{number},New" for number in range(1_500)] + [f"C{number},Changed" for number in range(300)]
    rows += [",Nobody" for _ in range(200)]
    client = client_for(cast.staff)
    page = client.get(upload(client, "student_code,given_name\n" + "\n".join(rows)).url)
    assert figures(page) == ["1,500", "300", "0", "200"]
    text = page.content.decode()
    assert text.count("<tr>") == 3 * 101
    assert "The first 100 of 1,500." in text


def test_queries_are_as_many_for_a_thousand_rows_as_for_ten(cast):
    counts = []
    for size in (10, 1_000):
        Student.objects.bulk_create(Student(code=f"C{size}-{number}", given_name="Old") for number in range(size))
        rows = [f"N{size}-{number},New" for number in range(size)] + [
            f"C{size}-{number},Newer" for number in range(size)
        ]
        file = parse(("student_code,given_name\n" + "\n".join(rows)).encode())
        with CaptureQueriesContext(connection) as queries:
            plan = actions.plan_import(file)
            actions.import_students(cast.staff, file, plan.fingerprint)
        counts.append(len(queries))
        assert plan.counts == {"created": size, "changed": size, "left": 0, "rejected": 0}
    assert counts[0] == counts[1] <= 15


def test_only_the_fields_of_the_file_are_written(cast):
    Student.objects.filter(pk=cast.amina.pk).update(note="keep", guardians="Fatou", status="paused")
    before = Student.objects.get(pk=cast.amina.pk)
    file = parse(b"student_code,given_name,grade,note\nS001,Amina,8,\nS002,Bruno,,New note\n")
    actions.import_students(None, file, actions.plan_import(file).fingerprint)
    after = Student.objects.get(pk=cast.amina.pk)
    assert (after.grade, after.note, after.guardians, after.status) == ("8", "keep", "Fatou", "paused")
    assert (after.created, after.conversation_id, after.user_id) == (
        before.created,
        before.conversation_id,
        before.user_id,
    )
    assert after.updated > before.updated
    assert Student.objects.get(code="S002").note == "New note"


# The command


def run(path: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("import_students", path, *options, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.skipif(not ACADEMY.exists(), reason="the data lies beside the project: ../shared/data/academy")
def test_the_real_academy_is_imported_once(cast):
    assert "599 created, 0 changed, 0 left, 0 rejected" in run(ACADEMY, "--dry-run")
    assert Student.objects.count() == 3
    said = run(ACADEMY)
    assert "Ignored: confusion" in said
    assert "Done: 599 created, 0 changed, 0 left, 0 rejected." in said
    assert Student.objects.count() == 602
    said = run(ACADEMY)
    assert "0 created, 0 changed, 599 left, 0 rejected" in said
    assert "Nothing to do." in said
    assert Student.objects.get(code="MD-0001").note.startswith("She has difficulty")


def test_the_command_shows_the_plan_and_does_it(cast, tmp_path):
    path = tmp_path / "students.csv"
    path.write_text(FILE)
    said = run(path)
    assert "row 3: N1 Nia" in said
    assert "row 2: S001 grade '' → '8'" in said
    assert AuditEntry.objects.get(verb="students.imported").actor is None


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_the_command_refuses_all_for_one_bad_row(cast, tmp_path, options):
    path = tmp_path / "students.csv"
    path.write_text(FILE + "N2,,,\n")
    out = io.StringIO()
    with pytest.raises(CommandError, match="Nothing was imported: put the 1 rejected rows right first"):
        call_command("import_students", path, *options, stdout=out)
    assert "row 5: N2: given_name is empty" in out.getvalue()
    assert not Student.objects.filter(code="N1").exists()


def test_the_command_says_in_one_line_what_it_can_not_read(cast, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nowhere.csv")
    with pytest.raises(CommandError, match="Is a directory"):
        run(tmp_path)
    (tmp_path / "empty.csv").touch()
    with pytest.raises(CommandError, match=r"empty.csv: The file is empty."):
        run(tmp_path / "empty.csv")
