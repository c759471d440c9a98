"""One case on one page: the customer's places, what is beyond them, what was done and what may be done."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.cleanup.desk.case_lines import groups_of, history_of
from accounts.cleanup.desk.forms import ContactForm
from accounts.cleanup.models import CleanupCase
from accounts.cleanup.operations.cases import assign_cases
from accounts.cleanup.queries.case_parts import actions_of, attachments_of, contacts_of, items_of, settled_of
from accounts.cleanup.queries.cases import overdue, standing_of
from accounts.cleanup.queries.found import find_case, proposals_of
from accounts.cleanup.queries.population import MOST
from accounts.desk.customer import acts_of
from accounts.policy.opening import DEBIT_CARDS_MAX
from accounts.queries.customer_lines import AccountLine, CardLine, CustomerOverview
from accounts.queries.customer_overview import customer_overview
from accounts.queries.whose import current
from accounts.vocabulary import COUNTED_CARD_PRODUCTS, AccountStatus
from accounts.vocabulary.limits import CleanupLimit
from blacklist.queries import with_certificates
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.form_acts import carry_out
from config.frames.desk.once import new_once
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.scans import ScanForm
from config.frames.desk.unmasking import REASONS
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.identity.masking import mask_account
from config.kernel.law.money import Fen
from config.kernel.law.text import text


@never_cache
@desk_page(Permission.VIEW_CLEANUP)
def case(request: DeskRequest, case_id: UUID) -> HttpResponse:
    """Show a case."""
    return case_page(request, case_id)


def case_page(
    request: DeskRequest,
    case_id: UUID,
    *,
    problem: PageProblem | None = None,
    contact: ContactForm | None = None,
    upload: ScanForm | None = None,
) -> HttpResponse:
    """Return a case's page as it stands now.

    :param problem: what was refused of a form of this page, and that form.
    """
    row = case_or_404(case_id)
    customer = current(row.customer_id)
    overview = customer_overview(customer.id) if customer else None
    if overview is None:
        raise Http404
    caller = request.caller
    works = may(caller, Permission.WORK_CLEANUP) and row.campaign.sealed_at is None
    items = items_of(case_id)
    actions = actions_of(case_id)
    history = history_of(actions, proposals_of(each.id for each in actions), caller)
    standing = standing_of([case_id])[case_id]
    groups = groups_of(items, history, standing=standing, settled=settled_of(case_id), overview=overview)
    beyond = beyond_cards(overview)
    cards = len(beyond) + sum(1 for slot in overview.slots if slot.card)
    context = {
        "case": row,
        "subject": overview.subject,
        "standing": standing,
        "worked": standing.excess - standing.remaining,
        "overdue": overdue(row, standing, overview.at),
        "deadline": row.deadline or row.campaign.deadline,
        "sealed": row.campaign.sealed_at,
        "works": works,
        "takes": takes_of(caller, row),
        "restrictions": with_certificates(overview.restrictions, overview.grace),
        # What is drawn says whether another card may be issued: not while four or more count.
        "overview": {"eligibility": {"debit_card": cards >= DEBIT_CARDS_MAX}},
        "slots": overview.slots,
        "beyond_cards": beyond,
        "classes": class_places(overview, {group.limit for group in groups}),
        "groups": groups,
        "history": history,
        "contacts": contacts_of(case_id),
        "attachments": attachments_of(case_id),
        # What somebody wrote about a customer, and what a scan is called, may name the customer: auditors see neither.
        "opens": may(caller, Permission.UNMASK_CUSTOMER),
        "contact": contact or ContactForm(**_typed(request)),
        "upload": upload or ScanForm(),
        "reasons": REASONS.items(),
        "may": acts_of(caller),
        "problem": problem,
        "once": new_once(),
    }
    return render(request, "accounts/desk/cleanup/case.html", context, status=problem.status if problem else 200)


@require_POST
@never_cache
@desk_page(Permission.ASSIGN_CLEANUP, part=True)
def take(request: DeskRequest, case_id: UUID) -> HttpResponse:
    """Make a case one's own that is nobody's."""
    case_or_404(case_id)
    caller = request.caller
    outcome = carry_out(request, lambda: assign_cases(principal=caller, case_ids=[case_id], assignee_id=caller.id))
    if outcome.problem is not None:
        return case_page(request, case_id, problem=outcome.problem)
    if not outcome.repeated:
        messages.success(request, text("案件由您经办。", "The case is yours."))
    return redirect("desk:cleanup-case", case_id)


def case_or_404(case_id: UUID) -> CleanupCase:
    """Return a case with its campaign and assignee, or answer that there is none."""
    row = find_case(case_id)
    if row is None:
        raise Http404
    return row


def takes_of(caller: Caller, row: CleanupCase) -> bool:
    """Say whether somebody may make a case their own: nobody's while it can be worked at; a supervisor any."""
    if row.campaign.sealed_at is not None or row.assignee_id == caller.id or not may(caller, Permission.ASSIGN_CLEANUP):
        return False
    return row.assignee_id is None or may(caller, Permission.RUN_CLEANUP)


def _typed(request: DeskRequest) -> dict[str, Any]:
    """Return what was typed into the contact before; another form of the page that was sent is none of it."""
    return {"draft": typed(request)["draft"]} if request.method == "GET" else {}


@dataclass(frozen=True, slots=True)
class TakenPlace:
    """An account that takes a place, or is beyond; its number masked."""

    id: object
    number: str
    balance_fen: Fen


@dataclass(frozen=True, slots=True)
class ClassDrawn:
    """The places of one class: those taken, those free (None), and what is beyond them."""

    limit: CleanupLimit
    most: int
    places: tuple[TakenPlace | None, ...]
    beyond: tuple[TakenPlace, ...]


def class_places(overview: CustomerOverview, exceeded: Collection[str]) -> Sequence[ClassDrawn]:
    """Return the places of each class that the customer has accounts of, or that the case is about."""
    by_limit: dict[CleanupLimit, list[AccountLine]] = {}
    for line in overview.accounts:
        limit = limit_of(line)
        if limit is not None and line.status is AccountStatus.OPEN:
            by_limit.setdefault(limit, []).append(line)
    told = [each for each in MOST if each is not CleanupLimit.CARDS and (each in by_limit or each in exceeded)]
    return [_places(limit, by_limit.get(limit, ())) for limit in told]


def beyond_cards(overview: CustomerOverview) -> tuple[CardLine, ...]:
    """Return the cards that count and have none of the four places."""
    return tuple(card for card in overview.apart if card.product in COUNTED_CARD_PRODUCTS)


def limit_of(line: AccountLine) -> CleanupLimit | None:
    """Return which limit counts an account, None where none does."""
    code = f"{line.kind.value}_{line.account_class.value.lower()}"
    return CleanupLimit(code) if code in CleanupLimit.values else None


def _places(limit: CleanupLimit, lines: Iterable[AccountLine]) -> ClassDrawn:
    placed = [each for each in lines if each.class_slot is not None]
    beyond = [each for each in lines if each.class_slot is None]
    places: list[TakenPlace | None] = [None] * MOST[limit]
    for each in placed:
        places[(each.class_slot or 1) - 1] = _place(each)
    return ClassDrawn(limit, MOST[limit], tuple(places), tuple(map(_place, beyond)))


def _place(line: AccountLine) -> TakenPlace:
    return TakenPlace(line.id, mask_account(line.account_number), line.balance_fen)
