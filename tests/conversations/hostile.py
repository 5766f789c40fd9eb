"""Files that are small to send and cost a decoder much: each is what it says it is, as far as it goes."""

import io
import struct
import zipfile
import zlib

from PIL import Image

from tests.conversations.files import archive


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def growing_gif() -> bytes:
    """64 × 64 at first, and then 5,000 × 5,000 more than a hundred times."""
    first = saved(Image.new("P", (64, 64)), "GIF")
    large = saved(Image.new("P", (5_000, 5_000)), "GIF")
    return first[:-1] + _frame(large) * 150 + b"\x3b"


def giant_frame_gif() -> bytes:
    """64 × 64 at first, and then 13,000 × 13,000."""
    first = saved(Image.new("P", (64, 64)), "GIF")
    return first[:-1] + _frame(saved(Image.new("P", (13_000, 13_000)), "GIF")) + b"\x3b"


def giant_gif() -> bytes:
    """A screen of 64 × 64 whose only frame is 13,000 × 13,000."""
    whole = saved(Image.new("P", (13_000, 13_000)), "GIF")
    return whole[:6] + struct.pack("<HH", 64, 64) + whole[10:]


def long_gif() -> bytes:
    """500 frames of 1,500 × 1,500."""
    whole = saved(Image.new("P", (1_500, 1_500)), "GIF")
    return whole[:-1] + _frame(whole) * 499 + b"\x3b"


def _frame(content: bytes) -> bytes:
    """The frame of a GIF that has one, with its own colours."""
    flags = content[10]
    table = 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
    colours, rest = content[13 : 13 + table], content[13 + table : -1]
    at = rest.index(b"\x2c")
    head = bytearray(rest[at : at + 10])
    head[9] = 0x80 | (flags & 7)
    return b"\x21\xf9\x04\0\5\0\0\0" + bytes(head) + colours + rest[at + 10 :]


def scanned_jpeg(scans: int, side: int = 8_000) -> bytes:
    """A progressive JPEG whose last scan comes so many times more."""
    whole = saved(Image.new("RGB", (side, side), "gray"), "JPEG", progressive=True, quality=50)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * scans + b"\xff\xd9"


def webp(side: int = 8_000) -> bytes:
    return saved(Image.new("RGB", (side, side)), "WEBP", quality=5, method=0)


def png(mode: str, side: int = 8_000) -> bytes:
    return saved(Image.new(mode, (side, side)), "PNG")


def deep_png(side: int = 8_000) -> bytes:
    """16 bits for each of red, green, blue and what is seen through."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    row = b"\0" * (1 + side * 8)
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def broken_lzma_zip() -> bytes:
    """An office document whose first part is packed with LZMA, and broken."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("[Content_Types].xml", bytes(range(256)))
    content = bytearray(target.getvalue())
    at = content.index(b"[Content_Types].xml") + 19 + 4 + 5
    content[at : at + 60] = b"\xff" * 60
    return bytes(content)


def greedy_lzma_zip() -> bytes:
    """The same, whole, that asks for a dictionary of four gigabytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("[Content_Types].xml", b" " * 1_000)
    content = bytearray(target.getvalue())
    at = content.index(b"[Content_Types].xml") + 19 + 4 + 1
    content[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(content)


def crowded_zip(entries: int, *, stated: int | None = None) -> bytes:
    """An archive of so many empty files, whose end record may say something else."""
    head = b"PK\3\4" + struct.pack("<5H3L2H", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    central = b"PK\1\2" + struct.pack("<6H3L5H2L", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    many = min(entries if stated is None else stated, 65_535)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, many, many, len(central) * entries, len(head), 0)
    return head + central * entries + end


def packed_sheet() -> bytes:
    """A workbook of 300 megabytes, in a few hundred kilobytes."""
    return archive(**{"[Content_Types].xml": b" " * 300_000_000, "xl/workbook.xml": b"<x/>"})


PICTURES = {
    "a GIF whose later frames grow": growing_gif,
    "a GIF with one giant frame": giant_frame_gif,
    "a GIF that is one giant frame": giant_gif,
    "a GIF of 500 frames": long_gif,
    "a JPEG of 150 scans": lambda: scanned_jpeg(150),
    "a JPEG of 60 scans": lambda: scanned_jpeg(60),
    "a WebP of 64 megapixels": webp,
    "an RGBA PNG of 64 megapixels": lambda: png("RGBA"),
    "a PNG of 64 megapixels with 16 bits of gray": lambda: png("I;16"),
    "a PNG of 64 megapixels with 64 bits": deep_png,
}
ARCHIVES = {
    "broken LZMA": broken_lzma_zip,
    "LZMA with a dictionary of 4 GB": greedy_lzma_zip,
    "10,001 entries": lambda: crowded_zip(10_001),
    "100,000 entries that say they are one": lambda: crowded_zip(100_000, stated=1),
    "a workbook that unpacks to 300 MB": packed_sheet,
}
