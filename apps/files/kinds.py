"""What may be sent where: kinds of files, how large each may be, and how that is said before somebody chooses one.

A template has `<input type="file" name="file" accept="{{ kinds.accept }}">` and, beside it, `{{ kinds.hint }}`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.conf import settings

from apps.accounts.models import Upload
from apps.core.formats import file_size
from apps.files.filetypes import ENDINGS, IMAGES, SVG, allowed

CAPTIONS_SIZE = 1_000_000


@dataclass(frozen=True)
class Kinds:
    """Some kinds of files: `types` says which, `limit` how many bytes one may have.

    `words` names them for people, `refusal` is said of any other.
    """

    types: Callable[[], Collection[str]]
    limit: Callable[[], int]
    words: str
    refusal: str
    # What a person's month of uploads counts it against (apps.accounts.quota).
    pool: str = ""
    # What a file input offers, where a kind has endings that nobody would look for here.
    endings: tuple[str, ...] = ()

    @property
    def accept(self) -> str:
        """What a file input offers to choose from: the kinds, and the endings that browsers know them by."""
        if self.endings:
            return ",".join(self.endings)
        kinds = self.types()
        endings = [ending for kind in kinds if kind not in IMAGES for ending in ENDINGS[kind]]
        return ",".join([*(["image/*"] if IMAGES & set(kinds) else []), *endings])

    @property
    def hint(self) -> str:
        """The limits in words: `up to 1 GB; MP4 or WebM`."""
        return f"up to {file_size(self.limit())}; {self.words}"


PICTURES = Kinds(
    lambda: [*sorted(IMAGES), SVG],
    lambda: settings.MAX_FILE,
    "JPEG, PNG, WebP, GIF, HEIC or SVG",
    "This isn't a picture: choose a JPEG, PNG, WebP, GIF, HEIC or SVG.",
)
VIDEOS = Kinds(
    lambda: ["video/mp4", "video/webm"],
    lambda: settings.MAX_VIDEO,
    "MP4 or WebM",
    "This isn't a video that browsers play: choose an MP4 (H.264 and AAC) or a WebM.",
    pool=Upload.VIDEO,
    endings=(".mp4", ".m4v", ".webm"),
)
CAPTIONS = Kinds(
    lambda: ["text/vtt", "text/plain"],
    lambda: CAPTIONS_SIZE,
    "WebVTT or SubRip",
    "These aren't captions: choose a .vtt or .srt file.",
    endings=(".vtt", ".srt"),
)
DOCUMENTS = Kinds(
    allowed,
    lambda: settings.MAX_FILE,
    "documents, pictures, recordings",
    "Files of this kind can't be sent here.",
)
PDFS = Kinds(
    lambda: ["application/pdf"],
    lambda: settings.MAX_FILE,
    "PDF",
    "This isn't a PDF.",
)
RECORDINGS = Kinds(
    lambda: ["audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav"],
    lambda: settings.MAX_FILE,
    "MP3, M4A, OGG or WAV",
    "This isn't a recording that browsers play: choose an MP3, M4A, OGG or WAV.",
)
