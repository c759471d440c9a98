"""Sealed personal data: encrypted with AES-256-GCM, found by a keyed blind index (通告第六条).

The row's id, table and column are authenticated with the text, so a sealed value cannot be opened in another
row or column. Document numbers have about 10^11 plausible values and card numbers about 10^9: only a keyed
index withstands guessing.
"""

import logging
import os
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, models

from config.kernel.identity.account_numbers import account_reference
from config.kernel.identity.masking import Unreadable
from config.kernel.identity.names import normalise_name
from config.kernel.law.text import Text

log = logging.getLogger("bank.sealed")

_NONCE_BYTES = 12
#: Number of nonces drawn at a time.
_NONCES = 512
#: Minimum length: a key id of one character, the nonce, and the tag of an empty text.
_SEALED_MIN = 2 + _NONCE_BYTES + 16
#: Shown in place of a value that does not open.
UNREADABLE = Text("无法读取", "Cannot be read")
#: Maximum number of remembered places whose value did not open in this process; the log names each once.
_UNREADABLE_MAX = 10_000
_unreadable: set[str] = set()
#: Places with a key id that the database does not know; it is queried once for each.
_unmarked: set[tuple[str, str]] = set()
_MARKED = "SELECT key_id FROM kernel_keymark WHERE kind = 'field'"


@lru_cache(maxsize=1)
def _ciphers() -> dict[str, AESGCM]:
    try:
        ciphers = {key_id: AESGCM(b64decode(key, validate=True)) for key_id, key in settings.BANK_FIELD_KEYS.items()}
    except ValueError:
        raise ImproperlyConfigured("BANK_FIELD_KEYS must hold base64 of 32 bytes each.") from None
    return ciphers


@lru_cache(maxsize=1)
def _index_key() -> tuple[bytes, ...]:
    try:
        keys = tuple(b64decode(key, validate=True) for key in settings.BANK_INDEX_KEY.split(","))
    except ValueError:
        keys = (b"",)
    if any(len(key) < 32 for key in keys):
        raise ImproperlyConfigured("BANK_INDEX_KEY must hold base64 of at least 32 bytes.")
    return keys


@lru_cache(maxsize=8)
def _hmac_of(key: bytes) -> HMAC:
    """Return an HMAC-SHA-256 with a key, before the first message; copying it saves hashing the key again."""
    return HMAC(key, SHA256())


class UnknownKey(LookupError):
    """Error for a value sealed with a key of this database that this process lacks; another process can open it."""


def field_key_ids() -> tuple[str, ...]:
    """Return the ids of the field keys of this process; the first one seals."""
    return tuple(_ciphers())


def seal(text: str, *, where: str, key_id: str | None = None) -> bytes:
    """Encrypt a text for one place.

    :param where: table, column and row id; the same is needed to open it.
    :param key_id: the key to use; the first one by default.
    """
    ciphers = _ciphers()
    key_id = key_id or next(iter(ciphers))
    cipher = ciphers[key_id]
    nonce = os.urandom(_NONCE_BYTES)
    head = bytes([len(key_id)]) + key_id.encode()
    return head + nonce + cipher.encrypt(nonce, text.encode(), where.encode())


class Sealer:
    """Seals many texts with the first key, as `seal` does.

    Create it where it is used and do not pass it to another process: its buffered random bytes must not be used
    twice.
    """

    def __init__(self) -> None:
        key_id, cipher = next(iter(_ciphers().items()))
        self.encrypt = cipher.encrypt
        self.head = bytes([len(key_id)]) + key_id.encode()
        self.nonces: Iterator[bytes] = iter(())

    def __call__(self, text: str, where: bytes) -> bytes:
        """Encrypt a text for one place.

        :param where: as `seal` takes it, in bytes.
        """
        nonce = next(self.nonces, None)
        if nonce is None:
            random = os.urandom(_NONCES * _NONCE_BYTES)
            self.nonces = iter([random[at : at + _NONCE_BYTES] for at in range(0, len(random), _NONCE_BYTES)])
            nonce = next(self.nonces)
        return self.head + nonce + self.encrypt(nonce, text.encode(), where)


def unseal(sealed: bytes | memoryview, *, where: str) -> str:
    """Decrypt a value sealed for this place.

    :raises InvalidTag: when it was sealed for another place, or changed.
    :raises ValueError: when it is not a sealed value: too short, or with a key id unknown to this database.
    :raises UnknownKey: when the database knows its key and this process lacks it.
    """
    data = bytes(sealed)
    if len(data) < _SEALED_MIN:
        raise ValueError("too short to be sealed")
    key_id, body = data[1 : 1 + data[0]].decode(), data[1 + data[0] :]
    cipher = _ciphers().get(key_id)
    if cipher is None:
        if _is_marked(key_id, where):
            raise UnknownKey("sealed with a key that this process lacks")
        raise ValueError("no key of this database has this key id")
    return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], where.encode()).decode()


def _is_marked(key_id: str, where: str) -> bool:
    """Return whether a field key has a mark in the database; True when the database cannot be asked."""
    if (where, key_id) in _unmarked:
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute(_MARKED)
            marked = any(key_id == found for (found,) in cursor.fetchall())
    except DatabaseError:
        return True
    if not marked and len(_unmarked) < _UNREADABLE_MAX:
        _unmarked.add((where, key_id))
    return marked


def unreadable_count() -> int:
    """Return how many values this process could not open, ten thousand at most."""
    return len(_unreadable)


def index_generations() -> int:
    """Return the number of index keys of this process; each change of the key adds one."""
    return len(_index_key())


def blind_index(domain: str, value: str, *, generations: int | None = None) -> bytes:
    """Return the keyed hash (32 bytes) by which a value is found.

    Each further key hashes the result of the previous one, so that every index can be converted, also those of
    values that are not stored (`carried_over`).

    :param domain: kind of value, so that a card number never matches a phone.
    :param generations: use only the first so many keys; all by default.
    """
    keys = _index_key()
    made = _digest(keys[0], f"{domain}|{value}".encode())
    return made if len(keys) == 1 else _hash_again(made, keys[1:generations])


def carried_over(made: bytes, *, since: int) -> bytes:
    """Return the index of all keys for an index made by the first `since` keys."""
    return _hash_again(made, _index_key()[since:])


def _hash_again(made: bytes, keys: Iterable[bytes]) -> bytes:
    for key in keys:
        made = _digest(key, made)
    return made


def _digest(key: bytes, message: bytes) -> bytes:
    made = _hmac_of(key).copy()
    made.update(message)
    return made.finalize()


def blind_indexer(domain: str) -> Callable[[str], bytes]:
    """Return `blind_index` for many values of one domain; an import of stock needs millions."""
    first, *later = _index_key()
    before, start = _hmac_of(first).copy(), f"{domain}|"

    def index(value: str) -> bytes:
        made = before.copy()
        made.update((start + value).encode())
        return _hash_again(made.finalize(), later) if later else made.finalize()

    return index


def identity_key(identity: str, *, generations: int | None = None) -> bytes:
    """Return the key of one person or organization: the same for all documents with one citizen number.

    :param generations: as in `blind_index`.
    """
    return blind_index("identity", identity, generations=generations)


def card_key(card_number: str) -> bytes:
    """Return the key of one card number, whether issued or not."""
    return blind_index("card", card_number)


def own_account_key(account_number: str) -> bytes:
    """Return the key under which the trail stores a searched account number of this bank."""
    return blind_index("own-account", account_number)


def user_key(user_name: str) -> bytes:
    """Return the key under which the trail stores a user name used in a sign-in attempt."""
    return blind_index("user", user_name)


def name_key(name: str) -> bytes:
    """Return the key of a customer's or payee's name, the same for all its spellings.

    :raises NameFault: when it cannot be a name.
    """
    return blind_index("name", normalise_name(name))


def person_key(name: str, born_on: date) -> bytes:
    """Return the key of a name with a date of birth; a hint only, because several persons may share both.

    :raises NameFault: when it cannot be a name.
    """
    return blind_index("person", f"{normalise_name(name)}|{born_on.isoformat()}")


def phone_key(phone: str) -> bytes:
    """Return the key of a phone number in normal form."""
    return blind_index("phone", phone)


def account_key(account_number: str, bank_code: str) -> bytes:
    """Return the key of an account at another bank; case of number and code does not matter."""
    number, bank = account_reference(account_number, bank_code)
    return blind_index("account", f"{bank}|{number}")


def seal_context(table: str, column: str, row_id: UUID | str) -> str:
    """Return the place of a sealed value: table, column and row id."""
    return f"{table}.{column}.{row_id}"


class Indexed(NamedTuple):
    """The index column of a sealed value, and the index of a row's value."""

    column: str
    compute: Callable[[Any], bytes]


class SealedField(models.BinaryField):
    """A column whose text is sealed in the database and plain on the instance.

    The instance's primary key must be set before the value (UUIDv7 defaults are).

    :param index: its blind index, with which the proof checks that both were made with the bank's keys.
    :param says: the expected text of a row, if it is known otherwise: the proof compares it.
    :param mask: the function that masks it (`config.kernel.vault.masked`).
    """

    # For the type checker: a text is assigned and read.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def __init__(
        self,
        *args: Any,
        index: Indexed | None = None,
        says: Callable[[Any], str] | None = None,
        mask: Callable[[str], str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.index = index
        self.says = says
        self.mask = mask

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only=private_only)
        if not cls._meta.abstract:
            setattr(cls, self.attname, _SealedAttribute(self))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return model_instance.__dict__.get(self.attname)

    def get_default(self) -> Any:
        if self.has_default():
            return super().get_default()
        return None if self.null else ""

    def open(self, instance: models.Model) -> str | None:
        """Return the text of a row.

        :raises InvalidTag, LookupError, ValueError: when it does not open.
        """
        value = instance.__dict__[self.attname]
        return None if value is None else unseal(value, where=self.where(instance))

    def where(self, instance: models.Model) -> str:
        """Return the place of the value in a row."""
        return seal_context(instance._meta.db_table, str(self.column), instance.pk)


class _SealedAttribute:
    """Descriptor that seals an assigned text and opens it on reading; ciphertext from the database is kept.

    A value that does not open (changed, or of another row) is shown as unreadable, so that the other rows of a
    list stay visible. A value whose key this process lacks raises `UnknownKey`, because another process can open
    it.
    """

    def __init__(self, field: SealedField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        try:
            return self.field.open(instance)
        except (InvalidTag, ValueError) as error:
            return cannot_be_read(self.field.where(instance), error)

    def __set__(self, instance: models.Model, value: Any) -> None:
        if isinstance(value, Unreadable):
            raise TypeError("what cannot be read is not sealed again")
        if isinstance(value, str):
            value = seal(value, where=self.field.where(instance))
        instance.__dict__[self.field.attname] = value


def cannot_be_read(where: str, error: Exception) -> Unreadable:
    """Count a value that does not open, log its place once, and return the text shown instead."""
    if where not in _unreadable and len(_unreadable) < _UNREADABLE_MAX:
        _unreadable.add(where)
        # Only the place and the type of error, nothing of the value.
        log.error("%s does not open (%s)", where, type(error).__name__)
    return Unreadable(UNREADABLE)
