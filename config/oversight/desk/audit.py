"""Pages for auditors (审计): decisions with facts, steps of transfers, the audit trail, receipts of exports.

The trail records views of customers, refusals and attempts to sign in (审计轨迹), including the auditor's own
views. A receipt has the SHA-256 of its file (导出登记).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from blacklist.queries.certificates import known_certificates
from config.frames.desk.access import desk_page
from config.frames.desk.labels import NOTHING, field_word, value_word
from config.frames.desk.pages import found_or_404, problem_page
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.frames.desk.second_factors import left_word
from config.kernel import approvals
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals.answers import ANSWERS, answers_of
from config.kernel.approvals.rejections import reasons_of
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import reference_text
from config.kernel.law.refusals import BadRequest, Refusal, refusal_title, refusals_by_subject
from config.kernel.law.text import Text, language, text
from config.kernel.models import Decision, ExportReceipt, QueryReason, TrailKind, TrailOutcome, TrailRecord
from config.kernel.trail import trail
from config.kernel.trail.decisions import kind_text, kinds_by_list, rule_text
from config.kernel.trail.evidence import scope_of
from config.kernel.trail.receipts import receipt_number
from config.kernel.trail.unmasking import LookReason
from config.oversight.desk.trail_lines import lines_in_words, offered_codes
from config.oversight.queries.evidence import (
    Filters,
    decision_by_id,
    decisions_of,
    event_answer,
    events_of,
    page_after,
    read_filters,
    receipts_of,
)
from config.oversight.queries.trail import COUNTED, LOOKS, SIGN_INS, trail_of
from transfers.desk.listing import REFUSALS_OF_TRANSFERS
from transfers.queries.transfers import known_transfers
from transfers.vocabulary import TransferStatus

PAGE = 50


@require_GET
@desk_page(Permission.VIEW_EVIDENCE)
def decisions(request: DeskRequest) -> HttpResponse:
    """List decisions filtered by day, kind, outcome, code and customer, the newest first."""
    filters, problem = request_filters(request)
    found = Decision.objects.none() if problem else decisions_of(filters)
    rows, cursor = page_after(found.defer("facts"), request.GET.get("before"), "at", PAGE)
    if filters.about and not problem:
        trail.record_view(request, object_id=filters.about)
    answers, leads = answers_of(rows), _links_of(rows)
    kinds = [
        (each.label, [(each.value, text(f"全部{each.text.zh}", f"All {each.text.en.lower()}")), *listed])
        for each, listed in kinds_by_list()
    ]
    codes = refusals_by_subject()
    context = {
        "rows": [(row, answers[row.id], leads[row.id]) for row in rows],
        "older": _next_page_query(filters.parameters(), cursor),
        "kinds": kinds,
        "other_kind": choice_not_offered(kinds, filters.kind),
        "codes": codes,
        "other_code": choice_not_offered(codes, filters.code),
        "outcomes": ANSWERS.items(),
        **_list_context(request, filters, "decisions", problem),
    }
    return problem_page(request, "oversight/decisions.html", context, problem)


@require_GET
@desk_page(Permission.VIEW_EVIDENCE)
def decision(request: DeskRequest, decision_id: UUID) -> HttpResponse:
    """Show one decision: principal, facts examined, and the clause of the answer."""
    row = found_or_404(decision_by_id(decision_id))
    refused = Refusal.catalogue.get(row.code)
    scope = scope_of(row)
    facts = [(field_word(name, scope), value_word(name, value, scope)) for name, value in row.facts.items()]
    facts += [(field_word("reason"), reason) for reason in reasons_of([row]).values()]
    context = {
        "decision": row,
        "answer": answers_of([row])[row.id],
        "rule": rule_text(row.rule),
        "facts": facts,
        "proposal": approvals.proposal_of(row, request.caller),
        "object": _links_of([row])[row.id].about,
        "title": refusal_title(row.code) if row.code else "",
        "words": refused.sentence(row.facts, language()) if refused else "",
    }
    return render(request, "oversight/decision.html", context)


@require_GET
@desk_page(Permission.VIEW_EVIDENCE)
def events(request: DeskRequest) -> HttpResponse:
    """List the steps of transfers, the newest first."""
    filters, problem = request_filters(request)
    status = request.GET.get("status", "")
    status = status if status in TransferStatus.values else ""
    typed = request.GET.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    rows = [] if problem else events_of(filters, status=status, before=before, most=PAGE + 1)
    if filters.about and not problem:
        trail.record_view(request, object_id=filters.about)
    codes = refusals_by_subject(*REFUSALS_OF_TRANSFERS)
    more = rows[PAGE - 1]["id"] if len(rows) > PAGE else None
    context = {
        "rows": [event_answer(row) | {"reference": reference_text(row["transfer_id"])} for row in rows[:PAGE]],
        "older": urlencode(filters.parameters() | {"status": status, "before": more}) if more else "",
        "status": status,
        "statuses": TransferStatus.choices,
        "codes": codes,
        "other_code": choice_not_offered(codes, filters.code),
        **_list_context(request, filters, "events", problem),
    }
    return problem_page(request, "oversight/events.html", context, problem)


def choice_not_offered(groups: Iterable[tuple[str, Iterable[tuple[str, str]]]], chosen: str) -> str:
    """Return what was chosen if no group offers it, else an empty string."""
    return "" if any(value == chosen for _, choices in groups for value, _ in choices) else chosen


def _next_page_query(parameters: Mapping[str, str], cursor: str) -> str:
    """Return the query of the next page; empty on the last one."""
    return urlencode({**parameters, "before": cursor}) if cursor else ""


def request_filters(request: DeskRequest, at: datetime | None = None) -> tuple[Filters, PageProblem | None]:
    """Return the valid filters of a request, and the problem of the invalid ones.

    :param at: the end of a list without days; the bank's clock by default.
    """
    at = at or bank_now()
    try:
        return read_filters(request.GET, at=at), None
    except BadRequest as wrong:
        right = {name: str(value) for name, value in request.GET.items() if name not in wrong.fields}
        return read_filters(right, at=at), problem_of(wrong)


def _list_context(request: DeskRequest, filters: Filters, name: str, problem: PageProblem | None) -> dict[str, Any]:
    """Return the context that every list of evidence needs besides its rows."""
    return {
        "filters": filters,
        "problem": problem,
        # Invalid values stay in their fields, too.
        "typed": filters.parameters() | ({key: request.GET.get(key, "") for key in problem.fields} if problem else {}),
        "export_fields": [
            *filters.parameters().items(),
            *((key, request.GET[key]) for key in ("status",) if request.GET.get(key)),
        ],
        "list": name,
        "exports": problem is None and may(request.caller, Permission.EXPORT_EVIDENCE),
        "nothing": NOTHING,
    }


@dataclass(frozen=True, slots=True)
class EvidenceLink:
    """A link: address and label."""

    word: str
    address: str


@dataclass(frozen=True, slots=True)
class DecisionLinks:
    """The links of one decision.

    :ivar about: to its object, None without a page for that.
    :ivar owners: to its customer and account.
    """

    about: EvidenceLink | None
    owners: tuple[EvidenceLink, ...]

    @property
    def all(self) -> tuple[EvidenceLink, ...]:
        """Return all links, that of the object first."""
        return (self.about, *self.owners) if self.about else self.owners


def _links_of(decisions: Iterable[Decision]) -> dict[UUID, DecisionLinks]:
    """Return the links of decisions, with two queries for any number."""
    rows = list(decisions)
    ids = [row.object_id for row in rows if row.object_id]
    transfers, certificates = known_transfers(ids), known_certificates(ids)
    return {
        row.id: DecisionLinks(_about(row.object_id, transfers, certificates), tuple(_owner_links(row))) for row in rows
    }


def _about(object_id: UUID | None, transfers: set[UUID], certificates: set[UUID]) -> EvidenceLink | None:
    if object_id in transfers:
        return EvidenceLink(text("转账", "Transfer"), reverse("desk:transfer", args=[object_id]))
    if object_id in certificates:
        return EvidenceLink(text("认定书", "Certificate"), reverse("desk:certificate", args=[object_id]))
    return None


def _owner_links(row: Decision) -> Iterable[EvidenceLink]:
    if row.customer_id:
        yield EvidenceLink(text("客户", "Customer"), reverse("desk:customer", args=[row.customer_id]))
    if row.account_id:
        yield EvidenceLink(text("账户", "Account"), reverse("desk:account", args=[row.account_id]))


#: Maximum length of a name or staff number.
WHO_MAX = 100


def reason_word(code: str) -> str:
    """Return a reason of any vocabulary in words."""
    if left := left_word(code):
        return left
    return QueryReason.word(code) if code in QueryReason.values else LookReason.word(code)


@dataclass(frozen=True, slots=True)
class TrailList:
    """One list of the trail.

    :ivar kinds: its kinds of records; all if empty.
    """

    title: Text
    kinds: tuple[TrailKind, ...] = ()


#: Lists by the name of their page and of their export.
TRAIL_LISTS = {
    "trail": TrailList(Text("审计轨迹", "Audit trail")),
    "sign_ins": TrailList(Text("签到记录", "Sign-ins"), SIGN_INS),
    "looks": TrailList(Text("查看记录", "Records of views"), LOOKS),
}


@require_GET
@desk_page(Permission.VIEW_TRAIL)
def trail_page(request: DeskRequest, name: str) -> HttpResponse:
    """List the trail, or one of its lists, filtered by day, kind, outcome, person and customer, newest first.

    Days are of the real clock.
    """
    filters, problem = request_filters(request, at=timezone.now())
    shown = TRAIL_LISTS[name]
    outcome, oldest = request.GET.get("status", ""), request.GET.get("sort") == "at"
    who = request.GET.get("who", "").strip()[:WHO_MAX]
    every = trail_of(filters, outcome, shown.kinds, who, oldest=oldest)
    if problem:
        every = TrailRecord.objects.none()
    rows, cursor = page_after(every, request.GET.get("before"), "at", PAGE, oldest=oldest)
    if filters.about:
        trail.record_view(request, object_id=filters.about)
    chosen = {"status": outcome, "who": who, "sort": "at" if oldest else ""}
    chosen = {key: value for key, value in chosen.items() if value}
    codes = offered_codes()
    context: dict[str, Any] = {
        "rows": [
            (line, reason_word(line.row.reason) if line.row.reason else "")
            for line in lines_in_words(rows, request.caller)
        ],
        "codes": codes,
        "other_code": choice_not_offered(codes, filters.code),
        "older": _next_page_query(filters.parameters() | chosen, cursor),
        "turned": urlencode(filters.parameters() | chosen | {"sort": "" if oldest else "at"}),
        "kinds": [each for each in TrailKind.choices if not shown.kinds or each[0] in shown.kinds],
        "status": outcome,
        "statuses": TrailOutcome.choices,
        "who": who,
        "oldest": oldest,
        "title": shown.title,
        # The filter by customer examines each line, so its result is not counted.
        "count": None if filters.about else every.order_by()[: COUNTED + 1].count(),
        "counted": COUNTED,
        **_list_context(request, filters, name, problem),
        "nothing": NOTHING,
    }
    context["export_fields"] = [
        *context["export_fields"],
        *((key, value) for key, value in chosen.items() if key != "status"),
    ]
    return problem_page(request, "oversight/trail.html", context, problem)


_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Facts of an export with their own columns.
_COLUMNS = ("list", "format")
#: Filters that are shown first.
_FIRST = ("from", "to")


@require_GET
@desk_page(Permission.VIEW_TRAIL)
def receipts(request: DeskRequest) -> HttpResponse:
    """List receipts filtered by day, person and digest, the newest first. Days are of the real clock."""
    filters, problem = request_filters(request, at=timezone.now())
    typed = "".join(request.GET.get("sha256", "").split()).lower()[:64]
    digest = bytes.fromhex(typed) if _DIGEST.fullmatch(typed) else None
    unread = bool(typed) and digest is None
    found = ExportReceipt.objects.none() if problem or unread else receipts_of(filters, digest)
    rows, cursor = page_after(found, request.GET.get("before"), "written_at", PAGE)
    context = {
        "rows": [(row, receipt_number(row.decision_id), bytes(row.sha256).hex(), _facts(row)) for row in rows],
        "older": _next_page_query(filters.parameters(), cursor),
        "digest": typed,
        "unread": unread,
        **_list_context(request, filters, "exports", problem),
    }
    return problem_page(request, "oversight/receipts.html", context, problem)


def _facts(row: ExportReceipt) -> dict[str, object]:
    facts, scope = row.decision.facts, scope_of(row.decision)
    columns = {name: value_word(name, facts.get(name), scope) for name in _COLUMNS}
    if "list" not in facts:
        # An export from another page than a list of evidence; it has only one format.
        columns |= {"list": kind_text(row.decision.kind), "format": ""}
    names = sorted(facts.keys() - set(_COLUMNS), key=lambda name: (name not in _FIRST, name))
    filters = [(field_word(name, scope), value_word(name, facts[name], scope)) for name in names]
    return columns | {"filters": filters}
