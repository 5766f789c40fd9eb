"""Today, by role, and the places that a phone's bar has no room for."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.models import Role, User
from apps.accounts.people import signed_in
from apps.assessments.today import quizzes_today
from apps.conversations.threads import open_thread
from apps.core import navigation
from apps.courses.own import own_courses
from apps.dashboard.overview import overview
from apps.scheduling.today import today
from apps.students.models import Student
from apps.students.student_work import to_do


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """A student's own thread; for the others, what there is to do."""
    user = signed_in(request)
    if user.role == Role.STUDENT:
        return _student_home(request, user)
    context = {"overview": overview(user), "today": today(user), "quizzes": quizzes_today(user)}
    return render(request, "dashboard/home.html", context)


def _student_home(request: HttpRequest, user: User) -> HttpResponse:
    student = Student.objects.visible_to(user).select_related("conversation").first()
    thread = open_thread(user, student.conversation) if student else None
    context = {"thread": thread, "student": student, "own_courses": own_courses(student)}
    return render(request, "dashboard/student_home.html", context)


@require_safe
def student_today(request: HttpRequest) -> HttpResponse:
    """The top of a student's Today page: quizzes, the next lesson and tasks."""
    user = signed_in(request)
    student = get_object_or_404(Student.objects.visible_to(user).filter(user=user))
    context = {"to_do": to_do(user, student), "today": today(user), "quizzes": quizzes_today(user)}
    return render(request, "dashboard/_student_today.html", context)


@require_safe
def more(request: HttpRequest) -> HttpResponse:
    """For admins and staff on a phone: the rest of the sidebar, and what is their own."""
    if not signed_in(request).sees_all:
        raise Http404
    return render(request, "dashboard/more.html", {"title": "More", "groups": navigation.others(request)})


@require_safe
def you(request: HttpRequest) -> HttpResponse:
    """What is a student's own: details, fees, notifications, settings."""
    if signed_in(request).role != Role.STUDENT:
        raise Http404
    return render(request, "dashboard/more.html", {"title": "You", "groups": navigation.others(request)})
