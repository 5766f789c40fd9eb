from allauth.account.decorators import secure_admin_login
from allauth.account.views import logout
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from apps.accounts.admin_choices import autocomplete

# One login page for everyone.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# And one page for a new password: it counts wrong guesses, is recorded, tells by mail and ends other sessions.
admin.site.password_change = RedirectView.as_view(  # type: ignore[assignment, method-assign]
    pattern_name="account_change_password", http_method_names=["get", "head"]
)
admin.site.autocomplete_view = autocomplete(admin.site)  # type: ignore[method-assign]
admin.site.site_header = "Homeroom"
admin.site.site_title = "Homeroom"
admin.site.index_title = "Administration"

# Django's own read the form once more, which may be what can't be read.
handler400 = "apps.core.views.bad_request"
handler403 = "apps.core.views.forbidden"
handler404 = "apps.core.views.not_found"

urlpatterns = [
    path("", include("apps.dashboard.urls")),
    path("", include("apps.core.urls")),
    path("", include("apps.students.urls")),
    path("", include("apps.courses.urls")),
    path("", include("apps.billing.urls")),
    path("", include("apps.support.urls")),
    path("", include("apps.community.urls")),
    path("", include("apps.scheduling.urls")),
    path("", include("apps.assessments.urls")),
    path("conversations/", include("apps.conversations.urls")),
    path("messages/", include("apps.conversations.urls_direct")),
    path("notifications/", include("apps.notifications.urls")),
    path("jobs/", include("apps.jobs.urls")),
    path("accounts/", include("apps.accounts.urls")),
    path("accounts/", include("apps.files.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("apps.accounts.urls_factors")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("people/", include("apps.accounts.urls_people")),
    # One way out as well: it ends the streams of the session.
    path("admin/logout/", logout),
    path("admin/", admin.site.urls),
]
