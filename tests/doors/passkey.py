"""A passkey as allauth keeps it, made without a browser: its public key is real, its signature nobody asks for."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

ID = b"a passkey's name"
USER_WAS_THERE = 0x45  # Present, verified, and what follows tells of the key (WebAuthn, 6.1).


def kept(name: str) -> dict[str, Any]:
    """The `data` of an Authenticator."""
    key = ES256.from_cryptography_key(ec.derive_private_key(7, ec.SECP256R1()).public_key())
    told = AuthenticatorData.create(bytes(32), USER_WAS_THERE, 0, AttestedCredentialData.create(Aaguid.NONE, ID, key))
    client = b'{"type":"webauthn.create","challenge":"AA","origin":"https://homeroom.test"}'
    credential = {
        "id": websafe_encode(ID),
        "rawId": websafe_encode(ID),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(bytes(AttestationObject.create("none", told, {}))),
        },
        "clientExtensionResults": {},
    }
    return {"name": name, "credential": credential}
