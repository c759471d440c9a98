"""Read a list into staging tables (读取名单) in portions, then judge it; nothing is registered yet.

If the process is killed, portions already read stay; reading the same file again continues after them. Old rows are
deleted. Each row is encrypted once, and the register's tables take over the encrypted value.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import batched, islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from blacklist.imports.models import ListImport
from blacklist.imports.operations.checks import ListFault, check_certificates, keep_faults
from blacklist.imports.operations.rows import COLUMNS, SHEET, ListRow, RowReader, masked, paper_key
from blacklist.imports.queries.lists import LISTS, status_of
from blacklist.imports.vocabulary import ListOutcome, ListStatus
from blacklist.operations.case_accounts import case_accounts_of, known_here
from blacklist.operations.customers import KnownNumbers
from blacklist.operations.registration import named_row, subject_row
from blacklist.queries import case_account_key
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import copied, rows
from config.kernel.database.transactions import owned, perform, transaction_required
from config.kernel.intake.imports import OnRows, Opened
from config.kernel.intake.tables import Limits, Table, TableError, digest_of, open_table, sheets_of
from config.kernel.intake.tables.binary_copy import HEAD, TAIL, Column, Packer
from config.kernel.intake.tables.cells import RowRefused
from config.kernel.law.dates import shanghai_day

#: Rows committed together; an interrupted import continues after the last portion.
PORTION = 2000
#: Retention of staged rows after the check, and the lists to which it applies.
KEPT_DAYS = 30
_OVER = (ListStatus.STAGED, ListStatus.REFUSED, ListStatus.APPLIED, ListStatus.UNDONE, ListStatus.SEALED)
_PAPERS = """
SELECT region_code, authority_compared, doc_no, min(paper) AS paper FROM blacklist_stagedrow
WHERE import_id = %s GROUP BY 1, 2, 3
"""


def open_list(path: Path, *, name: str = "") -> Opened:
    """Open the file of a list.

    :param name: name shown for the file; empty for the name of the path.
    :raises TableError: when the file cannot be read at all.
    """
    most = settings.LIST_UPLOAD_BYTES
    limits = Limits(file_bytes=most, unpacked_bytes=16 * most, shallow=2 << 20)
    inside = sheets_of(path, limits=limits)
    if len(inside) > 1 and SHEET not in inside:
        raise TableError("SHEET", f"工作簿中没有名为{SHEET}的工作表。", f"The workbook has no sheet {SHEET}.")
    sheet = SHEET if SHEET in inside else ""
    name = (name or path.name)[:200]
    return Opened(
        open_table(path, COLUMNS, name=name, sheet=sheet, inside=inside, limits=limits),
        SHEET,
        name,
        digest_of(path),
    )


@transaction_required
def begin(opened: Opened, *, principal: Caller, dry_run: bool) -> tuple[ListImport, bool]:
    """Return the import of a list, and whether it begins now; in the caller's transaction.

    :param dry_run: True to count it only.
    """
    same = ListImport.objects.select_for_update(no_key=True, of=("self",)).filter(digest=opened.digest, dry_run=dry_run)
    row = same.filter(forgotten_at=None).order_by("-id").first() or same.exclude(status=ListStatus.REFUSED).first()
    return LISTS.begin(
        row,
        source=opened.name,
        dry_run=dry_run,
        digest=opened.digest,
        started_by_id=principal.id,
        line_count=max(opened.table.line_count - 1, 0),
    )


def stage_list(
    path: Path,
    *,
    principal: Caller,
    dry_run: bool = False,
    name: str = "",
    on_rows: OnRows = lambda _count: None,
    on_step: Callable[[int], None] = lambda _papers: None,
) -> ListImport:
    """Read, check and count a list (读取并校验); the same file again is the same import.

    It owns its transactions and commits each portion.

    :param on_rows: called with the number of rows read.
    :param on_step: called with the number of certificates judged.
    :raises TableError: when the file cannot be read at all; nothing is kept then.
    :raises ListImportBusy: while another list is read or registered.
    """
    opened = open_list(path, name=name)
    with LISTS.one_at_a_time():
        row, _ = perform(lambda: begin(opened, principal=principal, dry_run=dry_run))
        if row.status == ListStatus.STAGING:
            _read(row, opened.table, on_rows)
            # One transaction: an interrupted check leaves nothing behind.
            perform(lambda: check_certificates(row, on_step))
        return row


def _read(row: ListImport, table: Table, on_rows: OnRows) -> None:
    reader = RowReader(table.header, shanghai_day(bank_now()), settings.BANK_CODE, settings.LEGAL_BASIS_WHEN_MISSING)
    places = FirstLines(row.id)
    on_rows(row.read)
    for several in batched(islice(table.lines(), row.read, None), PORTION, strict=False):
        good, bad, faults = _portion(table, reader, several)
        known = known_here(tuple(each.account for _, each in good if each.account))
        staged = [(line, stage(each, places.first(each.head.key, line), known)) for line, each in good]
        staged += [(line, _stage_refused(key, places.first(key, line))) for line, key in bad]
        with owned():
            with copied(_COPY) as copy:
                copy.write(HEAD + b"".join(_PACK((row.id.bytes, line, *each)) for line, each in staged) + TAIL)
            keep_faults(row.id, faults)
            row.read += len(several)
            row.save(update_fields=["read"])
        on_rows(len(several))


class FirstLines:
    """Compact map from certificate to its first line in a list."""

    def __init__(self, import_id: UUID) -> None:
        self._first: dict[bytes, int] = {
            _hash((each["region_code"], each["authority_compared"], each["doc_no"])): each["paper"]
            for each in rows(_PAPERS, [import_id])
        }

    def first(self, key: tuple[str, str, str], line: int) -> int:
        """Return the first line of a certificate; the given line if it is new."""
        return self._first.setdefault(_hash(key), line)


def _hash(key: tuple[str, str, str]) -> bytes:
    return hashlib.blake2b("\0".join(key).encode(), digest_size=16).digest()


def _portion(
    table: Table, reader: RowReader, several: tuple[tuple[int, list[str] | None], ...]
) -> tuple[list[tuple[int, ListRow]], list[tuple[int, tuple[str, str, str]]], list[ListFault]]:
    good: list[tuple[int, ListRow]] = []
    bad: list[tuple[int, tuple[str, str, str]]] = []
    faults: list[ListFault] = []
    for line, cells in several:
        if (wrong := table.shape_fault(line, cells)) or cells is None:
            assert wrong is not None  # noqa: S101 - what is no row is a fault
            faults.append(ListFault(line, ListOutcome.REFUSED, wrong.column, wrong.code, wrong.zh, wrong.en))
            continue
        values = dict(zip(table.header, cells, strict=True))
        try:
            good.append((line, reader.read(values)))
        except RowRefused as refused:
            bad.append((line, paper_key(values)))
            named = masked(values)
            faults += [
                ListFault(line, ListOutcome.REFUSED, each.column, each.code, each.zh, each.en, named)
                for each in refused.faults
            ]
    return good, bad, faults


@transaction_required
def delete_list_rows() -> bool:
    """Delete the rows of the oldest list checked over thirty days ago; return whether there was one (清除名单明细).

    The rows are personal data, and the register has its own copy. A list that was never submitted can no longer be
    submitted; its file can be uploaded again.

    :source: 《个人信息保护法》 article 19: personal data are kept no longer than their purpose needs. Thirty days are a house
        rule (本行规则): the time in which a bank corrects refused rows.
    """
    at = bank_now()
    old = ListImport.objects.filter(forgotten_at=None, staged_at__lte=at - timedelta(days=KEPT_DAYS))
    for row in old.exclude(status__in=[ListStatus.APPLYING, ListStatus.UNDOING]).select_for_update(no_key=True):
        if status_of(row, at) not in _OVER:
            continue
        LISTS.forget_rows(row.id)
        row.forgotten_at = at
        if row.status == ListStatus.STAGED:
            row.status, row.trouble = ListStatus.REFUSED, "Forgotten"
        row.save(update_fields=["forgotten_at", "status", "trouble"])
        return True
    return False


_ID, _SEALED, _KEY = "bytes", "bytes", "bytes"
_STAGED = (
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
_COPY = (
    f"COPY blacklist_stagedrow (import_id, line, {', '.join(each.name for each in _STAGED)}) FROM STDIN (FORMAT BINARY)"
)
_PACK = Packer(("bytes", "int", *(each.kind for each in _STAGED)))
_NO_SUBJECT = (None,) * 12
_NO_ACCOUNT = (None,) * 8


def stage(row: ListRow, paper: int, known: KnownNumbers) -> tuple[Any, ...]:
    """Return the values of `_STAGED` for a valid row.

    :param paper: the first line of its certificate.
    :param known: the numbers of this bank among the rows.
    """
    head = (paper, None, *row.head.key, row.head.written())
    if row.subject is not None:
        return (*head, *_subject(row), *_NO_ACCOUNT)
    return (*head, *_NO_SUBJECT, *_account(row, known))


def _stage_refused(key: tuple[str, str, str], paper: int) -> tuple[Any, ...]:
    """Return the values of `_STAGED` for an invalid row; its certificate is not registered."""
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


def _account(row: ListRow, known: KnownNumbers) -> Iterable[Any]:
    assert row.account is not None  # noqa: S101 - asked before
    number, bank = row.account
    (made,) = case_accounts_of(None, (row.account,), known)
    held = made.__dict__
    # A decision about a card locks its own key; one about an account locks that of its number.
    lock = None if held["card_number"] is not None else case_account_key(number, bank)
    return (
        made.id.bytes, made.account_number, made.bank_code, made.card_key, held["card_number"], held["outside_number"],
        made.outside_key, lock,
    )  # fmt: skip
