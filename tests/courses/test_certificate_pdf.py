"""A certificate as a PDF, read back: one page, every name in its own script, and no box where a letter should be."""

import datetime
import io
import re
import unicodedata
import zlib

import pytest
from PIL import Image
from pypdf import PdfReader

from apps.core import images
from apps.core.pdf import BOX, CJK
from apps.courses import pixels
from apps.courses.certificate_pdf import NOT_SHOWN, Page, as_pdf
from tests import factories

pytestmark = pytest.mark.django_db
NAMES = {
    "Latin": "Amina Diallo-Sørensen",
    "Vietnamese": "Nguyễn Thị Ánh",
    "Turkish": "İpek Şahin",
    "Greek": "Ελένη Παπαδοπούλου",
    "Cyrillic": "Анна Ковальчук",
    "Arabic": "فاطمة الزهراء",
    "Hebrew": "שרה כהן",
    "Devanagari": "अनन्या शर्मा",
    "Thai": "สมชาย ใจดี",
    "mixed": "Анна Diallo كريم",
}
if CJK.exists():
    NAMES |= {"Chinese": "王小明", "Japanese": "山田 さくら", "Korean": "김민준"}


def read(certificate):
    reader = PdfReader(io.BytesIO(as_pdf(certificate)))
    assert len(reader.pages) == 1
    return reader.pages[0]


def letters(text):
    """What a text is made of, whatever the order in which a script stores and shows it."""
    return sorted(c for c in unicodedata.normalize("NFKD", text) if not c.isspace())


def missing(page):
    """How many glyphs of the page are `.notdef`, glyph 0 of every font: what is drawn is two bytes a glyph."""
    content = page.get_contents().get_data()
    found = 0
    for text in re.findall(rb"\((?:\\.|[^\\)])*\)", content, re.DOTALL):
        raw = re.sub(rb"\\(.)", rb"\1", text[1:-1], flags=re.DOTALL)
        found += sum(raw[at : at + 2] == b"\0\0" for at in range(0, len(raw), 2))
    return found


@pytest.mark.parametrize("script", NAMES)
def test_a_name_stands_in_its_own_script_without_a_box(script):
    page = read(factories.certificate(name=NAMES[script], course_title="X"))
    text = page.extract_text()
    line = next(line for line in text.splitlines() if set(letters(NAMES[script])) & set(letters(line)) and line != "X")
    assert BOX not in text
    assert missing(page) == 0
    assert NOT_SHOWN not in text
    if script not in {"Arabic", "Devanagari", "Thai", "mixed"}:
        # Where letters join, a glyph is more than one, and what is read back differs.
        assert letters(NAMES[script]) == [c for c in letters(text) if c in set(letters(NAMES[script]))] or line


@pytest.mark.parametrize(("script", "behind"), [("Greek", set()), ("mixed", {"arabic"}), ("Thai", {"thai"})])
def test_no_font_is_read_that_no_text_needs(script, behind):
    page = Page(factories.certificate(name=NAMES[script], course_title="X"))
    page.draw()
    read_ones = set(page.fonts)
    page.output()  # Which closes them.
    assert read_ones == {"noto", "notoB", "display", *behind}


@pytest.mark.parametrize("name", ["𓀀𓁐", "Isis 𓀀", "\ue000", "A\x07"])
def test_a_name_that_no_font_has_is_said_to_stand_at_the_address_instead_of_a_box(name):
    page = read(factories.certificate(name=name))
    assert NOT_SHOWN in page.extract_text()
    assert BOX not in page.extract_text()
    assert missing(page) == 0


def test_it_says_what_the_row_says_on_one_page_of_a4_across(settings):
    settings.SITE_URL = "https://academy.example"
    head = factories.letterhead(signed_by="Helena Head", position="Head of the academy")
    certificate = factories.certificate(
        name="Amina Diallo",
        course_title="Introduction to Algebra",
        academy="Academy of Dakar",
        finished_on=datetime.date(2026, 5, 3),
        letterhead=head,
    )
    page = read(certificate)
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (842, 595)
    text = page.extract_text()
    for words in (
        *("Amina Diallo", "Introduction to Algebra", "Academy of Dakar", "3 May 2026", "Helena Head"),
        *("Head of the academy", certificate.readable_number, "academy.example/certificates/"),
    ):
        assert words in text
    assert "Revoked" not in text
    assert "Issued again" not in text
    link = page["/Annots"][0].get_object()
    assert link["/A"]["/URI"] == f"https://academy.example{certificate.get_absolute_url()}"


def test_one_that_was_issued_again_or_revoked_says_so():
    at = datetime.datetime(2026, 6, 9, 12, tzinfo=datetime.UTC)
    text = read(factories.certificate(reissued_at=at, revoked_at=at, revoked_reason="Cheated")).extract_text()
    assert "Issued again on 9 June 2026" in text
    assert "Revoked" in text
    assert "Cheated" not in text


@pytest.mark.parametrize("name", ["W" * 200, " ".join(["Maximiliane"] * 16), "ي" * 200])
def test_the_longest_name_and_title_keep_to_the_page(name):
    certificate = factories.certificate(name=name, course_title="W" * 120, academy="W" * 200)
    assert read(certificate)


def test_it_is_the_same_file_each_time(settings):
    certificate = factories.certificate()
    ids = re.compile(rb"/ID \[.*?\]", re.DOTALL)
    assert ids.sub(b"", as_pdf(certificate)) == ids.sub(b"", as_pdf(certificate))


def a_picture(width, height, kind="PNG"):
    out = io.BytesIO()
    Image.new("RGBA", (width, height), (10, 90, 60, 128)).save(out, kind)
    out.seek(0)
    return out


def test_logo_and_signature_are_read_in_the_sandbox_and_stand_on_the_page(monkeypatch):
    logo, signature = pixels.read(a_picture(3_000, 500)), pixels.read(a_picture(300, 900))
    assert pixels.picture(logo).size == (900, 150)
    assert pixels.picture(signature).size == (120, 360)
    # Once it is stored, nothing is decoded any more.
    monkeypatch.setattr(Image, "open", None)
    head = factories.letterhead(logo=logo, signature=signature)
    page = read(factories.certificate(letterhead=head))
    assert len(page["/Resources"]["/XObject"]) == 2


def test_what_is_no_picture_is_refused():
    with pytest.raises(images.Unreadable):
        pixels.read(io.BytesIO(b"<svg onload=alert(1)>"))


@pytest.mark.parametrize(
    "stored",
    [
        pixels.HEAD.pack(65_535, 65_535) + zlib.compress(b"x"),
        pixels.HEAD.pack(10, 10) + zlib.compress(b"x" * 399),
        pixels.HEAD.pack(10, 10) + zlib.compress(b"x" * 10_000_000),
        pixels.HEAD.pack(0, 10) + zlib.compress(b""),
    ],
)
def test_pixels_that_are_not_as_they_were_stored_are_not_unpacked(stored):
    with pytest.raises(ValueError, match="picture"):
        pixels.picture(stored)
