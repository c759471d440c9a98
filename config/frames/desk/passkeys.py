"""Passkeys (通行密钥, WebAuthn): a device key signs a challenge, and its person unlocks it on the device.

A challenge contains its instant and the bank's signature: it is valid for a few minutes, for one purpose, and
only if it is newer than the last one that the passkey answered. Nothing is stored for a challenge.
"""

import json
import logging
import os
import struct
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.models import Passkey, SecondFactor

if TYPE_CHECKING:
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialDescriptor

# fido2 is imported inside functions, because most processes of the bank never use passkeys.
log = logging.getLogger("bank.passkeys")
# Its debug lines contain credentials.
logging.getLogger("fido2").setLevel(logging.WARNING)

#: Purpose of a challenge for a sign-in, when the person is not known yet.
SIGN_IN = "sign-in"
#: Key in the session: whether the person has passkeys; pages then offer one at each field for a code.
HAS_PASSKEYS = "desk_passkeys"
#: Maximum length of an answer in characters.
ANSWER_MAX = 8192
#: Maximum number of passkeys of one person.
MOST = 10
_SECONDS = 300
_HEAD = struct.Struct(">Q16s")
_ALGORITHMS = (-7, -8, -257)
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, RecursionError, struct.error)


def are_on() -> bool:
    """Return whether this bank uses passkeys, that is, whether their domain is configured."""
    return bool(settings.PASSKEY_DOMAIN)


def purpose_of(user_id: int) -> str:
    """Return the purpose of challenges for acts of a signed-in person, as opposed to a sign-in."""
    return f"person {user_id}"


def request_options(purpose: str, user_id: int | None = None) -> dict[str, Any]:
    """Return the options with which a browser asks a passkey for an answer.

    :param user_id: the user with the accepted passkeys; None accepts any passkey of this bank on the device, so
        that the options do not show who has passkeys.
    """
    from fido2.webauthn import UserVerificationRequirement

    held = Passkey.objects.filter(user_id=user_id) if user_id else ()
    allowed = [_descriptor(each) for each in held] or None
    options, _ = _server().authenticate_begin(
        allowed, user_verification=UserVerificationRequirement.REQUIRED, challenge=_challenge(purpose)
    )
    browser_options: dict[str, Any] = dict(options)["publicKey"]
    return browser_options


def creation_options(user: User) -> dict[str, Any]:
    """Return the options with which a browser creates a passkey; a device with a passkey of the user is excluded."""
    from fido2.webauthn import PublicKeyCredentialUserEntity, ResidentKeyRequirement, UserVerificationRequirement

    entity = PublicKeyCredentialUserEntity(
        # One opaque id for all passkeys of a person; it shows nothing about the person.
        id=salted_hmac("desk.passkeys.person", str(user.pk), algorithm="sha256").digest(),
        name=user.get_username(),
        display_name=user.get_username(),
    )
    options, _ = _server().register_begin(
        entity,
        [_descriptor(each) for each in Passkey.objects.filter(user=user)],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=_challenge(_creation_purpose(user)),
    )
    browser_options: dict[str, Any] = dict(options)["publicKey"]
    return browser_options


@transaction_required
def keep(user: User, *, name: str, answer: str) -> Passkey:
    """Store a passkey that a browser has created.

    :raises BadRequest: with `answer` if it was not requested just now or is stored already, with `name` if
        the person has a passkey of that name.
    """
    from fido2.cose import UnsupportedKey
    from fido2.webauthn import RegistrationResponse

    # The lock on the person's row lets the second of two simultaneous registrations see the first.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    try:
        parsed = json.loads(answer)
        challenge = RegistrationResponse.from_dict(parsed).response.client_data.challenge
        if _issued_at(challenge, _creation_purpose(user)) is None:
            raise ValueError("not asked for, or too long ago")
        made = _server().register_complete(_state(challenge), parsed)
        credential = made.credential_data
        if credential is None or isinstance(credential.public_key, UnsupportedKey):
            raise ValueError("a key of another kind")
        if credential.public_key[3] not in _ALGORITHMS:
            raise ValueError("a key of another kind")
    except _MALFORMED as wrong:
        raise BadRequest({"answer": [_NOT_MADE]}) from wrong
    own = Passkey.objects.filter(user=user)
    if own.filter(name=name).exists():
        raise BadRequest({"name": [Text("已有同名的通行密钥。", "There is a passkey of that name already.")]})
    if own.count() >= MOST or Passkey.objects.filter(credential_id=credential.credential_id).exists():
        raise BadRequest({"answer": [_NOT_MADE]})
    kept = Passkey(
        user=user,
        name=name,
        credential_id=credential.credential_id,
        public_key=bytes(credential),
        sign_count=made.counter,
    )
    kept.save(force_insert=True)
    return kept


def passkey_of_answer(user_id: int, answer: str, purpose: str) -> Passkey | None:
    """Return the person's passkey that answered a challenge for a purpose; None without a valid answer.

    Its row is locked first, so an answer that is sent several times at once counts once. A copied passkey is
    detected by its counter, and then neither is valid any more.
    """
    from fido2.webauthn import AttestedCredentialData, AuthenticationResponse

    try:
        parsed = json.loads(answer)
        response = AuthenticationResponse.from_dict(parsed)
        challenge, count = response.response.client_data.challenge, response.response.authenticator_data.counter
        at = _issued_at(challenge, purpose)
        with transaction.atomic():
            rows = Passkey.objects.select_for_update().filter(user_id=user_id, credential_id=response.raw_id)
            passkey = rows.first()
            if passkey is None or at is None or not passkey.is_its_persons():
                return None
            held = AttestedCredentialData(bytes(passkey.public_key))
            _server().authenticate_complete(_state(challenge), [held], parsed)
            if at <= passkey.answered_asked or (passkey.sign_count and count <= passkey.sign_count):
                log.warning("a passkey's answer came again, or its count went back")
                return None
            passkey.answered_asked, passkey.sign_count = at, count
            passkey.set_last_used_timestamp(commit=False)
            passkey.save(update_fields=["answered_asked", "sign_count", "last_used_at"])
            return passkey
    except _MALFORMED:
        return None


@transaction_required
def end_passkey(user: User, passkey_id: UUID) -> Passkey | None:
    """End a passkey of a user, with the sessions that started with it; return it, None for an unknown id.

    :raises BadRequest: with `code` if the user would have no second factor left.
    """
    # The lock on the person's row keeps two simultaneous requests from ending the last two passkeys.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    found = Passkey.objects.filter(user=user, pk=passkey_id).first()
    if found is None:
        return None
    others = Passkey.objects.filter(user=user).exclude(pk=found.pk)
    if not others.exists() and not SecondFactor.objects.filter(user=user, confirmed=True).exists():
        last = Text(
            "这是您唯一的第二验证方式，不能注销。请先登记其他通行密钥或验证器。",
            "It is your only second factor and stays. Add another passkey or an authenticator first.",
        )
        raise BadRequest({"code": [last]})
    Passkey.objects.filter(pk=found.pk).delete()
    return found


@transaction_required
def end_passkeys(user: User) -> None:
    """End all passkeys of a person."""
    Passkey.objects.filter(user=user).delete()


def passkeys_of(user_id: int) -> list[Passkey]:
    """Return a person's passkeys, the oldest first."""
    return list(Passkey.objects.filter(user_id=user_id).order_by("created_at", "pk"))


_NOT_MADE = Text(
    "未能登记通行密钥：请在五分钟内完成，且同一设备只登记一次；最多十个。",
    "The passkey was not registered: finish within five minutes, and register a device once; ten at most.",
)


def _creation_purpose(user: User) -> str:
    return f"make {user.pk}"


def _challenge(purpose: str) -> bytes:
    head = _HEAD.pack(time.time_ns() // 1000, os.urandom(16))
    return head + _sealed(head, purpose)


def _sealed(head: bytes, purpose: str) -> bytes:
    return salted_hmac("desk.passkeys.asked", f"{head.hex()} {purpose}", algorithm="sha256").digest()


def _issued_at(challenge: bytes, purpose: str) -> int | None:
    """Return the instant of a challenge for a purpose, in microseconds; None if it is invalid or too old."""
    head, seal = challenge[: _HEAD.size], challenge[_HEAD.size :]
    if len(head) != _HEAD.size or not constant_time_compare(seal.hex(), _sealed(head, purpose).hex()):
        return None
    at: int = _HEAD.unpack(head)[0]
    return at if 0 <= time.time_ns() // 1000 - at <= _SECONDS * 1_000_000 else None


def _state(challenge: bytes) -> dict[str, Any]:
    from fido2.utils import websafe_encode
    from fido2.webauthn import UserVerificationRequirement

    return {"challenge": websafe_encode(challenge), "user_verification": UserVerificationRequirement.REQUIRED}


def _descriptor(passkey: Passkey) -> "PublicKeyCredentialDescriptor":
    from fido2.webauthn import PublicKeyCredentialDescriptor, PublicKeyCredentialType

    return PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=bytes(passkey.credential_id))


def _server() -> "Fido2Server":
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialParameters, PublicKeyCredentialRpEntity, PublicKeyCredentialType

    bank = PublicKeyCredentialRpEntity(id=settings.PASSKEY_DOMAIN, name=settings.OTP_TOTP_ISSUER)
    server = Fido2Server(bank, verify_origin=_is_ours)
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=each) for each in _ALGORITHMS
    ]
    return server


def _is_ours(origin: str) -> bool:
    """Return whether an answer was given to a page of this bank; in a local sandbox with any port."""
    if settings.SANDBOX and settings.PASSKEY_DOMAIN == "localhost":
        return urlsplit(origin).hostname == "localhost"
    return origin in (settings.PASSKEY_ORIGINS or [f"https://{settings.PASSKEY_DOMAIN}"])
