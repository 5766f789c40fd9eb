"""What people do by mistake on the pages of quizzes: each is said, and does no harm."""

import pytest

from apps.assessments import actions
from apps.assessments.models import Answer
from tests import factories
from tests.assessments.sitting import every_kind


@pytest.fixture
def quiz(cast):
    return every_kind(cast.course)


def text(response, status=200):
    assert response.status_code == status, response.content.decode()[:3000]
    return response.content.decode()


def test_a_page_of_somebody_who_signed_out_writes_nothing_into_the_attempt_of_who_signed_in(cast, client_for, quiz):
    beside = factories.student_with_account()
    factories.enrollment(student=beside, batch=factories.batch(course=cast.course))
    other = beside.user
    theirs, own = actions.start_attempt(other, quiz), actions.start_attempt(cast.amina_user, quiz)
    client, url = client_for(cast.amina_user), own.get_absolute_url()
    assert url == theirs.get_absolute_url()
    assert f'name="attempt" value="{own.pk}"' in text(client.get(url))
    assert f'name="attempt" value="{own.pk}"' in text(client.get(f"{url}end/"))
    about = {"attempt": theirs.pk}
    assert client.post(url, about | {"script": 1, "c4": "7", "a4": "not hers"}).status_code == 404
    assert client.post(f"{url}flags/1/", about | {"flagged": 1}).status_code == 404
    assert client.post(f"{url}end/", about).status_code == 404
    own.refresh_from_db()
    assert own.is_open
    assert not Answer.objects.exists()
    assert client.post(url, {"attempt": own.pk, "script": 1, "c4": "7", "a4": "hers"}).json()["taken"] == [4]
