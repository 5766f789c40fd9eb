"""A passkey in software: answers as a browser with an authenticator does (https://www.w3.org/TR/webauthn-3/)."""

import hashlib
import html
import json
import os
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

FLAG = AuthenticatorData.FLAG


def options_in(page: str) -> dict[str, Any]:
    """What a page asks the browser for."""
    return json.loads(html.unescape(re.search(r'data-options="([^"]*)"', page).group(1)))


class SoftPasskey:
    """One credential; `verifies` says whether it checks whose finger it is."""

    def __init__(self, origin: str = "http://localhost", verifies: bool = True) -> None:
        self.origin = origin
        self.verifies = verifies
        self.id = os.urandom(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.user = b""

    def create(self, options: dict[str, Any], **change: Any) -> dict[str, Any]:
        """The answer to navigator.credentials.create(), as JSON has it."""
        self.user = websafe_decode(options["user"]["id"])
        public = ES256.from_cryptography_key(self.key.public_key())
        made = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        data = AuthenticatorData.create(self._site(options["rp"]["id"]), self._flags() | FLAG.AT, 0, made)
        return self._answer(
            {
                "clientDataJSON": websafe_encode(self._client("webauthn.create", options, **change)),
                "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
            },
            {"credProps": {"rk": True}},
        )

    def get(self, options: dict[str, Any], **change: Any) -> dict[str, Any]:
        """The answer to navigator.credentials.get()."""
        data = AuthenticatorData.create(self._site(options["rpId"]), self._flags(), 0)
        client = self._client("webauthn.get", options, **change)
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client),
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(self.key.sign(signed, ec.ECDSA(SHA256()))),
                "userHandle": websafe_encode(self.user),
            },
            {},
        )

    def _flags(self) -> FLAG:
        return FLAG.UP | FLAG.UV if self.verifies else FLAG.UP

    def _site(self, name: str) -> bytes:
        return hashlib.sha256(name.encode()).digest()

    def _client(self, kind: str, options: dict[str, Any], origin: str = "", challenge: str = "") -> bytes:
        return CollectedClientData.create(kind, challenge or options["challenge"], origin or self.origin)

    def _answer(self, response: dict[str, str], extensions: dict[str, Any]) -> dict[str, Any]:
        key = websafe_encode(self.id)
        return {
            "id": key,
            "rawId": key,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": extensions,
            "response": response,
        }
