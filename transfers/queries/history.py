"""All transfers of some accounts, whatever has become of them (转账记录): the newest first, paid and received."""

from collections.abc import Sequence
from uuid import UUID

from config.kernel.database.sql import rows
from transfers.models import Transfer

_LAST_ID = UUID(int=2**128 - 1)

# For each account a walk through its own transfers, no longer than the page: by `transfer_by_payer` and
# `transfer_by_payee`, whatever the table holds. What was not accepted is nothing that the payee has to do with.
_HISTORY = """
SELECT found.id FROM (
    SELECT paid.id FROM unnest(%(accounts)s::uuid[]) AS asked(id) CROSS JOIN LATERAL (
        SELECT t.id FROM transfers_transfer t WHERE t.payer_account_id = asked.id AND t.id < %(before)s::uuid
        ORDER BY t.id DESC LIMIT %(most)s
    ) paid
    UNION
    SELECT received.id FROM unnest(%(accounts)s::uuid[]) AS asked(id) CROSS JOIN LATERAL (
        SELECT t.id FROM transfers_transfer t
        WHERE t.payee_account_id = asked.id AND t.id < %(before)s::uuid AND t.status <> 'refused'
        ORDER BY t.id DESC LIMIT %(most)s
    ) received
) AS found ORDER BY found.id DESC LIMIT %(most)s
"""


def transfers_of(account_ids: Sequence[UUID], *, before: UUID | None, limit: int) -> tuple[list[Transfer], UUID | None]:
    """Return a page of the transfers of some accounts, and the last one's id when there are more, in two queries.

    :param account_ids: of one customer, or one account.
    :param before: the id of the last transfer of the page before.
    :param limit: rows of a page, above zero.
    """
    found = rows(_HISTORY, {"accounts": list(account_ids), "before": before or _LAST_ID, "most": limit + 1})
    ids = [row["id"] for row in found]
    transfers = Transfer.objects.filter(pk__in=ids[:limit]).defer("memo", "screen_evidence", "cancel_reason")
    return list(transfers.order_by("-pk")), ids[limit - 1] if len(ids) > limit else None
