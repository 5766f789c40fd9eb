from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "apps.billing"
    label = "billing"

    def ready(self) -> None:
        from apps.accounts import parts
        from apps.billing import notices, policies
        from apps.billing.part import BillingPart
        from apps.notifications import notification_types
        from apps.realtime import channels

        parts.register(BillingPart())
        notification_types.register(notices.PAYMENT)
        notification_types.register(notices.DUE)
        channels.register("payments", policies.can_see_fees)
