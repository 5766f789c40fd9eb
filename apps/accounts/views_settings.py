"""The page where people set what is theirs; each of its sections is saved where it stands."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import forms_settings as forms
from apps.accounts.factors import factors_of
from apps.accounts.models import User
from apps.accounts.own_settings import change_settings
from apps.accounts.people import signed_in
from apps.accounts.photos import remove_photo, set_photo
from apps.accounts.region import clock_and_language, zones
from apps.core.htmx import wants_fragment
from apps.core.limits import limited
from apps.core.uploads import NO_ROOM, no_room, too_big


class Section(NamedTuple):
    """A form of the page, and the fragment that shows it."""

    form: type[forms.SettingsForm]
    fragment: str


SECTIONS = {
    "profile": Section(forms.ProfileForm, "accounts/_settings_profile.html"),
    "region": Section(forms.RegionForm, "accounts/_settings_region.html"),
    "appearance": Section(forms.AppearanceForm, "accounts/_settings_appearance.html"),
    "presence": Section(forms.PresenceForm, "accounts/_settings_presence.html"),
}
PHOTO = "accounts/_settings_photo.html"


@require_http_methods(["GET", "HEAD", "POST"])
def settings_edit(request: HttpRequest) -> HttpResponse:
    """All that a person sets for themselves; POST saves one `section` of it."""
    if request.method == "POST":
        return _save(request, signed_in(request), request.POST.get("section", ""))
    return _page(request, signed_in(request))


def _save(request: HttpRequest, user: User, name: str) -> HttpResponse:
    data: Mapping[str, Any] = request.POST
    if name == "zone":
        # The clock alone, as a page offers it that noticed another one.
        name, data = "region", {"time_zone": request.POST.get("time_zone", ""), "locale": user.locale}
    if name not in SECTIONS:
        raise Http404
    form = SECTIONS[name].form(user, data)
    if not form.is_valid():
        return _show(request, user, name, form, status=422)
    change_settings(user, **form.cleaned_data)
    # As it is written from now on.
    with clock_and_language(user, request.headers.get("Accept-Language", "")):
        return _saved(request, user, name, SECTIONS[name].form(user))


@require_POST
@limited("uploads")
def photo_edit(request: HttpRequest) -> HttpResponse:
    """Take in another photo of oneself (`photo`), or take it away (`remove`)."""
    user = signed_in(request)
    if "remove" in request.POST:
        remove_photo(user)
        return _saved(request, user, "photo", forms.PhotoForm())
    form = forms.PhotoForm(request.POST, request.FILES)
    if no_room(request):
        form.errors["photo"] = form.error_class([NO_ROOM])
    elif too_big(request):
        form.errors["photo"] = form.error_class([forms.too_large()])
    if form.is_valid():
        try:
            set_photo(user, form.cleaned_data["photo"])
            return _saved(request, user, "photo", forms.PhotoForm())
        except ValidationError as error:
            form.add_error("photo", error)
    return _show(request, user, "photo", form, status=422)


def _saved(request: HttpRequest, user: User, name: str, form: Form) -> HttpResponse:
    if not wants_fragment(request):
        messages.success(request, "Saved.")
        return redirect("accounts:settings")
    return _show(request, user, name, form, saved=True)


def _show(
    request: HttpRequest, user: User, name: str, form: Form, *, saved: bool = False, status: int = 200
) -> HttpResponse:
    """One section, or the whole page where no script puts a section in its place."""
    if not wants_fragment(request):
        return _page(request, user, {name: form}, status)
    fragment = PHOTO if name == "photo" else SECTIONS[name].fragment
    return render(request, fragment, {"form": form, "saved": saved, "now": timezone.now()}, status=status)


def _page(request: HttpRequest, user: User, shown: Mapping[str, Form] | None = None, status: int = 200) -> HttpResponse:
    fresh = {name: section.form(user) for name, section in SECTIONS.items()} | {"photo": forms.PhotoForm()}
    context = {
        "forms": {**fresh, **(shown or {})},
        "zones": zones(),
        "now": timezone.now(),
        "factors": factors_of(user),
    }
    return render(request, "accounts/settings.html", context, status=status)
