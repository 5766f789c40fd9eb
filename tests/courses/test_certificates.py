"""What happens to a certificate after it was issued, and who sees what of it."""

import datetime
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from apps.accounts.models import AuditEntry
from apps.courses import achievements, actions
from apps.courses.models import Certificate, Letterhead
from apps.courses.part import CoursesPart
from tests import factories


@pytest.fixture
def certificate(cast):
    return factories.certificate(
        student=cast.amina, course=cast.course, name="Amina Diallo", finished_on=datetime.date(2026, 5, 3)
    )


def test_the_database_keeps_it_to_one_a_run(certificate):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.certificate(student=certificate.student, course=certificate.course)
    assert factories.certificate(student=certificate.student, course=certificate.course, run=2)


def test_the_public_page_shows_what_is_printed_and_nothing_else_of_the_student(certificate, cast, client):
    response = client.get(certificate.get_absolute_url())
    page = response.content.decode()
    for words in ("Amina Diallo", "Algebra", "3 May 2026", "Homeroom Academy", certificate.readable_number, "Valid"):
        assert words in page
    for secret in (cast.amina.code, cast.amina.email, f"/students/{cast.amina.pk}", "/courses/", "/pdf/"):
        assert secret not in page
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert 'name="robots" content="noindex' in page
    assert response.headers["Cache-Control"] == "private, no-store"


def test_it_is_found_by_its_number_however_that_was_typed(certificate, client):
    typed = certificate.number.lower().replace("0", "o")
    assert client.get(reverse("courses:certificate_verify", args=[typed])).status_code == 200


@pytest.mark.parametrize("number", ["0" * 26, "x", "%00", "A" * 3000, "é"])
def test_no_other_number_is_found_and_each_costs_the_same_look(certificate, client, number, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.get(f"/certificates/{number}x/").status_code == 404


def test_a_revoked_one_says_so_to_everybody_and_why_to_the_team_alone(certificate, cast, client, client_for):
    actions.revoke_certificate(cast.staff, certificate, "Copied the exam")
    page = client.get(certificate.get_absolute_url()).content.decode()
    assert "Revoked" in page
    assert "Valid certificate" not in page
    assert "Copied" not in page
    team = client_for(cast.staff).get(reverse("courses:certificate_list", args=[cast.course.pk]))
    assert "Copied the exam" in team.content.decode()
    teacher = client_for(cast.teacher).get(reverse("courses:certificate_list", args=[cast.course.pk]))
    assert "Copied the exam" not in teacher.content.decode()
    actions.restore_certificate(cast.staff, certificate)
    assert "Valid certificate" in client.get(certificate.get_absolute_url()).content.decode()
    verbs = AuditEntry.objects.filter(verb__startswith="certificate.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["certificate.revoked", "certificate.restored"]
    assert "Copied" not in json.dumps([entry.detail for entry in AuditEntry.objects.all()])


def test_a_corrected_name_is_issued_again_under_the_same_number_and_date(certificate, cast, client):
    cast.amina.family_name = "Diallo Ba"
    cast.amina.save()
    number = certificate.number
    again = actions.reissue_certificate(cast.staff, certificate)
    assert (again.number, again.name, again.finished_on) == (number, "Amina Diallo Ba", certificate.finished_on)
    page = client.get(again.get_absolute_url()).content.decode()
    assert "Amina Diallo Ba" in page
    assert "Issued again on" in page


def test_a_batchs_teacher_sees_those_of_the_own_batch(certificate, cast):
    other = factories.certificate(student=cast.chloe, course=cast.course)
    writer = factories.course_teacher(course=cast.course).teacher
    seen = {user: set(Certificate.objects.visible_to(user)) for user in (cast.teacher, cast.teacher2, writer)}
    assert seen == {cast.teacher: {certificate}, cast.teacher2: {other}, writer: {certificate, other}}
    assert set(Certificate.objects.visible_to(cast.amina_user)) == {certificate}
    assert set(Certificate.objects.visible_to(cast.outsider)) == set()


def test_a_students_page_has_the_certificates_and_what_was_finished_without_one(certificate, cast, client_for):
    botany = factories.course(title="Botany")
    factories.course_completion(student=cast.amina, course=botany)
    found = achievements.of_student(cast.amina_user)
    assert {(each.title, each.certificate) for each in found} == {("Algebra", certificate), ("Botany", None)}
    page = client_for(cast.amina_user).get("/certificates/").content.decode()
    assert "Botany" in page
    assert f"{certificate.get_absolute_url()}pdf/" in page
    assert achievements.of_course(cast.amina_user, cast.course).certificate == certificate
    assert achievements.of_course(cast.bruno_user, cast.course) is None


def test_a_person_has_their_certificates_in_their_own_data(certificate, cast):
    data = CoursesPart().own_data(cast.amina_user)
    assert [paper["number"] for paper in data["certificates"]] == [certificate.readable_number]
    assert CoursesPart().own_data(cast.bruno_user)["certificates"] == []


def test_a_new_letterhead_leaves_issued_certificates_as_they_are(cast, client_for):
    def picture(color):
        out = io.BytesIO()
        Image.new("RGB", (50, 20), color).save(out, "PNG")
        return SimpleUploadedFile("logo.png", out.getvalue())

    client = client_for(cast.admin)
    address = reverse("admin:courses_letterhead_add")
    assert client.post(address, {"new_logo": picture("red"), "signed_by": "Helena"}).status_code == 302
    first = Letterhead.objects.get()
    issued = actions.issue_certificate(cast.staff, cast.amina, cast.course)
    assert client.post(address, {"signed_by": "Hugo"}).status_code == 302
    second = Letterhead.objects.first()
    assert (second.signed_by, bytes(second.logo)) == ("Hugo", bytes(first.logo))
    issued.refresh_from_db()
    assert issued.letterhead == first
    assert actions.issue_certificate(cast.staff, cast.bruno, cast.course).letterhead == second
    assert client.post(address, {"without_logo": "on"}).status_code == 302
    assert Letterhead.objects.first().logo is None
    refused = client.post(address, {"new_logo": SimpleUploadedFile("a.png", b"no picture")})
    assert refused.status_code == 200
    assert Letterhead.objects.count() == 3
