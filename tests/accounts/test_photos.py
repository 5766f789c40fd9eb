"""A photo is a small square and nothing else, for those who may see its person."""

import io
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from PIL import Image

from apps.accounts import photos
from apps.accounts.forms_settings import MAX_PHOTO
from apps.accounts.models import AuditEntry, User
from apps.conversations.actions import send_message
from tests.conversations.files import SECRET, animation, picture

URL = "/accounts/settings/photo/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOADS = tmp_path / "uploads"
    return tmp_path / "media"


def files(media: Path) -> list[Path]:
    return sorted(path for path in media.rglob("*") if path.is_file())


def upload(client, content: bytes, name: str = "me.jpg", headers=HTMX):
    return client.post(URL, {"photo": SimpleUploadedFile(name, content)}, headers=headers)


def get(client, address: str):
    """The answer, with all of its content read, so that the file is closed."""
    answer = client.get(address)
    if answer.streaming:
        answer.whole = b"".join(answer.streaming_content)
        answer.close()
    return answer


def with_photo(client, user, content: bytes | None = None) -> str:
    """The address of the photo that this person now has."""
    assert upload(client, content or picture()).status_code == 200
    user.refresh_from_db()
    return photos.address(user)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "HEIF"])
def test_of_a_picture_only_the_pixels_are_kept(cast, client_for, media, kind):
    original = picture(kind)
    assert SECRET in original
    address = with_photo(client_for(cast.staff), cast.staff, original)
    [stored] = files(media)
    content = stored.read_bytes()
    assert SECRET not in content
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("WEBP", (photos.SIDE, photos.SIDE))
        assert not image.getexif()
        assert not set(image.info) & {"exif", "icc_profile", "xmp", "comment"}
    assert len(content) < 20_000
    assert get(client_for(cast.staff), address).whole == content


def test_it_stands_upright_and_is_cut_from_the_middle(cast, client_for, media):
    """Red on the left and blue on the right; turned a quarter, red is above."""
    with_photo(client_for(cast.staff), cast.staff, picture(size=(600, 200), orientation=6))
    with Image.open(files(media)[0]) as image:
        above, below = (image.convert("RGB").getpixel((96, y)) for y in (5, 186))
    assert above[0] > 200 > 60 > above[2]
    assert below[2] > 200 > 60 > below[0]


def test_an_animation_stands_still(cast, client_for, media):
    with_photo(client_for(cast.staff), cast.staff, animation())
    with Image.open(files(media)[0]) as image:
        assert getattr(image, "n_frames", 1) == 1


def bomb(side: int) -> bytes:
    """Few bytes that are many pixels."""
    target = io.BytesIO()
    Image.new("1", (side, side)).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "me.svg", "isn&#x27;t a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "me.png", "isn&#x27;t a picture"),
        (b"<!doctype html><script>alert(1)</script>", "me.jpg", "isn&#x27;t a picture"),
        (b"%PDF-1.7 hello", "me.jpg", "isn&#x27;t a picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "me.png", "picture"),
        (picture()[:400], "me.jpg", "picture is damaged"),
        (b"", "me.jpg", "This file is empty"),
        (bomb(30_000), "me.png", "too many pixels"),
        (bomb(9_000), "me.png", "9,000 × 9,000 pixels; that is too many"),
        (b"\xff\xd8\xff" + b"\0" * MAX_PHOTO, "me.jpg", "too large: 15 MB at most"),
    ],
    ids=["svg", "svg as png", "html", "pdf", "half a png", "cut off", "empty", "bomb", "many pixels", "too large"],
)
@pytest.mark.parametrize("script", [True, False])
def test_what_is_no_picture_is_refused_in_words_and_changes_nothing(
    cast, client_for, media, content, name, said, script
):
    before = with_photo(client_for(cast.amina_user), cast.amina_user)
    kept = files(media)
    answer = upload(client_for(cast.amina_user), content, name, HTMX if script else {})
    cast.amina_user.refresh_from_db()
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert said in shown
    assert ("<html" in shown) is not script
    assert photos.address(cast.amina_user) == before
    assert files(media) == kept


def test_no_file_at_all_is_told(cast, client_for):
    answer = client_for(cast.staff).post(URL, {}, headers=HTMX)
    assert (answer.status_code, "Choose a picture first." in answer.content.decode()) == (422, True)


def test_a_body_beyond_all_files_is_cut_off(cast, client_for, settings, media):
    settings.MAX_FILE = 10_000
    answer = upload(client_for(cast.staff), b"x" * 20_000)
    assert (answer.status_code, "too large" in answer.content.decode()) == (422, True)
    assert files(media) == []


def test_another_photo_has_another_address_and_the_old_one_is_gone(cast, client_for, media, published):
    client = client_for(cast.staff)
    first = with_photo(client, cast.staff)
    with published():
        second = with_photo(client, cast.staff, picture("PNG"))
    assert first != second
    assert get(client, first).status_code == 404
    assert len(files(media)) == 1
    with published():
        html = client.post(URL, {"remove": "1"}, headers=HTMX).content.decode()
    assert "Saved" in html
    assert files(media) == []
    cast.staff.refresh_from_db()
    assert (cast.staff.photo.name, photos.address(cast.staff)) == ("", "")
    assert get(client, second).status_code == 404
    assert AuditEntry.objects.filter(verb="settings.changed", detail={"fields": ["photo"]}).count() == 3


def test_what_could_not_be_stored_leaves_no_file(cast, media, monkeypatch):
    def broken(*args, **fields):
        raise RuntimeError

    monkeypatch.setattr("apps.accounts.photos.audit.record", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        photos.set_photo(cast.staff, SimpleUploadedFile("me.jpg", picture()))
    assert files(media) == []
    cast.staff.refresh_from_db()
    assert not cast.staff.photo


def test_its_name_cannot_be_guessed_and_says_nothing(cast, client_for, media):
    with_photo(client_for(cast.amina_user), cast.amina_user)
    [stored] = files(media)
    assert stored.parent == media / "photos"
    assert len(stored.stem) == 20
    assert "amina" not in str(stored.relative_to(media)).lower()


@pytest.mark.parametrize(
    ("whose", "seen_by"),
    [
        ("amina_user", {"amina_user", "admin", "staff", "teacher"}),
        ("teacher", {"amina_user", "bruno_user", "outsider", "admin", "staff", "teacher"}),
        ("staff", {"amina_user", "bruno_user", "outsider", "admin", "staff", "teacher"}),
    ],
)
def test_who_may_have_a_photo(cast, client, client_for, whose, seen_by):
    address = with_photo(client_for(getattr(cast, whose)), getattr(cast, whose))
    for reader in ("amina_user", "bruno_user", "outsider", "admin", "staff", "teacher"):
        answer = get(client_for(getattr(cast, reader)), address)
        assert answer.status_code == (200 if reader in seen_by else 404), reader
    assert client.get(address).headers["Location"].startswith("/accounts/login/")
    assert client_for(cast.admin).post(address).status_code == 405


def test_an_address_that_was_made_up_leads_nowhere(cast, client_for):
    address = with_photo(client_for(cast.staff), cast.staff)
    admin = client_for(cast.admin)
    for wrong in (
        address.replace(f"/{cast.staff.pk}/", f"/{cast.teacher.pk}/"),
        address.replace(f"/{cast.staff.pk}/", "/999999/"),
        f"/accounts/photos/{cast.staff.pk}/{'A' * 20}/",
        f"/accounts/photos/{cast.teacher.pk}/photos/",
        f"/accounts/photos/{cast.teacher.pk}/-/",
    ):
        assert get(admin, wrong).status_code == 404, wrong


def test_whatever_is_in_it_no_browser_runs_it_and_no_proxy_keeps_it(cast, client_for, settings):
    address = with_photo(client_for(cast.staff), cast.staff)
    answer = get(client_for(cast.admin), address)
    assert answer.headers["Content-Type"] == "image/webp"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=86400"
    settings.ACCEL = "/media/"
    answer = get(client_for(cast.admin), address)
    cast.staff.refresh_from_db()
    assert (answer.content, answer.headers["X-Accel-Redirect"]) == (b"", f"/media/{cast.staff.photo.name}")


def test_a_picture_goes_up_only_by_its_owner(cast, client, client_for, media):
    assert upload(client, picture()).status_code == 401
    assert client_for(cast.staff).get(URL).status_code == 405
    upload(client_for(cast.amina_user), picture())
    assert list(User.objects.exclude(photo="").values_list("pk", flat=True)) == [cast.amina_user.pk]


def avatar(user) -> str:
    return Template("{% avatar user %}").render(Context({"user": user}))


def test_initials_stand_on_a_colour_that_stays(cast):
    first = avatar(cast.staff)
    assert f'class="avatar avatar-{cast.staff.pk % 12} "' in first
    assert ">SS</span>" in first
    cast.staff.given_name = "<b>"
    assert "&lt;S</span>" in avatar(cast.staff)
    assert f"avatar-{cast.staff.pk % 12} " in avatar(cast.staff)


def test_photos_stand_wherever_initials_did_without_another_query(cast, client_for, published):
    client = client_for(cast.amina_user)
    send_message(cast.staff, cast.amina.conversation, "Hello", "everyone")
    pages = ["/", "/messages/", "/messages/people/", "/accounts/settings/"]

    def asked() -> dict[str, int]:
        counts = {}
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            counts[page] = len(queries)
        return counts

    asked()
    before = asked()
    for user in (cast.amina_user, cast.staff, cast.admin, cast.teacher):
        user.photo.save("x.webp", ContentFile(b"x"))
    assert asked() == before
    # In the corner, in its menu, and in the form of a message that is on its way.
    assert client.get("/").content.decode().count(photos.address(cast.amina_user)) == 3
