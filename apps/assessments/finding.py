"""Lookups for views. Each finds only rows that the reader may see, and raises Http404 otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from apps.accounts.people import signed_in
from apps.assessments.actions import settle_if_over
from apps.assessments.models import Attempt, Quiz
from apps.courses.access import Access


def find_quiz(request: HttpRequest, pk: int) -> Quiz:
    """A quiz visible to the reader."""
    return get_object_or_404(Quiz.objects.visible_to(signed_in(request)).select_related("course"), pk=pk)


def find_written(request: HttpRequest, pk: int) -> Quiz:
    """A quiz that the reader may change."""
    return get_object_or_404(Quiz.objects.written_by(signed_in(request)).select_related("course"), pk=pk)


def find_followed(request: HttpRequest, pk: int) -> Quiz:
    """A quiz whose results the reader may see, for their own students."""
    return get_object_or_404(Quiz.objects.read_by(signed_in(request)).select_related("course"), pk=pk)


def find_attempt(request: HttpRequest, pk: int, number: int) -> Attempt:
    """The reader's own attempt; ends it first if its time is up.

    An ended attempt stays readable after the course closes, a running one doesn't. The actions check what is posted.
    Each post names its attempt, because two students who share a browser have the same address.
    """
    user = signed_in(request)
    own = Attempt.objects.own(user).filter(quiz=pk)
    # What is saved needs less, and comes every two seconds from each of hundreds.
    more = () if request.method == "POST" else ("quiz__course", "quiz__lesson__module")
    found = own.select_related("quiz", "student", *more)
    attempt = settle_if_over(get_object_or_404(found, number=number), user)
    if request.POST.get("attempt", str(attempt.pk)) != str(attempt.pk):
        raise Http404
    if attempt.is_open and request.method != "POST":
        get_object_or_404(Quiz.objects.visible_to(user), pk=pk)
    return attempt


@contextmanager
def refusal_is_404() -> Iterator[None]:
    """Turn an action's PermissionDenied into Http404: what somebody may not do isn't there for them."""
    try:
        yield
    except PermissionDenied as error:
        raise Http404 from error


def access_to(request: HttpRequest, quiz: Quiz) -> Access:
    """The reader's access to the quiz's course, which its tabs need."""
    return Access(request.user, quiz.course)
