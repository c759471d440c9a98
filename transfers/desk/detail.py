"""Desk page of one transfer (转账详情): status, parties, rule, evidence, decisions, and slip (回单).

A printed slip shows its number, the person and the time.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.queries.transfer_sides import Leg, legs_of
from config.frames.desk.access import desk_page
from config.frames.desk.labels import field_word, kind_word, moment_text, value_word
from config.frames.desk.pages import found_or_404
from config.frames.desk.requests import DeskRequest
from config.frames.desk.slips import slip_tools
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals.answers import DecisionAnswer, answers_of
from config.kernel.approvals.rejections import reasons_of
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.identity.masking import Unreadable, mask_account, mask_name
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text, language
from config.kernel.models import Decision, Outcome
from config.kernel.trail.evidence import decided, scope_of
from config.kernel.trail.slips import PrintedSlip, print_slip
from transfers.desk.lines import TransferLine, line_of, rule_word, status_word
from transfers.models import Event, Transfer
from transfers.operations.parking import is_parked
from transfers.policy.notices import notice
from transfers.policy.slips import names_payee
from transfers.queries.fraud_warnings import warnings_at
from transfers.queries.history import paid_before
from transfers.queries.transfers import decisions_about, find_transfer, transfer_events
from transfers.vocabulary import NOT_TO_BE_EXECUTED, FraudKind, ReleasedBy, TransferStatus


@dataclass(frozen=True, slots=True)
class ShownTransfer:
    """The transfer of a page, read at one instant."""

    transfer: Transfer
    line: TransferLine
    at: datetime


def _transfer_or_404(transfer_id: UUID) -> ShownTransfer:
    """Return the transfer for a page.

    :raises Http404: when the id is unknown.
    """
    transfer = found_or_404(find_transfer(transfer_id))
    at = bank_now()
    return ShownTransfer(transfer, line_of(transfer, at), at)


def _common(shown: ShownTransfer, decisions: Iterable[Decision]) -> dict[str, Any]:
    """Return the context shared by all pages about a transfer.

    :param decisions: decisions about the transfer, oldest first.
    """
    line, at, code = shown.line, shown.at, shown.transfer.outcome_code
    decided = next((each for each in decisions if code and each.code == code), None)
    return {
        "line": line,
        "outcome": _refusal_sentence(code, decided.facts if decided else {}) if code else "",
        "foreseen": line.foreseen.refusal.detail(language()) if line.foreseen else "",
        "at": at,
        "made_by": shown.transfer.made_by.name,
        "arrival": shown.transfer.get_arrival_display(),
        "notice": notice(
            line.status,
            line.due_at,
            warnings=warnings_at(shown.transfer.channel),
            to_another_bank=bool(shown.transfer.payee_bank_code),
            at=at,
            delayed=shown.transfer.first_due_at is not None,
        )[language()],
        "bank_code": settings.BANK_CODE,
    }


def _refusal_sentence(code: str, facts: Mapping[str, Any]) -> str:
    """Return the sentence for a refusal code; missing values are shown as a dash.

    :param facts: the facts of the decision, which fill the sentence.
    """
    kind = Refusal.catalogue.get(code)
    return kind.sentence(facts, language()) if kind else code


_SHOWN = {
    "masked_name": Text("收款人户名", "Payee's name"),
    "account_shown": Text("收款账号", "Payee's account"),
    "amount_shown": Text("金额", "Amount"),
    "realtime_notice": Text("到账时间提示", "Notice of arrival"),
    "language": Text("界面语言", "Language"),
    "confirmed_at": Text("客户确认时间", "Confirmed by the customer"),
}


@dataclass(frozen=True, slots=True)
class Application:
    """Data of a transfer's cancellation (撤销申请).

    :ivar applicant: the applicant's document or card, masked; empty if it was not kept.
    :ivar reason: reason in the applicant's words.
    """

    applicant: str = ""
    reason: str = field(default="", repr=False)


def _screen_of(transfer: Transfer) -> list[tuple[str, str]]:
    """Return what the machine showed before the customer confirmed (屏幕提示), labelled and masked.

    :source: 通告第五条: the machine shows when the money arrives and how to cancel.
    """
    evidence = transfer.screen_evidence
    if not evidence:
        return []
    if isinstance(evidence, Unreadable):
        return [(str(Text("屏幕提示", "Screen prompt")), evidence)]
    return list(_screen_lines(json.loads(evidence)))


def _application_of(transfer: Transfer, decisions: Iterable[Decision]) -> Application | None:
    """Return applicant and reason of a cancellation; None if the transfer was not cancelled.

    :param decisions: decisions about this transfer, oldest first.
    """
    if transfer.status != TransferStatus.CANCELLED:
        return None
    # A repeat with another document of the payer changed nothing: the first allowed application cancelled the transfer.
    first = next(
        (each for each in decisions if each.kind == "cancel_transfer" and each.outcome == Outcome.ALLOWED), None
    )
    shown = first.facts.get("applicant") if first else None
    return Application(
        value_word("applicant", shown, *decided("cancel_transfer")) if shown else "", transfer.cancel_reason or ""
    )


def _screen_lines(evidence: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, word in _SHOWN.items():
        if name in evidence:
            yield str(word), _masked(name, evidence[name])


def _masked(name: str, value: Any) -> str:
    """Return a screen value masked, because a machine may have shown too much."""
    if isinstance(value, bool):
        return str(Text("已显示", "Shown") if value else Text("未显示", "Not shown"))
    text = str(value)
    if name == "account_shown":
        return mask_account(text)
    if name == "masked_name" and "*" not in text:
        return mask_name(text)
    return moment_text(text) if name == "confirmed_at" else text


@dataclass(frozen=True, slots=True)
class TransferStep:
    """One stage of a transfer: passed, present or future."""

    word: str
    at: Any = None
    tone: str = ""
    current: bool = False


@desk_page(Permission.VIEW_TRANSFER)
def detail(request: DeskRequest, transfer_id: UUID) -> HttpResponse:
    """Show all data of a transfer."""
    shown = _transfer_or_404(transfer_id)
    transfer, line = shown.transfer, shown.line
    decisions = list(decisions_about(transfer))
    answers, reasons = answers_of(decisions), reasons_of(decisions)
    context = {
        **_common(shown, decisions),
        "steps": steps_of(line),
        "legs": [_leg(leg) for leg in legs_of(transfer.id)],
        "evidence": may(request.caller, Permission.VIEW_EVIDENCE),
        "accepted_on": shanghai_day(transfer.accepted_at).isoformat(),
        "events": [_event(event, transfer) for event in transfer_events(transfer.id)],
        "decisions": [
            _decision(each, transfer.hold_seconds, answers[each.id], reasons.get(each.id, "")) for each in decisions
        ],
        "memo": transfer.memo,
        "screen": _screen_of(transfer),
        "warned_of": [FraudKind.word(kind) for kind in (transfer.warning_kinds or "").split(",") if kind],
        "application": _application_of(transfer, decisions),
        "cancels": may(request.caller, Permission.CANCEL_TRANSFER),
        "delays": may(request.caller, Permission.DELAY_TRANSFER),
        **_slip_tools(request, line),
        "transfer": transfer,
        "parked": is_parked(transfer),
        "returns": may(request.caller, Permission.RETURN_PARKED),
        "waiting": [transfer.id],
    }
    return render(request, "transfers/desk/detail.html", context)


def steps_of(line: TransferLine) -> list[TransferStep]:
    """Return the stages of a transfer: 受理, 待到账, and its end, reached or expected."""
    if line.status == TransferStatus.REFUSED:
        return [TransferStep(TransferStatus.word(line.status), line.accepted_at, "bad", current=True)]
    steps = [TransferStep(str(Text("受理", "Accepted")), line.accepted_at, "done")]
    if line.delayed:
        # A transfer cancelled before its due instant never reaches that stage.
        due_at = None if line.status == TransferStatus.CANCELLED else line.due_at
        steps.append(TransferStep(TransferStatus.word(TransferStatus.HELD), due_at, "done", current=line.is_held))
    if line.foreseen:
        return [*steps, TransferStep(str(NOT_TO_BE_EXECUTED), tone="bad")]
    if line.is_held:
        elsewhere = bool(line.row.payee_bank_code)
        return [*steps, TransferStep(status_word(TransferStatus.POSTED, to_another_bank=elsewhere))]
    tone = "done" if line.status == TransferStatus.POSTED else "bad"
    return [*steps, TransferStep(line.status_word, line.row.ended_at, tone, current=True)]


def _leg(leg: Leg) -> dict[str, Any]:
    if leg.account_number:
        account = mask_account(leg.account_number)
    elif leg.bank_code:
        account = str(Text(f"他行清算 {leg.bank_code}", f"Clearing with {leg.bank_code}"))
    else:
        account = str(Text("现金", "Cash"))
    return {"account": account, "account_id": leg.account_id, "debit": -leg.amount_fen if leg.amount_fen < 0 else None,
            "credit": leg.amount_fen if leg.amount_fen > 0 else None}  # fmt: skip


def _event(event: Event, transfer: Transfer) -> dict[str, Any]:
    return {
        "at": event.at,
        "actor": event.actor.name if event.actor else str(Text("系统", "System")),
        "old": TransferStatus.word(event.old_status),
        "new": status_word(event.new_status, to_another_bank=bool(transfer.payee_bank_code)),
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
        "sentence": _refusal_sentence(decision.code, decision.facts) if decision.code else "",
        "rule": rule_word(decision.rule, hold_seconds),
        "clause": decision.clause,
        "version": decision.policy_version,
        "principal": decision.principal.name if decision.principal else str(Text("系统", "System")),
        "facts": [(field_word(name, scope), value_word(name, value, scope)) for name, value in decision.facts.items()],
    }


@desk_page(Permission.VIEW_TRANSFER)
def slip(request: DeskRequest, transfer_id: UUID) -> HttpResponse:
    """Show the slip of a transfer: accepted, posted or cancelled."""
    return _page(request, transfer_id)


@require_POST
@desk_page(Permission.PRINT_SLIP, part=True)
def slip_print(request: DeskRequest, transfer_id: UUID) -> HttpResponse:
    """Print the slip for the present status and record the print; later prints are marked as reprints."""
    shown = _transfer_or_404(transfer_id)
    kind = shown.line.slip
    if kind is None:
        return redirect("desk:transfer-slip", transfer_id)
    printed = perform(lambda: print_slip(principal=request.caller, object_id=transfer_id, kind=kind))
    return _page(request, transfer_id, printed)


def _slip_tools(request: DeskRequest, line: TransferLine, printed: PrintedSlip | None = None) -> dict[str, Any]:
    return slip_tools(request, line.id, line.slip, "desk:transfer-slip-print", printed) if line.slip else {}


def _payee_named(request: DeskRequest, transfer: Transfer, printed: PrintedSlip | None) -> str:
    """Return the payee's name for the printed slip; empty if it stays masked."""
    if printed is None or not transfer.payee_name:
        return ""
    named = names_payee(
        typed=not paid_before(transfer),
        made_by_printer=transfer.made_by_id == request.caller.id,
        made_on=shanghai_day(transfer.accepted_at),
        today=shanghai_day(printed.at),
        nth=printed.nth,
    )
    return str(transfer.payee_name) if named else ""


def _page(request: DeskRequest, transfer_id: UUID, printed: PrintedSlip | None = None) -> HttpResponse:
    shown = _transfer_or_404(transfer_id)
    line = shown.line
    if printed is not None and line.slip != printed.kind:
        # The status changed between the page and the print: the recorded slip is printed under its own title.
        raise Http404
    cancelled = None
    if line.status == TransferStatus.CANCELLED:
        cancelled = transfer_events(transfer_id).filter(new_status=line.status).first()
    decisions = list(decisions_about(shown.transfer))
    context = {
        **_common(shown, decisions),
        **_slip_tools(request, line, printed),
        "back": reverse("desk:transfer-slip", args=[transfer_id]),
        "payee_named": _payee_named(request, shown.transfer, printed),
        "cancelled": cancelled,
        "memo": shown.transfer.memo,
        "application": _application_of(shown.transfer, decisions),
        "makes": may(request.caller, Permission.MAKE_TRANSFER),
    }
    return render(request, "transfers/desk/slip.html", context)
