"""How long and how large an MP4 is, and whether browsers play what is in it (ISO/IEC 14496-12: it is made of boxes).

Only its tables are read, never a picture: what a decoder would do with a hostile one is the browser's business, which
has a sandbox for it.
"""

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from apps.core.sandboxed.main import Refused

# An hour of video has a table of about 2 MB.
MAX_TABLE = 64_000_000
MAX_BOXES = 100_000
PLAYED = {"avc1", "avc3", "vp08", "vp09", "av01"}
HEARD = {"mp4a", "Opus", "fLaC", ".mp3"}
HEVC = {"hvc1", "hev1", "dvh1", "dvhe"}
# ITU-T H.264, table A-1: baseline, main, extended, high. Browsers refuse those with more than 8 bits or full colour.
PROFILES = {66, 77, 88, 100}


class Box(NamedTuple):
    """A part of an MP4: its four letters, and where its content is."""

    kind: str
    start: int
    end: int


class Track(NamedTuple):
    """A picture or a sound of a video; `handler` says which, and `seconds` how long, at so many ticks a second."""

    number: int
    handler: str
    codec: str
    profile: int
    width: int
    height: int
    seconds: float
    scale: int


def measure(file: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """`seconds` (null where it says nothing), `width` and `height`; refused where browsers don't play it."""
    try:
        table, fragment = _tables(file)
        tracks = [_track(table, box) for box in _inside(table, 0, len(table)) if box.kind == "trak"]
        seconds = _length(table) or max((track.seconds for track in tracks), default=0.0)
        seconds = seconds or _end(fragment, {track.number: track.scale for track in tracks})
    except (struct.error, IndexError, ZeroDivisionError, UnicodeError):
        raise Refused("damaged") from None
    pictures = [track for track in tracks if track.handler == "vide"]
    if not pictures:
        raise Refused("no-video")
    for track in tracks:
        _check(track)
    return {"seconds": seconds or None, "width": pictures[0].width, "height": pictures[0].height}, []


def _check(track: Track) -> None:
    if track.handler == "vide":
        if track.codec in HEVC:
            raise Refused("hevc")
        if track.codec not in PLAYED or (track.codec.startswith("avc") and track.profile not in PROFILES):
            raise Refused("codec", codec=track.codec)
    if track.handler == "soun" and track.codec not in HEARD:
        raise Refused("sound", codec=track.codec)


def _tables(file: BinaryIO) -> tuple[bytes, bytes]:
    """What describes the whole (`moov`), wherever it stands, and the last fragment (`moof`) of a film in fragments.

    Refused where the file is cut off.
    """
    length, at = file.seek(0, 2), 0
    found: dict[bytes, tuple[int, int]] = {}
    for _ in range(MAX_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        size, kind, skip = *struct.unpack(">I4s", head[:8]), 8
        if size == 1:
            (size,), skip = struct.unpack(">Q", head[8:16]), 16
        end = length if size == 0 else at + size
        if end < at + skip:
            raise Refused("damaged")
        if end > length:
            raise Refused("cut")
        found[kind] = (at + skip, end)
        at = end
    if b"moov" not in found:
        raise Refused("cut")
    return _content(file, found[b"moov"]), _content(file, found.get(b"moof", (0, 0)))


def _content(file: BinaryIO, place: tuple[int, int]) -> bytes:
    start, end = place
    if end - start > MAX_TABLE:
        raise Refused("damaged")
    file.seek(start)
    return file.read(end - start)


def _inside(table: bytes, start: int, end: int) -> Iterator[Box]:
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", table, start)
        if size < 8 or start + size > end:
            return
        yield Box(kind.decode("latin-1"), start + 8, start + size)
        start += size


def _child(table: bytes, parent: Box, *path: str) -> Box | None:
    for kind in path:
        found = next((box for box in _inside(table, parent.start, parent.end) if box.kind == kind), None)
        if not found:
            return None
        parent = found
    return parent


def _clock(table: bytes, box: Box | None) -> float:
    """Seconds, of a `mvhd` or a `mdhd`; 0 where they aren't known."""
    if not box:
        return 0.0
    wide = table[box.start] == 1
    at = box.start + (20 if wide else 12)
    scale, ticks = struct.unpack_from(">IQ" if wide else ">II", table, at)
    unknown = 0xFFFFFFFFFFFFFFFF if wide else 0xFFFFFFFF
    return ticks / scale if scale and ticks != unknown else 0.0


def _length(table: bytes) -> float:
    """What the whole says of itself, or, of one in fragments, what their head says."""
    whole = Box("moov", 0, len(table))
    header = _child(table, whole, "mvhd")
    if seconds := _clock(table, header):
        return seconds
    if header and (box := _child(table, whole, "mvex", "mehd")):
        scale = struct.unpack_from(">I", table, header.start + (20 if table[header.start] == 1 else 12))[0]
        ticks = struct.unpack_from(">Q" if table[box.start] == 1 else ">I", table, box.start + 4)[0]
        return float(ticks / scale)
    return 0.0


def _end(fragment: bytes, scales: dict[int, int]) -> float:
    """When the last fragment of a film ends, in seconds: where it begins, and how long each of its samples is (8.8)."""
    ends = [0.0]
    for traf in _inside(fragment, 0, len(fragment)):
        head, start = (_child(fragment, traf, kind) for kind in ("tfhd", "tfdt"))
        if traf.kind != "traf" or not head or not start:
            continue
        scale = scales.get(struct.unpack_from(">I", fragment, head.start + 4)[0], 0)
        ticks = struct.unpack_from(">Q" if fragment[start.start] == 1 else ">I", fragment, start.start + 4)[0]
        ticks += sum(
            _ticks(fragment, run, head) for run in _inside(fragment, traf.start, traf.end) if run.kind == "trun"
        )
        ends.append(ticks / scale if scale else 0.0)
    return max(ends)


def _ticks(fragment: bytes, run: Box, head: Box) -> int:
    """How long a run of samples (`trun`) is: its own lengths, else as many times the usual one, which `tfhd` has."""
    flags, count = struct.unpack_from(">II", fragment, run.start)
    flags &= 0xFFFFFF
    fields = [flag for flag in (0x100, 0x200, 0x400, 0x800) if flags & flag]
    if not flags & 0x100:
        usual = struct.unpack_from(">I", fragment, head.start)[0]
        at = head.start + 8 + (8 if usual & 1 else 0) + (4 if usual & 2 else 0)
        return int(struct.unpack_from(">I", fragment, at)[0] * count) if usual & 8 else 0
    at = run.start + 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
    step = 4 * len(fields)
    return sum(struct.unpack_from(">I", fragment, at + step * n)[0] for n in range(min(count, (run.end - at) // step)))


def _track(table: bytes, trak: Box) -> Track:
    handler = _child(table, trak, "mdia", "hdlr")
    described = _child(table, trak, "mdia", "minf", "stbl", "stsd")
    entry = next(_inside(table, described.start + 8, described.end), None) if described else None
    header = _child(table, trak, "tkhd")
    width, height = _size(table, header)
    clock = _child(table, trak, "mdia", "mdhd")
    return Track(
        struct.unpack_from(">I", table, header.start + (20 if table[header.start] == 1 else 12))[0] if header else 0,
        table[handler.start + 8 : handler.start + 12].decode("latin-1") if handler else "",
        entry.kind if entry else "",
        _profile(table, entry) if entry else 0,
        width,
        height,
        _clock(table, clock),
        struct.unpack_from(">I", table, clock.start + (20 if table[clock.start] == 1 else 12))[0] if clock else 0,
    )


def _profile(table: bytes, entry: Box) -> int:
    """The H.264 profile; 0 for what isn't that. A picture's description has 78 bytes before its boxes (12.1.3.2)."""
    configuration = next((box for box in _inside(table, entry.start + 78, entry.end) if box.kind == "avcC"), None)
    return table[configuration.start + 1] if configuration else 0


def _size(table: bytes, box: Box | None) -> tuple[int, int]:
    """As it is shown: phones write films that lie on their side, and say so in the track's matrix (8.3.2)."""
    if not box:
        return 0, 0
    at = box.end - 44
    upright, across = struct.unpack_from(">ii", table, at)
    width, height = (side >> 16 for side in struct.unpack_from(">II", table, box.end - 8))
    return (height, width) if upright == 0 and across else (width, height)
