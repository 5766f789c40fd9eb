"""Pictures, written anew: upright, no larger than a screen shows, and without anything but what one sees.

What cameras add (where, when, with what), comments, colour profiles and whatever stands behind the end of the file is
not carried over: the pixels are copied into a fresh image, and that is saved.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from PIL import (
    GifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from apps.core.sandboxed.heads import MAX_SCANS, count_scans, orientation, webp_size
from apps.core.sandboxed.main import Refused
from apps.core.sizes import fit

# The kinds that are read and written. At one that isn't loaded, Pillow loads all forty that it knows.
READERS = (
    JpegImagePlugin.JpegImageFile,
    PngImagePlugin.PngImageFile,
    WebPImagePlugin.WebPImageFile,
    GifImagePlugin.GifImageFile,
)
FORMATS = tuple(reader.format for reader in READERS)
# The largest sensors of phones have 50 million; as RGBA this is 256 MB.
MAX_PIXELS = 64_000_000
# WebP's decoder holds each pixel four times. A photo of a person is cut to a stamp, and a request waits for it: only a
# JPEG, which is read at less than its full size, may have more. Phones call 5,712 × 4,284 "24 megapixels".
MAX_PIXELS_LESS = 24_500_000
MAX_SIDE = 2560
THUMBNAIL_SIDE = 640
# An animation of more pixels in all, as it would be kept, becomes its first picture.
MAX_ANIMATION = 40_000_000
MAX_FRAMES = 500
MAX_SCANNED = 1_500_000_000

# EXIF 2.32, 4.6.5: how to turn what is stored so that it stands upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
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
)
TOO_MANY = (Image.DecompressionBombError, Image.DecompressionBombWarning)

warnings.simplefilter("error", Image.DecompressionBombWarning)


def measure(file: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """`width` and `height` that the picture will have, from its first bytes."""
    with _opened(file) as image:
        width, height = image.size
        if orientation(image, file) >= 5:
            width, height = height, width
    width, height = fit(width, height, MAX_SIDE)
    return {"width": width, "height": height}, []


def rewrite(file: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """The picture as it is shown, and small; `content_type`, `width` and `height`."""
    with _opened(file) as image:
        if image.format in {"GIF", "WEBP"} and (frames := _frames(image)):
            content_type, content, clean = "image/webp", _animation(image, *frames), frames[0][0]
        else:
            image.seek(0)
            content_type, content, clean = _still(image, orientation(image, file))
        return {"content_type": content_type, "width": clean.width, "height": clean.height}, [
            content,
            _thumbnail(clean),
        ]


def square(file: BinaryIO, side: int) -> tuple[dict[str, Any], list[bytes]]:
    """The middle of the picture as a square WebP of so many pixels, an animation's first."""
    with _opened(file, photo=True) as image:
        turn = orientation(image, file)
        if image.format in {"JPEG", "MPO"}:
            image.draft("RGB", (side * 4, side * 4))
        # Of an upright picture a little more is left at the top, where faces are.
        cut = ImageOps.fit(_clean(image, turn, MAX_SIDE), (side, side), centering=(0.5, 0.4))
        return {}, [_saved(cut, "WEBP", quality=82)]


def pixels(file: BinaryIO, width: int, height: int) -> tuple[dict[str, Any], list[bytes]]:
    """The picture, its first where it is animated, as large as fits: four bytes a pixel, row by row."""
    with _opened(file) as image:
        turn = orientation(image, file)
        image.seek(0)
        clean = _clean(image, turn, MAX_SIDE).convert("RGBA")
        clean.thumbnail((width, height), Image.Resampling.LANCZOS)
        return {"width": clean.width, "height": clean.height}, [clean.tobytes()]


@contextmanager
def _opened(file: BinaryIO, *, photo: bool = False) -> Iterator[Image.Image]:
    """The picture, if it isn't too much to read; what goes wrong with it in the block refuses it too."""
    formats: tuple[str, ...] = FORMATS
    file.seek(0)
    head = file.read(32)
    if head[4:8] == b"ftyp":
        # Loaded where it is needed: it takes as long as all the rest.
        from pillow_heif import options, register_heif_opener

        register_heif_opener(thumbnails=False)
        options.DECODE_THREADS = 1
        formats = ("HEIF",)
    try:
        scans = count_scans(file)
        if scans > MAX_SCANS:
            raise Refused("slow")
        if size := webp_size(head):
            # Its decoder asks for memory as soon as it is opened.
            _check(*size, MAX_PIXELS_LESS)
        file.seek(0)
        with Image.open(file, formats=formats) as image:
            _check(*image.size, MAX_PIXELS_LESS if photo and image.format not in {"JPEG", "MPO"} else MAX_PIXELS)
            if scans * image.width * image.height > MAX_SCANNED:
                raise Refused("slow")
            yield image
    except UnidentifiedImageError:
        raise Refused("no-picture") from None
    except TOO_MANY:
        raise Refused("pixels") from None
    except BROKEN as error:
        raise Refused("damaged") from error


def _check(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise Refused("pixels", width=width, height=height)


def _frames(image: Image.Image) -> list[tuple[Image.Image, int]]:
    """Each frame of an animation, as it is kept, with its milliseconds; none where it is a still, or becomes one."""
    frames, size = list[tuple[Image.Image, int]](), image.size
    width, height = fit(*size, MAX_SIDE)
    most = min(MAX_FRAMES, MAX_ANIMATION // (width * height))
    # The second one first: of a still nothing is made twice.
    for number in (1, *range(most + 1)):
        try:
            image.seek(number)
        except EOFError:
            break
        if image.size != size:
            # Pillow enlarges the canvas of a GIF for a frame that is larger, to whatever that says.
            raise Refused("frames")
        if number == most:
            return []
        if number == len(frames):
            image.load()  # A WebP's duration is known only then.
            frames.append((_clean(image, 1, MAX_SIDE), max(20, int(image.info.get("duration") or 100))))
    return frames


def _animation(image: Image.Image, *frames: tuple[Image.Image, int]) -> bytes:
    (first, _), *others = frames
    return _saved(
        first,
        "WEBP",
        save_all=True,
        append_images=[frame for frame, _ in others],
        duration=[duration for _, duration in frames],
        loop=int(image.info.get("loop", 1)),
        quality=80,
    )


def _still(image: Image.Image, turn: int) -> tuple[str, bytes, Image.Image]:
    kind = image.format
    if kind in {"JPEG", "MPO"}:
        # The decoder itself halves what is far larger than needed: less time, far less memory.
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
    clean = _clean(image, turn, MAX_SIDE)
    if kind in {"PNG", "GIF"}:
        return "image/png", _saved(clean, "PNG", optimize=True), clean
    if kind == "WEBP" or clean.mode == "RGBA":
        return "image/webp", _saved(clean, "WEBP", quality=85), clean
    return "image/jpeg", _saved(clean, "JPEG", quality=85, optimize=True, progressive=True), clean


def _clean(image: Image.Image, turn: int, side: int) -> Image.Image:
    """The pixels alone: upright, in sRGB, no side longer than `side`; RGBA where some are seen through, else RGB."""
    profile = image.info.get("icc_profile")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    size = fit(*image.size, side)
    small = _reduced(image, max(1, image.width // size[0]), mode)
    if profile and small.mode in {"RGB", "RGBA", "CMYK", "L"}:
        small = _in_srgb(small, profile, mode)
    if small.mode != mode:
        small = small.convert(mode)
    if size != small.size:
        small = small.resize(size, Image.Resampling.LANCZOS)
    if turn in TURNS:
        small = small.transpose(TURNS[turn])
    fresh = Image.new(mode, small.size)
    fresh.paste(small)
    return fresh


def _reduced(image: Image.Image, factor: int, mode: str) -> Image.Image:
    """A picture as large as a whole divisor leaves it, band by band: no second copy of the large one is made."""
    width, height = (-(-each // factor) for each in image.size)
    rows = max(1, 2_000_000 // image.width // factor) * factor
    whole: Image.Image | None = None
    for top in range(0, image.height, rows):
        band = _band(image.crop((0, top, image.width, min(top + rows, image.height))), mode)
        if factor > 1:
            band = band.reduce(factor)
        whole = whole or Image.new(band.mode, (width, height))
        whole.paste(band, (0, top // factor))
    assert whole
    return whole


def _band(band: Image.Image, mode: str) -> Image.Image:
    """In a mode that can be scaled."""
    if band.mode.startswith("I") or band.mode == "F":
        # 16 bits a pixel, of which 8 are kept.
        return band.convert("I").point(lambda value: value / 256).convert("L")
    kept = {"RGBA", "LA"} if mode == "RGBA" else {"RGB", "CMYK", "L"}
    return band if band.mode in kept else band.convert(mode)


def _in_srgb(image: Image.Image, profile: bytes, mode: str) -> Image.Image:
    """The colours as the profile means them; as they are where it makes no sense."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = mode if image.mode == mode else "RGB"
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=target) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _thumbnail(clean: Image.Image) -> bytes:
    size = fit(*clean.size, THUMBNAIL_SIDE)
    small = clean if size == clean.size else clean.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _saved(small, "WEBP", quality=78)


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()
