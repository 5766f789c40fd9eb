"""What people send is read in a process of its own, which has little and ends soon; hostile files are refused there."""

import ast
import io
import re
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from apps.core import images, sandbox
from apps.core.sandboxed import heads
from tests.conversations import hostile
from tests.conversations.files import archive, office, picture
from tests.elsewhere import ROOT

REWRITTEN = "rewritten"
# Of each hostile picture: what its measuring says, what a photo becomes of it, and what it becomes in a message.
MANY, GROWS = "that is too many.", "This picture is damaged: its frames differ in size."
PICTURES = {
    "a GIF whose later frames grow": ((64, 64), "", GROWS),
    "a GIF with one giant frame": ((64, 64), "", "too many pixels."),
    "a GIF that is one giant frame": ("too many", "too many", "too many"),
    "a GIF of 500 frames": ((1500, 1500), "", REWRITTEN),
    "a JPEG of 150 scans": (images.TOO_SLOW, images.TOO_SLOW, images.TOO_SLOW),
    "a JPEG of 60 scans": (images.TOO_SLOW, images.TOO_SLOW, images.TOO_SLOW),
    "a WebP of 64 megapixels": (MANY, MANY, MANY),
    "an RGBA PNG of 64 megapixels": ((2560, 2560), MANY, REWRITTEN),
    "a PNG of 64 megapixels with 16 bits of gray": ((2560, 2560), MANY, REWRITTEN),
    "a PNG of 64 megapixels with 64 bits": ((2560, 2560), MANY, REWRITTEN),
}


def outcome(work, file):
    """What comes of a file, or what is said of it."""
    try:
        return work(file)
    except images.Unreadable as error:
        return str(error)


def assert_outcome(wanted, found):
    if isinstance(wanted, str) and wanted not in {"", REWRITTEN}:
        assert wanted in str(found)
    else:
        assert not isinstance(found, str), found
        assert wanted in {"", REWRITTEN} or found == wanted


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_costs_much_is_refused_in_words_or_costs_little(name):
    measured, photo, message = PICTURES[name]
    file = io.BytesIO(hostile.PICTURES[name]())
    assert_outcome(measured, outcome(images.measure, file))
    assert_outcome(photo, outcome(lambda file: images.square(file, 192), file))
    assert_outcome(message, outcome(images.rewrite, file))


def test_each_hostile_picture_is_tried():
    assert set(PICTURES) == set(hostile.PICTURES)


@pytest.mark.parametrize("name", hostile.ARCHIVES)
def test_an_archive_that_costs_much_is_no_kind_at_all(name):
    try:
        kind = sandbox.run("archives.kind", io.BytesIO(hostile.ARCHIVES[name]()), sandbox.REQUEST).facts["kind"]
    except sandbox.Refused as refused:
        kind = refused.code.replace("memory", "")
    assert kind == ""


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (hostile.crowded_zip(10_000), "application/zip"),
        (archive(a="x"), "application/zip"),
        (archive(a="x") + b"behind", ""),
        (
            office("spreadsheetml.sheet", "xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
    # Of their own: the content has the time in it, and both workers must find the same tests.
    ids=["crowded", "small", "with more behind it", "a workbook"],
)
def test_an_archive_of_the_usual_kind_is_what_it_says(content, kind):
    said = sandbox.run("archives.kind", io.BytesIO(content), sandbox.REQUEST).facts["kind"]
    assert said == kind or (kind == "" and said == "application/zip")


@pytest.mark.parametrize(
    ("kind", "size", "taken"),
    [
        ("JPEG", (8_000, 8_000), True),
        ("PNG", (5_712, 4_284), True),
        ("PNG", (5_000, 5_000), False),
        ("HEIF", (5_712, 4_284), True),
        ("WEBP", (4_900, 5_000), True),
        ("WEBP", (5_000, 5_000), False),
        ("GIF", (5_000, 5_000), False),
    ],
)
def test_a_photo_has_24_megapixels_at_most_unless_it_is_a_jpeg(kind, size, taken):
    more = {"quality": 10} if kind in {"HEIF", "WEBP"} else {}
    photo = io.BytesIO(picture(kind, size, **more))
    if taken:
        assert images.square(photo, 64).size < 20_000
    else:
        with pytest.raises(images.Unreadable, match="too many"):
            images.square(photo, 64)


@pytest.mark.parametrize(
    ("scans", "side", "refused"), [(90, 500, False), (101, 64, True), (20, 8_000, False), (24, 8_000, True)]
)
def test_a_jpeg_has_so_many_scans_as_one_may_wait_for(scans, side, refused):
    # Ten of its own, and these.
    file = io.BytesIO(hostile.scanned_jpeg(scans - 10, side))
    assert heads.count_scans(file) == scans
    assert (outcome(images.measure, file) == images.TOO_SLOW) is refused


@pytest.mark.parametrize("filler", [b"\xff\x01" * 5, b"\xff" * 9, b"\xff\xd3" * 3])
def test_no_scan_hides_behind_markers_that_stand_alone(filler):
    whole = hostile.scanned_jpeg(95, 64)
    last = whole.rindex(b"\xff\xda")
    assert heads.count_scans(io.BytesIO(whole[:last] + filler + whole[last:])) == heads.count_scans(io.BytesIO(whole))


def test_what_stands_behind_a_jpeg_is_not_counted():
    """Phones put a video there, or a second picture."""
    assert heads.count_scans(io.BytesIO(picture() + b"\xff\xda\0\2" * 500)) == 1


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_how_a_png_stands_is_read_from_its_chunk_and_nothing_else_of_it(orientation, before):
    whole = picture("PNG", (300, 200), orientation=orientation)
    at = whole.index(b"eXIf") - 4
    chunk = whole[at : at + 12 + int.from_bytes(whole[at : at + 4], "big")]
    without = whole.replace(chunk, b"")
    place = without.index(b"IDAT") - 4 if before else without.index(b"IEND") - 4
    content = bytearray(without[:place] + chunk + without[place:])
    size = (200, 300) if orientation == 6 else (300, 200)
    assert images.measure(io.BytesIO(bytes(content))) == size
    rewritten = images.rewrite(io.BytesIO(bytes(content)))
    assert (rewritten.width, rewritten.height) == size
    # Its pixels are broken: that isn't seen, as they aren't read.
    data = content.index(b"IDAT") + 10
    content[data : data + 20] = b"\xff" * 20
    assert images.measure(io.BytesIO(bytes(content))) == size


# The sandbox itself


def place(**limits) -> sandbox.Place:
    return replace(
        sandbox.REQUEST, limits=replace(sandbox.REQUEST.limits, **limits), free=threading.Lock(), patience=0.05
    )


def test_too_much_memory_is_refused():
    with pytest.raises(sandbox.Refused) as refused:
        sandbox.run("pictures.rewrite", io.BytesIO(hostile.png("RGBA")), place(memory=200_000_000))
    assert refused.value.code in {"memory", "damaged"}


def test_too_much_of_the_processor_is_refused():
    file = io.BytesIO(hostile.scanned_jpeg(13, 8_000))
    with pytest.raises(sandbox.Refused) as refused:
        sandbox.run("pictures.rewrite", file, place(cpu=1))
    assert refused.value.code == "slow"


def test_what_hangs_is_ended():
    with pytest.raises(sandbox.Failed):
        sandbox.run("pictures.measure", io.BytesIO(picture()), replace(place(), seconds=0.01))


def test_no_more_is_written_than_allowed():
    with pytest.raises(sandbox.Failed):
        sandbox.run("pictures.rewrite", io.BytesIO(picture(size=(900, 900))), place(output=2_000))


def test_what_the_sandbox_can_not_do_at_all_fails(caplog):
    with pytest.raises(sandbox.Failed):
        sandbox.run("pictures.nothing", io.BytesIO(), place())
    assert "AttributeError" in caplog.text


def test_one_file_is_read_at_a_time_and_the_next_one_is_told():
    busy = place()
    with busy.free, pytest.raises(sandbox.Busy):
        sandbox.run("pictures.measure", io.BytesIO(picture()), busy)
    assert sandbox.run("pictures.measure", io.BytesIO(picture()), busy).facts == {"width": 300, "height": 200}


def test_a_file_is_read_from_its_beginning_and_left_where_it_was(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(picture() + b"x" * 100_000)
    with path.open("r+b") as file:
        before = file.read(10)
        assert images.measure(file) == (300, 200)
        assert file.tell() == 10
        file.seek(0)
        assert file.read(10) == before
        assert file.read() == path.read_bytes()[10:]


def test_it_has_no_environment_and_no_other_file(monkeypatch):
    asked = {}
    run = subprocess.run

    def noticed(command, **options):
        asked.update(options)
        return run(command, **options)

    monkeypatch.setattr(sandbox.subprocess, "run", noticed)
    images.measure(io.BytesIO(picture()))
    assert (asked["env"], asked["cwd"]) == ({}, "/")
    assert not asked.keys() & {"pass_fds", "close_fds", "preexec_fn"}


CONFINED = """
import sys; sys.path.insert(0, {root!r})
from apps.core.sandboxed.main import confine
confine(500_000_000, 5, 1_000, 0)
import resource, socket
print(resource.getrlimit(resource.RLIMIT_AS)[1], resource.getrlimit(resource.RLIMIT_CORE)[1])
try:
    socket.create_connection(("127.0.0.1", {port}), 5)
    print("connected")
except OSError:
    print("alone")
"""


def test_it_reaches_nobody():
    if subprocess.run(["unshare", "-Un", "true"], capture_output=True).returncode:
        pytest.skip("This system takes no network away: unshare -Un true")
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = CONFINED.format(root=str(ROOT), port=server.getsockname()[1])
        said = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["500000000", "0", "alone"]


def imported(path: Path) -> set[str]:
    """The modules that a file imports, by their first names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


DECODERS = {"PIL", "pillow_heif", "zipfile", "lzma", "bz2", "zlib", "gzip", "tarfile"}


def test_nothing_else_imports_a_decoder():
    inside = ROOT / "apps/core/sandboxed"
    # Nobody sent what is written into a ZIP, or the bare pixels that the sandbox made.
    harmless = {"apps/accounts/own_data.py": {"zipfile"}, "apps/courses/pixels.py": {"PIL", "PIL.Image", "zlib"}}
    for path in [*(ROOT / "apps").rglob("*.py"), *(ROOT / "project").rglob("*.py")]:
        if inside not in path.parents:
            assert not (imported(path) - harmless.get(str(path.relative_to(ROOT)), set())) & DECODERS, path
    used = (ROOT / "apps/courses/pixels.py").read_text()
    assert set(re.findall(r"\bImage\.(\w+)", used.split("from apps.core")[1])) == {"Image", "frombytes"}


def test_the_sandbox_imports_nothing_of_ours_but_itself():
    for path in (ROOT / "apps/core/sandboxed").glob("*.py"):
        names = imported(path)
        assert "django" not in names
        ours = {name for name in names if name.startswith(("apps.", "project"))}
        assert all(name.startswith(("apps.core.sandboxed", "apps.core.sizes")) for name in ours), ours


def test_reading_a_picture_is_quick(pace):
    file = io.BytesIO(picture())
    began = time.monotonic()
    images.measure(file)
    pace.assert_within(2, began)
