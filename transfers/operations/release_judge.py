"""Judge a batch of due transfers again, each by the rule of its execution.

Most accounts stand alike: open, not frozen, on no list. The rule is asked once for each way they
stand, in every combination; where it refuses nothing, it refuses none of the transfers between
such accounts. All others are judged one by one with all that is known of their parties.
"""

from collections.abc import Collection, Iterable
from itertools import product
from typing import NamedTuple
from uuid import UUID

from accounts.policy.facts import AccountStanding
from accounts.queries.party_sets import PartySets, facts_of
from accounts.vocabulary import Channel
from config.kernel.id_arrays import Ids
from config.kernel.refusals import Ruled
from config.kernel.sql import Query, Row, ask
from transfers.policy.release import ReleaseFacts, check_release


class TransferToJudge(NamedTuple):
    """A claimed transfer that is judged by itself."""

    id: UUID
    channel: str
    amount_fen: int
    payer_account_id: UUID
    payee_account_id: UUID | None
    outside: bool
    is_case_account: bool


_JUDGED_ALONE = """
SELECT id, channel, amount_fen, payer_account_id, payee_account_id, payee_bank_code, payee_key
FROM transfers_transfer
WHERE id = ANY(%(ids)s::uuid[]) AND (
    payer_account_id = ANY(%(accounts)s::uuid[]) OR payee_account_id = ANY(%(accounts)s::uuid[])
    OR payee_key = ANY(%(stopped)s::bytea[])
)
"""


class SentBack(NamedTuple):
    """A claimed transfer that the rule refuses to execute, what the rule saw, and whose money it was to be."""

    transfer: TransferToJudge
    facts: ReleaseFacts
    refusal: Ruled
    customer_id: UUID


def judge(transfer_ids: Ids, channels: Iterable[str], found: PartySets) -> list[SentBack]:
    """Return the transfers that are not to be executed.

    :param transfer_ids: of the batch.
    :param channels: all that occur among them.
    :param found: what is known of their parties, locked.
    :raises ValueError: for a channel that this version does not know.
    """
    refusing = _refusing(found.standings, tuple(map(Channel, channels)))
    if not (found.marked or refusing or found.stopped_outside):
        return []
    accounts = (Ids.of(found.marked), *(found.standings[standing] for standing in refusing))
    alone = ask(
        Query(
            _JUDGED_ALONE,
            {
                "ids": transfer_ids,
                "accounts": Ids.joined(accounts),
                "stopped": list(found.stopped_outside),
            },
            lambda rows: [_to_judge(row, found.stopped_outside) for row in rows],
        )
    )
    return _refused(alone, found)


def _to_judge(row: Row, stopped: Collection[bytes]) -> TransferToJudge:
    outside = bool(row["payee_bank_code"])
    return TransferToJudge(
        id=row["id"],
        channel=row["channel"],
        amount_fen=row["amount_fen"],
        payer_account_id=row["payer_account_id"],
        payee_account_id=row["payee_account_id"],
        outside=outside,
        is_case_account=outside and bytes(row["payee_key"]) in stopped,
    )


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


def _refused(transfers: list[TransferToJudge], found: PartySets) -> list[SentBack]:
    parties = {each.payer_account_id for each in transfers}
    parties |= {each.payee_account_id for each in transfers if each.payee_account_id}
    facts = facts_of(parties, found.at)
    refused: list[SentBack] = []
    for each in transfers:
        seen = ReleaseFacts(
            payer=facts[each.payer_account_id],
            payee=facts[each.payee_account_id] if each.payee_account_id else None,
            channel=Channel(each.channel),
            is_case_account=each.is_case_account,
            amount_fen=each.amount_fen,
        )
        try:
            check_release(seen)
        except Ruled as refusal:
            refused.append(SentBack(each, seen, refusal, facts[each.payer_account_id].customer_id))
    return refused
