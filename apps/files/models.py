"""Files that people sent: what each is, and where its bytes are."""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.files.filetypes import IMAGES, MAX_NAME, SVG


def stored_path(stored: "StoredFile", name: str) -> str:
    """Where bytes are kept: 128 random bits, which tell nothing and can't be guessed."""
    return f"files/{timezone.now():%Y/%m}/{secrets.token_hex(16)}"


class StoredFile(models.Model):
    """One file, under no public address. Who may read it is decided by the row of another app that points here.

    `kind` is its MIME type by content, `name` what its owner called it, cleaned. `width` and `height` are in pixels,
    `seconds` is how long a video is, or when the last of some captions ends; null where nobody can tell. `ready` is
    when it may be served: a picture waits until it has been written anew, without what cameras add. `failed` says why
    it never will be. `tries` counts how often that was begun; until `lease` one worker has it to itself.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="stored_files"
    )
    name = models.CharField(max_length=MAX_NAME)
    kind = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    file = models.FileField(upload_to=stored_path, max_length=200)
    thumbnail = models.FileField(upload_to=stored_path, max_length=200, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    seconds = models.FloatField(null=True)
    created = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    ready = models.DateTimeField(null=True)
    failed = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    lease = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["created"], condition=models.Q(ready=None, failed=""), name="pictures_to_be_written_anew"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        """Whether an `<img>` shows it, once it is ready."""
        return self.kind in IMAGES or self.kind == SVG

    @property
    def is_video(self) -> bool:
        """Whether a `<video>` plays it: nothing else is kept as one."""
        return self.kind in {"video/mp4", "video/webm"} and self.width is not None

    @property
    def is_audio(self) -> bool:
        """Whether it is a recording."""
        return self.kind.startswith("audio/")

    @property
    def is_pdf(self) -> bool:
        """Whether a browser opens it in the page."""
        return self.kind == "application/pdf"

    @property
    def servable(self) -> bool:
        """Whether its content may leave at all: a picture only once it has been written anew."""
        return self.ready is not None and not self.failed
