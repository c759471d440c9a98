"""A future regime at machines for tests: 48 hours instead of 24 from a given day on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from config.kernel.law.clauses import Clause
from transfers.policy.acceptance import AtmRegime, Exempt

FROM_DAY = date(2027, 3, 1)
FORTY_EIGHT = AtmRegime(
    FROM_DAY,
    timedelta(hours=48),
    frozenset({Exempt.ORGANIZATION, Exempt.OWN_HERE, Exempt.OWN_ELSEWHERE}),
    Clause("银发〔2027〕1号", "第一条", FROM_DAY, "个人自助柜员机转账受理48小时后办理"),
)

_DIGEST = """
SELECT left(encode(sha256(convert_to(pg_get_functiondef('transfers_atm_regimes'::regproc), 'UTF8')), 'hex'), 12) AS digest
"""


@contextmanager
def regimes_in_database() -> Iterator[None]:
    """Let the database have the current table of regimes within the block, and the former one afterwards."""
    from config.kernel.database.sql import rows
    from config.kernel.integrity.catalog import guards
    from transfers.operations.database_regimes import write_regimes

    (kept,) = rows("SELECT pg_get_functiondef('transfers_atm_regimes'::regproc) AS text")
    write_regimes()
    release, regimes = guards._release().guards[""], ("function", "transfers_atm_regimes()")
    released, release[regimes] = release[regimes], rows(_DIGEST)[0]["digest"]
    yield
    release[regimes] = released
    rows(kept["text"])
