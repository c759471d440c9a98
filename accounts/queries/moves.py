"""Whose something was at an instant: until a merge it was another customer's (合并前的归属)."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.models import SamePerson
from accounts.queries.whose import ids_meant
from accounts.vocabulary import RequestStatus, Sameness
from blacklist.policy.reverified import Reverified, reverified
from blacklist.vocabulary import THIS_BANK
from config.kernel.database.sql import rows
from config.kernel.identity.account_numbers import account_reference

_MOVED = """
SELECT m.row_id, s.in_force_at, s.other_id, s.customer_id, i.key AS identity_key, a.account_number, c.number_index
FROM accounts_movedrow m JOIN accounts_sameperson s ON s.id = m.merge_id
LEFT JOIN accounts_identity i ON i.id = m.row_id
LEFT JOIN accounts_account a ON a.id = m.row_id
LEFT JOIN accounts_card c ON c.id = m.row_id
WHERE s.id = ANY(%s::uuid[]) ORDER BY s.in_force_at, s.id
"""


@dataclass(frozen=True, slots=True)
class Moves:
    """What came to a customer by merges, and since when.

    :ivar customer_id: who has everything now.
    :ivar ids: every id under which that customer is on record.
    :ivar by_key: of an id, an identity's or a card's key, or an account's number: each move, as instant, from whom, to whom.
    :ivar merges: each merge: its instant, into whom, and which re-verification counted from then on.
    """

    customer_id: UUID
    by_key: Mapping[Hashable, tuple[tuple[datetime, UUID, UUID], ...]] = field(default_factory=dict, repr=False)
    merges: tuple[tuple[datetime, UUID, Reverified | None], ...] = ()
    ids: tuple[UUID, ...] = ()

    def owner(self, key: Hashable, at: datetime, *, now: UUID | None = None) -> UUID:
        """Return whose something was at an instant.

        :param now: whose it is; the customer's who has everything, unless told.
        """
        moves = self.by_key.get(key, ())
        for instant, before, _ in moves:
            if at < instant:
                return before
        return moves[-1][2] if moves else now or self.customer_id


def moves_of(customer_id: UUID) -> Moves:
    """Return what came to a customer by merges: two queries, two more where any was.

    :param customer_id: of any of the ids under which it is on record.
    """
    ids = ids_meant(customer_id)
    merges = list(
        SamePerson.objects.filter(other__in=ids, decision=Sameness.SAME, status=RequestStatus.IN_FORCE).order_by(
            "in_force_at", "id"
        )
    )
    if not merges:
        return Moves(customer_id, ids=tuple(ids))
    found: defaultdict[Hashable, list[tuple[datetime, UUID, UUID]]] = defaultdict(list)
    for row in rows(_MOVED, [[each.id for each in merges]]):
        move = row["in_force_at"], row["other_id"], row["customer_id"]
        number = row["account_number"]
        keys = (
            row["row_id"],
            row["identity_key"],
            row["number_index"],
            number and account_reference(number, THIS_BANK)[0],
        )
        for key in filter(None, keys):
            found[bytes(key) if isinstance(key, memoryview) else key].append(move)
    into = {each.other_id for each in merges}
    return Moves(
        customer_id=next(each.customer_id for each in reversed(merges) if each.customer_id not in into),
        by_key={key: tuple(each) for key, each in found.items()},
        merges=tuple(
            (each.in_force_at, each.customer_id, reverified(each.reverified_at, None))
            for each in merges
            if each.in_force_at
        ),
        ids=tuple(ids),
    )
