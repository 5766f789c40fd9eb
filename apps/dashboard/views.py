"""Home, by role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.models import Role, User
from apps.accounts.people import signed_in
from apps.conversations.threads import open_thread
from apps.dashboard.overview import overview
from apps.students.models import Student


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """A student's own thread; for the others, what there is to do."""
    user = signed_in(request)
    if user.role == Role.STUDENT:
        return _student_home(request, user)
    return render(request, "dashboard/home.html", {"overview": overview(user)})


def _student_home(request: HttpRequest, user: User) -> HttpResponse:
    student = Student.objects.visible_to(user).select_related("conversation").first()
    thread = open_thread(user, student.conversation) if student else None
    return render(request, "dashboard/student_home.html", {"thread": thread, "student": student})
