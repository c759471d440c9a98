"""The page of one case: its accounts and cards, the excess, the actions so far and those that are possible."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.cleanup.desk.forms import ContactForm
from accounts.cleanup.models import CleanupAction, CleanupCase, CleanupItem
from accounts.cleanup.operations.cases import assign_cases
from accounts.cleanup.policy import OF_LIMIT, OFFERED, UNDOABLE
from accounts.cleanup.queries.case_details import (
    CurrentItem,
    Settlement,
    actions_of,
    attachments_of,
    contacts_of,
    items_of,
    settled_of,
)
from accounts.cleanup.queries.cases import CaseProgress, find_case, overdue, progress_of_cases, proposals_of
from accounts.cleanup.queries.population import LIMIT_MAX
from accounts.cleanup.vocabulary import CleanupWay
from accounts.desk.customer import acts_of
from accounts.models import Account
from accounts.policy.opening import DEBIT_CARDS_MAX
from accounts.queries.customer_lines import AccountLine, CardLine, CustomerOverview
from accounts.queries.customer_overview import customer_overview
from accounts.queries.merged_customers import surviving_customer
from accounts.vocabulary import COUNTED_CARD_PRODUCTS, AccountStatus, CardStatus, RequestStatus, account_text
from accounts.vocabulary.limits import CleanupLimit
from blacklist.queries import with_certificates
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.scans import ScanForm
from config.frames.desk.unmasking import REASONS
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.identity.masking import mask_account
from config.kernel.law.money import Fen
from config.kernel.law.text import text
from config.kernel.models import Approval
from config.kernel.vault.masked import masked


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One action on an item, proposed or in force.

    :ivar way: the action; for an undoing (`undoes`) that of the action that is taken back.
    """

    row: CleanupAction
    way: str
    thing: str
    into: str
    to_class: str
    made_by: str
    decided_by: str
    approval_page: str
    may_undo: bool
    undoes: bool

    @property
    def pending(self) -> bool:
        """Return whether it is pending approval."""
        return self.row.status == RequestStatus.PENDING

    @property
    def in_force(self) -> bool:
        """Return whether it is in force."""
        return self.row.status == RequestStatus.IN_FORCE and self.row.undone_at is None


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An account or a card of the case: as recorded by the campaign, and its current state.

    :ivar replaced: whether another card has replaced the one that was recorded.
    :ivar account: the account, or the account that the card belongs to now.
    :ivar ways: the actions that may be proposed, in the order of the vocabulary.
    :ivar barred: the restrictions of the account.
    """

    item: CleanupItem
    account: Account
    number: str
    replaced: bool
    status: str
    barred: tuple[str, ...]
    settled: Settlement | None
    pending: ActionLine | None
    ways: tuple[CleanupWay, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """All items of one limit, and the progress on it."""

    limit: CleanupLimit
    most: int
    beyond: int
    worked: int
    rows: list[ItemLine] = field(default_factory=list)

    @property
    def remaining(self) -> int:
        """Return the number of items still in excess."""
        return self.beyond - self.worked


def groups_of(
    items: Sequence[CurrentItem],
    history: Sequence[ActionLine],
    *,
    progress: CaseProgress,
    settled: Mapping[UUID, Settlement],
    overview: CustomerOverview,
) -> list[Group]:
    """Return the items by limit, in the order of their ranks.

    :param settled: the items that are settled.
    """
    groups = {
        each.limit: Group(each.limit, LIMIT_MAX[each.limit], each.excess, each.worked_off) for each in progress.limits
    }
    about: defaultdict[UUID, list[ActionLine]] = defaultdict(list)
    for line in history:
        about[line.row.item_id].append(line)
    now = {line.id: line for line in overview.accounts}
    for each in items:
        limit = CleanupLimit(each.item.limit)
        groups[limit].rows.append(_item_line(each, about[each.item.id], settled.get(each.item.id), now))
    return list(groups.values())


def history_of(
    actions: Iterable[CleanupAction], proposals: Mapping[UUID, Approval], caller: Caller
) -> list[ActionLine]:
    """Return the actions, the newest first.

    :param proposals: the proposal of each action, with its maker and checker, by the action's id.
    """
    undoes, opens = may(caller, Permission.WORK_CLEANUP), may(caller, Permission.VIEW_APPROVALS)
    return [_action_line(each, proposals.get(each.id), caller, undoes=undoes, opens=opens) for each in actions]


def number_of(of: CurrentItem) -> str:
    """Return the masked current number of an item's account or card."""
    if of.card:
        return masked(of.card, "number")
    return masked(of.item.account, "account_number") if of.item.account else ""


def _item_line(
    of: CurrentItem, about: Sequence[ActionLine], settled: Settlement | None, now: Mapping[UUID, AccountLine]
) -> ItemLine:
    item, limit = of.item, CleanupLimit(of.item.limit)
    account: Any = of.card.account if of.card else item.account
    pending = next((each for each in about if each.pending), None)
    done = any(each.in_force and not each.undoes for each in about)
    if of.card:
        status, counts = CardStatus.word(of.card.status), of.card.status != CardStatus.CANCELLED
    else:
        is_open = account.status == AccountStatus.OPEN
        counts = is_open and (account.kind, account.account_class) == OF_LIMIT[limit]
        status = (
            str(account_text(account.kind, account.account_class)) if is_open else AccountStatus.word(account.status)
        )
    return ItemLine(
        item=item,
        account=account,
        number=number_of(of),
        replaced=of.card is not None and of.card.id != item.card_id,
        status=status,
        barred=_barred(now.get(account.id)),
        settled=settled,
        pending=pending,
        ways=() if pending or done or not counts else tuple(way for way in CleanupWay if way in OFFERED[limit]),
    )


def _barred(line: AccountLine | None) -> tuple[str, ...]:
    if line is None:
        return ()
    return (*(str(each.text) for each in line.restrictions), *(each.authority for each in line.freezes))


def _action_line(
    row: CleanupAction, proposal: Approval | None, caller: Caller, *, undoes: bool, opens: bool
) -> ActionLine:
    made = proposal.made_by if proposal else None
    seen = proposal is not None and (opens or proposal.made_by_id == caller.id)
    to_class = account_text(row.item.account.kind, row.to_class) if row.to_class and row.item.account else ""
    return ActionLine(
        row=row,
        way=row.undoes.way if row.undoes else row.way,
        undoes=row.undoes is not None,
        thing=number_of(CurrentItem(row.item, row.item.card)),
        into=masked(row.to_account, "account_number") if row.to_account else "",
        to_class=str(to_class),
        made_by=made.name if made else "",
        decided_by=proposal.decided_by.name if proposal and proposal.decided_by else "",
        approval_page=reverse("desk:approval", args=[proposal.id]) if proposal and seen else "",
        may_undo=undoes and row.way in UNDOABLE and row.status == RequestStatus.IN_FORCE and row.undone_at is None,
    )


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
    """Return the page of a case.

    :param problem: the refusal of a form of this page, and that form.
    """
    row = case_or_404(case_id)
    customer = surviving_customer(row.customer_id)
    overview = found_or_404(customer_overview(customer.id) if customer else None)
    caller = request.caller
    works = may(caller, Permission.WORK_CLEANUP) and row.campaign.sealed_at is None
    items = items_of(case_id)
    actions = actions_of(case_id)
    history = history_of(actions, proposals_of(each.id for each in actions), caller)
    progress = progress_of_cases([case_id])[case_id]
    groups = groups_of(items, history, progress=progress, settled=settled_of(case_id), overview=overview)
    beyond = beyond_cards(overview)
    cards = len(beyond) + sum(1 for slot in overview.slots if slot.card)
    context = {
        "case": row,
        "subject": overview.subject,
        "progress": progress,
        "worked": progress.excess - progress.remaining,
        "overdue": overdue(row, progress, overview.at),
        "deadline": row.deadline or row.campaign.deadline,
        "sealed": row.campaign.sealed_at,
        "works": works,
        "takes": _takes_of(caller, row),
        "restrictions": with_certificates(overview.restrictions, overview.grace),
        # The drawing of the slots shows whether another card may be issued.
        "overview": {"eligibility": {"debit_card": cards >= DEBIT_CARDS_MAX}},
        "slots": overview.slots,
        "beyond_cards": beyond,
        "classes": class_places(overview, {group.limit for group in groups}),
        "groups": groups,
        "history": history,
        "contacts": contacts_of(case_id),
        "attachments": attachments_of(case_id),
        # Notes and file names may name the customer, so auditors see neither.
        "opens": may(caller, Permission.UNMASK_CUSTOMER),
        "contact": contact or ContactForm(**_typed(request)),
        "upload": upload or ScanForm(),
        "reasons": REASONS.items(),
        "may": acts_of(caller),
    }
    return problem_page(request, "accounts/desk/cleanup/case.html", context, problem)


@require_POST
@desk_page(Permission.ASSIGN_CLEANUP, part=True)
def take(request: DeskRequest, case_id: UUID) -> HttpResponse:
    """Assign a case without an assignee to the caller."""
    case_or_404(case_id)
    caller = request.caller
    return act_on_form(
        request,
        lambda: assign_cases(principal=caller, case_ids=[case_id], assignee_id=caller.id),
        page=lambda problem: case_page(request, case_id, problem=problem),
        to=reverse("desk:cleanup-case", args=[case_id]),
        done=text("案件由您承办。", "The case is yours."),
    )


def case_or_404(case_id: UUID) -> CleanupCase:
    """Return a case with its campaign and assignee, or answer 404."""
    return found_or_404(find_case(case_id))


def _takes_of(caller: Caller, row: CleanupCase) -> bool:
    """Return whether a person may take a case: one without an assignee while it is open; a supervisor any."""
    if row.campaign.sealed_at is not None or row.assignee_id == caller.id or not may(caller, Permission.ASSIGN_CLEANUP):
        return False
    return row.assignee_id is None or may(caller, Permission.RUN_CLEANUP)


def _typed(request: DeskRequest) -> dict[str, Any]:
    """Return what was typed into the contact form; empty where another form of the page was sent."""
    return {"draft": form_arguments(request)["draft"]} if request.method == "GET" else {}


@dataclass(frozen=True, slots=True)
class TakenPlace:
    """An account that takes a slot, or is in excess; its number is masked."""

    id: object
    number: str
    balance_fen: Fen


@dataclass(frozen=True, slots=True)
class ClassDrawn:
    """The slots of one class: taken, free (None), and the accounts in excess."""

    limit: CleanupLimit
    most: int
    places: tuple[TakenPlace | None, ...]
    beyond: tuple[TakenPlace, ...]


def class_places(overview: CustomerOverview, exceeded: Collection[str]) -> Sequence[ClassDrawn]:
    """Return the slots of each class in which the customer has accounts, or which the case is about."""
    by_limit: dict[CleanupLimit, list[AccountLine]] = {}
    for line in overview.accounts:
        limit = limit_of(line)
        if limit is not None and line.status is AccountStatus.OPEN:
            by_limit.setdefault(limit, []).append(line)
    limits = [each for each in LIMIT_MAX if each is not CleanupLimit.CARDS and (each in by_limit or each in exceeded)]
    return [_places(limit, by_limit.get(limit, ())) for limit in limits]


def beyond_cards(overview: CustomerOverview) -> tuple[CardLine, ...]:
    """Return the cards that count and have none of the four slots."""
    return tuple(card for card in overview.apart if card.product in COUNTED_CARD_PRODUCTS)


def limit_of(line: AccountLine) -> CleanupLimit | None:
    """Return the limit that counts an account, None where none does."""
    code = f"{line.kind.value}_{line.account_class.value.lower()}"
    return CleanupLimit(code) if code in CleanupLimit.values else None


def _places(limit: CleanupLimit, lines: Iterable[AccountLine]) -> ClassDrawn:
    placed = [each for each in lines if each.class_slot is not None]
    beyond = [each for each in lines if each.class_slot is None]
    places: list[TakenPlace | None] = [None] * LIMIT_MAX[limit]
    for each in placed:
        places[(each.class_slot or 1) - 1] = _place(each)
    return ClassDrawn(limit, LIMIT_MAX[limit], tuple(places), tuple(map(_place, beyond)))


def _place(line: AccountLine) -> TakenPlace:
    return TakenPlace(line.id, mask_account(line.account_number), line.balance_fen)
