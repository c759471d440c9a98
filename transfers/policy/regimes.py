"""How long a transfer at a machine is held, from which day: the one table of the ATM rule (自助柜员机转账).

A further regime is a further row, under a clause of its own: whatever tells how long money is held asks this
table, or the transfer that was accepted under it. What was accepted before its first day is not touched by it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from config.kernel.law.clauses import DECEMBER_2016, NOTICE_5_ATM, PBOC_261_ATM, Clause
from config.kernel.law.dates import shanghai_day, start_of_day
from transfers.vocabulary import AtmProfile


class Exempt(StrEnum):
    """Whose transfer a regime lets pass at once."""

    #: The payer is an organization (单位).
    ORGANIZATION = "organization"
    #: The payee is an account of the same customer at this bank (本人同行账户).
    OWN_HERE = "own_here"
    #: The payee is an account at another bank, approved as the customer's own (本人他行账户).
    OWN_ELSEWHERE = "own_elsewhere"


@dataclass(frozen=True, slots=True)
class AtmRegime:
    """What holds for transfers accepted at a machine from one day on, until the next regime's day.

    :param from_day: the first day, of acceptance, in Shanghai.
    :param delay: elapsed time from acceptance to arrival, in whole seconds; zero before there was a rule.
    :param exempt: whose transfers arrive at once.
    :param profile: in whose reading of the law; None in every one.
    """

    from_day: date
    delay: timedelta
    exempt: frozenset[Exempt]
    clause: Clause
    profile: AtmProfile | None = None

    @property
    def hold_seconds(self) -> int:
        """Return the delay in whole seconds."""
        return self.delay // timedelta(seconds=1)


_NOTICE_EXEMPT = frozenset({Exempt.ORGANIZATION, Exempt.OWN_HERE, Exempt.OWN_ELSEWHERE})
_PBOC_EXEMPT = frozenset({Exempt.ORGANIZATION, Exempt.OWN_HERE})

#: :source: 通告第五条 "资金24小时后到账", 2016-12-01: it delays transfers to 非同名账户, so an own account at another
#: bank is exempt; 银发〔2016〕261号 二(八), 2016-12-01: only 向本人同行账户转账除外. Both bind individuals.
REGIMES: tuple[AtmRegime, ...] = (
    AtmRegime(date.min, timedelta(), _NOTICE_EXEMPT, NOTICE_5_ATM, AtmProfile.NOTICE_2016),
    AtmRegime(date.min, timedelta(), _PBOC_EXEMPT, PBOC_261_ATM, AtmProfile.PBOC_261),
    AtmRegime(DECEMBER_2016, timedelta(hours=24), _NOTICE_EXEMPT, NOTICE_5_ATM, AtmProfile.NOTICE_2016),
    AtmRegime(DECEMBER_2016, timedelta(hours=24), _PBOC_EXEMPT, PBOC_261_ATM, AtmProfile.PBOC_261),
)


def regimes_of(profile: AtmProfile) -> list[AtmRegime]:
    """Return the regimes of a profile, each in the place of the one before it from its first day on."""
    return sorted((each for each in REGIMES if each.profile in {None, profile}), key=lambda each: each.from_day)


def regime_at(profile: AtmProfile, accepted_at: datetime) -> AtmRegime:
    """Return the regime a transfer at a machine is accepted under: the last begun on the day of acceptance.

    :param accepted_at: an aware instant, in any zone.
    """
    day = shanghai_day(accepted_at)
    return [each for each in regimes_of(profile) if each.from_day <= day][-1]


def first_instant(regime: AtmRegime) -> datetime | None:
    """Return 00:00 of the first day of a regime, None for the days before any rule."""
    return None if regime.from_day == date.min else start_of_day(regime.from_day)
