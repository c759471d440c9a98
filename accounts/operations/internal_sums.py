"""Fold what the entries of the bank's own accounts come to: one row for each account in the place of one for each statement."""

from config.kernel.sql import rows
from config.kernel.transactions import transaction_required

# By their places, or each piece would look through all rows for its own.
# What a row says is in one place at any instant, and of two who fold at once each folds rows of its own.
_FOLD = """
WITH size AS (
    SELECT greatest(%s::bigint, 2 * count(*)) AS size FROM accounts_internalaccount
), gone AS (
    DELETE FROM accounts_internalsum WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM accounts_internalsum ORDER BY id LIMIT (SELECT size FROM size) FOR UPDATE SKIP LOCKED
    )) RETURNING internal_id, amount_fen
), folded AS (
    INSERT INTO accounts_internalsum (internal_id, amount_fen)
    SELECT internal_id, sum(amount_fen) FROM gone GROUP BY internal_id
)
SELECT count(*) = (SELECT size FROM size) AS more FROM gone
"""


@transaction_required
def fold_internal_sums(most: int) -> bool:
    """Put one row for each account in the place of the oldest rows; return whether there are more.

    All rows together come to the same sums as before.

    :param most: so many rows at a time; or two for each account, so that half of them go at least.
    """
    return bool(rows(_FOLD, [most])[0]["more"])
