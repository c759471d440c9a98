"""Fold the sums of the bank's internal accounts: one row for each account instead of one for each statement."""

from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required


@transaction_required
def fold_internal_sums(most: int) -> bool:
    """Replace the oldest rows by one row for each account; return whether there are more.

    All rows together come to the same sums as before.

    :param most: the largest number of rows at a time; two for each account if that is more, so that half of them go.
    """
    return bool(rows("SELECT accounts_fold_internal_sums(%s) AS more", [most])[0]["more"])
