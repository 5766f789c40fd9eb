"""What a page needs to show a ticket to somebody who answers: the thread, and what stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.conversations.threads import END, Place, Thread, open_thread
from apps.courses.models import Enrollment
from apps.students.models import Student
from apps.support.history import Line, lines
from apps.support.models import Label, Priority, Ticket, Topic, answerers
from apps.support.snoozing import Choice, choices

EARLIER = 6


@dataclass
class Desk:
    """One ticket as one of staff works on it; each part is asked for when it is shown."""

    ticket: Ticket
    viewer: User
    place: Place = END
    # The query of the list that it was opened from.
    query: str = ""

    @cached_property
    def thread(self) -> Thread:
        """The conversation."""
        return open_thread(self.viewer, self.ticket.conversation, self.place)

    @cached_property
    def people(self) -> list[User]:
        """To whom it can be given."""
        return list(answerers())

    @property
    def topics(self) -> QuerySet[Topic]:
        """What it can be about."""
        return Topic.objects.all()

    @property
    def priorities(self) -> Sequence[tuple[int, str]]:
        """How urgent it can be."""
        return Priority.choices

    @cached_property
    def labels(self) -> list[tuple[Label, bool]]:
        """All labels, and whether it has them."""
        given = {label.pk for label in self.ticket.labels.all()}
        return [(label, label.pk in given) for label in Label.objects.all()]

    @property
    def snoozes(self) -> list[Choice]:
        """Until when it can be put aside."""
        return choices()

    @cached_property
    def student(self) -> Student | None:
        """The person's record, where the viewer may see it."""
        return Student.objects.visible_to(self.viewer).filter(user=self.ticket.person).first()

    @cached_property
    def enrollments(self) -> list[Enrollment]:
        """The courses and batches that the record is in now."""
        rows = Enrollment.objects.valid().filter(student=self.student) if self.student else Enrollment.objects.none()
        return list(rows.select_related("course", "batch")[:EARLIER])

    @cached_property
    def earlier(self) -> list[Ticket]:
        """What the person has asked besides."""
        rows = Ticket.objects.visible_to(self.viewer).filter(person=self.ticket.person).exclude(pk=self.ticket.pk)
        return list(rows.select_related("topic").order_by("-pk")[:EARLIER])

    @cached_property
    def log(self) -> list[Line]:
        """What happened to it."""
        return lines(self.ticket)
