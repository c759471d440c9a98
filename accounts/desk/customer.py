"""The page of one customer, with masked data, and the timeline in words.

Full data is shown for half a minute, for a recorded reason.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.desk.barred_acts import Verdict, grouped, unavailable_for_customer
from accounts.desk.wing_parts import marks_of_customer
from accounts.operations.unmasking import unmask_customer
from accounts.policy.restrictions import longest_of_kind
from accounts.queries.cards import LapsedReport
from accounts.queries.customer_overview import customer_overview
from accounts.queries.customers import WholeCustomer
from accounts.queries.names import conflicts_of
from accounts.queries.particulars import particulars_shown
from accounts.queries.restriction_history import CertificateEvent, RemainingRestriction
from accounts.queries.subject_lines import subject_line
from accounts.queries.timeline import CheckEvent, DecisionEvent, TimelineEvent, timeline
from accounts.refusals.opening import IdentityUnderReview
from accounts.refusals.other_restrictions import also_text
from accounts.vocabulary import CheckMethod, CheckResult
from accounts.vocabulary import DecisionKind as AccountDecisionKind
from accounts.vocabulary.losses import LossKind
from blacklist.policy.restrictions import Restriction
from blacklist.queries import with_certificates
from blacklist.vocabulary import RestrictionCause, RestrictionKind
from config.frames.desk.access import desk_page
from config.frames.desk.labels import value_word
from config.frames.desk.pages import found_or_404
from config.frames.desk.problems import problem_of
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import REASONS, SHOWN_SECONDS, hidden_by_hand, show_unmasked
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals.answers import Tone
from config.kernel.database.ids import read_id
from config.kernel.law.ends import day_text
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text, text
from config.kernel.requests.documents import document_word
from config.kernel.trail.decisions import kind_text
from config.kernel.trail.unmasking import DecisionKind, LookReason

#: A provisional stop that began, and one that ended.
_STOP = Text("临时止付", "Provisional stop"), Text("临时止付结束（复核已决定）", "Provisional stop ended: decided")
#: Kind of its proposals and decisions.
REVERIFICATION = "reverification"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline.

    :ivar outcome: its result, in a word; `tone` is the colour.
    :ivar more: further details, in words.
    :ivar remaining: the restrictions that remained when this ended.
    :ivar certificate_id: of the certificate that this is about; the same for the decision.
    """

    id: UUID
    at: datetime
    what: str
    outcome: str
    tone: Tone
    who: str
    more: str = ""
    amount_fen: int | None = None
    code: str = ""
    clause: str = ""
    remaining: str = ""
    certificate_id: UUID | None = None
    decision_id: UUID | None = None


def happening(line: TimelineEvent) -> Happening:
    """Return a line of the timeline as a page shows it."""
    match line:
        case CheckEvent():
            return _checked(line)
        case CertificateEvent():
            return _certified(line)
        case LapsedReport():
            return Happening(
                id=line.id,
                at=line.at,
                what=text("口头挂失到期失效", "Loss report by word over"),
                outcome=text("未补办正式挂失", "Not made formal"),
                tone=Tone.OVER,
                who="",
            )
        case _:
            return _decided(line)


def remaining_text(restrictions: Iterable[RemainingRestriction] | None) -> str:
    """Return the restrictions that remained after something ended, empty where there were none.

    :param restrictions: as the timeline keeps them, None where it keeps none.
    """
    if restrictions is None:
        return ""
    lines = [str(also_text(each)) for each in restrictions]
    if not lines:
        return text("当时已无其他限制。", "No other restriction was in force then.")
    return text("当时仍在执行：", "Still in force then: ") + text("；", "; ").join(lines) + text("。", ".")


def _decided(line: DecisionEvent) -> Happening:
    reason = line.facts.get("reason") if line.kind == DecisionKind.UNMASK else None
    return Happening(
        id=line.id,
        at=line.at,
        what=kind_text(line.kind),
        outcome=line.answer.text,
        tone=line.answer.tone,
        who=line.who,
        more=LookReason.word(reason) if reason else _details(line) or line.rejection or _submission(line),
        amount_fen=line.facts.get("amount_fen"),
        code=line.code,
        clause=line.clause,
        remaining=remaining_text(line.remaining),
        decision_id=line.id,
    )


#: A certificate on the timeline, by (ended, by a correction).
_CERTIFIED = {
    (False, False): Text("认定书生效", "Certificate in force"),
    (False, True): Text("认定书更正生效", "Corrected certificate in force"),
    (True, False): Text("撤销认定", "Certificate revoked"),
    (True, True): Text("认定书更正，不再列明", "Certificate corrected; not named any more"),
}


def _certified(line: CertificateEvent) -> Happening:
    over = line.revoked
    what = _STOP[over] if line.cause is RestrictionCause.PROVISIONAL else _CERTIFIED[over, line.corrected]
    return Happening(
        id=line.id,
        at=line.at,
        what=str(what),
        outcome=RestrictionCause.word(line.cause),
        tone=Tone.OVER if line.revoked else Tone.BAD,
        who=line.certificate.authority,
        more=line.certificate.doc_no,
        remaining=remaining_text(line.remaining) if line.revoked else "",
        certificate_id=line.certificate_id,
    )


def _submission(line: DecisionEvent) -> str:
    return text("提交复核", "Submitted for approval") if line.answer.submission else ""


def _details(line: DecisionEvent) -> str:
    """Return the details of a decision on the timeline, in words."""
    if line.kind == REVERIFICATION and "method" in line.facts:
        method = CheckMethod.word(line.facts["method"])
        return " · ".join(filter(None, (method, line.rejection or _submission(line))))
    if line.kind == AccountDecisionKind.REPORT_CARD_LOST and "loss_kind" in line.facts:
        end = value_word("until", line.facts["until"]) if "until" in line.facts else ""
        return " · ".join(filter(None, (LossKind.word(line.facts["loss_kind"]), end)))
    if line.kind == AccountDecisionKind.PLACE_FREEZE and "until" in line.facts:
        return value_word("until", line.facts["until"])
    if line.kind == AccountDecisionKind.TELL_PARTICULARS and "told" in line.facts:
        return value_word("told", line.facts["told"])
    if line.kind != AccountDecisionKind.RENEW_DOCUMENT:
        return ""
    no_end = text("长期", "no expiry")
    days = (line.facts.get(each) for each in ("old_valid_until", "valid_until"))
    before, now = (day_text(date.fromisoformat(day)) if day else no_end for day in days)
    return f"{document_word(line.facts.get('document_type', ''))}: {before} → {now}"


def _checked(line: CheckEvent) -> Happening:
    return Happening(
        id=line.id,
        at=line.at,
        what=text("身份核查", "Identity check"),
        outcome=CheckResult.word(line.result),
        tone=Tone.GOOD if line.result == CheckResult.MATCH else Tone.BAD,
        who=line.who,
        more=CheckMethod.word(line.method),
    )


@desk_page(Permission.VIEW_CUSTOMER)
def customer(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Show a customer: identity, accounts, restrictions, and what may be opened; after a merge the surviving one."""
    subject = subject_line(customer_id)
    if subject is not None and subject.customer_id != customer_id:
        return redirect("desk:customer", subject.customer_id)
    return customer_page(request, customer_id)


def customer_page(request: DeskRequest, customer_id: UUID, **more: object) -> HttpResponse:
    """Return the customer's page with current data."""
    overview = found_or_404(customer_overview(customer_id))
    verdicts = list(_verdicts(overview.eligibility, overview.restrictions))
    context = {
        "overview": overview,
        "restrictions": with_certificates(overview.restrictions, overview.grace),
        "verdicts": grouped(verdicts),
        "particulars": particulars_shown(overview.subject.customer_id),
        "conflicts": conflicts_of(overview.subject.customer_id),
        "off": unavailable_for_customer(verdicts),
        "restricted": overview.restricted,
        "review": next((each.sentence for each in verdicts if each.code == IdentityUnderReview.code), ""),
        **_happened(request, customer_id),
        "marks": marks_of_customer(customer_id),
        "reasons": REASONS.items(),
        "may": acts_of(request.caller),
        **more,
    }
    return render(request, "accounts/desk/customer.html", context)


def acts_of(caller: Caller) -> dict[str, bool]:
    """Return the acts that the caller's role has, by the act's name."""
    return {act.value: may(caller, act) for act in Permission}


@desk_page(Permission.VIEW_CUSTOMER, part=True)
def customer_timeline(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Return earlier events, to be appended to the timeline."""
    context = {**_happened(request, customer_id), "customer_id": customer_id, "may": acts_of(request.caller)}
    return render(request, "accounts/desk/timeline.html", context)


@desk_page(Permission.VIEW_CUSTOMER, part=True)
def customer_masked(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Return the masked data of a customer, which replaces the full data after half a minute."""
    subject = found_or_404(subject_line(customer_id))
    context = {
        "subject": subject,
        "reasons": REASONS.items(),
        "may": acts_of(request.caller),
        "hidden": hidden_by_hand(request),
    }
    return render(request, "accounts/desk/identity.html", context)


@desk_page(Permission.UNMASK_CUSTOMER, part=True)
def customer_unmask(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Show a customer's full data for half a minute (显示); who, when and why is recorded."""

    def context(whole: WholeCustomer) -> dict[str, Any]:
        return {"subject": subject_line(customer_id), "whole": whole, "seconds": SHOWN_SECONDS}

    return show_unmasked(
        request,
        look=lambda caller, reason: unmask_customer(principal=caller, customer_id=customer_id, reason=reason),
        part=lambda whole: render(request, "accounts/desk/identity.html", context(whole)),
        page=lambda whole: customer_page(request, customer_id, **context(whole)),
        back=reverse("desk:customer", args=[customer_id]),
        customer_id=customer_id,
    )


def _happened(request: DeskRequest, customer_id: UUID) -> dict[str, Any]:
    page = timeline(customer_id, read_id(request.GET.get("before")))
    return {"happened": [happening(line) for line in page.events], "older": page.older}


def _verdicts(eligibility: Mapping[str, Refusal | None], restrictions: Collection[Restriction]) -> Iterator[Verdict]:
    for product, refusal in eligibility.items():
        if refusal is None:
            yield Verdict(product, allowed=True, note=_suspended(product, restrictions))
        else:
            problem = problem_of(refusal)
            yield Verdict(product, allowed=False, sentence=problem.text, clause=problem.clause, code=problem.code)


def _suspended(product: str, restrictions: Iterable[Restriction]) -> str:
    """Return which restrictions of the holder would suspend a product once it is opened, and until when."""
    payment = product == "payment_class_iii"
    kind = RestrictionKind.PAYMENT_BUSINESS_SUSPENDED if payment else RestrictionKind.NON_COUNTER_SUSPENDED
    of_kind = [each for each in restrictions if each.kind == kind]
    # A restriction of outflow alone has words of its own, so it is listed apart from one of both directions.
    alike = ([each for each in of_kind if each.text == words] for words in dict.fromkeys(each.text for each in of_kind))
    longest_of_each = [last for each in alike if (last := longest_of_kind(each, kind)) is not None]
    if not longest_of_each:
        return ""
    zh = "；".join(f"{each.text.zh}，{each.end.zh}" for each in longest_of_each)
    en = "; ".join(f"{each.text.en[0].lower()}{each.text.en[1:]} {each.end.en}" for each in longest_of_each)
    once = Text("发卡后", "Once issued") if product == "debit_card" else Text("开立后", "Once opened")
    return text(f"{once.zh}即{zh}。", f"{once.en}: {en}.")
