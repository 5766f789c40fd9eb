"""What comes in of second factors: codes and passkeys' answers."""

import json
import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as webauthn
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django import forms
from django.core.exceptions import ValidationError

from apps.accounts import audit, factors, locks
from apps.core.sealing import UnreadableError

log = logging.getLogger(__name__)

WRONG = "This code is wrong. Look for the newest one and try again."
USED = "This code has been used. Wait for the next one."
UNREADABLE = "Codes can't be checked at the moment. Use a passkey, or ask the academy's office to help."
BAD_PASSKEY = "That didn't work: this passkey isn't known here, or it took too long. Try again."
NOT_ALONE = "This key can't sign in by itself. Give it a PIN or a fingerprint, or take another."
TOO_MANY = "You have as many passkeys as one can have here. Remove one that you don't use first."
NAME_LENGTH = 60
MOST_PASSKEYS = 20
TOLD_LENGTH = 2_800  # Characters: 2 KB in base64; it is 200 bytes as a rule.
ANSWER_LENGTH = 20_000  # Characters; an answer is kept as it came, and is 2,000 as a rule.


class CodeField(forms.CharField):
    """A code as people type it: in groups, with digits of any script."""

    def __init__(self) -> None:
        attrs = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "autocapitalize": "none",
            "class": "code-input",
        }
        super().__init__(
            label="Code",
            max_length=32,
            widget=forms.TextInput(attrs=attrs),
            error_messages={"required": "Enter the code."},
        )

    def to_python(self, value: Any) -> str:
        """With digits that the code is compared in."""
        return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in super().to_python(value) or "")


class CredentialField(forms.JSONField):
    """A passkey's answer: written by script, so that whatever else comes is nonsense."""

    widget = forms.HiddenInput
    default_error_messages = {"invalid": BAD_PASSKEY, "required": BAD_PASSKEY}

    def to_python(self, value: Any) -> Any:
        """An object; what is in it is checked with it."""
        try:
            credential = super().to_python(value) if len(value or "") <= ANSWER_LENGTH else None
            _check_can_be_kept(credential)
        except (ValueError, RecursionError):
            credential = None
        if not isinstance(credential, dict) or _is_too_long(credential):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return credential


def _check_can_be_kept(credential: Any) -> None:
    """Raise ValueError for what Python reads as JSON and PostgreSQL doesn't: NaN, half a character, a null."""
    text = json.dumps(credential, allow_nan=False, ensure_ascii=False)
    if "\\u0000" in text:
        raise ValueError("a null")
    text.encode()


def _is_too_long(credential: dict[str, Any]) -> bool:
    """Does it hold more of an authenticator's bytes than any sends? They are taken apart before they are checked."""
    response = credential.get("response")
    told = response.get("authenticatorData") if isinstance(response, dict) else None
    return isinstance(told, str) and len(told) > TOLD_LENGTH


class _SpendsCode(forms.Form):
    """A code of the app, or a recovery code: each works once, and guessing is slowed and locked as passwords are."""

    user: Any
    authenticator: Any

    def clean_code(self) -> str:
        """Raise ValidationError for a code that is wrong or used, locks.LockedError for one too many."""
        code: str = self.cleaned_data["code"]
        self.authenticator = locks.guarded(context.request, self.user.email, "second-factor", lambda: self._spend(code))
        return code

    def _spend(self, code: str) -> Any:
        try:
            spent = factors.spend(self.user, code)
        except factors.UsedError:
            raise ValidationError(USED) from None
        except UnreadableError:
            log.error("A second factor can't be read: put the key of before into HOMEROOM_SECRET_KEY_FALLBACKS")
            raise ValidationError(UNREADABLE) from None
        if not spent:
            raise ValidationError(WRONG)
        return spent


class SignInCodeForm(_SpendsCode, AuthenticateForm):  # type: ignore[misc]
    """After the password."""

    code = CodeField()


class ConfirmCodeForm(_SpendsCode, ReauthenticateForm):  # type: ignore[misc]
    """Before a change to one's account."""

    code = CodeField()


class AddAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code shows that the app has the secret."""

    code = CodeField()


# What Python and the libraries say of it: deep nesting, cut-off numbers, keys on unknown curves.
NONSENSE = (
    *(ArithmeticError, AttributeError, LookupError, NotImplementedError, RecursionError, TypeError, ValueError),
    *(struct.error, InvalidSignature, UnsupportedAlgorithm),
)


@contextmanager
def nonsense_refused() -> Iterator[None]:
    """A passkey's answer that isn't one is answered with a sentence: the library takes apart bytes from anywhere."""
    try:
        yield
    except NONSENSE:
        raise ValidationError(BAD_PASSKEY) from None


class _AsksPasskey(forms.Form):
    user: Any

    def clean_credential(self) -> Any:
        """The passkey, with whose it is; ValidationError in words of ours. A signature can't be guessed: no tries."""
        try:
            with nonsense_refused():
                return super().clean_credential()  # type: ignore[misc]
        except ValidationError:
            audit.record(None, "user.sign-in-failed", self.user, method="passkey")
            raise ValidationError(BAD_PASSKEY) from None


class SignInPasskeyForm(_AsksPasskey, webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """After the password."""

    credential = CredentialField()


class ConfirmPasskeyForm(_AsksPasskey, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Before a change to one's account."""

    credential = CredentialField()


class PasskeyAloneForm(_AsksPasskey, webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    """Instead of the password."""

    credential = CredentialField()


class AddPasskeyForm(webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey. Who has no password needs one that signs in alone."""

    credential = CredentialField()
    passwordless = forms.BooleanField(
        label="Sign in with it alone, without the password",
        required=False,
        initial=True,
        help_text="It asks for a fingerprint, a face or a PIN. Switch this off for a security key that has none: "
        "it is asked for after the password then.",
    )
    name = forms.CharField(
        label="Name", required=False, max_length=NAME_LENGTH, help_text="So that you know it again in the list."
    )

    def clean(self) -> dict[str, Any]:
        """Check what the browser made of our challenge."""
        if len(factors.factors_of(self.user).passkeys) >= MOST_PASSKEYS:
            raise ValidationError(TOO_MANY)
        if not self.user.has_usable_password():
            self.cleaned_data["passwordless"] = True
        credential = self.cleaned_data.get("credential")
        alone = self.cleaned_data.get("passwordless")
        with nonsense_refused():
            if alone and credential and credential["clientExtensionResults"].get("credProps", {}).get("rk") is False:
                raise ValidationError(NOT_ALONE)
            try:
                cleaned: dict[str, Any] = super().clean()
            except ValidationError:
                raise ValidationError(BAD_PASSKEY) from None
        return cleaned


class RenamePasskeyForm(webauthn.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    name = forms.CharField(label="Name", max_length=NAME_LENGTH, error_messages={"required": "Give it a name."})
