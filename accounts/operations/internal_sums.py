"""Fold what the entries of the bank's own accounts come to: one row for each account in the place of one for each statement."""

from config.kernel.sql import rows
from config.kernel.transactions import transaction_required

# What a row says is in one place at any instant, and what two fold at once each of them folds once.
_FOLD = """
WITH gone AS (DELETE FROM accounts_internalsum RETURNING internal_id, amount_fen)
INSERT INTO accounts_internalsum (internal_id, amount_fen)
SELECT internal_id, sum(amount_fen) FROM gone GROUP BY internal_id
"""


@transaction_required
def fold_internal_sums() -> None:
    """Put one row for each account in the place of all; together they say what they said before."""
    rows(_FOLD)
