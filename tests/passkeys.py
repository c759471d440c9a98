"""A software device with a passkey that answers as WebAuthn specifies."""

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

_PRESENT, _VERIFIED, _MADE = 1, 4, 64


class Device:
    """A device with one passkey.

    :ivar count: number of its answers; None for a device that does not count.
    """

    def __init__(self, *, count: int | None = 1, origin: str = "http://localhost:8000", verifies: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.count, self.origin, self.verifies = count, origin, verifies

    def make(self, asked: Mapping[str, Any]) -> str:
        """Return a browser's answer to the request to create a passkey."""
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        held = b"\0" * 16 + struct.pack(">H", len(self.id)) + self.id + public
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": self._data(asked["rp"]["id"], _MADE) + held})
        parts = {
            "clientDataJSON": self._client("webauthn.create", asked),
            "attestationObject": websafe_encode(attested),
        }
        return self._answer(parts)

    def answer(self, asked: Mapping[str, Any]) -> str:
        """Return a browser's answer to the request to show a passkey."""
        data, client = self._data(asked["rpId"], 0), self._client("webauthn.get", asked)
        signed = data + hashlib.sha256(websafe_decode(client)).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": websafe_encode(data)}
        return self._answer(parts | {"signature": websafe_encode(signature)})

    def _answer(self, response: dict[str, str]) -> str:
        name = websafe_encode(self.id)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        )

    def _client(self, kind: str, asked: Mapping[str, Any]) -> str:
        data = {"type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": False}
        return websafe_encode(json.dumps(data).encode())

    def _data(self, domain: str, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        count = 0
        if self.count is not None:
            count, self.count = self.count, self.count + 1
        return hashlib.sha256(domain.encode()).digest() + struct.pack(">BI", flags, count)
