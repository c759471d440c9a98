"""Marks of keys (密钥核对): a process works on a database only with the keys that wrote it.

A process with another index key would find no listing and no customer, without an error, and so allow what
the notice forbids. Each key therefore has a mark in the database, and a process that cannot reproduce the
marks neither starts nor is ready.

:source: 通告第五条, 第六条.
"""

import hmac
from typing import Any

from cryptography.exceptions import InvalidTag
from django.apps import apps as installed
from django.apps.registry import Apps
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.vault.sealed import blind_index, field_key_ids, index_generations, seal, seal_context, unseal
from config.kernel.vault.sealed_sample import contradictions

_TABLE = "kernel_keymark"
_CONSTANT = "key mark"
_NO_MARKS = "This database has no marks of its keys. Run `manage.py migrate` with the keys it was written with."

type Marks = dict[tuple[str, str], bytes]


class OtherKeys(OperationalError):
    """Error of a process whose keys differ from those of the database.

    Callers treat it as a temporarily unavailable database.
    """


def keys_mismatch() -> str | None:
    """Return why this process must not work on this database, None if it may; one small query."""
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
    """Return keys of this process that differ from the marks, and marked keys that it lacks; never a key itself."""
    marks = _marks() if marks is None else marks
    wrong = [
        f"Key {key_id} of BANK_FIELD_KEYS is not the key {key_id} this database was written with."
        for key_id in field_key_ids()
        if ("field", key_id) in marks and not _opens(marks["field", key_id], key_id)
    ]
    indexed = marks.get(("index", ""))
    if indexed is not None and not hmac.compare_digest(indexed, index_mark()):
        wrong.append(
            "BANK_INDEX_KEY is not the key this database was indexed with."
            if generations_behind(marks) is None
            else "BANK_INDEX_KEY names a new key that this database is not indexed with. Run `manage.py reindex`."
        )
    # This process could not open values that others seal with such a key.
    wrong += [
        f"Key {key_id} is missing in BANK_FIELD_KEYS, and others seal with it or will."
        for kind, key_id in sorted(marks)
        if kind == "field" and key_id not in field_key_ids()
    ]
    return wrong


def generations_behind(marks: Marks | None = None) -> int | None:
    """Return how many of the last index keys the database does not use yet; None if it uses none."""
    indexed = (_marks() if marks is None else marks).get(("index", ""))
    for behind in range(index_generations()):
        if indexed is not None and hmac.compare_digest(indexed, index_mark(index_generations() - behind)):
            return behind
    return None


def write_missing_marks(apps: Apps = installed, *, further: bool = True) -> list[str]:
    """Mark each key without a mark, after checking all keys on existing data; return the new marks.

    From then on a process without one of these keys is not ready, because any of them may seal.

    :param apps: the models in the state of the database.
    :param further: whether to mark a field key when others are marked already.
    :raises OtherKeys: when the keys are not those of this database; no mark was written.
    """
    marks = _marks()
    wanted = [("index", ""), *(("field", key_id) for key_id in field_key_ids())]
    missing = [each for each in wanted if each not in marks and (further or each[0] not in {kind for kind, _ in marks})]
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
        mark = index_mark() if kind == "index" else seal(_CONSTANT, where=_where(key_id), key_id=key_id)
        rows(
            "INSERT INTO kernel_keymark (id, kind, key_id, mark) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [new_id(), kind, key_id, mark],
        )
    # Another process may have marked a different key under the same id at the same moment.
    if reasons := mismatches():
        raise OtherKeys(" ".join(reasons))
    return [f"{kind} {key_id}".strip() for kind, key_id in missing]


def mark_after_migrate(apps: Apps = installed, **_: Any) -> None:
    """Write the marks of a database without any, after `migrate`; `mark_keys` marks further keys.

    :raises CommandError: when the keys are not those of the database.
    """
    if "keymark" not in apps.all_models["kernel"]:
        return
    try:
        write_missing_marks(apps, further=False)
    except OtherKeys as refused:
        raise CommandError(str(refused)) from None


class WritingCommand(BaseCommand):
    """A command that writes and therefore needs the keys of its database."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        if reason := keys_mismatch():
            raise CommandError(reason)
        return super().execute(*args, **options)


def _marks() -> Marks:
    if not rows("SELECT to_regclass(%s) IS NOT NULL AS there", [_TABLE])[0]["there"]:
        return {}
    found = rows("SELECT kind, key_id, mark FROM kernel_keymark")
    return {(row["kind"], row["key_id"]): bytes(row["mark"]) for row in found}


def index_mark(generations: int | None = None) -> bytes:
    """Return the mark of the index keys, or of the first `generations` of them."""
    return blind_index("key-mark", _CONSTANT, generations=generations)


def _where(key_id: str) -> str:
    return seal_context(_TABLE, "mark", key_id)


def _opens(mark: bytes, key_id: str) -> bool:
    try:
        return unseal(mark, where=_where(key_id)) == _CONSTANT
    except (InvalidTag, LookupError, ValueError):
        return False
