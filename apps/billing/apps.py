from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "apps.billing"
    label = "billing"

    def ready(self) -> None:
        from apps.billing import policies
        from apps.realtime import channels

        channels.register("payments", policies.can_see_fees)
