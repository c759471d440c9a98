"""The code that may write listings and customers' keys: found in the source, and listed here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.concurrency.required_locks import WATCHED

#: Every function, and every statement, that writes to a watched table or makes a row of one, and the operations of
#: `tests.concurrency.test_required_locks` that run it.
WRITERS: dict[str, tuple[str, ...]] = {
    "accounts/operations/customers.py:_write": ("register_customer",),
    "accounts/operations/documents.py:_link": ("link",),
    "accounts/operations/documents.py:request_document_link": ("ask_link",),
    "accounts/operations/identity_documents.py:new_document": ("register_customer", "ask_link"),
    "accounts/operations/merging.py:_move_rows": ("merge",),
    "accounts/operations/documents.py:_write": ("renew",),
    "accounts/stock/operations/writing.py:_FIRST_DOCUMENTS": ("load_stock",),
    "accounts/stock/operations/writing.py:_FURTHER_DOCUMENTS": ("load_stock",),
    "accounts/stock/operations/writing.py:_FURTHER_IDENTITIES": ("load_stock",),
    "accounts/stock/operations/writing.py:_IDENTITIES": ("load_stock",),
    "accounts/operations/withdrawals.py:_withdraw_document": ("withdraw_document",),
    "blacklist/operations/approvals.py:_end_certificates": ("reject", "send_back", "take_back", "undo_list"),
    "blacklist/operations/approvals.py:_put_in_force": ("put_in_force", "correct"),
    "blacklist/operations/approvals.py:_revoke": ("revoke", "revoke_subject", "revoke_account"),
    "blacklist/operations/case_accounts.py:case_accounts_of": ("register_stop", "ask_correction"),
    "blacklist/operations/approvals.py:_end_corrected": ("correct",),
    "blacklist/imports/operations/undo.py:_revoke": ("undo_list",),
    "blacklist/imports/operations/undo.py:undo_batch": ("undo_list",),
    "blacklist/imports/operations/execution.py:_ACCOUNTS": ("register_list",),
    "blacklist/imports/operations/execution.py:_CERTIFICATES": ("register_list",),
    "blacklist/imports/operations/execution.py:_IN_FORCE": ("register_list",),
    "blacklist/imports/operations/execution.py:_NAMED": ("register_list",),
    "blacklist/operations/revocations.py:_parts": ("ask_subject_revocation",),
    "blacklist/operations/revocations.py:request_revocation": ("ask_revocation", "ask_subject_revocation"),
    "blacklist/operations/registration.py:named_row": ("register_stop", "ask_correction"),
    "blacklist/operations/registration.py:_write_certificate": ("register_stop", "ask_correction"),
}
#: What only looks as if it wrote who is listed or what a customer is known by, and why it does not.
NO_WRITERS = {
    "accounts/operations/names.py:request_name_change": "reads documents",
    "accounts/operations/withdrawals.py:request_document_withdrawal": "reads documents",
    "blacklist/appeals/operations/recording.py:record_appeal": "reads certificates",
    "blacklist/operations/registration.py:_subjects": "whom nothing in force names yet",
}
_WRITES = {
    "bulk_create", "bulk_update", "create", "delete", "get_or_create", "propose_row", "put_in_force", "save", "update",
    "update_or_create",
}  # fmt: skip
_RELATED = {"case_accounts", "documents", "identities", "revoked_parts", "subjects"}
_TEXT = re.compile(
    rf"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|COPY|TRUNCATE)\s+(ONLY\s+)?\"?({'|'.join(WATCHED.values())})\b",
    re.IGNORECASE,
)


def found_in(source: str) -> set[str]:
    """Return the functions and statement constants of a module that may write to a watched table."""
    return {name for name, node in _units(ast.parse(source)) if _may_write(node)}


def found() -> set[str]:
    """Return all of them, as `path:name`."""
    sources = (
        path for package in ("accounts", "blacklist", "transfers", "config") for path in Path(package).rglob("*.py")
    )
    return {
        f"{path}:{name}" for path in sources if "migrations" not in path.parts for name in found_in(path.read_text())
    }


def _units(module: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{getattr(each, 'name', '')}", each) for each in node.body)
        elif isinstance(node, ast.FunctionDef):
            yield node.name, node
        else:
            targets = [
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            ]
            yield (targets[0] if targets else "", node)


def _may_write(unit: ast.AST) -> bool:
    nodes = list(ast.walk(unit))
    if any(
        isinstance(each, ast.Constant) and isinstance(each.value, str) and _TEXT.search(each.value) for each in nodes
    ):
        return True
    calls = [each.func for each in nodes if isinstance(each, ast.Call)]
    if any(isinstance(each, ast.Name) and each.id in WATCHED for each in calls):
        return True
    named = {each.id for each in nodes if isinstance(each, ast.Name)} | {
        each.attr for each in nodes if isinstance(each, ast.Attribute)
    }
    writes = any(isinstance(each, ast.Attribute) and each.attr in _WRITES for each in calls)
    return writes and not named.isdisjoint(WATCHED.keys() | _RELATED)
