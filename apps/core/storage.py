"""Static files under names that change with their content."""

from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's own, with the imports between our modules rewritten to the hashed names too.

    Our modules are served without their comments, which are a sixth of what would travel.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Name and compress what was collected: of our modules, the copies."""
        copies = {name: (self, name) if _is_ours(name) else place for name, place in paths.items()}
        yield from super().post_process(copies, dry_run=dry_run, **options)

    def _save(self, name: str, content: Any) -> str:
        if _is_ours(name):
            content = ContentFile(without_comments(b"".join(content.chunks()).decode()).encode())
        saved: str = super()._save(name, content)
        return saved


def _is_ours(name: str) -> bool:
    return name.startswith("js/") and name.endswith(".js")


def without_comments(script: str) -> str:
    """A script without the lines that are nothing but a `//` comment; what stands between backticks stays."""
    kept: list[str] = []
    backticks = 0
    for line in script.splitlines(keepends=True):
        if line.lstrip().startswith("//") and backticks % 2 == 0:
            continue
        kept.append(line)
        backticks += line.count("`")
    return "".join(kept)
