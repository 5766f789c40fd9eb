"""Every colour of text is readable where it is used: WCAG 2.2 AA asks for 4.5, and 3 for the edge of a control."""

import re
from collections.abc import Iterator
from math import cos, radians, sin
from pathlib import Path

from apps.accounts.templatetags import people

AVATAR = (Path(__file__).resolve().parents[2] / "theme/static_src/src/avatar.css").read_text()
CODE = (Path(__file__).resolve().parents[2] / "theme/static_src/src/code.css").read_text()
TOKENS = (Path(__file__).resolve().parents[2] / "theme/static_src/src/tokens.css").read_text()
OKLCH = r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)"
Lab = tuple[float, float, float]

TONES = ("primary", "error", "success", "warning", "info")
TEXT = [
    *((ink, paper) for ink in ("base-content", "muted") for paper in ("base-100", "base-200", "base-300")),
    *(("base-content", paper) for paper in ("staff-paper", "open-paper", "bubble-other", "bubble-own")),
    *(("muted", paper) for paper in ("staff-paper", "open-paper")),
    *(
        (tone, paper)
        for tone in ("primary", "error", "success", "warning", "info")
        for paper in ("base-100", "base-200")
    ),
    *((f"{tone}-content", tone) for tone in ("primary", "error", "success", "warning", "info", "neutral")),
    *((ink, paper) for ink in ("staff-ink", "error") for paper in ("base-100", "staff-paper")),
    *((ink, paper) for ink in ("open-ink", "error") for paper in ("base-100", "open-paper")),
    # The audience that isn't chosen, on the track of the switch.
    ("staff-ink", "14% staff-ink staff-paper"),
    ("open-ink", "14% open-ink open-paper"),
    # Alerts, chips and the offline word stand on a wash of their own tone.
    *((tone, f"12% {tone} base-100") for tone in ("success", "warning", "error", "muted")),
    # Boxes in a text.
    *((tone, f"5% {tone} base-100") for tone in ("primary", "info", "error", "muted")),
]
EDGES = [("line-strong", "base-100"), ("line-strong", "base-200"), ("primary", "base-100"), ("primary", "base-200")]


def read(mode: int, sheet: str = TOKENS) -> dict[str, Lab]:
    """The tokens of the light (0) or dark (1) theme, in OKLab, with those of a sheet."""
    theme = TOKENS.split("@plugin")[mode + 1]
    found = re.findall(rf"--color-([\w-]+): {OKLCH}", theme)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((oklch\([^)]*\)), (oklch\([^)]*\))\)", sheet):
        match = re.fullmatch(OKLCH, (light, dark)[mode])
        assert match, name
        found.append((name.removeprefix("ink-"), *match.groups()))
    return {
        name: (
            float(lightness) / 100,
            float(chroma) * cos(radians(float(hue))),
            float(chroma) * sin(radians(float(hue))),
        )
        for name, lightness, chroma, hue in found
    }


def luminance(colour: Lab) -> float:
    """The relative luminance that WCAG compares, of a colour clipped to sRGB (https://bottosson.github.io/posts/oklab/)."""
    lightness, a, b = colour
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in linear)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Lab, other: Lab) -> float:
    """The ratio of WCAG 2.2, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def resolve(name: str, tokens: dict[str, Lab]) -> Lab:
    """A token, or a share of one over another: `12% error base-100`."""
    match name.split():
        case [share, ink, paper]:
            part = float(share.rstrip("%")) / 100
            return tuple(part * x + (1 - part) * y for x, y in zip(tokens[ink], tokens[paper], strict=True))  # type: ignore[return-value]
        case _:
            return tokens[name]


def cases() -> Iterator[tuple[int, str, str, float]]:
    for mode in (0, 1):
        yield from ((mode, ink, paper, 4.5) for ink, paper in TEXT)
        yield from ((mode, ink, paper, 3.0) for ink, paper in EDGES)


def test_every_colour_is_readable_on_its_paper() -> None:
    themes = [read(mode) for mode in (0, 1)]
    faint = []
    for mode, ink, paper, least in cases():
        ratio = contrast(resolve(ink, themes[mode]), resolve(paper, themes[mode]))
        if ratio < least:
            faint.append(f"{ink} on {paper} in {('light', 'dark')[mode]}: {ratio:.2f}")
    assert faint == []


def avatars() -> Iterator[tuple[int, int]]:
    yield from ((mode, tone) for mode in (0, 1) for tone in map(int, re.findall(r"--tone: (\d+); \}", AVATAR)))


def test_code_is_readable_in_every_colour() -> None:
    for mode in (0, 1):
        tokens = read(mode) | read(mode, CODE)
        inks = [name for name in tokens if name.startswith("hl-")]
        assert len(inks) > 5
        ratios = {ink: contrast(tokens[ink], tokens["code-paper"]) for ink in (*inks, "base-content")}
        assert {ink: ratio for ink, ratio in ratios.items() if ratio < 4.5} == {}
        # What a program answered stands on the page itself.
        assert contrast(tokens["hl-e"], tokens["base-200"]) >= 4.5


def test_initials_are_readable_on_every_colour() -> None:
    found = re.findall(r"oklch\(([\d.]+)% ([\d.]+) var\(--tone, 85\)\)", AVATAR)

    def lab(light: str, chroma: str, tone: int) -> Lab:
        return float(light) / 100, float(chroma) * cos(radians(tone)), float(chroma) * sin(radians(tone))

    ratios = {(mode, tone): contrast(lab(*found[mode], tone), lab(*found[2 + mode], tone)) for mode, tone in avatars()}
    assert ratios
    assert {case: ratio for case, ratio in ratios.items() if ratio < 4.5} == {}


def test_there_are_as_many_colours_as_the_tag_knows() -> None:
    assert len(set(re.findall(r"\.avatar-\d+ \{ --tone: (\d+)", AVATAR))) == people.TONES
