"""One transfer (转账详情): where it stands, who and how much, by which rule, and its slip."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from accounts.queries.sides import Leg, legs_of
from config.frames.desk.access import desk_page
from config.frames.desk.labels import field_word, kind_word, value_word
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals.answers import DecisionAnswer, answers_of
from config.kernel.approvals.rejections import reasons_of
from config.kernel.identity.masking import mask_account
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Text
from config.kernel.models import Decision
from config.kernel.trail.evidence import scope_of
from transfers.desk.lines import TransferLine, rule_word
from transfers.desk.screen import application_of, screen_of
from transfers.desk.shown import found_or_404, refusal_sentence, shown
from transfers.desk.slips import slip_tools
from transfers.models import Event
from transfers.operations.parked_returns import is_parked
from transfers.queries.transfers import decisions_about, transfer_events
from transfers.vocabulary import NOT_TO_BE_EXECUTED, ReleasedBy, TransferStatus


@dataclass(frozen=True, slots=True)
class TransferStep:
    """A place on the way of a transfer: behind it, where it stands, or still ahead."""

    word: str
    at: Any = None
    tone: str = ""
    current: bool = False


@desk_page(Permission.VIEW_TRANSFER)
def detail(request: DeskRequest, transfer_id: UUID) -> HttpResponse:
    """Show everything about a transfer."""
    found = found_or_404(transfer_id)
    transfer, line = found.transfer, found.line
    decisions = list(decisions_about(transfer))
    answers, reasons = answers_of(decisions), reasons_of(decisions)
    context = {
        **shown(found, decisions),
        "steps": steps_of(line),
        "legs": [_leg(leg) for leg in legs_of(transfer.id)],
        "evidence": may(request.caller, Permission.VIEW_EVIDENCE),
        "accepted_on": shanghai_day(transfer.accepted_at).isoformat(),
        "events": [_event(event) for event in transfer_events(transfer.id)],
        "decisions": [
            _decision(each, transfer.hold_seconds, answers[each.id], reasons.get(each.id, "")) for each in decisions
        ],
        "memo": transfer.memo,
        "screen": screen_of(transfer),
        "application": application_of(transfer, decisions),
        "cancels": may(request.caller, Permission.CANCEL_TRANSFER),
        **slip_tools(request, line),
        "transfer": transfer,
        "parked": is_parked(transfer),
        "returns": may(request.caller, Permission.RETURN_PARKED),
        "waiting": [transfer.id],
    }
    return render(request, "transfers/desk/detail.html", context)


def steps_of(line: TransferLine) -> list[TransferStep]:
    """Return the way of a transfer: 受理, 待到账, and how it ended or would end."""
    if line.status == TransferStatus.REFUSED:
        return [TransferStep(TransferStatus.word(line.status), line.accepted_at, "bad", current=True)]
    steps = [TransferStep(str(Text("受理", "Accepted")), line.accepted_at, "done")]
    if line.delayed:
        # Cancelled before it was due: that instant never came.
        due_at = None if line.status == TransferStatus.CANCELLED else line.due_at
        steps.append(TransferStep(TransferStatus.word(TransferStatus.HELD), due_at, "done", current=line.is_held))
    if line.foreseen:
        return [*steps, TransferStep(str(NOT_TO_BE_EXECUTED), tone="bad")]
    if line.is_held:
        return [*steps, TransferStep(TransferStatus.word(TransferStatus.POSTED))]
    tone = "done" if line.status == TransferStatus.POSTED else "bad"
    return [*steps, TransferStep(line.status_word, line.ended_at, tone, current=True)]


def _leg(leg: Leg) -> dict[str, Any]:
    if leg.account_number:
        account = mask_account(leg.account_number)
    elif leg.bank_code:
        account = str(Text(f"他行清算 {leg.bank_code}", f"Clearing with {leg.bank_code}"))
    else:
        account = str(Text("现金", "Cash"))
    return {"account": account, "account_id": leg.account_id, "debit": -leg.amount_fen if leg.amount_fen < 0 else None,
            "credit": leg.amount_fen if leg.amount_fen > 0 else None}  # fmt: skip


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": event.at,
        "actor": event.actor.name if event.actor else str(Text("系统", "System")),
        "old": TransferStatus.word(event.old_status),
        "new": TransferStatus.word(event.new_status),
        "code": event.code,
        "released_by": ReleasedBy.word(event.released_by),
        "lateness_ms": event.lateness_ms,
    }


def _decision(decision: Decision, hold_seconds: int | None, answer: DecisionAnswer, reason: str) -> dict[str, Any]:
    scope = scope_of(decision)
    return {
        "id": decision.id,
        "at": decision.at,
        "kind": kind_word(decision.kind),
        "answer": answer,
        "reason": reason,
        "refused": bool(decision.code),
        "code": decision.code,
        "sentence": refusal_sentence(decision.code, decision.facts) if decision.code else "",
        "rule": rule_word(decision.rule, hold_seconds),
        "clause": decision.clause,
        "version": decision.policy_version,
        "principal": decision.principal.name if decision.principal else str(Text("系统", "System")),
        "facts": [(field_word(name, scope), value_word(name, value, scope)) for name, value in decision.facts.items()],
    }
