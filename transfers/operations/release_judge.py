"""Judge a batch of due transfers again, each by the rule of its execution.

Most accounts stand alike: open, not frozen, on no list. The rule is asked once for each way they
stand, in every combination; where it refuses nothing, it refuses none of the transfers between
such accounts. All others are judged one by one with all that is known of their parties.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import product
from uuid import UUID

from accounts.policy.facts import AccountStanding, PartyFacts
from accounts.queries.party_sets import PartySets, facts_of
from accounts.vocabulary import Channel
from config.kernel.database.id_arrays import Ids
from config.kernel.database.sql import Row, Statement, ask
from config.kernel.law.refusals import Ruled
from config.kernel.models import Decision
from config.kernel.trail.decisions import Deciding
from transfers.policy.release import ReleaseFacts, check_release
from transfers.vocabulary import DecisionKind, Rule

_JUDGED_ALONE = """
SELECT id, channel, amount_fen, payer_account_id, payee_account_id,
       payee_bank_code <> '' AND payee_key = ANY(%(stopped)s::bytea[]) AS is_case_account
FROM transfers_transfer
WHERE id = ANY(%(ids)s::uuid[]) AND (
    payer_account_id = ANY(%(accounts)s::uuid[]) OR payee_account_id = ANY(%(accounts)s::uuid[])
    OR payee_key = ANY(%(stopped)s::bytea[])
)
"""


def judge(transfer_ids: Ids, channels: Iterable[str], found: PartySets) -> list[Decision]:
    """Return the decisions, not yet written, that refuse to execute transfers of a batch; the others are to be executed.

    :param channels: all that occur among the transfers.
    :param found: what is known of their parties, locked.
    :raises ValueError: for a channel that this version does not know.
    """
    refusing = _refusing(found.standings, tuple(map(Channel, channels)))
    if not (found.marked or refusing or found.stopped_outside):
        return []
    accounts = Ids.joined((Ids.of(found.marked), *(found.standings[standing] for standing in refusing)))
    told = {"ids": transfer_ids, "accounts": accounts, "stopped": list(found.stopped_outside)}
    alone = ask(Statement(_JUDGED_ALONE, told))
    sides = ("payer_account_id", "payee_account_id")
    parties = facts_of({row[side] for row in alone for side in sides if row[side]}, found.at)
    return [refused for row in alone if (refused := _refused(row, parties, found.at))]


def _refusing(standings: Iterable[AccountStanding], channels: tuple[Channel, ...]) -> list[AccountStanding]:
    """Return the standings that the rule refuses on one side or the other.

    What is left it was asked about in every combination, and refused none.
    """
    every = list(standings)
    payers = [each for each in every if _allows([each], [None], channels)]
    payees = [each for each in every if _allows(payers, [each], channels)]
    return [each for each in every if each not in payers or each not in payees]


def _allows(
    payers: Iterable[AccountStanding], payees: Iterable[AccountStanding | None], channels: tuple[Channel, ...]
) -> bool:
    try:
        for payer, payee, channel in product(payers, payees, channels):
            check_release(ReleaseFacts(payer=payer, payee=payee, channel=channel, is_case_account=False))
    except Ruled:
        return False
    return True


def _refused(transfer: Row, parties: Mapping[UUID, PartyFacts], at: datetime) -> Decision | None:
    payer, payee_id = parties[transfer["payer_account_id"]], transfer["payee_account_id"]
    facts = ReleaseFacts(
        payer=payer,
        payee=parties[payee_id] if payee_id else None,
        channel=Channel(transfer["channel"]),
        is_case_account=bool(transfer["is_case_account"]),
        amount_fen=transfer["amount_fen"],
    )
    try:
        check_release(facts)
    except Ruled as refusal:
        return Deciding(
            DecisionKind.RELEASE,
            None,
            at=at,
            rule=Rule.RELEASE,
            customer_id=payer.customer_id,
            account_id=payer.account_id,
            object_id=transfer["id"],
            facts=facts.record(),
        ).row(refusal)
    return None
