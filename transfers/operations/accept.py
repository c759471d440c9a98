"""Accept transfers (受理): held until they are due, or posted at once; one, or those that come at the same time.

Two round trips: who is concerned, locks and facts; the effects leave with COMMIT. Nothing is published: `due_at` in
the row is the schedule.
"""

from collections.abc import Sequence
from typing import NamedTuple

from config.kernel.keys import Caller
from config.kernel.refusals import NotFound, Refusal
from config.kernel.sql import owe
from config.kernel.transactions import transaction_required
from transfers.models import Transfer
from transfers.operations.acceptance_rows import KeptOrder, kept, writes
from transfers.operations.judging import Placed, foresee, judge_locked, judge_together
from transfers.operations.orders import Concerned, Found, TransferOrder, find_sides
from transfers.policy.acceptance import Judgement, Refused


class GivenOrder(NamedTuple):
    """An order, who gives it, and what was found of its sides."""

    order: TransferOrder
    principal: Caller
    found: Found


@transaction_required
def judge_order(order: TransferOrder) -> Judgement:
    """Say what would become of an order, and write nothing but a first clearing account.

    :raises NotFound: for an unknown payer account id.
    """
    (found,) = find_sides([order])
    if isinstance(found, NotFound):
        raise found
    return foresee(Placed(order, found)) if isinstance(found, Concerned) else found


@transaction_required
def accept_transfer(order: TransferOrder, *, principal: Caller) -> Transfer:
    """Accept a transfer, or keep the record of its refusal (受理转账).

    What must stay true: an accepted amount is reserved or has moved, never both, never neither; the
    record, its event and its decision are written together.

    :param order: as the caller gave it, the amount in fen.
    :param principal: who acts; a gateway names its channel in the order.
    :returns: the transfer, held or posted.
    :raises NotFound: for an unknown payer account id.
    :raises Ruled: the rule that refuses it; `fields.transfer_id` is the record that is kept.
    :source: 通告第五条, 2016-12-01.
    """
    (found,) = find_sides([order])
    if isinstance(found, NotFound):
        raise found
    judgement = judge_locked(Placed(order, found)) if isinstance(found, Concerned) else found
    accepted = _accepted(GivenOrder(order, principal, found), judgement)
    owe(*writes([accepted]))
    outcome = _outcome(accepted)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


@transaction_required
def accept_together(given: Sequence[GivenOrder]) -> list[Transfer | Refusal | None]:
    """Accept transfers that were asked for at the same time, one after the other, each as if it came alone (批量受理).

    :param given: with what `find_sides` found of them in this transaction.
    :returns: for each the transfer, or the refusal that `accept_transfer` would raise; None for one that is left to be
        done alone, because it would have to wait.
    """
    judged = iter(
        judge_together([Placed(each.order, each.found) for each in given if isinstance(each.found, Concerned)])
    )
    accepted: list[KeptOrder] = []
    outcomes: list[Transfer | Refusal | None] = []
    for each in given:
        judgement = next(judged) if isinstance(each.found, Concerned) else each.found
        if judgement is None or isinstance(judgement, NotFound):
            outcomes.append(judgement)
            continue
        accepted.append(_accepted(each, judgement))
        outcomes.append(_outcome(accepted[-1]))
    if accepted:
        owe(*writes(accepted))
    return outcomes


def _accepted(given: GivenOrder, judgement: Judgement) -> KeptOrder:
    about = given.found if isinstance(given.found, Concerned) else None
    return kept(given.order, judgement, about, given.principal)


def _outcome(accepted: KeptOrder) -> Transfer | Refusal:
    if not isinstance(accepted.judgement, Refused):
        return accepted.transfer
    refusal = accepted.judgement.refusal
    refusal.fields["transfer_id"] = str(accepted.transfer.id)
    return refusal
