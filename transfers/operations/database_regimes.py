"""Tell the database the regimes of the rule at machines: what the owner of the tables does with every `migrate`."""

from typing import Any

from django.core.management.base import CommandError

from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.schema.sql_files import SEARCH_PATH
from transfers.queries.database_regimes import Regimes, apart, days, literal, regimes_here, regimes_known


def tell_regimes() -> bool:
    """Let the database know all regimes of the table, and say whether it did not.

    What it knows beyond them stays: nobody takes a law away by a shorter table, and a row that was out is not left out of the
    table again but superseded, or changed before its first day.

    :raises CommandError: a regime that is in force would get other numbers. What was accepted under it was promised by them.
    """
    known = regimes_known()
    if known is None:
        return False
    here = regimes_here()
    found = apart(here, known, bank_now())
    if found.rewritten:
        raise CommandError(
            f"A regime of the rule at machines that is in force would get other numbers: {days(found.rewritten)}. "
            "It stands; what holds from another day on is a further row of transfers/policy/acceptance.py."
        )
    if not found.untold:
        return False
    rows(written({**known, **here}))
    return True


def written(regimes: Regimes) -> str:
    """Return the statement that tells the database these regimes and no others."""
    values = ",\n    ".join(
        f"('{profile}', timestamptz '{literal(since)}', {', '.join(str(each).lower() for each in numbers)})"
        for (profile, since), numbers in sorted(regimes.items())
    )
    return f"""
CREATE OR REPLACE FUNCTION transfers_atm_regimes() RETURNS TABLE (
  profile text, since timestamptz, hold_seconds integer, organization boolean, own_here boolean, own_elsewhere boolean
) LANGUAGE sql STABLE SET {SEARCH_PATH} AS $$
  VALUES
    {values}
$$
"""  # noqa: S608 - numbers, instants and the names of profiles


def tell_after_migrate(*, verbosity: int = 1, stdout: Any = None, **_: Any) -> None:
    """Do so whenever the schema stands as it should (`post_migrate`)."""
    if tell_regimes() and verbosity and stdout:
        stdout.write("The database has been told the rule at machines anew.")
