"""Cash that machines have paid out on a day of the bank."""

from datetime import datetime
from uuid import UUID

from accounts.vocabulary import Channel, DecisionKind, EntryKind
from config.kernel.database.sql import Query
from config.kernel.law.money import Fen

# The decision has the channel of a withdrawal, its entry the amount. The kind is a literal, because the index has only
# withdrawals, and the planner does not know parameters.
_PAID_OUT = f"""
SELECT coalesce(sum(-e.amount_fen), 0)::bigint AS fen FROM kernel_decision d
JOIN accounts_entry e ON e.posting_id = d.object_id AND e.leg = 1 AND e.kind = '{EntryKind.WITHDRAWAL.value}'
WHERE d.kind = '{DecisionKind.WITHDRAWAL.value}' AND d.outcome = 'allowed' AND d.at >= %s AND {{column}} = %s
  AND d.facts ->> 'channel' = '{Channel.ATM.value}'
"""  # noqa: S608 - constants
OF_ACCOUNT = _PAID_OUT.format(column="d.account_id")
OF_MACHINE = _PAID_OUT.format(column="d.principal_id")


def paid_out_of_account(account_id: UUID, since: datetime) -> Query[Fen]:
    """Return the query of what machines have paid out of an account since an instant, in fen."""
    return Query(OF_ACCOUNT, [since, account_id], lambda found: found[0]["fen"])


def paid_out_by_machine(principal_id: UUID, since: datetime) -> Query[Fen]:
    """Return the query of what a machine has paid out since an instant, in fen."""
    return Query(OF_MACHINE, [since, principal_id], lambda found: found[0]["fen"])
