from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "apps.files"
    label = "files"

    def ready(self) -> None:
        from apps.accounts import looking, parts
        from apps.files import filetypes, following
        from apps.files.part import FilesPart

        looking.open_to_looks("files:photo")
        parts.register(FilesPart())
        following.watch()
        filetypes.allowed()  # Stops the start where a setting can't be used.
