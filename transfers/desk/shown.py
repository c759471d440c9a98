"""What every page about a transfer tells of it: the transfer as it stands, its outcome and its notice in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404

from config.kernel.database.clock import bank_now
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import language
from config.kernel.models import Decision
from transfers.desk.lines import TransferLine, line_of
from transfers.models import Transfer
from transfers.policy.notices import notice
from transfers.queries.transfers import find_transfer


@dataclass(frozen=True, slots=True)
class FoundTransfer:
    """A transfer that a page is about, as it stands at an instant."""

    transfer: Transfer
    line: TransferLine
    at: datetime


def found_or_404(transfer_id: UUID) -> FoundTransfer:
    """Return a transfer as a page shows it.

    :raises Http404: where there is none of this id.
    """
    transfer = find_transfer(transfer_id)
    if transfer is None:
        raise Http404
    at = bank_now()
    return FoundTransfer(transfer, line_of(transfer, at), at)


def shown(found: FoundTransfer, decisions: Iterable[Decision]) -> dict[str, Any]:
    """Return what every page about a transfer tells of it.

    :param decisions: about it, the oldest first.
    """
    line, at = found.line, found.at
    decided = next((each for each in decisions if line.outcome_code and each.code == line.outcome_code), None)
    return {
        "line": line,
        "outcome": refusal_sentence(line.outcome_code, decided.facts if decided else {}) if line.outcome_code else "",
        "foreseen": line.foreseen.refusal.detail(language()) if line.foreseen else "",
        "at": at,
        "made_by": found.transfer.made_by.name,
        "arrival": found.transfer.get_arrival_display(),
        "notice": notice(line.status, line.due_at, at=at)[language()],
        "bank_code": settings.BANK_CODE,
    }


def refusal_sentence(code: str, facts: Mapping[str, Any]) -> str:
    """Return the sentence of a refusal code; what it left open is a dash.

    :param facts: what the decision saw: it fills the sentence.
    """
    kind = Refusal.catalogue.get(code)
    return kind.sentence(facts, language()) if kind else code
