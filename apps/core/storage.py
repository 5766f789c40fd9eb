"""Static files under names that change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's own, with the imports between our scripts rewritten to the hashed names too."""

    support_js_module_import_aggregation = True
