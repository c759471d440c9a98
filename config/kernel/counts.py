"""What is counted of proposals and decisions at a look: statements, so that they travel with others."""

from datetime import datetime

from config.kernel.approvals import kinds
from config.kernel.keys import Caller
from config.kernel.sql import Statement


def waiting_for(caller: Caller, at: datetime) -> Statement:
    """Return the statement that counts, as `n`, the proposals that wait for a caller's decision at an instant."""
    mine = [kind.name for kind in kinds().values() if kind.role == caller.role]
    return Statement(
        "SELECT count(*) AS n FROM kernel_approval WHERE status = 'pending' AND expires_at > %s "
        "AND kind = ANY(%s) AND NOT EXISTS (SELECT FROM kernel_principal m JOIN kernel_principal c "
        "ON c.id = m.id OR c.person_id = m.person_id WHERE m.id = made_by_id AND c.id = %s)",
        [at, mine, caller.id],
    )


def refusals_since(at: datetime, *, most: int) -> Statement:
    """Return the statement that counts refusals since an instant: `code` and `count`, the most frequent first."""
    return Statement(
        "SELECT code, count(*) AS count FROM kernel_decision WHERE outcome = 'refused' AND at >= %s "
        "GROUP BY code ORDER BY count DESC, code LIMIT %s",
        [at, most],
    )
