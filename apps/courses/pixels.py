"""Small pictures as their bare pixels: nothing has to be decoded where they are put on a page.

What somebody sent is read in the sandbox alone; here it is four bytes a pixel, packed.
"""

import struct
import zlib
from typing import IO

from PIL import Image

from apps.core import images

HEAD = struct.Struct(">HH")
# What a certificate has room for, at 300 dots an inch.
WIDTH, HEIGHT = 900, 360


def read(file: IO[bytes]) -> bytes:
    """A picture that somebody sent, as it is stored, no larger than it is printed. Raises images.Unreadable."""
    width, height, raw = images.pixels(file, WIDTH, HEIGHT)
    return HEAD.pack(width, height) + zlib.compress(raw, 9)


def picture(stored: bytes | memoryview) -> Image.Image:
    """The picture; raises ValueError if these aren't the pixels of one."""
    packed = bytes(stored)
    width, height = HEAD.unpack_from(packed)
    if not (0 < width <= WIDTH and 0 < height <= HEIGHT):
        raise ValueError("This picture is larger than one that was stored.")
    size = width * height * 4
    raw = zlib.decompressobj().decompress(packed[HEAD.size :], size + 1)
    if len(raw) != size:
        raise ValueError("These aren't the pixels of the picture.")
    return Image.frombytes("RGBA", (width, height), raw)
