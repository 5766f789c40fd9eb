from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "apps.files"
    label = "files"

    def ready(self) -> None:
        from apps.files import filetypes

        filetypes.allowed()  # Stops the start where a setting can't be used.
