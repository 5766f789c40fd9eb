"""Pictures, written anew: upright, no larger than a screen shows, and without anything but what one sees.

What cameras add (where, when, with what), comments, colour profiles and whatever stands behind the end of the file is
not carried over: the pixels are copied into a fresh image, and that is saved.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError
from pillow_heif import register_heif_opener

from apps.core.formats import number

register_heif_opener(thumbnails=False)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")
# The largest sensors of phones have 50 million; as RGBA this is 256 MB.
MAX_PIXELS = 64_000_000
MAX_SIDE = 2560
THUMBNAIL_SIDE = 640
# An animation of more pixels in all becomes its first picture.
MAX_ANIMATION = 40_000_000
MAX_FRAMES = 500

ORIENTATION = 0x0112
# What Pillow's decoders raise at a file that isn't what it says (it turns their own errors into these).
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    TypeError,
    RuntimeError,
    MemoryError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class Unreadable(Exception):  # noqa: N818 - its text is for the sender
    """This isn't a picture that can be shown; the text says why."""


@dataclass(frozen=True)
class Rewritten:
    """A picture and its thumbnail as they are kept; sides in pixels."""

    picture: ContentFile[bytes]
    thumbnail: ContentFile[bytes]
    content_type: str
    width: int
    height: int


def measure(file: IO[bytes]) -> tuple[int, int]:
    """Width and height that the picture will have, from its first bytes; raises Unreadable."""
    with _opened(file) as image:
        width, height = image.size
        if image.getexif().get(ORIENTATION, 1) >= 5:
            width, height = height, width
    return fit(width, height, MAX_SIDE)


def rewrite(file: IO[bytes]) -> Rewritten:
    """The picture as it is shown, and small; raises Unreadable."""
    with _opened(file) as image:
        moving = getattr(image, "n_frames", 1)
        if image.format in {"GIF", "WEBP"} and 1 < moving <= MAX_FRAMES and _pixels(image) <= MAX_ANIMATION:
            return _animation(image)
        return _still(image)


def square(file: IO[bytes], side: int) -> ContentFile[bytes]:
    """The middle of the picture as a square WebP of so many pixels, an animation's first; raises Unreadable."""
    with _opened(file) as image:
        if image.format in {"JPEG", "MPO"}:
            image.draft("RGB", (side * 4, side * 4))
        # Of an upright picture a little more is left at the top, where faces are.
        return _saved(ImageOps.fit(_clean(image, MAX_SIDE), (side, side), centering=(0.5, 0.4)), "WEBP", quality=82)


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[Image.Image]:
    """The picture, if it isn't one of too many pixels; what goes wrong with it in the block is Unreadable too."""
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check(*image.size)
            yield image
    except UnidentifiedImageError:
        raise Unreadable("This isn't a picture that can be read.") from None
    except BROKEN as error:
        raise Unreadable("This picture is damaged.") from error


def fit(width: int, height: int, side: int) -> tuple[int, int]:
    """The largest size with these proportions that is no larger, and has no side longer than `side`."""
    scale = min(1, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _check(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise Unreadable(f"This picture has {number(width)} × {number(height)} pixels; that is too many.")


def _pixels(image: Image.Image) -> int:
    width, height = fit(*image.size, MAX_SIDE)
    return width * height * int(getattr(image, "n_frames", 1))


def _still(image: Image.Image) -> Rewritten:
    kind = image.format
    if kind in {"JPEG", "MPO"}:
        # The decoder itself halves what is far larger than needed: less time, far less memory.
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
    clean = _clean(image, MAX_SIDE)
    if kind in {"PNG", "GIF"}:
        content_type, content = "image/png", _saved(clean, "PNG", optimize=True)
    elif kind == "WEBP" or clean.mode == "RGBA":
        content_type, content = "image/webp", _saved(clean, "WEBP", quality=85)
    else:
        content_type, content = "image/jpeg", _saved(clean, "JPEG", quality=85, optimize=True, progressive=True)
    return Rewritten(content, _thumbnail(clean), content_type, *clean.size)


def _animation(image: Image.Image) -> Rewritten:
    frames, durations = [], []
    for frame in ImageSequence.Iterator(image):
        frame.load()  # A WebP's duration is known only then.
        durations.append(max(20, int(frame.info.get("duration") or 100)))
        frames.append(_clean(frame, MAX_SIDE))
    loop = int(image.info.get("loop", 1))
    content = _saved(
        frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=loop, quality=80
    )
    return Rewritten(content, _thumbnail(frames[0]), "image/webp", *frames[0].size)


def _clean(image: Image.Image, side: int) -> Image.Image:
    """The pixels alone: upright, in sRGB, no side longer than `side`; RGBA where some are seen through, else RGB."""
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    mode = "RGBA" if upright.has_transparency_data else "RGB"
    if upright.mode.startswith("I") or upright.mode == "F":
        # 16 bits a pixel, of which 8 are kept.
        upright = upright.convert("I").point(lambda value: value / 256).convert("L")
    if profile and upright.mode in {"RGB", "RGBA", "CMYK", "L"}:
        upright = _in_srgb(upright, profile, mode)
    if upright.mode != mode:
        upright = upright.convert(mode)
    size = fit(*upright.size, side)
    if size != upright.size:
        upright = upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    fresh = Image.new(mode, upright.size)
    fresh.paste(upright)
    return fresh


def _in_srgb(image: Image.Image, profile: bytes, mode: str) -> Image.Image:
    """The colours as the profile means them; as they are where it makes no sense."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = mode if image.mode == mode else "RGB"
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=target) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _thumbnail(clean: Image.Image) -> ContentFile[bytes]:
    size = fit(*clean.size, THUMBNAIL_SIDE)
    small = clean if size == clean.size else clean.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _saved(small, "WEBP", quality=78)


def _saved(image: Image.Image, kind: str, **options: object) -> ContentFile[bytes]:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return ContentFile(target.getvalue())
