"""Clean-up cases for tests, written as a campaign writes them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db.models import Model

from accounts.cleanup.models import CleanupAction, CleanupCampaign, CleanupCase, CleanupItem
from accounts.cleanup.operations.actions import request_action, request_undo
from accounts.cleanup.queries.plans import items
from accounts.cleanup.vocabulary import CleanupWay
from accounts.models import Account, Card, Customer, ImportBatch
from accounts.vocabulary.limits import CleanupLimit
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.refusals import Refusal
from config.kernel.models import Approval
from tests import evidence, factories, people
from tests.clock import NOON
from tests.proof_findings import violated

#: Before every rule that stock is older than.
OLD = datetime(2014, 5, 1, 10, tzinfo=SHANGHAI)


def campaign(**more: Any) -> CleanupCampaign:
    """Start a campaign without customers."""
    by = people.ensure("who-cleans", "supervisor")
    given = {"name": "2026年存量清理", "as_of": NOON, "deadline": date(2027, 6, 30), "started_by": by}
    return CleanupCampaign.objects.create(**given | more)


def case(of: Customer, limit: CleanupLimit, *things: Account | Card, most: int, **more: Any) -> CleanupCase:
    """Create a case of one limit; the items rank in the given order, and those after `most` are beyond."""
    beyond = max(len(things) - most, 0)
    of_cards = limit is CleanupLimit.CARDS
    excess = {"excess_accounts": 0 if of_cards else beyond, "excess_cards": beyond if of_cards else 0}
    found = CleanupCampaign.objects.filter(sealed_at=None).first() or campaign()
    made = CleanupCase.objects.create(**{"campaign": found, "customer": of} | excess | more)
    for rank, thing in enumerate(things, start=1):
        account = thing if isinstance(thing, Account) else thing.account
        CleanupItem.objects.create(
            case=made,
            limit=limit,
            account=None if of_cards else account,
            card=thing if isinstance(thing, Card) else None,
            rank=rank,
            beyond=rank > most,
            opened_at=account.opened_at if isinstance(thing, Account) else thing.issued_at,
            balance_fen=account.balance_fen,
            by_agent=False,
        )
    return made


def action(item: CleanupItem, way: CleanupWay = CleanupWay.EXPLAIN, **more: Any) -> CleanupAction:
    """Write an action about an item, without its proposal."""
    row = CleanupAction(item=item, way=way, asked_at=NOON, **more)
    row.reason = "两张卡分别用于工资和房贷"
    row.save(force_insert=True)
    return row


def stock() -> ImportBatch:
    """Return an import batch of stock beyond a limit."""
    return ImportBatch.objects.get_or_create(source="存量", defaults={"started_at": NOON})[0]


def stock_account(holder: Customer, account_class: str = "I", kind: str = "bank", **more: Any) -> Account:
    """Open an account of 2014 that was imported as stock beyond its limit."""
    given = {"opened_at": OLD, "import_batch": stock(), "class_slot": None}
    return factories.account(holder, account_class, kind, **given | more)


def stock_card(of: Account, **more: Any) -> Card:
    """Issue a card of 2014 that was imported as stock beyond the four."""
    return factories.card(of, **{"issued_at": OLD, "import_batch": stock(), "slot": None} | more)


def asked(item: CleanupItem, way: str, *, by: Caller | None = None, **more: Any) -> Approval:
    """Propose an action about an item as a teller."""
    given = {"reason": "客户说明用途", **more}
    who = by or factories.caller("teller")
    return perform(lambda: request_action(principal=who, item_id=item.id, way=CleanupWay(way), **given))[1]


def undo_asked(action: CleanupAction) -> Approval:
    """Propose the undoing of an action."""
    who = factories.caller("teller")
    return perform(lambda: request_undo(principal=who, action_id=action.id, reason="客户改变主意"))[1]


def approve(approval: Approval) -> CleanupAction:
    """Approve a proposal as a supervisor, and return its action."""

    def act() -> None:
        approvals.approve(approval.id, principal=factories.caller("supervisor", "who-checks"))
        # What the database looks at as the transaction ends, also where a test's does not.
        rows("SET CONSTRAINTS ALL IMMEDIATE")
        rows("SET CONSTRAINTS ALL DEFERRED")

    perform(act)
    return CleanupAction.objects.get(pk=approval.object_id)


def done(item: CleanupItem, way: str, **more: Any) -> CleanupAction:
    """Propose and approve an action about an item."""
    return approve(asked(item, way, **more))


def undone(action: CleanupAction) -> CleanupAction:
    """Propose and approve the undoing of an action."""
    return approve(undo_asked(action))


def item_of(thing: Account | Card) -> CleanupItem:
    """Return the item of an account or a card."""
    found = CleanupItem.objects.get(**{"card" if isinstance(thing, Card) else "account": thing})
    return items([found.id])[found.id]


def refreshed[Row: Model](row: Row) -> Row:
    """Return a row freshly read from the database."""
    row.refresh_from_db()
    return row


def refused(act: Callable[[], object]) -> str:
    """Return the code with which a call is refused."""
    with pytest.raises(Refusal) as barred:
        act()
    return barred.value.code


def contradictions() -> set[str]:
    """Return the invariants that the proof finds violated, after missing decisions are written."""
    ImportBatch.objects.filter(finished_at=None).update(finished_at=NOON)
    evidence.write_missing()
    return violated()
