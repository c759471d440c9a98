"""The subject locks of a session at each write of listings or of what customers are known by.

Within `noted` the database records each such row with its writer's locks at the end of the statement. The
locks that a row requires are computed here from the rows alone, not from the bank's own lists of keys.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings

from blacklist.models import CaseAccount, Certificate, CertificateSubject, RevokedPart
from blacklist.queries import case_account_key
from config.kernel.database.sql import rows
from tests.roles import as_owner
from tests.subject_locks import EVERYBODY, EXCLUSIVE, buckets_of

#: The tables that say who is listed, and by what a customer is known, by their models.
WATCHED = {
    "Identity": "accounts_identity",
    "Document": "accounts_document",
    "Certificate": "blacklist_certificate",
    "CertificateSubject": "blacklist_certificatesubject",
    "CaseAccount": "blacklist_caseaccount",
    "Revocation": "blacklist_revocation",
    "RevokedPart": "blacklist_revokedpart",
}
_NOTED = ("accounts_customer", *WATCHED.values())
_BEGIN = f"""
CREATE TABLE noted_rows (
    place bigint GENERATED ALWAYS AS IDENTITY, unit xid8 DEFAULT pg_current_xact_id(), name text, old jsonb, new jsonb,
    locks bigint[], statement text
);
GRANT SELECT ON noted_rows TO public;
CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  INSERT INTO noted_rows (name, old, new, locks, statement) VALUES (
    TG_TABLE_NAME,
    CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
    CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END,
    ARRAY({EXCLUSIVE} pg_backend_pid()),
    current_query()
  );
  RETURN NULL;
END $$;
"""
_END = "DROP FUNCTION note_row; DROP TABLE noted_rows"
_EACH = "CREATE TRIGGER note_row AFTER INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION note_row();"


@dataclass(slots=True)
class Noted:
    """The recorded writes, and the bank's functions that made them.

    :ivar functions: as `path:name`.
    """

    functions: set[str] = field(default_factory=set)

    def statements(self) -> set[str]:
        """Return the statements that wrote rows."""
        return {row["statement"] for row in rows("SELECT DISTINCT statement FROM noted_rows")}

    def concerning(self) -> list[str]:
        """Return the tables of rows that list or free a person or change what a customer is known by."""
        return [note["name"] for note, _ in self._rows()]

    def unlocked(self) -> list[str]:
        """Return the tables of such rows whose writer lacked a required lock."""
        return [note["name"] for note, keys in self._rows() if not {EVERYBODY} | buckets_of(keys) <= set(note["locks"])]

    def _rows(self) -> Iterator[tuple[dict[str, Any], set[bytes]]]:
        """Yield the rows that concern a subject, each with the keys of its subjects.

        A customer created in the same transaction is left out: nobody else can decide about it yet.
        """
        notes = rows("SELECT unit::text, name, old::text, new::text, locks FROM noted_rows ORDER BY place")
        new = set()
        for note in notes:
            old, now = (note[each] and json.loads(note[each]) for each in ("old", "new"))
            if note["name"] == "accounts_customer" and old is None:
                new.add((note["unit"], now["id"]))
            customer = note["unit"], (now or old).get("customer_id")
            keys = set(_concerned(note["name"], old, now))
            if keys and customer not in new:
                yield note, keys


@contextmanager
def noted() -> Iterator[Noted]:
    """Record the writes of the block."""
    with as_owner():
        rows(_BEGIN + "".join(_EACH.format(each) for each in _NOTED))
    made = Noted()

    def called(frame: FrameType, event: str, _: Any) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(settings.BASE_DIR):
            made.functions.add(f"{path.relative_to(settings.BASE_DIR)}:{frame.f_code.co_qualname}")

    before = sys.getprofile()
    try:
        sys.setprofile(called)
        yield made
    finally:
        sys.setprofile(before)
        with as_owner():
            rows("".join(f"DROP TRIGGER note_row ON {each};" for each in _NOTED) + _END)


type _Side = dict[str, Any] | None


def _concerned(name: str, old: _Side, new: _Side) -> Iterator[bytes]:
    """Yield the keys of the subjects that a row's change lists, frees, or makes known by another key."""

    def moved(*columns: str) -> bool:
        return old is None or new is None or any(old[each] != new[each] for each in columns)

    row, statuses = new or old or {}, {each["status"] for each in (old, new) if each and "status" in each}
    if name == "accounts_identity" and moved("customer_id", "key"):
        yield from (_bytes(each["key"]) for each in (old, new) if each)
    elif name == "accounts_document" and "active" in statuses and moved("status", "customer_id", "identity_key"):
        yield _bytes(row["identity_key"])
    elif name in _LISTING and (name not in _DECIDED or moved(_DECIDED[name])):
        yield from _LISTING[name](row, statuses if old else set())


def _by_certificate(row: dict[str, Any], statuses: set[str]) -> Iterator[bytes]:
    # One that is undecided stops the accounts that it names.
    if statuses and row["stopped_from"]:
        yield from _numbers(CaseAccount.objects.filter(certificate=row["id"]))
    if "in_force" in statuses:
        yield from _certified(row["id"])


def _by_subject(row: dict[str, Any], _: set[str]) -> Iterator[bytes]:
    if Certificate.objects.get(pk=row["certificate_id"]).status in {"in_force", "revoked"}:
        yield _person(CertificateSubject.objects.get(pk=row["id"]))


def _by_account(row: dict[str, Any], _: set[str]) -> Iterator[bytes]:
    yield from _numbers(CaseAccount.objects.filter(pk=row["id"]))


def _by_revocation(row: dict[str, Any], _: set[str]) -> Iterator[bytes]:
    if row["status"] == "in_force" and row["whole"]:
        yield from _certified(row["certificate_id"])


def _by_part(row: dict[str, Any], _: set[str]) -> Iterator[bytes]:
    part = RevokedPart.objects.get(pk=row["id"])
    if row["in_force_at"] and part.named_subject:
        yield _person(part.named_subject)
    elif row["in_force_at"]:
        yield from _numbers([part.case_account])


_LISTING: dict[str, Callable[[dict[str, Any], set[str]], Iterator[bytes]]] = {
    "blacklist_certificate": _by_certificate,
    "blacklist_certificatesubject": _by_subject,
    "blacklist_caseaccount": _by_account,
    "blacklist_revocation": _by_revocation,
    "blacklist_revokedpart": _by_part,
}
#: The column that decides, where not each change counts.
_DECIDED = {"blacklist_certificate": "status", "blacklist_revocation": "status", "blacklist_revokedpart": "in_force_at"}


def _certified(certificate_id: str) -> Iterator[bytes]:
    yield from map(_person, CertificateSubject.objects.filter(certificate=certificate_id).select_related("subject"))
    yield from _numbers(CaseAccount.objects.filter(certificate=certificate_id))


def _person(named: CertificateSubject) -> bytes:
    return bytes(named.subject.identity_key)


def _numbers(named: Any) -> Iterator[bytes]:
    for each in named:
        if each.card_number is None:
            yield case_account_key(each.number, each.bank_code)
        if each.card_key is not None:
            yield bytes(each.card_key)


def _bytes(written: str) -> bytes:
    return bytes.fromhex(written.removeprefix("\\x"))
