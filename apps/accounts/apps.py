from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        from apps.accounts import audit_labels, parts, sessions
        from apps.accounts.part import AccountsPart
        from apps.realtime import stream

        parts.register(AccountsPart())
        audit_labels.register(audit_labels.LABELS)
        stream.on_open.append(sessions.mark_seen)
