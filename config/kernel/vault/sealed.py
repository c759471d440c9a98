"""Personal data at rest: sealed with AES-256-GCM, found again by a keyed blind index (通告第六条).

The row's id, table and column are authenticated with the text, so a sealed value that is moved to
another row or column does not open. Document numbers have about 10^11 plausible values and card
numbers about 10^9: only a keyed index withstands guessing.
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
#: So many nonces are drawn at a time.
_NONCES = 512
#: A key id of one character, the nonce and the tag of an empty text.
_SEALED_MIN = 2 + _NONCE_BYTES + 16
#: What is shown in the place of a value that does not open.
UNREADABLE = Text("无法读取", "Cannot be read")
#: Places of values that did not open in this process: the log names each of them once.
_UNREADABLE_MAX = 10_000
_unreadable: set[str] = set()
#: Places and the key ids found there that the database does not know: it is asked once for each.
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
    """Return the HMAC-SHA-256 of a key before the first message: copied, it need not hash the key anew."""
    return HMAC(key, SHA256())


class UnknownKey(LookupError):
    """Say that something was sealed with a key of this database that this process lacks: another one may open it."""


def field_key_ids() -> tuple[str, ...]:
    """Return the ids of the field keys of this process; the first one seals."""
    return tuple(_ciphers())


def seal(text: str, *, where: str, key_id: str | None = None) -> bytes:
    """Encrypt a text for one place.

    :param where: table, column and row id; the same is needed to open it.
    :param key_id: with which key, the first one otherwise.
    """
    ciphers = _ciphers()
    key_id = key_id or next(iter(ciphers))
    cipher = ciphers[key_id]
    nonce = os.urandom(_NONCE_BYTES)
    head = bytes([len(key_id)]) + key_id.encode()
    return head + nonce + cipher.encrypt(nonce, text.encode(), where.encode())


class Sealer:
    """Seals many texts with the first key, as `seal` does.

    It is made where it is used and given up with it: what it keeps of random bytes must not be there in two processes.
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
    """Decrypt what was sealed for this place.

    :raises InvalidTag: when it was sealed for another place, or changed.
    :raises ValueError: when it cannot have been sealed: it is too short, or no key of this database has its key id.
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
    """Return whether a field key with this id has a mark in the database; where that cannot be asked it may have one."""
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
    """Return how many values this process has met that do not open, ten thousand at most."""
    return len(_unreadable)


def index_generations() -> int:
    """Return how many index keys this process has: one more for each change of the key."""
    return len(_index_key())


def blind_index(domain: str, value: str, *, generations: int | None = None) -> bytes:
    """Return the keyed hash (32 bytes) under which a value is found again.

    A key that takes over hashes what the one before has made of it, so that every index can be carried over, those of
    values that nobody keeps among them (`carried_over`).

    :param domain: what kind of value it is, so that a card number never matches a phone.
    :param generations: with the first so many keys only; with all of them otherwise.
    """
    keys = _index_key()
    made = _digest(keys[0], f"{domain}|{value}".encode())
    return made if len(keys) == 1 else _carried(made, keys[1:generations])


def carried_over(made: bytes, *, since: int) -> bytes:
    """Return what all keys make of an index that the first `since` of them have made."""
    return _carried(made, _index_key()[since:])


def _carried(made: bytes, keys: Iterable[bytes]) -> bytes:
    for key in keys:
        made = _digest(key, made)
    return made


def _digest(key: bytes, message: bytes) -> bytes:
    made = _hmac_of(key).copy()
    made.update(message)
    return made.finalize()


def blind_indexer(domain: str) -> Callable[[str], bytes]:
    """Return `blind_index` for many values of one domain: a stock asks for millions."""
    first, *later = _index_key()
    before, start = _hmac_of(first).copy(), f"{domain}|"

    def index(value: str) -> bytes:
        made = before.copy()
        made.update((start + value).encode())
        return _carried(made.finalize(), later) if later else made.finalize()

    return index


def identity_key(identity: str, *, generations: int | None = None) -> bytes:
    """Return the key of one person or organization: the same for all documents with one citizen number.

    :param generations: as `blind_index` takes it.
    """
    return blind_index("identity", identity, generations=generations)


def card_key(card_number: str) -> bytes:
    """Return the key of one card, issued or not, whatever has become of it since."""
    return blind_index("card", card_number)


def own_account_key(account_number: str) -> bytes:
    """Return the key under which the trail keeps a number of this bank that was asked for."""
    return blind_index("own-account", account_number)


def user_key(user_name: str) -> bytes:
    """Return the key under which the trail keeps a user's name that was tried."""
    return blind_index("user", user_name)


def name_key(name: str) -> bytes:
    """Return the key of a customer's or a payee's name, the same for all its spellings.

    :raises NameFault: when it cannot be a name.
    """
    return blind_index("name", normalise_name(name))


def person_key(name: str, born_on: date) -> bytes:
    """Return the key under which persons of one name, born on one day, are found: a hint, never who somebody is.

    :raises NameFault: when it cannot be a name.
    """
    return blind_index("person", f"{normalise_name(name)}|{born_on.isoformat()}")


def phone_key(phone: str) -> bytes:
    """Return the key of a phone number in its one written form."""
    return blind_index("phone", phone)


def account_key(account_number: str, bank_code: str) -> bytes:
    """Return the key of an account at another bank, the same in whatever case number and code are written."""
    number, bank = account_reference(account_number, bank_code)
    return blind_index("account", f"{bank}|{number}")


def seal_context(table: str, column: str, row_id: UUID | str) -> str:
    """Name the place a sealed value belongs to."""
    return f"{table}.{column}.{row_id}"


class Indexed(NamedTuple):
    """The column in which a sealed value is found again, and what it holds for a row."""

    column: str
    compute: Callable[[Any], bytes]


class SealedField(models.BinaryField):
    """Hold a text sealed in the database and plain on the instance.

    The model's primary key must be set before the value is (UUIDv7 defaults are).

    :param index: its blind index, by which a proof can tell that both were made with the bank's keys.
    :param says: what it says in a row, where that is known without it: a proof can tell that it does.
    :param mask: how it is shown (`config.kernel.vault.masked`).
    """

    # What the type checker is to see: text, in and out.
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
        """Name the place of the value in a row."""
        return seal_context(instance._meta.db_table, str(self.column), instance.pk)


class _SealedAttribute:
    """Seal on assignment of a text, open on reading; ciphertext from the database passes as it is.

    One that does not open (it was changed, or belongs elsewhere) hides no other row of a list: it says of itself that
    it cannot be read. One whose key this process lacks is raised (`UnknownKey`): another process opens it.
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
    """Count a value that does not open, log its place once, and return what is shown instead."""
    if where not in _unreadable and len(_unreadable) < _UNREADABLE_MAX:
        _unreadable.add(where)
        # The place and the kind of error alone: nothing of the value.
        log.error("%s does not open (%s)", where, type(error).__name__)
    return Unreadable(UNREADABLE)
