"""Ledger entries written directly as the tables' owner, for tests that only need money."""

from datetime import datetime
from uuid import UUID

from accounts.models import Account, Entry
from accounts.vocabulary import EntryKind
from config.kernel.database.ids import new_id
from tests.clock import NOON
from tests.roles import as_owner


def post(
    kind: EntryKind,
    debit: Account | UUID,
    credit: Account | UUID,
    fen: int,
    *,
    posting_id: UUID | None = None,
    at: datetime = NOON,
) -> UUID:
    """Post an amount from one side to the other; return the id of the posting.

    :param debit: a customer's account, or the id of an internal account; so is `credit`.
    """
    posting_id = posting_id or new_id()
    with as_owner():
        Entry.objects.bulk_create(
            Entry(
                posting_id=posting_id, leg=leg, kind=kind, amount_fen=amount, posted_at=at, from_held=False,
                account=side if isinstance(side, Account) else None,
                internal_id=None if isinstance(side, Account) else side,
            )
            for leg, side, amount in ((1, debit, -fen), (2, credit, fen))
        )  # fmt: skip
    return posting_id
