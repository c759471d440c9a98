"""Whoever works on a database has the keys it was written with (密钥核对).

A process with another index key finds nobody on the blacklist and nobody among the customers, and
says so to no one: it opens what the notice forbids. So each key leaves a mark in the database, and a
process whose keys do not make the same marks neither starts nor is ready.

:source: 通告第五条, 第六条.
"""

import hmac
import logging
import threading
from typing import Any

from cryptography.exceptions import InvalidTag
from django.apps import apps as installed
from django.apps.registry import Apps
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from config.kernel.ids import new_id
from config.kernel.sealed import blind_index, field_key_ids, seal, seal_context, unseal
from config.kernel.sealed_sample import contradictions
from config.kernel.sql import rows

log = logging.getLogger("bank.keys")

_TABLE = "kernel_keymark"
_CONSTANT = "key mark"
_NO_MARKS = "This database has no marks of its keys. Run `manage.py migrate` with the keys it was written with."

type Marks = dict[tuple[str, str], bytes]


class OtherKeys(OperationalError):
    """Say that this process has other keys than the database was written with.

    To whoever asks it is a database that cannot be used for the moment.
    """


def keys_mismatch() -> str | None:
    """Say why this process must not work on this database, or None; one small query."""
    marks = _marks()
    reasons = mismatches(marks)
    if ("index", "") not in marks:
        reasons.append(_NO_MARKS)
    elif ("field", sealing := field_key_ids()[0]) not in marks:
        reasons.append(
            f"Key {sealing} of BANK_FIELD_KEYS is not marked in this database. "
            "Run `manage.py mark_keys` before anything is sealed with it."
        )
    return " ".join(reasons) or None


def mismatches(marks: Marks | None = None) -> list[str]:
    """Name the keys of this process that did not make the marks of their ids; no part of any key."""
    marks = _marks() if marks is None else marks
    wrong = [
        f"Key {key_id} of BANK_FIELD_KEYS is not the key {key_id} this database was written with."
        for key_id in field_key_ids()
        if ("field", key_id) in marks and not _opens(marks["field", key_id], key_id)
    ]
    indexed = marks.get(("index", ""))
    if indexed is not None and not hmac.compare_digest(indexed, _index_mark()):
        wrong.append("BANK_INDEX_KEY is not the key this database was indexed with.")
    return wrong


def missing_keys() -> list[str]:
    """Return the ids of field keys that this database was written with and this process has not."""
    return sorted(key_id for kind, key_id in _marks() if kind == "field" and key_id not in field_key_ids())


def write_missing_marks(apps: Apps = installed) -> list[str]:
    """Mark each key that has no mark yet, once all keys have opened what is there; return what was marked.

    :param apps: the models as the database has them.
    :raises OtherKeys: the keys are not those of this database; no mark was written.
    """
    marks = _marks()
    wanted = [("index", ""), *(("field", key_id) for key_id in field_key_ids())]
    missing = [each for each in wanted if each not in marks]
    if not missing:
        return []
    if reasons := mismatches(marks):
        raise OtherKeys(" ".join(reasons))
    if places := sorted({found.partition(" ")[0] for found in contradictions(apps, random=0)}):
        raise OtherKeys(
            "The keys of BANK_FIELD_KEYS and BANK_INDEX_KEY are not those this database was written with "
            f"(looked at: {', '.join(places)}). No key was marked."
        )
    for kind, key_id in missing:
        mark = _index_mark() if kind == "index" else seal(_CONSTANT, where=_where(key_id), key_id=key_id)
        rows(
            "INSERT INTO kernel_keymark (id, kind, key_id, mark) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [new_id(), kind, key_id, mark],
        )
    # Somebody else may have marked another key under the same id at the same moment.
    if reasons := mismatches():
        raise OtherKeys(" ".join(reasons))
    return [f"{kind} {key_id}".strip() for kind, key_id in missing]


def mark_after_migrate(apps: Apps = installed, **_: Any) -> None:
    """Write the marks that are missing after `migrate`.

    :raises CommandError: with other keys than the database's.
    """
    if "keymark" not in apps.all_models["kernel"]:
        return
    try:
        write_missing_marks(apps)
    except OtherKeys as refused:
        raise CommandError(str(refused)) from None


def guard_process() -> None:
    """End this process if its keys are not the database's; one that is away is asked as soon as it is back.

    Until then every connection is refused, so nothing is released or written with other keys.

    :raises SystemExit: with a sentence that names the key, never any part of it.
    """
    connection_created.connect(_ask_once, dispatch_uid="key-marks")
    try:
        if connection.connection is None:
            connection.ensure_connection()
            connection.close()
        else:
            _ask_once(connection)
    except OtherKeys as refused:
        raise SystemExit(str(refused)) from None
    except (OperationalError, InterfaceError) as error:
        log.warning("the keys are checked when the database is back: %s", type(error).__name__)


class WritingCommand(BaseCommand):
    """A command that writes, and therefore needs the keys of its database."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        if reason := keys_mismatch():
            raise CommandError(reason)
        return super().execute(*args, **options)


_asked = threading.Event()


def _ask_once(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _asked.is_set():
        return
    if reason := keys_mismatch():
        log.critical("%s", reason)
        # One that stayed open would be used by the next query, unasked.
        connection.close()
        raise OtherKeys(reason)
    if missing := missing_keys():
        log.warning("keys of BANK_FIELD_KEYS are missing: what they sealed does not open here: %s", ", ".join(missing))
    _asked.set()


def _marks() -> Marks:
    if not rows("SELECT to_regclass(%s) IS NOT NULL AS there", [_TABLE])[0]["there"]:
        return {}
    found = rows("SELECT kind, key_id, mark FROM kernel_keymark")
    return {(row["kind"], row["key_id"]): bytes(row["mark"]) for row in found}


def _index_mark() -> bytes:
    return blind_index("key-mark", _CONSTANT)


def _where(key_id: str) -> str:
    return seal_context(_TABLE, "mark", key_id)


def _opens(mark: bytes, key_id: str) -> bool:
    try:
        return unseal(mark, where=_where(key_id)) == _CONSTANT
    except (InvalidTag, LookupError, ValueError):
        return False
