"""Makes the fonts of the PDF from npm's packages of Google's Noto, and that of formulas from DejaVu's: run after a
version below has changed; the results are committed.

    uv run --with brotli python theme/static_src/fonts.py

Each is cut to the scripts that it is there for, without hints for screens: together they take less than 1.7 MB.
"""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from fontTools import subset

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "apps" / "core" / "fonts"
STATIC = ROOT / "theme" / "static" / "fonts"
# Letters and signs of formulas, and what grows: roots, brackets, bars (TeX Gyre DejaVu Math).
FORMULAS = (
    "0020-007E 00A0-00B7 00D7 00F7 0131 0237 0300-030C 0332 0338 0391-03F6 2010-2044 2057 20D7 2102 210B-211D "
    "2124-2135 2190-21D5 2200-22FF 2308-230B 239B-23B9 23DC-23E1 27E8-27E9 27F5-27FA 1D434-1D49B 1D538-1D56B "
    "1D6A4-1D6E1 1D7CE-1D7D7"
)
LATIN_GREEK_CYRILLIC = (
    "0020-007E 00A0-052F 1E00-1FFF 2000-2027 2030-205E 2070-209C 20A0-20BF 2100-2193 2200-2265 25A1 25CC FB00-FB04 FFFD"
)
EMOJI = (
    "200D 203C 2049 20E3 2139 2190-21FF 2300-23FF 2600-27BF 2B00-2BFF 1F1E6-1F1FF 1F300-1F64F 1F680-1F6FF 1F900-1F9FF"
)
# Font: package, version, file in it, code points, features of its layout.
FONTS = {
    "NotoSans.ttf": (
        "noto-sans",
        "0.4.2",
        "400Regular/NotoSans_400Regular.ttf",
        LATIN_GREEK_CYRILLIC,
        "kern mark mkmk ccmp",
    ),
    "NotoSans-SemiBold.ttf": (
        "noto-sans",
        "0.4.2",
        "600SemiBold/NotoSans_600SemiBold.ttf",
        LATIN_GREEK_CYRILLIC,
        "kern mark mkmk ccmp",
    ),
    "NotoSansArabic.ttf": (
        "noto-sans-arabic",
        "0.4.3",
        "400Regular/NotoSansArabic_400Regular.ttf",
        "0020 0600-06FF 0750-077F 200C-200F FDFA",
        "*",
    ),
    "NotoSansHebrew.ttf": (
        "noto-sans-hebrew",
        "0.4.1",
        "400Regular/NotoSansHebrew_400Regular.ttf",
        "0020 0590-05FF 200C-200F FB1D-FB4F",
        "*",
    ),
    "NotoSansDevanagari.ttf": (
        "noto-sans-devanagari",
        "0.4.1",
        "400Regular/NotoSansDevanagari_400Regular.ttf",
        "0020 0900-097F 200C-200D 20B9 25CC",
        "*",
    ),
    "NotoSansThai.ttf": (
        "noto-sans-thai",
        "0.4.2",
        "400Regular/NotoSansThai_400Regular.ttf",
        "0020 0E00-0E7F 25CC",
        "*",
    ),
    "NotoSerifDisplay.ttf": (
        "noto-serif-display",
        "0.4.2",
        "400Regular/NotoSerifDisplay_400Regular.ttf",
        LATIN_GREEK_CYRILLIC,
        "kern mark mkmk ccmp",
    ),
    "NotoEmoji.ttf": ("noto-emoji", "0.4.7", "400Regular/NotoEmoji_400Regular.ttf", EMOJI, ""),
}


def fetch(package: str, version: str, folder: Path) -> Path:
    """A package of npm, unpacked."""
    unpacked = folder / package.replace("/", "-")
    if not unpacked.exists():
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{package}@{version}"], cwd=folder, check=True, capture_output=True, text=True
        )
        with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
            archive.extractall(unpacked, filter="data")
    return unpacked / "package"


def unicodes(points: str) -> str:
    return ",".join(f"U+{part}" for part in points.split())


def formulas(folder: Path) -> None:
    source = fetch("dejavu-fonts-ttf", "2.37.3", folder)
    subset.main(
        [
            str(source / "ttf" / "DejaVuMathTeXGyre.ttf"),
            f"--unicodes={unicodes(FORMULAS)}",
            "--no-hinting",
            "--layout-features=ssty,kern,mark,mkmk,dtls,flac",
            "--flavor=woff2",
            f"--output-file={STATIC / 'formulas.woff2'}",
        ]
    )
    shutil.copy(source / "LICENSE", STATIC / "formulas.LICENSE.txt")


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    STATIC.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        formulas(Path(folder))
        for name, (package, version, file, points, features) in FONTS.items():
            source = fetch(f"@expo-google-fonts/{package}", version, Path(folder))
            layout = ",".join(features.split())
            subset.main(
                [
                    str(source / file),
                    f"--unicodes={unicodes(points)}",
                    "--no-hinting",
                    f"--layout-features={layout}",
                    "--name-IDs=0,1,2,4,6,13,14",
                    f"--output-file={TARGET / name}",
                ]
            )
            shutil.copy(source / "LICENSE_FONT", TARGET / "OFL.txt")
    print(f"{sum(file.stat().st_size for file in TARGET.iterdir()):,} bytes")


if __name__ == "__main__":
    main()
