"""What is handed out for accounts, which stand below: the pictures that people have of themselves."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.accounts import photos
from apps.accounts.people import signed_in
from apps.accounts.policies import photographed
from apps.files.serving import kept_for, serve_bytes

DAY = 86_400


@require_safe
def photo(request: HttpRequest, pk: int, version: str) -> HttpResponseBase:
    """Somebody's photo, for who may see it; the address of one that was replaced leads nowhere."""
    person = get_object_or_404(photographed(signed_in(request)), pk=pk)
    if version != photos.version(person):
        raise Http404
    return serve_bytes(request, person.photo, photos.KIND, "", download=False, caching=kept_for(DAY))
