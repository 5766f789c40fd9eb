"""Users, the invitations that make them, and the record of who did what."""

import secrets
import zoneinfo
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.accounts import mailboxes
from apps.accounts.models_email import OutgoingEmail as OutgoingEmail
from apps.accounts.models_uploads import Upload as Upload
from apps.accounts.querysets import InvitationQuerySet, hash_of
from apps.core.fields import AddressField, in_normal_form
from apps.realtime.access import AccessQuerySet, decides_access


class Role(models.TextChoices):
    """What a person is here for; it decides what they may see (see the table in the design)."""

    ADMIN = "admin", "Admin"
    STAFF = "staff", "Staff"
    TEACHER = "teacher", "Teacher"
    STUDENT = "student", "Student"


class UserManager(BaseUserManager["User"]):
    """Makes users."""

    def get_queryset(self) -> AccessQuerySet["User"]:
        """Accounts, whose role and access decide what their streams carry."""
        return AccessQuerySet(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who can sign in with this address; without a password, only after resetting it."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An admin: what `manage.py createsuperuser` makes."""
        with transaction.atomic():
            user = self.create_user(email, password, **{**fields, "role": Role.ADMIN})
            AuditEntry.objects.create(verb="user.created", thing=user, detail={"fields": ["role"]})
        return user

    def visible_to(self, user: "User") -> models.QuerySet["User"]:
        """The people whose page this person may open: everybody's for admins and staff, else nobody's."""
        return self.all() if user.sees_all else self.none()


def check_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a zone of the IANA database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Choose a time zone such as Europe/Paris.")


class Theme(models.TextChoices):
    """Light or dark; empty is as the device has it."""

    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


@decides_access("role", "is_active", of=["pk"])
class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in.

    A closed account is a row without anything personal, so that what its person wrote stays where others read it.
    """

    email = AddressField("e-mail", unique=True, error_messages={"unique": "Somebody has this address already."})
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=10, choices=Role)
    time_zone = models.CharField(max_length=64, default="", blank=True, validators=[check_time_zone])
    locale = models.CharField(
        "language of dates and numbers", max_length=20, blank=True, help_text="Such as de-CH; empty is the browser's."
    )
    theme = models.CharField("light or dark", max_length=10, choices=Theme, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    photo = models.FileField(upload_to="photos/", blank=True)
    hides_presence = models.BooleanField(default=False, help_text="Others don't see when they are here.")
    hides_reading = models.BooleanField(default=False, help_text="Others don't see what they have read.")
    last_seen = models.DateTimeField(null=True, blank=True, editable=False)
    is_active = models.BooleanField("active", default=True)
    password_only = models.BooleanField(
        "password alone", default=False, help_text="Signs in without a code by e-mail, whatever the role asks for."
    )
    closed = models.DateTimeField(null=True, blank=True, editable=False)
    # Counts how often all that this person had open was ended: what was opened before then opens nothing afterwards.
    era = models.PositiveIntegerField(default=0, editable=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    # An admin looks as this person: nothing is written for them, and what is theirs alone isn't shown (looking.py).
    looked_as: bool = False

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["given_name"]

    class Meta:
        ordering = ["given_name", "family_name", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_has_a_known_role"),
            models.CheckConstraint(
                condition=models.Q(closed=None) | models.Q(is_active=False), name="a_closed_account_is_not_active"
            ),
            in_normal_form("users_address_in_normal_form"),
        ]
        indexes = [models.Index(fields=["role"])]

    # Whoever signs up by themselves has yet to show that the address is theirs (apps.accounts.mailboxes).
    address_is_proven = True

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and keep allauth's row of the address in step."""
        fields = kwargs.get("update_fields")
        if fields is not None and "email" not in fields:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, **kwargs)
            mailboxes.keep(self)

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

    @property
    def state(self) -> str:
        """`active`, `deactivated` or `closed`."""
        if self.closed:
            return "closed"
        return "active" if self.is_active else "deactivated"

    def get_full_name(self) -> str:
        """The name that Django's admin shows."""
        return self.full_name

    def get_absolute_url(self) -> str:
        """The page about this person, for admins and staff."""
        return reverse("people:person_detail", args=[self.pk])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's own, which ends with the password; with the era too."""
        digest = str(super()._get_session_auth_hash(secret))  # type: ignore[misc]
        if not self.era:
            return digest
        return salted_hmac("apps.accounts.era", f"{digest}{self.era}", secret=secret, algorithm="sha256").hexdigest()


class Invitation(models.Model):
    """A way in, for whoever reads one e-mail address, as one role; once, and not for long.

    The token itself is in the mail, and in the session of whoever has followed its link. Of one address one invitation
    is open at a time; sending it again gives it another token and another span.
    """

    email = AddressField("e-mail")
    role = models.CharField(max_length=10, choices=Role)
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="sent_invitations")
    created = models.DateTimeField(default=timezone.now, editable=False)
    sent = models.DateTimeField(default=timezone.now, editable=False)
    times_sent = models.PositiveSmallIntegerField(default=1, editable=False)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, editable=False)
    accepted = models.DateTimeField(null=True, editable=False)
    user = models.ForeignKey(User, null=True, editable=False, on_delete=models.SET_NULL, related_name="invitations")
    # Those that were sent together, and can be stopped together while their emails wait (apps.accounts.sendings).
    sending = models.UUIDField(null=True, editable=False, db_index=True)

    objects: ClassVar[models.Manager["Invitation"]] = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-sent", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=models.Q(accepted=None, revoked=None), name="one_open_invitation_an_address"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted=None) | models.Q(revoked=None), name="accepted_or_revoked_not_both"
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_to_a_known_role"),
            in_normal_form("invited_address_in_normal_form"),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.get_role_display()}"

    @property
    def state(self) -> str:
        """`pending`, `accepted`, `revoked` or `expired`."""
        if self.accepted:
            return "accepted"
        if self.revoked:
            return "revoked"
        return "pending" if self.expires > timezone.now() else "expired"

    def new_token(self) -> str:
        """Make another token for the mail, which ends the one before; not saved here."""
        token = secrets.token_urlsafe(32)
        self.token_hash, self.expires = hash_of(token), end_of_span()
        return token


def end_of_span() -> datetime:
    """Until when what is sent now can be accepted (settings.INVITATION_DAYS)."""
    return timezone.now() + timedelta(days=settings.INVITATION_DAYS)


class Tries(models.Model):
    """How often somebody was wrong about one account, or from one address, within a span: see apps.accounts.locks.

    The key is a hash: who reads the table doesn't learn what was typed.
    """

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.count} wrong"


class AuditEntry(models.Model):
    """Who did what to which thing, when, from where.

    The database refuses to change or delete a row (migration 0004), so no foreign key may want to: an actor or a kind
    of thing that is gone leaves its number behind. A migration that alters this table on SQLite makes it anew, and has
    to make the triggers anew too.
    """

    actor = models.ForeignKey(User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    verb = models.CharField(max_length=50)
    thing_type = models.ForeignKey(
        ContentType, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    thing_id = models.PositiveBigIntegerField(null=True)
    thing = GenericForeignKey("thing_type", "thing_id")
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True, help_text="Of whoever asked; none for a job or a command.")
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["thing_type", "thing_id"]),
            models.Index(fields=["actor", "verb", "at"]),
            models.Index(fields=["verb", "at"], name="audit_by_verb"),
            models.Index(fields=["address", "at"], name="audit_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.thing_type_id} {self.thing_id}"
