from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        from apps.accounts import parts
        from apps.accounts.part import AccountsPart

        parts.register(AccountsPart())
