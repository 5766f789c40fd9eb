"""Secrets that the database keeps, and that nobody reads who has the database alone."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"homeroom second factors"


class UnreadableError(Exception):
    """What was sealed was sealed with a key that is no longer among SECRET_KEY and SECRET_KEY_FALLBACKS."""


def seal(text: str) -> str:
    """Encrypt, with a key made of SECRET_KEY; as long as the text and about 100 characters more."""
    return _box(*_keys()).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed, with the key of now or one of before; UnreadableError where none fits."""
    try:
        return _box(*_keys()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise UnreadableError from None


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _box(*keys: str) -> MultiFernet:
    # One use, one key: what signs cookies doesn't open these (HKDF, RFC 5869).
    made = (HKDF(SHA256(), 32, None, PURPOSE).derive(key.encode()) for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])
