"""Encryption of what the database keeps and must not tell: whoever has the database alone reads none of it."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class UnreadableError(Exception):
    """The text was sealed with a key that is no longer among SECRET_KEY and SECRET_KEY_FALLBACKS."""


class Seal:
    """Seals for one purpose, with a key of its own made of SECRET_KEY: one purpose can't open another's (RFC 5869)."""

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose.encode()

    def seal(self, text: str) -> str:
        """Encrypt a text; the result is about a third longer, and 100 characters more."""
        return _box(self._purpose, *_keys()).encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt with the key of now or an earlier one; raises UnreadableError where none fits."""
        try:
            return _box(self._purpose, *_keys()).decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise UnreadableError from None


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=16)
def _box(purpose: bytes, *keys: str) -> MultiFernet:
    made = (HKDF(SHA256(), 32, None, purpose).derive(key.encode()) for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])
