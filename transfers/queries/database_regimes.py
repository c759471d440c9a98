"""Compare the database's regimes of the rule at machines with the table in the code.

The database checks transfers at machines by its own copy of the regimes, which `migrate` updates from
`transfers.policy.acceptance`. This module reports whether the copy is up to date, and whether it has a regime that
this version does not know.

:source: 通告第五条; 银发〔2016〕261号 二(八).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from config.kernel.database.clock import bank_now
from config.kernel.database.sql import Row, rows
from config.kernel.integrity.foundations import Fault, fault
from config.kernel.law.dates import shanghai_day
from transfers.policy.acceptance import Exempt, first_instant, regimes_of
from transfers.vocabulary import AtmProfile

FAULT = "transfers.E001"
#: Start of a regime without a first day: before any instant of the bank.
_EVER = datetime.min.replace(tzinfo=UTC)
_THERE = "SELECT to_regprocedure('transfers_atm_regimes()') IS NOT NULL AS there"
_KNOWN = """
SELECT profile, CASE WHEN isfinite(since) THEN since END AS since, hold_seconds, organization, own_here, own_elsewhere
FROM transfers_atm_regimes()
"""


class RegimeNumbers(NamedTuple):
    """The numbers of a regime in the database.

    :ivar hold_seconds: seconds from acceptance to arrival.
    """

    hold_seconds: int
    organization: bool
    own_here: bool
    own_elsewhere: bool


#: By profile and first instant.
type Regimes = Mapping[tuple[str, datetime], RegimeNumbers]


class RegimeDifferences(NamedTuple):
    """Differences between the database's regimes and the table, by profile and first instant.

    :ivar outdated: regimes that the database lacks, or has with other numbers.
    :ivar changed_in_force: those of them that are in force in the database with other numbers.
    :ivar unknown: regimes in force in the database that the table lacks.
    :ivar future: future regimes that only the database has.
    """

    outdated: list[tuple[str, datetime]]
    changed_in_force: list[tuple[str, datetime]]
    unknown: list[tuple[str, datetime]]
    future: list[tuple[str, datetime]]


def code_regimes() -> Regimes:
    """Return the regimes of the table."""
    return {
        (profile.value, first_instant(each) or _EVER): RegimeNumbers(
            each.hold_seconds,
            *(who in each.exempt for who in (Exempt.ORGANIZATION, Exempt.OWN_HERE, Exempt.OWN_ELSEWHERE)),
        )
        for profile in AtmProfile
        for each in regimes_of(profile)
    }


def known_regimes() -> Regimes | None:
    """Return the regimes of the database; None before the migration that adds them."""
    return _read(rows(_KNOWN)) if rows(_THERE)[0]["there"] else None


def regime_differences(here: Regimes, known: Regimes, at: datetime) -> RegimeDifferences:
    """Return the differences at an instant; regimes that have begun are in force."""
    outdated = sorted(key for key, numbers in here.items() if known.get(key) != numbers)
    strange = sorted(known.keys() - here.keys())
    return RegimeDifferences(
        outdated,
        [key for key in outdated if key in known and key[1] <= at],
        [key for key in strange if key[1] <= at],
        [key for key in strange if key[1] > at],
    )


def faults_of_regimes() -> list[Fault]:
    """Return faults where the database's regimes differ from this version's, with the remedy.

    A future regime that only the database has is a warning: during an update, old processes may be started again.
    """
    if (known := known_regimes()) is None:
        return []
    found = regime_differences(code_regimes(), known, bank_now())
    faults = []
    if found.outdated:
        sentence = (
            f"The database holds transfers at machines by other numbers than this version ({regime_days(found.outdated)}). "
            "Run `manage.py migrate` of this version as the owner of the tables."
        )
        faults.append(fault(FAULT, sentence, needs_migrate=True))
    if found.unknown:
        sentence = (
            f"A regime of the rule at machines is in force that this version does not know ({regime_days(found.unknown)}). "
            "Start the version that has it in transfers/policy/acceptance.py."
        )
        faults.append(fault(FAULT, sentence))
    if found.future:
        sentence = (
            f"The database knows a regime of the rule at machines that this version does not ({regime_days(found.future)}). "
            "Replace this version before that day."
        )
        faults.append(fault(FAULT, sentence, refuses=False))
    return faults


def regime_days(keys: Iterable[tuple[str, datetime]]) -> str:
    """Return profiles and first days in words for an operator."""
    return ", ".join(
        f"{profile} {'from the beginning' if since == _EVER else f'from {shanghai_day(since)}'}"
        for profile, since in keys
    )


def literal(since: datetime) -> str:
    """Return a first instant as an SQL literal."""
    return "-infinity" if since == _EVER else since.isoformat()


def _read(found: Iterable[Row]) -> Regimes:
    return {
        (row["profile"], row["since"] or _EVER): RegimeNumbers(
            row["hold_seconds"], row["organization"], row["own_here"], row["own_elsewhere"]
        )
        for row in found
    }
