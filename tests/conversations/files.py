"""Files to send, made here: pictures with all that cameras add, documents, and things that pretend to be either."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pillow_heif import register_heif_opener

register_heif_opener()

SECRET = b"Taken at home by Amina"
GPS = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}


def picture(kind: str = "JPEG", size: tuple[int, int] = (300, 200), *, orientation: int = 0, **more: Any) -> bytes:
    """Red on its left half, blue on its right, with a comment, and GPS in its EXIF."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825).update(GPS)
    if orientation:
        exif[0x0112] = orientation
    if kind == "PNG":
        info = PngInfo()
        info.add_text("Comment", SECRET.decode())
        more["pnginfo"] = info
    if kind in {"JPEG", "GIF"}:
        more["comment"] = SECRET
    if kind != "GIF":
        more["exif"] = exif
    target = io.BytesIO()
    image.save(target, kind, **more)
    return target.getvalue()


def animation(kind: str = "GIF", frames: int = 3) -> bytes:
    first, *others = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")[:frames]]
    target = io.BytesIO()
    first.save(target, kind, save_all=True, append_images=others, duration=[50, 100, 150], loop=0)
    return target.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is this large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def archive(**entries: str | bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            # Of a fixed date: what is in the name of a test is the same in each process.
            file.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def office(kind: str, part: str) -> bytes:
    stated = (
        '<?xml version="1.0"?><Types><Override PartName="/x" ContentType="application/'
        f'vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
    )
    return archive(**{"_rels/.rels": "<x/>", part: "<x/>", "[Content_Types].xml": stated})


def compound(stream: str) -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 5_000 + stream.encode("utf-16-le") + b"\0" * 500


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
