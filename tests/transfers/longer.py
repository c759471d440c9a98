"""A law that is still to come: one more row of the table, 48 hours at machines from a day on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from config.kernel.clauses import Clause
from transfers.policy.regimes import AtmRegime, Exempt, first_instant, regimes_of
from transfers.vocabulary import AtmProfile

FROM_DAY = date(2027, 3, 1)
FORTY_EIGHT = AtmRegime(
    FROM_DAY,
    timedelta(hours=48),
    frozenset({Exempt.ORGANIZATION, Exempt.OWN_HERE, Exempt.OWN_ELSEWHERE}),
    Clause("银发〔2027〕1号", "第一条", FROM_DAY, "个人自助柜员机转账受理48小时后办理"),
)


@contextmanager
def told_to_the_database() -> Iterator[None]:
    """Let the database know the table of regimes as it is now, and as it was afterwards."""
    from config.kernel.sql import rows

    (kept,) = rows("SELECT pg_get_functiondef('transfers_atm_regime'::regproc) AS text")
    rows(written_law())
    yield
    rows(kept["text"])


def written_law() -> str:
    """Return the statement that tells the database the table of regimes as it is now: a migration brings it its own."""
    lines = ", ".join(
        f"('{profile.value}', '{instant.isoformat() if (instant := first_instant(each)) else '-infinity'}'::timestamptz, "
        f"{each.hold_seconds}, {Exempt.ORGANIZATION in each.exempt}, {Exempt.OWN_HERE in each.exempt}, "
        f"{Exempt.OWN_ELSEWHERE in each.exempt})"
        for profile in AtmProfile
        for each in regimes_of(profile)
    )
    return f"""
    CREATE OR REPLACE FUNCTION transfers_atm_regime(profile text, accepted timestamptz, OUT hold_seconds integer,
      OUT organization boolean, OUT own_here boolean, OUT own_elsewhere boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
      SELECT r.hold, r.organization, r.own_here, r.own_elsewhere
      FROM (VALUES {lines}) AS r (profile, since, hold, organization, own_here, own_elsewhere)
      WHERE r.profile = $1 AND r.since <= $2 ORDER BY r.since DESC LIMIT 1
    $$
    """
