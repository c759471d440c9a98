"""Write the regimes of the rule at machines into the database, after every `migrate`."""

from typing import Any

from django.core.management.base import CommandError

from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.schema.sql_files import SEARCH_PATH
from transfers.queries.database_regimes import (
    Regimes,
    code_regimes,
    known_regimes,
    literal,
    regime_days,
    regime_differences,
)


def write_regimes() -> bool:
    """Update the database's regimes from the table in the code; return whether anything changed.

    Further regimes in the database stay. A published regime must not be deleted from the table; add a later row, or
    change it before its first day.

    :raises CommandError: when the numbers of a regime in force would change, because accepted transfers rely on them.
    """
    known = known_regimes()
    if known is None:
        return False
    here = code_regimes()
    found = regime_differences(here, known, bank_now())
    if found.changed_in_force:
        raise CommandError(
            f"A regime of the rule at machines that is in force would get other numbers: {regime_days(found.changed_in_force)}. "
            "It stays; a rule from another day on is a further row of transfers/policy/acceptance.py."
        )
    if not found.outdated:
        return False
    rows(regimes_statement({**known, **here}))
    return True


def regimes_statement(regimes: Regimes) -> str:
    """Return the statement that makes these regimes the only ones in the database."""
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


def write_regimes_after_migrate(*, verbosity: int = 1, stdout: Any = None, **_: Any) -> None:
    """Update the database's regimes after a migration (`post_migrate`) and report a change."""
    if write_regimes() and verbosity and stdout:
        stdout.write("The rule at machines is written to the database again.")
