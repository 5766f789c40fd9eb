from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "apps.billing"
    label = "billing"

    def ready(self) -> None:
        from apps.accounts import audit_labels, parts
        from apps.billing import notices, policies
        from apps.billing.audit_labels import LABELS
        from apps.billing.part import BillingPart
        from apps.notifications import notification_types
        from apps.realtime import channels

        parts.register(BillingPart())
        audit_labels.register(LABELS)
        notification_types.register(notices.PAYMENT)
        notification_types.register(notices.DUE)
        channels.register("payments", policies.can_see_fees)
