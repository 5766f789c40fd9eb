from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_out

        from apps.accounts import audit_labels, looking, parts, sessions
        from apps.accounts.models import Role
        from apps.accounts.outgoing_email import AccountEmails
        from apps.accounts.part import AccountsPart
        from apps.core import email_delivery
        from apps.core.navigation import Entry, Group, register
        from apps.realtime import stream

        looking.open_to_looks(
            "accounts:invitation_list",
            "accounts:invitation_create",
        )
        parts.register(AccountsPart())
        audit_labels.register(audit_labels.LABELS)
        email_delivery.register(AccountEmails())
        stream.on_open.append(sessions.mark_seen)
        user_logged_out.connect(sessions.note_end, dispatch_uid="homeroom")
        office, own, invited = {Role.ADMIN, Role.STAFF}, "accounts:settings", "accounts:invitation_list"
        people = {"people", invited}
        register(
            Entry("People", "user", "people:person_list", Group.HOUSE, 10, office, pages=people, private=True),
            Entry("Settings", "settings", own, Group.HOUSE, 20, office, pages={own}, private=True),
            Entry("Admin", "shield-check", "admin:index", Group.HOUSE, 30, {Role.ADMIN}, private=True),
            Entry("Settings", "settings", own, Group.OWN, 50, {Role.STUDENT}, pages={own}, private=True),
        )
