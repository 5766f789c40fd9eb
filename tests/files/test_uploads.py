"""A view that takes videos takes them from who may send them; everybody else is stopped at the usual limit."""

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch

from apps.accounts.models import Role
from apps.files.actions import store
from apps.files.kinds import DOCUMENTS, VIDEOS
from apps.files.uploads import sent_file, status_of, takes_files
from tests.conversations.files import PDF
from tests.files.conftest import HERE, on_disk

pytestmark = pytest.mark.django_db
MB = 1_000_000


@pytest.fixture(autouse=True)
def limits(settings):
    settings.MAX_FILE, settings.MAX_FILES, settings.MAX_VIDEO = MB, 1, 5 * MB


def plain(_):
    return HttpResponse()


taking = takes_files(VIDEOS, may=lambda user: user.role != Role.STUDENT)(lambda _: HttpResponse())


def sent(who, view, size, kinds=VIDEOS):
    """How many bytes arrive, or the code and the sentence with which they are refused."""
    request = RequestFactory().post("/", {"file": SimpleUploadedFile("a", b"a" * size)} if size else {})
    request.user, request.resolver_match = who, ResolverMatch(view, (), {})
    try:
        return sent_file(request, "file", kinds=kinds).size
    except ValidationError as error:
        return error.code, error.messages[0], status_of(error)
    finally:
        request.close()


def test_the_limit_is_the_views_own(cast, media):
    assert sent(cast.teacher, taking, 4 * MB) == 4 * MB
    assert sent(cast.teacher, plain, 900_000) == 900_000
    assert sent(cast.teacher, taking, 6 * MB)[0] == "too_large"
    assert sent(cast.teacher, plain, 4 * MB)[0] == "too_large"
    assert on_disk(media) == []


def test_a_video_is_moved_to_its_place_and_not_copied(cast, media):
    content = SimpleUploadedFile("clip.mp4", (HERE / "clip.mp4").read_bytes())
    request = RequestFactory().post("/", {"file": content})
    request.user, request.resolver_match = cast.teacher, ResolverMatch(taking, (), {})
    uploaded = sent_file(request, "file", kinds=VIDEOS)
    on_its_way = Path(uploaded.temporary_file_path()).stat().st_ino
    stored = store(cast.teacher, uploaded, kinds=VIDEOS)
    request.close()
    assert Path(stored.file.path).stat().st_ino == on_its_way
    assert on_disk(media) == [Path(stored.file.path)]


def test_who_may_not_send_one_is_stopped_before_anything_is_kept(cast, media):
    assert sent(cast.amina_user, taking, 4 * MB)[0] == "too_large"
    assert sent(AnonymousUser(), taking, 4 * MB)[0] == "too_large"
    assert on_disk(media) == []


def test_each_refusal_is_a_sentence_with_a_status_of_its_own(cast, settings, keep):
    assert sent(cast.teacher, taking, 6 * MB) == ("too_large", "This file is too large: 5 MB at most.", 413)
    assert sent(cast.teacher, taking, 0) == ("required", "Choose a file first.", 422)
    settings.FREE_DISK = 10**18
    code, said, status = sent(cast.teacher, taking, 10)
    assert (code, status) == ("no_room", 507)
    assert "no room for more files" in said
    with pytest.raises(ValidationError) as error:
        keep(PDF, VIDEOS)
    assert status_of(error.value) == 415


def test_videos_count_apart_from_what_else_a_person_sends(cast, settings, keep):
    settings.QUOTA, settings.VIDEO_QUOTA = 1_000, 10_000
    keep("clip.mp4", VIDEOS)
    keep(b"a" * 900, DOCUMENTS, "a.txt")
    keep("clip.mp4", VIDEOS)
    for content, kinds, most in ((b"a" * 900, DOCUMENTS, "1 KB"), ("clip.mp4", VIDEOS, "10 KB")):
        with pytest.raises(ValidationError, match=f"{most} is the most"):
            keep(content, kinds, "a.txt" if kinds is DOCUMENTS else "")
