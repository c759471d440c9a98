"""Submit a list to a second person (提交名单导入); locks and checks shared by the steps of an import."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from blacklist.imports.models import ListImport
from blacklist.imports.queries.groups import remark_counts
from blacklist.imports.queries.lists import LISTS, counts_of, rows_due, touches_of
from blacklist.imports.refusals import (
    ListDryRunOnly,
)
from blacklist.imports.vocabulary import ListOutcome, ListStatus, Rule
from blacklist.vocabulary import Remark, TouchKind
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record, WorkerTask
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import MakerDecides
from config.kernel.law.text import Text, text
from config.kernel.models import Approval, ApprovalStatus, Principal, Role
from config.kernel.trail.decisions import Deciding


@transaction_required
def propose_list(*, principal: Caller, import_id: UUID) -> tuple[ListImport, Approval]:
    """Submit a checked list (提交名单导入); another officer approves or rejects it.

    :raises NotFound: for an unknown import.
    :raises ApprovalPending: when it already waits for a second person.
    :raises ListImportState: when it is not staged.
    :raises ListDryRunOnly: when it was uploaded as a dry run.
    :raises ListKeysChanged: when it was read under other keys.
    :raises NothingToRegister: when it has no new row.
    """
    return LISTS.propose(
        IMPORT,
        principal=principal,
        import_id=import_id,
        after=lambda row: {"counts": {"remarks": remark_counts(row)}},
        check=_not_counted_only,
    )


def _not_counted_only(row: ListImport) -> None:
    if row.dry_run:
        raise ListDryRunOnly


def maker_and_checker(kind: str, import_id: UUID) -> tuple[Caller, Caller]:
    """Return maker and checker of the approved proposal about a list.

    :param kind: kind of the proposal.
    """
    approval = Approval.objects.select_related("made_by", "decided_by").get(
        kind=kind, object_id=import_id, status=ApprovalStatus.APPROVED
    )
    assert approval.decided_by is not None  # noqa: S101 - an approved proposal has a decider
    return _caller(approval.made_by), _caller(approval.decided_by)


def _caller(principal: Principal) -> Caller:
    return Caller(id=principal.id, name=principal.name, role=principal.role)


def _snapshot(row: ListImport) -> dict[str, Any]:
    return {
        "status": str(row.status),
        "source": row.source,
        "digest": row.digest[:12],
        "rows_by_outcome": dict(counts_of(row)),
    }


def _approve(row: ListImport, at: datetime, decision: Deciding) -> None:
    """Mark a list as approved (复核通过); a worker registers it, because that outlasts a request."""
    if decision.principal is not None and _is_reader(row, decision.principal):
        raise MakerDecides
    LISTS.mark_approved(row, at, decision, _snapshot(row), rows_due=rows_due(row))


def _is_reader(row: ListImport, caller: Caller) -> bool:
    """Return whether the caller uploaded the list, who may differ from the person who submitted it."""
    people = dict(Principal.objects.filter(pk__in=[row.started_by_id, caller.id]).values_list("id", "person_id"))
    own, other = people.get(row.started_by_id), people.get(caller.id)
    return row.started_by_id == caller.id or (own is not None and own == other)


def counts_text(row: ListImport) -> str:
    """Return the number of rows by outcome, in words."""
    counts = counts_of(row)
    return text("、", ", ").join(f"{of.text} {counts[of]:,}" for of in ListOutcome if counts[of])


def touches_text(row: ListImport) -> str:
    """Return the number of affected customers, accounts, cards and held transfers, in words."""
    found = touches_of(row)
    return text("、", ", ").join(f"{of.text} {found[of]:,}" for of in TouchKind)


def _effects(row: ListImport, _approval: Approval) -> Mapping[str, str]:
    texts = {"rows_told": counts_text(row), "touched": touches_text(row)}
    if remarks := remark_counts(row):
        texts["remarks_told"] = "\n".join(f"{Remark.word(code)} {count:,}" for code, count in remarks.items())
    return texts


IMPORT = Kind(
    model=ListImport,
    name="import",
    text=Text("名单导入", "Import of a list"),
    role=Role.COMPLIANCE,
    object_type="import",
    record=Record("desk:list-import"),
    summary_fields=("source",),
    in_force="in_force_at IS NOT NULL",
    rule=Rule.REGISTER_LIST,
    snapshot=lambda row, _: _snapshot(row),
    approve=_approve,
    effects=_effects,
    worker=WorkerTask(Text("登记", "registered"), Q(status=ListStatus.APPLYING)),
)
