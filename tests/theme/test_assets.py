"""What templates ask of the theme is there."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPRITES = {path.stem.removeprefix("icons-"): path.read_text() for path in (ROOT / "static/img").glob("icons-*.svg")}
SHEETS = sorted((ROOT / "theme/static/css/dist").glob("*.css"))


def icons_in_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for name in re.findall(r'{% icon "([\w-]+)"', path.read_text()):
            yield str(path.relative_to(ROOT)), name


def test_every_icon_that_a_template_names_is_in_a_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', "".join(SPRITES.values())))
    missing = sorted({(template, name) for template, name in icons_in_templates() if name not in drawn})
    assert missing == [], "add these to a list in theme/static_src/icons, then npm run vendor"


def test_the_sprites_are_made_of_the_lists() -> None:
    lists = {path.stem: sorted(path.read_text().split()) for path in (ROOT / "theme/static_src/icons").glob("*.txt")}
    assert {name: re.findall(r'<symbol id="([\w-]+)"', sprite) for name, sprite in SPRITES.items()} == lists


def test_the_style_sheets_load_nothing_from_elsewhere() -> None:
    addresses = re.findall(r"url\(['\"]?([^'\")]{1,12})", "".join(path.read_text() for path in SHEETS))
    assert addresses
    assert all(address.startswith(("data:image/", "../../fonts/")) for address in addresses)
    fonts = re.findall(r"url\(\.\./\.\./(fonts/[^)]+)\)", "".join(path.read_text() for path in SHEETS))
    assert [name for name in fonts if not (ROOT / "theme/static" / name).is_file()] == []


def test_what_a_page_adds_to_the_script_of_all_pages_is_at_most_4_kb() -> None:
    scripts = (ROOT / "theme/static/js/dist").glob("*.js")
    added = {path.name: len(gzip.compress(path.read_bytes())) for path in scripts if path.name != "app.js"}
    assert added
    assert not {name: size for name, size in added.items() if size > 4_000}


def test_scripts_take_addresses_from_the_page() -> None:
    scripts = "".join(path.read_text() for path in (ROOT / "theme/static/js/dist").glob("*.js"))
    assert set(re.findall(r"""["'`](/[a-z]+/)""", scripts)) == {"/events/"}


def test_the_pages_carry_no_inline_script_or_style() -> None:
    inline = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|hx-on|[\"']js:")
    # What is sent by mail has no stylesheet beside it.
    pages = [path for path in (ROOT / "templates").rglob("*.html") if path.parent.name != "email"]
    assert not [str(path) for path in pages if inline.search(path.read_text())]
