"""How long and how large a WebM is, and whether browsers play what is in it: Matroska (RFC 9559) on EBML (RFC 8794)."""

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from apps.core.sandboxed.main import Refused

# A recording without a stated length is walked through, up to so many pieces.
MAX_ELEMENTS = 200_000

PLAYED_IN_WEBM = {"V_VP8", "V_VP9", "V_AV1"}
HEARD_IN_WEBM = {"A_OPUS", "A_VORBIS"}

# RFC 9559, section 27.1: the ids of elements.
EBML, DOCTYPE, SEGMENT, INFO, SCALE, DURATION = 0x1A45DFA3, 0x4282, 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
TRACKS, TRACK, TRACK_TYPE, CODEC, VIDEO, WIDTH, HEIGHT = 0x1654AE6B, 0xAE, 0x83, 0x86, 0xE0, 0xB0, 0xBA
CLUSTER, TIMESTAMP, SIMPLE_BLOCK, BLOCK_GROUP, BLOCK = 0x1F43B675, 0xE7, 0xA3, 0xA0, 0xA1
ENTERED = {CLUSTER, BLOCK_GROUP}


def measure(file: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """`seconds` (null where nobody can tell), `width` and `height`; refused where browsers don't play it.

    The length is counted where a recorder didn't write it down.
    """
    facts = _WebM(file).read()
    if not facts.pop("video"):
        raise Refused("no-video")
    return facts, []


class _WebM:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.length = file.seek(0, 2)
        self.scale, self.duration = 1_000_000, 0.0
        self.facts: dict[str, Any] = {"video": False, "width": 0, "height": 0}
        self.last = 0

    def read(self) -> dict[str, Any]:
        try:
            self._head()
        except (struct.error, IndexError, UnicodeError, EOFError):
            raise Refused("damaged") from None
        seconds = self.duration * self.scale / 1e9 or self.last * self.scale / 1e9
        return self.facts | {"seconds": seconds or None}

    def _head(self) -> None:
        kind, start, end = self._element(0)
        if kind != EBML or end is None or end > 4096:
            raise Refused("damaged")
        doctype = next((self._bytes(a, b) for k, a, b in self._inside(start, end) if k == DOCTYPE), b"")
        if doctype.rstrip(b"\0") != b"webm":
            raise Refused("matroska")
        kind, start, end = self._element(end)
        if kind != SEGMENT:
            raise Refused("damaged")
        if end is not None and end > self.length:
            raise Refused("cut")
        self._segment(start, end or self.length)

    def _segment(self, at: int, end: int) -> None:
        cluster = 0
        for _ in range(MAX_ELEMENTS):
            if at >= end:
                return
            try:
                kind, start, stop = self._element(at)
            except EOFError:
                return
            if kind == INFO and stop:
                self._info(start, stop)
            elif kind == TRACKS and stop:
                self._tracks(start, stop)
            elif kind == CLUSTER and self.duration:
                return
            elif kind == TIMESTAMP and stop:
                cluster = self._number(start, stop)
            elif kind in {SIMPLE_BLOCK, BLOCK} and stop:
                self._block(cluster, start)
            at = start if kind in ENTERED else stop or end
        # Too long to be counted.
        self.last = 0

    def _info(self, start: int, end: int) -> None:
        for kind, first, last in self._inside(start, end):
            if kind == SCALE:
                self.scale = self._number(first, last)
            elif kind == DURATION:
                self.duration = struct.unpack(">d" if last - first == 8 else ">f", self._bytes(first, last))[0]

    def _tracks(self, start: int, end: int) -> None:
        for kind, first, last in self._inside(start, end):
            if kind == TRACK:
                self._track({each: (a, b) for each, a, b in self._inside(first, last)})

    def _track(self, parts: dict[int, tuple[int, int]]) -> None:
        codec = self._bytes(*parts[CODEC]).rstrip(b"\0").decode("ascii") if CODEC in parts else ""
        if codec.startswith("V_"):
            if codec not in PLAYED_IN_WEBM:
                raise Refused("hevc" if "HEVC" in codec else "codec", codec=codec)
            self.facts["video"] = True
            sizes = {kind: self._number(a, b) for kind, a, b in self._inside(*parts[VIDEO])} if VIDEO in parts else {}
            self.facts |= {"width": sizes.get(WIDTH, 0), "height": sizes.get(HEIGHT, 0)}
        elif codec.startswith("A_") and codec not in HEARD_IN_WEBM:
            raise Refused("sound", codec=codec)

    def _block(self, cluster: int, start: int) -> None:
        """A block begins with its track's number, which is short, and its time after the cluster's (10.1)."""
        self.file.seek(start + 1)
        time = self.file.read(2)
        if len(time) == 2:
            self.last = max(self.last, cluster + struct.unpack(">h", time)[0])

    def _inside(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        for _ in range(1_000):
            if start >= end:
                return
            kind, first, last = self._element(start)
            if last is None or last > end:
                raise EOFError
            yield kind, first, last
            start = last

    def _element(self, at: int) -> tuple[int, int, int | None]:
        """The id of an element, where its content begins, and where it ends; None for one that is still growing."""
        self.file.seek(at)
        head = self.file.read(12)
        if not head or not head[0]:
            raise EOFError
        first = 9 - head[0].bit_length()
        if first > 4 or len(head) <= first or not head[first]:
            raise EOFError
        width = 9 - head[first].bit_length()
        raw = head[first : first + width]
        if len(raw) < width:
            raise EOFError
        size = int.from_bytes(raw) & ((1 << 7 * width) - 1)
        start = at + first + width
        unknown = size == (1 << 7 * width) - 1
        return int.from_bytes(head[:first]), start, None if unknown else start + size

    def _bytes(self, start: int, end: int) -> bytes:
        self.file.seek(start)
        return self.file.read(min(end - start, 1_000))

    def _number(self, start: int, end: int) -> int:
        return int.from_bytes(self._bytes(start, min(end, start + 8)))
