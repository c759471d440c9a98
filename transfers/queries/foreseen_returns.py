"""Held transfers that will not be executed when due, by the facts known now (到期将不执行).

The rule of the release is applied to both parties as they will be at the due instant without further changes: a freeze
that ends before it does not count. The release judges again, under its locks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.queries.party_sets import read_parties
from accounts.refusals.money import PAYEE
from accounts.vocabulary import Channel
from blacklist.queries import case_accounts_query
from config.kernel.database.sql import ask
from config.kernel.law.refusals import Ruled
from config.kernel.law.text import text
from transfers.models import Transfer
from transfers.policy.release import ReleaseFacts, check_release
from transfers.vocabulary import ReturnCause, TransferStatus

#: Causes that may be shown for the payer's account and for the payee's.
_OF_EITHER_SIDE = frozenset(
    {ReturnCause.ACCOUNT_CLOSED, ReturnCause.CASE_ACCOUNT_STOPPED, ReturnCause.PAYMENT_BUSINESS_SUSPENDED}
)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Why a held transfer will not be executed; about the payee, no more than the return itself would say.

    :ivar of_payee: whether the payee's account is the obstacle.
    """

    refusal: Ruled
    of_payee: bool

    @property
    def code(self) -> str:
        """Return the code with which it would be returned."""
        return self.refusal.code

    @property
    def cause(self) -> str:
        """Return the cause in short, naming the party where needed, in the reader's language."""
        word = ReturnCause.word(self.code)
        if self.code not in _OF_EITHER_SIDE:
            return word
        return text(f"收款方{word}", f"Payee: {word}") if self.of_payee else text(f"付款方{word}", f"Payer: {word}")


def find_foreseen_returns(transfers: Iterable[Transfer], at: datetime) -> Mapping[UUID, Foreseen]:
    """Return by id why held transfers among the given ones will not be executed; others are left out.

    It needs at most three round trips for any number.

    :param at: the bank's present instant; transfers already due are judged as of now.
    """
    held = [each for each in transfers if each.status == TransferStatus.HELD and each.due_at and each.payer_account_id]
    if not held:
        return {}
    look = read_parties({each for row in held for each in (row.payer_account_id, row.payee_account_id) if each})
    outside = {row.id: bytes(row.payee_key) for row in held if row.payee_bank_code and row.payee_key}
    stopped = ask(case_accounts_query(outside.values())) if outside else frozenset()
    found: dict[UUID, Foreseen] = {}
    for row in held:
        due_at = max(at, row.due_at or at)
        facts = ReleaseFacts(
            payer=look.at(row.payer_account_id, due_at),  # type: ignore[arg-type]  # a held one has a payer
            payee=look.at(row.payee_account_id, due_at) if row.payee_account_id else None,
            channel=Channel(row.channel),
            is_case_account=outside.get(row.id) in stopped,
            amount_fen=row.amount_fen,
        )
        try:
            check_release(facts)
        except Ruled as refusal:
            found[row.id] = Foreseen(refusal, refusal.fields.get("side") == PAYEE)
    return found
