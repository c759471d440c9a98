"""Lists of certificates for tests, in the format that a compliance department receives."""

from pathlib import Path
from typing import Any

from blacklist.imports import operations as imports
from blacklist.imports.models import ListImport
from blacklist.operations.revocations import RevocationDraft
from blacklist.vocabulary import RevocationGround
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.dates import shanghai_day

COLUMNS = (
    "doc_no", "authority_name", "region_code", "level", "certified_on", "category", "legal_basis", "kind", "name",
    "document_type", "document_number", "account_number", "bank_code",
)  # fmt: skip
PAPER = {
    "doc_no": "公(反诈)认字〔2026〕001号",
    "authority_name": "广州市公安局",
    "region_code": "440100",
    "level": "prefecture",
    "certified_on": "2026-01-01",
    "category": "SELL",
    "legal_basis": "NOTICE_2016",
}


def person(number: str, name: str = "张三", **of_paper: str) -> dict[str, str]:
    """Return a row that names an individual."""
    named = {"kind": "individual", "name": name, "document_type": "resident_id", "document_number": number}
    return PAPER | named | of_paper


def account(number: str, bank: str = "", **of_paper: str) -> dict[str, str]:
    """Return a row that names a case account."""
    return PAPER | {"category": "CASE_ACCOUNT", "account_number": number, "bank_code": bank} | of_paper


def written(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS, encoding: str = "utf-8") -> bytes:
    """Return a list as the bytes of its file."""
    header = [*columns, *sorted({key for row in rows for key in row} - set(columns))]
    lines = [",".join(header), *(",".join(row.get(column, "") for column in header) for row in rows)]
    return "\r\n".join([*lines, ""]).encode(encoding)


def staged(folder: Path, maker: Caller, *rows: dict[str, str], name: str = "list.csv", **more: Any) -> ListImport:
    """Stage a list from its file."""
    path = folder / name
    path.write_bytes(written(*rows))
    return imports.stage_list(path, principal=maker, **more)


def approved(row: ListImport, maker: Caller, checker: Caller) -> ListImport:
    """Submit and approve a list."""
    _, approval = perform(lambda: imports.propose_list(principal=maker, import_id=row.id))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return row


def registered(row: ListImport, maker: Caller, checker: Caller) -> ListImport:
    """Submit, approve and register a list."""
    return imports.apply_list(approved(row, maker, checker).id)


def undo_draft(**more: Any) -> RevocationDraft:
    """Return the draft for the undoing of a list."""
    said = {
        "doc_no": "公撤〔2026〕9号",
        "revoked_on": shanghai_day(bank_now()),
        "reason": "名单有误",
        "ground": RevocationGround.ENTRY,
    } | more
    return RevocationDraft(**said)


def undone(row: ListImport, maker: Caller, checker: Caller) -> ListImport:
    """Undo a list."""
    _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=row.id, draft=undo_draft()))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return imports.apply_list(row.id)
