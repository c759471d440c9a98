"""Where the measured pages are: ids that stand in addresses, and how much a list must show."""

from dataclasses import dataclass

from benchmarks.cases import desk_stock as stock
from benchmarks.cases.desk_traffic import RARE_AMOUNT_FEN
from config.kernel.database.sql import rows


@dataclass(frozen=True)
class Places:
    """Ids that stand in addresses, looked up once."""

    busy: str
    listed: str
    busy_account: str
    deep_held: str
    posted: str
    certificate: str
    deep_certificate: str
    approval: str
    deep_approval: str
    decision: str
    deep_event: int
    deep_decision: str
    conflict: str
    deep_conflict: str
    loss: str
    lost_account: str
    overdue: int
    small: int
    large: int
    told: int


def find_places() -> Places:
    """Return where the measured pages are."""
    listed = stock.identity_of(stock.LISTED)
    (found,) = rows(
        """
        SELECT (SELECT customer_id FROM bench_person WHERE n = %(busy)s)::text AS busy,
               (SELECT customer_id FROM bench_person WHERE n = %(listed_n)s)::text AS listed,
               (SELECT id FROM bench_account WHERE n = %(busy)s)::text AS busy_account,
               (SELECT id FROM transfers_transfer WHERE status = 'held' ORDER BY due_at DESC, id DESC
                OFFSET (SELECT count(*) / 50 FROM transfers_transfer WHERE status = 'held') + 50 LIMIT 1)::text AS deep_held,
               (SELECT id FROM transfers_transfer WHERE status = 'posted' LIMIT 1)::text AS posted,
               (SELECT n.certificate_id FROM blacklist_certificatesubject n JOIN blacklist_subject s
                ON s.id = n.subject_id WHERE s.identity_key = %(listed)s ORDER BY 1 LIMIT 1)::text AS certificate,
               (SELECT id FROM blacklist_certificate ORDER BY id OFFSET (SELECT count(*) / 50 FROM blacklist_certificate) + 50
                LIMIT 1)::text AS deep_certificate,
               (SELECT id FROM kernel_approval WHERE status = 'pending' AND kind = 'certificate' ORDER BY id DESC
                LIMIT 1)::text AS approval,
               (SELECT id FROM kernel_approval ORDER BY id OFFSET (SELECT count(*) / 50 FROM kernel_approval) + 50
                LIMIT 1)::text AS deep_approval,
               (SELECT id FROM kernel_decision WHERE outcome = 'refused' LIMIT 1)::text AS decision,
               (SELECT id FROM transfers_event ORDER BY id OFFSET (SELECT count(*) / 50 FROM transfers_event) + 50 LIMIT 1) AS deep_event,
               (SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00') || '~' || id
                FROM kernel_decision ORDER BY at OFFSET (SELECT count(*) / 50 FROM kernel_decision) + 50 LIMIT 1) AS deep_decision,
               (SELECT i.id FROM accounts_identityconflict i WHERE NOT EXISTS (SELECT FROM accounts_conflictreview r
                WHERE r.conflict_id = i.id) ORDER BY id DESC LIMIT 1)::text AS conflict,
               (SELECT id FROM accounts_identityconflict ORDER BY id
                OFFSET (SELECT count(*) / 50 FROM accounts_identityconflict) + 50 LIMIT 1)::text AS deep_conflict,
               (SELECT id FROM accounts_lossreport WHERE kind = 'by_word' ORDER BY id LIMIT 1)::text AS loss,
               (SELECT account_id FROM accounts_card WHERE status = 'lost' ORDER BY id LIMIT 1)::text AS lost_account,
               (SELECT count(*) FROM transfers_transfer WHERE status = 'held' AND due_at < bank_now()) AS overdue,
               (SELECT count(*) FROM transfers_transfer WHERE status = 'held' AND amount_fen <= 100000) AS small,
               (SELECT count(*) FROM transfers_transfer WHERE status = 'held' AND amount_fen >= %(rare_fen)s) AS large,
               (SELECT count(*) FROM kernel_decision WHERE customer_id =
                (SELECT customer_id FROM bench_person WHERE n = %(busy)s)) AS told
        """,
        {"busy": stock.BUSY, "listed_n": stock.LISTED, "listed": listed, "rare_fen": RARE_AMOUNT_FEN},
    )
    return Places(**found)
