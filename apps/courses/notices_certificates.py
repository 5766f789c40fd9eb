"""The kind of notifications that tells a student of their certificate."""

from apps.accounts.models import Role, User
from apps.courses.models import Certificate
from apps.notifications.events import about, notify
from apps.notifications.notification_types import Found, NotificationType, looked_up


def issued(certificate: Certificate, actor: User | None) -> None:
    """Tell the student, if they have an account."""
    to = [pk for pk in (certificate.student.user_id,) if pk]
    title = f"Certificate: {certificate.course_title}"
    key, group = f"certificate-{certificate.pk}", about(certificate)
    notify("certificate", key, title, actor=actor, thing=certificate, about=group, to=to)


def _certificates(user: User | None, ids: list[int]) -> dict[int, Certificate]:
    rows = Certificate.objects.all() if user is None else Certificate.objects.visible_to(user)
    return rows.filter(revoked_at=None).in_bulk(ids)


def _found(certificate: Certificate, _: User | None) -> Found:
    return Found(certificate.get_absolute_url(), more={"course": certificate.course_title})


_find, _show = looked_up(_certificates, _found)

CERTIFICATE = NotificationType(
    name="certificate",
    order=32,
    label="Certificates",
    about="You have earned the certificate of a course.",
    why="It is your certificate.",
    icon="award",
    template="courses/notices/certificate.html",
    find=_find,
    show=_show,
    roles=frozenset({Role.STUDENT}),
)
