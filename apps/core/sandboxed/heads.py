"""What the first bytes of a picture say, read without a decoder: its size, its scans, how the camera was held."""

import io
import re
from typing import BinaryIO

from PIL import Image

# A progressive JPEG has about ten. Each costs a pass over the whole picture, and may be as small as 95 bytes.
MAX_SCANS = 100
ORIENTATION = 0x0112
# A marker of a JPEG that has a length: no stuffed or fill byte, and none that stands alone (ITU T.81, B.1.1.3).
MARKER = re.compile(rb"\xff([^\x00\x01\xff\xd0-\xd8])")
EOI, SOS = 0xD9, 0xDA


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Width and height of a WebP's canvas, from its first 30 bytes; None of anything else (RFC 9649, 2.5 to 2.7)."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return None
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF


def count_scans(file: BinaryIO) -> int:
    """How many scans a JPEG has, up to one too many; 0 of anything else (ITU T.81, B.1)."""
    file.seek(0)
    if file.read(2) != b"\xff\xd8":
        return 0
    content = file.read()
    scans, at = 0, 0
    while scans <= MAX_SCANS and (found := MARKER.search(content, at)) and found[1][0] != EOI:
        scans += found[1][0] == SOS
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2], "big")
    return scans


def orientation(image: Image.Image, file: BinaryIO) -> int:
    """How the camera was held. Pillow would read a whole PNG for it: there it is in a chunk of its own."""
    if image.format != "PNG":
        return int(image.getexif().get(ORIENTATION, 1))
    exif = Image.Exif()
    place = file.tell()
    exif.load(_chunk(file, b"eXIf"))
    file.seek(place)
    return int(exif.get(ORIENTATION, 1))


def _chunk(file: BinaryIO, wanted: bytes) -> bytes:
    """The content of a PNG's first chunk of this name; empty where there is none (PNG 3.0, 5.3)."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length = int.from_bytes(head[:4], "big")
        if head[4:] == wanted:
            return file.read(min(length, 65_536))
        file.seek(length + 4, io.SEEK_CUR)
    return b""
