"""What people type stays text: in headers of answers and mails, in names of files, in pages, in lines of logs."""

import json
import logging
import re
from email import message_from_bytes, policy

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.core import logs
from apps.core.smtp import Email
from apps.core.tasks import send_emails
from tests.conftest import PASSWORD

BREAKS = [
    "a\r\nBcc: evil@home.test\r\n\r\nbody",
    "a\nX-Evil: 1",
    "a\rX-Evil: 1",
    "a\x00b",
    "a\u2028X-Evil: 1",
    "a\x85X-Evil: 1",
]
MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}{% debug %}${7*7}"


@pytest.mark.parametrize("typed", BREAKS)
def test_no_header_of_an_answer_begins_in_what_was_typed(cast, client_for, settings, tmp_path, typed):
    settings.MEDIA_ROOT = tmp_path
    client = client_for(cast.staff)
    path = f"/conversations/{cast.amina.conversation_id}/attachments/"
    sent = client.post(path, {"file": SimpleUploadedFile(f"{typed}.txt", b"text", "text/plain\r\nX-Evil: 1")})
    answers = [
        sent,
        client.get(f"{path}{sent.json().get('id', 0)}/"),
        client.post(f"/conversations/{cast.amina.conversation_id}/export/", {"format": typed}),
        client.get("/accounts/login/", {"next": typed}),
        client.post("/accounts/login/", {"login": typed, "password": typed, "next": f"/{typed}"}),
        client.get("/students/", {"q": typed, "sort": typed}, headers={"HX-Request": "true", "HX-Current-URL": "/x"}),
        client.get("/accounts/invitations/", {"q": typed}, headers={"HX-Request": "true"}),
        client.post("/students/new/", {"given_name": typed, "code": typed}),
        client.get(f"/{typed}"),
    ]
    for answer in answers:
        assert answer.status_code < 500
        for name, value in answer.headers.items():
            assert not re.search(r"[\r\n\x00]", f"{name}{value}"), (name, value)
            assert name not in {"X-Evil", "Bcc"}
        answer.close()


# No name has a NUL in it: forms refuse it, and PostgreSQL stores none.
@pytest.mark.parametrize("typed", [each for each in BREAKS if "\0" not in each])
def test_no_header_of_a_mail_begins_in_a_name(cast, client_for, settings, django_capture_on_commit_callbacks, typed):
    settings.ACADEMY_NAME = f"Academy {typed}"
    User.objects.filter(pk=cast.staff.pk).update(given_name=typed, family_name=typed)
    with django_capture_on_commit_callbacks(execute=True):
        form = {"role": "teacher", "addresses": "new@home.test"}
        assert client_for(cast.staff).post("/accounts/invitations/new/", form).status_code == 200
        Client().post("/accounts/password/reset/", {"email": cast.staff.email})
        Client().post("/accounts/login/", {"login": cast.staff.email, "password": PASSWORD})
    assert len(mail.outbox) >= 3
    for letter in mail.outbox:
        read = message_from_bytes(letter.message().as_bytes(), policy=policy.default)
        assert read["Bcc"] is None
        assert read["X-Evil"] is None
        assert len(read.get_all("To")) == 1
        assert set(letter.recipients()) <= {"new@home.test", cast.staff.email}


@pytest.mark.parametrize("typed", BREAKS[:3])
def test_a_mail_with_a_break_in_a_header_is_not_sent_rather_than_cut(settings, typed):
    with pytest.raises(ValueError, match=r"newline|linefeed|header"):
        Email(f"Hello {typed}", "text", to=["new@home.test"]).message()
    with pytest.raises(ValueError, match=r"newline|linefeed|header|address"):
        Email("Hello", "text", to=[f"new@home.test{typed}"]).message()
    assert mail.outbox == []


@pytest.mark.parametrize(
    "address",
    [
        "new@home.test\nBcc: evil@home.test",
        "new@home.test, evil@home.test",
        "new@home.test;evil@home.test",
        "<new@home.test> evil@home.test",
        '"evil@home.test"@home.test',
        "new@home.test%0aBcc:evil@home.test",
        "new@home.test\x00@evil.test",
        "new(evil@home.test)@home.test",
    ],
)
def test_a_reset_goes_to_one_address_or_none(cast, django_capture_on_commit_callbacks, address):
    with django_capture_on_commit_callbacks(execute=True):
        answer = Client().post("/accounts/password/reset/", {"email": address})
    assert answer.status_code in {200, 302, 422}
    assert all(len(letter.recipients()) == 1 for letter in mail.outbox)
    assert not any("evil@home.test" in letter.recipients() for letter in mail.outbox)


def test_the_html_of_a_mail_and_every_page_show_markup_as_text(
    cast, client_for, settings, django_capture_on_commit_callbacks
):
    User.objects.filter(pk__in=[cast.staff.pk, cast.amina_user.pk]).update(
        given_name=MARKUP[:100], family_name=MARKUP[:100]
    )
    type(cast.amina).objects.filter(pk=cast.amina.pk).update(
        given_name=MARKUP[:100], family_name=MARKUP[:100], email=""
    )
    type(cast.batch).objects.filter(pk=cast.batch.pk).update(name=MARKUP[:80])
    settings.ACADEMY_NAME = MARKUP[:60]
    client = client_for(cast.staff)
    thread = f"/conversations/{cast.amina.conversation_id}/"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{thread}messages/", {"body": MARKUP, "audience": "everyone"})
        client.post("/accounts/invitations/new/", {"role": "teacher", "addresses": "new@home.test"})
    pages = [
        *("/", "/students/", f"/students/{cast.amina.pk}/", f"/students/{cast.amina.pk}/edit/", "/batches/", thread),
        *(
            f"/batches/{cast.batch.pk}/edit/",
            "/payments/pending/",
            f"/payments/students/{cast.amina.pk}/",
            "/messages/",
        ),
        *("/accounts/settings/", "/accounts/invitations/", "/people/", f"/people/{cast.amina_user.pk}/"),
        *(
            f"/students/?q={MARKUP}",
            f"/conversations/search/?q={MARKUP}",
            f"/accounts/login/?next={MARKUP}",
            f"/{MARKUP}",
        ),
    ]
    html = {path: client.get(path).content.decode() for path in pages}
    html |= {"mail": "".join(part.content for letter in mail.outbox for part in letter.alternatives)}
    assert html["mail"]
    for path, text in html.items():
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert "49" not in re.findall(r"x onerror=alert\(1\)&gt;(\d+)", text), path


def test_what_was_typed_begins_no_line_of_a_log(cast, caplog):
    forged = 'x\n{"level": "ERROR", "message": "forged"}\r\n2026-11-20 00:00:00 ERROR forged'
    client = Client(raise_request_exception=False)
    client.get(f"/{forged}/")
    client.get("/", headers={"User-Agent": forged, "X-Request-ID": forged, "Referer": forged})
    client.post("/accounts/login/", {"login": forged, "password": forged})
    client.get("/", headers={"host": "evil.test\nforged"})
    logging.getLogger("homeroom").error("It failed for %s", forged)
    assert caplog.records
    for made in caplog.records:
        line = logs.JsonFormatter().format(made)
        assert len(line.splitlines()) == 1
        assert json.loads(line)["message"] != "forged"
        plain = logs.PlainFormatter().format(made).splitlines()
        assert all(each.startswith("    ") for each in plain[1:])


def test_a_job_that_sends_mail_is_known_by_its_name(cast):
    assert send_emails.module_path == "apps.core.tasks.send_emails"


@pytest.mark.parametrize("typed", ["\u200b\u200d", "\u2060 \ufeff", "\u3164", "\u2800 \u00ad", "\u202e\u202c"])
def test_nobody_goes_by_a_name_that_cannot_be_seen(cast, client_for, typed):
    answer = client_for(cast.teacher).post("/accounts/settings/", {"section": "profile", "given_name": typed})
    assert answer.status_code == 422
    assert "Enter your given name." in answer.text


def test_a_name_turns_no_text_around_it_and_keeps_what_joins_letters_and_emoji(cast, client_for):
    client = client_for(cast.teacher)
    for typed, kept in {
        "\u202enimda\u202c": "nimda",
        "\u2067Tariq\u2069": "Tariq",
        "\u0646\u0645\u06cc\u200c\u062f\u0627": "\u0646\u0645\u06cc\u200c\u062f\u0627",
        "\U0001f469\u200d\U0001f680": "\U0001f469\u200d\U0001f680",
    }.items():
        assert client.post("/accounts/settings/", {"section": "profile", "given_name": typed}).status_code == 302
        assert User.objects.get(pk=cast.teacher.pk).given_name == kept
