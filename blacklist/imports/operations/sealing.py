"""Turn what was read of a row into what is staged (暂存行): ids given, personal data sealed for its final place.

A row is sealed once: what a staging table holds is copied into the register's tables as it is.
"""

from collections.abc import Iterable
from typing import Any

from blacklist.imports.operations.rows import ListRow
from blacklist.operations.case_accounts import case_accounts_of
from blacklist.operations.customers import Known
from blacklist.operations.written import named_row, subject_row
from blacklist.queries import case_account_key
from config.kernel.intake.tables.copying import Column, Packer

_ID, _SEALED, _KEY = "bytes", "bytes", "bytes"
STAGED = (
    Column("paper", "int"),
    Column("outcome", "text"),
    Column("region_code", "text"),
    Column("authority_compared", "text"),
    Column("doc_no", "text"),
    Column("head", "text"),
    Column("kind", "text"),
    Column("subject_id", _ID),
    Column("named_id", _ID),
    Column("document_type", "text"),
    Column("country", "text"),
    Column("identity_key", _KEY),
    Column("number", _SEALED),
    Column("name", _SEALED),
    Column("subject_number", _SEALED),
    Column("subject_name", _SEALED),
    Column("name_index", _KEY),
    Column("match_key", _KEY),
    Column("account_id", _ID),
    Column("account_number", "text"),
    Column("bank_code", "text"),
    Column("card_key", _KEY),
    Column("card_number", _SEALED),
    Column("outside_number", _SEALED),
    Column("outside_key", _KEY),
    Column("lock_key", _KEY),
)
COPY = (
    f"COPY blacklist_stagedrow (import_id, line, {', '.join(each.name for each in STAGED)}) FROM STDIN (FORMAT BINARY)"
)
PACK = Packer(("bytes", "int", *(each.kind for each in STAGED)))
_NO_SUBJECT = (None,) * 12
_NO_ACCOUNT = (None,) * 8


def stage(row: ListRow, paper: int, known: Known) -> tuple[Any, ...]:
    """Return the values of `STAGED`.

    :param paper: the first line of its certificate.
    :param known: what the numbers of this bank among the rows are.
    """
    head = (paper, None, *row.head.key, row.head.written())
    if row.subject is not None:
        return (*head, *_subject(row), *_NO_ACCOUNT)
    return (*head, *_NO_SUBJECT, *_account(row, known))


def stage_refused(key: tuple[str, str, str], paper: int) -> tuple[Any, ...]:
    """Return the values of `STAGED` of a row that cannot be taken: its certificate is not registered without it."""
    return (paper, "refused", *key, "", *_NO_SUBJECT, *_NO_ACCOUNT)


def _subject(row: ListRow) -> Iterable[Any]:
    subject = row.subject
    assert subject is not None  # noqa: S101 - asked before
    new = subject_row(subject)
    named = named_row(subject, certificate_id=None, subject_id=new.id)
    held, shown = new.__dict__, named.__dict__
    return (
        subject.kind.value, new.id.bytes, named.id.bytes, subject.document.type.value, subject.document.country,
        subject.key, shown["document_number"], shown["name"], held["document_number"], held["name"], new.name_index,
        new.match_key,
    )  # fmt: skip


def _account(row: ListRow, known: Known) -> Iterable[Any]:
    assert row.account is not None  # noqa: S101 - asked before
    number, bank = row.account
    (made,) = case_accounts_of(None, (row.account,), known)
    held = made.__dict__
    # Whoever decides about a card shares its own key, and about an account that of its number.
    lock = None if held["card_number"] is not None else case_account_key(number, bank)
    return (
        made.id.bytes, made.account_number, made.bank_code, made.card_key, held["card_number"], held["outside_number"],
        made.outside_key, lock,
    )  # fmt: skip
