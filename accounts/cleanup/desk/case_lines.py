"""The lines of a case's page: what each account or card was and is, what was done about it, what may be done."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from accounts.cleanup.models import CleanupAction
from accounts.cleanup.policy import OF_LIMIT, OFFERED, UNDOABLE
from accounts.cleanup.queries.case_parts import ItemNow, Settled
from accounts.cleanup.queries.cases import CaseStanding
from accounts.cleanup.queries.population import MOST
from accounts.cleanup.vocabulary import CleanupWay
from accounts.queries.customer_lines import AccountLine, CustomerOverview
from accounts.vocabulary import AccountStatus, CardStatus, RequestStatus, account_text
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.identity.masking import mask_account, mask_card
from config.kernel.law.money import Fen
from config.kernel.models import Approval


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One thing done or proposed about an item.

    :ivar way: of what is taken back, where it takes something back (`undoes`).
    """

    id: UUID
    item_id: UUID
    way: str
    thing: str
    into: str
    to_class: str
    amount_fen: Fen | None
    status: str
    asked_at: datetime
    in_force_at: datetime | None
    undone_at: datetime | None
    made_by: str
    decided_by: str
    approval_page: str
    may_undo: bool
    undoes: bool

    @property
    def pending(self) -> bool:
        """Say whether it waits for a second person."""
        return self.status == RequestStatus.PENDING

    @property
    def in_force(self) -> bool:
        """Say whether it has its effect."""
        return self.status == RequestStatus.IN_FORCE and self.undone_at is None


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An account or a card of the case: as it was found, and as it is now.

    :ivar replaced: another card stands in the place of the one that was found.
    :ivar account_id: the account, or that which the card is on now.
    :ivar ways: what may be proposed about it, in the order of the vocabulary.
    :ivar barred: what stands against the account.
    """

    id: UUID
    rank: int
    beyond: bool
    number: str
    replaced: bool
    account_id: UUID
    opened_at: datetime
    by_agent: bool
    branch: str
    last_used_at: datetime | None
    balance_fen: Fen
    balance_now: Fen
    status: str
    barred: tuple[str, ...]
    settled: Settled | None
    pending: ActionLine | None
    ways: tuple[CleanupWay, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """All items of one limit, and how far it is worked off."""

    limit: CleanupLimit
    most: int
    beyond: int
    worked: int
    rows: list[ItemLine] = field(default_factory=list)

    @property
    def remaining(self) -> int:
        """Return how many are still beyond."""
        return self.beyond - self.worked


def groups_of(
    items: Sequence[ItemNow],
    history: Sequence[ActionLine],
    *,
    standing: CaseStanding,
    settled: Mapping[UUID, Settled],
    overview: CustomerOverview,
) -> list[Group]:
    """Return the items by limit, in their ranks.

    :param settled: the items that are settled.
    """
    groups = {each.limit: Group(each.limit, MOST[each.limit], each.excess, each.worked_off) for each in standing.limits}
    about: defaultdict[UUID, list[ActionLine]] = defaultdict(list)
    for line in history:
        about[line.item_id].append(line)
    now = {line.id: line for line in overview.accounts}
    for each in items:
        limit = CleanupLimit(each.item.limit)
        groups[limit].rows.append(_item_line(each, about[each.item.id], settled.get(each.item.id), now))
    return list(groups.values())


def history_of(
    actions: Iterable[CleanupAction], proposals: Mapping[UUID, Approval], caller: Caller
) -> list[ActionLine]:
    """Return what was done and proposed, the newest first.

    :param proposals: the proposal of each action, with who made and who decided it, by the action's id.
    """
    undoes, opens = may(caller, Permission.WORK_CLEANUP), may(caller, Permission.VIEW_APPROVALS)
    return [_action_line(each, proposals.get(each.id), caller, undoes=undoes, opens=opens) for each in actions]


def number_of(of: ItemNow) -> str:
    """Return the number of an item's account or of its card as it is now, masked."""
    if of.card:
        return mask_card(of.card.number)
    return mask_account(of.item.account.account_number if of.item.account else "")


def _item_line(
    of: ItemNow, about: Sequence[ActionLine], settled: Settled | None, now: Mapping[UUID, AccountLine]
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
        id=item.id,
        rank=item.rank,
        beyond=item.beyond,
        number=number_of(of),
        replaced=of.card is not None and of.card.id != item.card_id,
        account_id=account.id,
        opened_at=item.opened_at,
        by_agent=item.by_agent,
        branch=account.branch,
        last_used_at=item.last_used_at,
        balance_fen=item.balance_fen,
        balance_now=account.balance_fen,
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
        id=row.id,
        item_id=row.item_id,
        way=row.undoes.way if row.undoes else row.way,
        undoes=row.undoes is not None,
        thing=number_of(ItemNow(row.item, row.item.card)),
        into=mask_account(row.to_account.account_number) if row.to_account else "",
        to_class=str(to_class),
        amount_fen=row.amount_fen,
        status=row.status,
        asked_at=row.asked_at,
        in_force_at=row.in_force_at,
        undone_at=row.undone_at,
        made_by=made.name if made else "",
        decided_by=proposal.decided_by.name if proposal and proposal.decided_by else "",
        approval_page=reverse("desk:approval", args=[proposal.id]) if proposal and seen else "",
        may_undo=undoes and row.way in UNDOABLE and row.status == RequestStatus.IN_FORCE and row.undone_at is None,
    )
