"""Users, and the record of who did what."""

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from apps.core.fields import AddressField


class Role(models.TextChoices):
    """What a person is here for; it decides what they may see (see the table in the design)."""

    ADMIN = "admin", "Admin"
    STAFF = "staff", "Staff"
    TEACHER = "teacher", "Teacher"
    STUDENT = "student", "Student"


class UserManager(BaseUserManager["User"]):
    """Makes users."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who can sign in with this address; without a password, only after resetting it."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An admin: what `manage.py createsuperuser` makes."""
        return self.create_user(email, password, **{**fields, "role": Role.ADMIN})


def check_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a zone of the IANA database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Choose a time zone such as Europe/Paris.")


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in."""

    email = AddressField("e-mail", unique=True, error_messages={"unique": "Somebody has this address already."})
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=10, choices=Role)
    time_zone = models.CharField(max_length=64, default="", blank=True, validators=[check_time_zone])
    phone = models.CharField(max_length=40, blank=True)
    hides_presence = models.BooleanField(default=False, help_text="Others don't see when they are here.")
    hides_reading = models.BooleanField(default=False, help_text="Others don't see what they have read.")
    last_seen = models.DateTimeField(null=True, blank=True, editable=False)
    is_active = models.BooleanField("active", default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["given_name"]

    class Meta:
        ordering = ["given_name", "family_name", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_has_a_known_role"),
        ]
        indexes = [models.Index(fields=["role"])]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def initials(self) -> str:
        """Up to two letters for the place of a photo."""
        return f"{self.given_name[:1]}{self.family_name[:1]}".upper()

    @property
    def is_staff(self) -> bool:
        """May open the Django admin; what staff may do there is a matter of permissions."""
        return self.role in {Role.ADMIN, Role.STAFF}

    @property
    def is_superuser(self) -> bool:  # type: ignore[override]
        """Follows from the role, so that the two can't contradict each other."""
        return self.role == Role.ADMIN

    @property
    def sees_all(self) -> bool:
        """Admins and staff see every student, batch and fee."""
        return self.role in {Role.ADMIN, Role.STAFF}

    def get_full_name(self) -> str:
        """The name that Django's admin shows."""
        return self.full_name


class AuditEntry(models.Model):
    """Who did what to which thing, when."""

    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    verb = models.CharField(max_length=50)
    thing_type = models.ForeignKey(ContentType, null=True, on_delete=models.SET_NULL, related_name="+")
    thing_id = models.PositiveBigIntegerField(null=True)
    thing = GenericForeignKey("thing_type", "thing_id")
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["thing_type", "thing_id"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.thing_type} {self.thing_id}"
