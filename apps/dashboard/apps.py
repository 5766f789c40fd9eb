from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "apps.dashboard"
    label = "dashboard"

    def ready(self) -> None:
        from apps.accounts import looking
        from apps.accounts.models import Role
        from apps.core.navigation import Entry, Group, register
        from apps.dashboard.canned_variables import BALANCE
        from apps.support import variables

        listed, one = "dashboard:report_list", "dashboard:report_detail"
        everyone, office = Role.values, {Role.ADMIN, Role.STAFF}
        today, more, you = "dashboard:home", "dashboard:more", "dashboard:you"
        variables.register(BALANCE)
        looking.open_to_looks(
            "dashboard:home",
            "dashboard:more",
            "dashboard:you",
            "dashboard:student_today",
            "dashboard:report_list",
            "dashboard:report_detail",
        )
        register(
            Entry("Today", "house", today, Group.DAY, 10, everyone, bar=everyone, pages={today}),
            Entry("Reports", "chart-column", listed, Group.HOUSE, 15, office, pages={listed, one}),
            Entry("More", "ellipsis", more, Group.HOUSE, 99, office, bar=office, pages={more}, desk=False, others=True),
            Entry("You", "user", you, Group.HOUSE, 10, {Role.STUDENT}, bar={Role.STUDENT}, pages={you}, others=True),
        )
