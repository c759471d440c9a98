"""Fold the counts of lateness: one row for each releaser in the place of one for each batch."""

from config.kernel.sql import rows
from config.kernel.transactions import transaction_required
from transfers.vocabulary import LATENESS_LIMITS, OVER

_NAMES = (*LATENESS_LIMITS, OVER, "total_ms")
# What a row says is in one place at any instant, and what two fold at once each of them folds once.
_FOLD = f"""
WITH gone AS (DELETE FROM transfers_latenesscount RETURNING *)
INSERT INTO transfers_latenesscount (released_by, {", ".join(_NAMES)})
SELECT released_by, {", ".join(f"sum({name})" for name in _NAMES)} FROM gone GROUP BY released_by
"""  # noqa: S608 - constants


@transaction_required
def fold_lateness() -> None:
    """Put one row for each releaser in the place of all; together they say what they said before."""
    rows(_FOLD)
