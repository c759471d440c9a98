"""Who needs a guardian at the counter (监护人), and who can be one: by age on the bank's day."""

from datetime import date

from accounts.refusals.opening import GuardianRequired
from accounts.vocabulary import AgeClass, AgentRelation
from config.kernel.law.dates import add_years

#: The age, in years, from which an individual opens accounts without a guardian (未满16周岁须由监护人代办).
#: :source: house rule: 国务院令第285号 article 5 names the household register for those below, and asks for no guardian.
ALONE_FROM_YEARS = 16
#: The age, in years, from which somebody can be a guardian: a guardian has full capacity.
#: :source: 《民法典》 articles 17, 18 and 27, in force from 2021-01-01.
GUARDIAN_FROM_YEARS = 18


def age_class(born: date | None, day: date) -> AgeClass:
    """Return how old an individual is as far as a rule asks (年龄段): sixteen on that birthday itself.

    :param born: the birth date, None while nobody knows it.
    :param day: the bank's day.
    """
    if born is None:
        return AgeClass.UNKNOWN
    return AgeClass.FROM_16 if day >= add_years(born, ALONE_FROM_YEARS) else AgeClass.UNDER_16


def check_guardian(age: AgeClass | None, relation: AgentRelation | None) -> None:
    """Check that whoever is known to be under sixteen came with a guardian (监护人); an agent is not enough.

    :param age: of the holder, None for an organization.
    :param relation: as what somebody acts for the holder, None when the holder came alone.
    :raises GuardianRequired: otherwise.
    :source: house rule, see `ALONE_FROM_YEARS`.
    """
    if age is AgeClass.UNDER_16 and relation is not AgentRelation.GUARDIAN:
        raise GuardianRequired


def may_have_guardian(age: AgeClass | None) -> bool:
    """Say whether a guardian acts for a holder: only for who is known to be under sixteen."""
    return age is AgeClass.UNDER_16


def may_be_guardian(born: date | None, day: date) -> bool:
    """Say whether somebody can be a guardian: whoever is known to be under eighteen cannot.

    :param born: the birth date, None while nobody knows it.
    :param day: the bank's day.
    """
    return born is None or day >= add_years(born, GUARDIAN_FROM_YEARS)
