"""What people set for themselves."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.accounts.forms import PrivacyForm
from apps.accounts.people import signed_in
from apps.core.htmx import render_part, wants_fragment


@require_http_methods(["GET", "HEAD", "POST"])
def privacy_edit(request: HttpRequest) -> HttpResponse:
    """What others don't see of oneself: saved where it is switched; without script, with a button."""
    user = signed_in(request)
    form = PrivacyForm(request.POST if request.method == "POST" else None, instance=user)
    saved = form.is_bound and form.is_valid()
    if saved:
        user.save(update_fields=form.fields.keys())
        if not wants_fragment(request):
            messages.success(request, "Saved.")
            return redirect("accounts:privacy_edit")
    context = {"form": form, "saved": saved}
    return render_part(request, "accounts/privacy.html", "accounts/_privacy_form.html", context)
