"""What students owe and what came in. A balance is always the sum of these entries, never stored."""

import uuid
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from apps.core.academy_calendar import academy_today
from apps.core.models import Timestamped
from apps.core.money import academy_currency
from apps.courses.models import Batch
from apps.students.models import Student


class Invoice(Timestamped):
    """An amount that a student owes, to be paid by `due_on`; it counts as pending from that day.

    `due_on` is a day of the academy's calendar.
    """

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="invoices")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(max_length=40, unique=True)
    description = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))])
    currency = models.CharField(max_length=3, default=academy_currency)
    issued_on = models.DateField(default=academy_today)
    due_on = models.DateField()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="invoice_amount_is_positive")]
        indexes = [models.Index(fields=["student", "currency", "due_on"]), models.Index(fields=["due_on"])]

    def __str__(self) -> str:
        return self.number


class InvoiceSeries(models.Model):
    """How far a year's invoice numbers have been given out; its row is the lock of whoever takes the next."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-year"]
        verbose_name_plural = "invoice series"

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class PaymentMethod(models.TextChoices):
    """How money came in."""

    CASH = "cash", "Cash"
    TRANSFER = "transfer", "Bank transfer"
    CARD = "card", "Card"
    OTHER = "other", "Other"


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Payments, chosen by whether they count."""

    def counted(self) -> Self:
        """Those that nobody took back: balances and totals are made of these."""
        return self.filter(reversal=None)


class Payment(Timestamped):
    """Money that came in from a student; it settles what is due longest first, unless it was taken back.

    `client_key` is the form's own name for it, so that sending twice records one payment.
    """

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))])
    currency = models.CharField(max_length=3, default=academy_currency)
    method = models.CharField(max_length=10, choices=PaymentMethod, default=PaymentMethod.TRANSFER)
    received_on = models.DateField(default=academy_today)
    reference = models.CharField(max_length=100, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    client_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-received_on", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_is_positive")]
        indexes = [models.Index(fields=["student", "currency"])]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} from {self.student}"

    @property
    def taken_back(self) -> "PaymentReversal | None":
        """The entry that takes this payment back, if there is one; a query unless `reversal` is joined."""
        return getattr(self, "reversal", None)


class PaymentReversal(Timestamped):
    """A payment is taken back, once: it stays in the books and counts no longer."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="reversal")
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="payment_reversal_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.payment}, taken back"
