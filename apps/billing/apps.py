from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "apps.billing"
    label = "billing"

    def ready(self) -> None:
        from apps.accounts import audit_labels, looking, parts
        from apps.accounts.models import Role
        from apps.billing import notices, policies
        from apps.billing.audit_labels import LABELS
        from apps.billing.part import BillingPart
        from apps.core.navigation import Entry, Group, register
        from apps.notifications import notification_types
        from apps.realtime import channels

        looking.open_to_looks(
            "billing:pending_list",
            "billing:payment_list",
            "billing:student_dues",
            "billing:payment_create",
            "billing:payment_form",
        )
        parts.register(BillingPart())
        audit_labels.register(LABELS)
        notification_types.register(notices.PAYMENT)
        notification_types.register(notices.DUE)
        channels.register("payments", policies.can_see_fees)
        office, dues = {Role.ADMIN, Role.STAFF}, "billing:student_dues"
        register(
            Entry("Payments", "wallet", "billing:pending_list", Group.MONEY, 10, office, bar=office),
            Entry("Fees", "wallet", dues, Group.OWN, 20, {Role.STUDENT}, find=policies.own_dues_url),
        )
