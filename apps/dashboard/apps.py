from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "apps.dashboard"
    label = "dashboard"

    def ready(self) -> None:
        from apps.accounts import looking
        from apps.accounts.models import Role
        from apps.core.navigation import Entry, Group, register

        everyone, office = Role.values, {Role.ADMIN, Role.STAFF}
        today, more, you = "dashboard:home", "dashboard:more", "dashboard:you"
        looking.open_to_looks(
            "dashboard:home",
            "dashboard:more",
            "dashboard:you",
        )
        register(
            Entry("Today", "house", today, Group.DAY, 10, everyone, bar=everyone, pages={today}),
            Entry("More", "ellipsis", more, Group.HOUSE, 99, office, bar=office, pages={more}, desk=False, others=True),
            Entry("You", "user", you, Group.HOUSE, 10, {Role.STUDENT}, bar={Role.STUDENT}, pages={you}, others=True),
        )
