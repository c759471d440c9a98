"""What each legal basis brings, and for how long: the one table of penalties.

A further legal basis is a further row here. It must never change the rows of certificates that rest
on another: the basis selects the penalty, whatever the certificate's date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from blacklist.refusals import LegalBasisNotOffered
from blacklist.vocabulary import Category, LegalBasis, RestrictionKind
from config.kernel.clauses import (
    JANUARY_2017,
    NOTICE_5_CASE_HOLDER,
    NOTICE_5_OPENING_BAR,
    NOTICE_5_SUSPENSION,
    PBOC_261_CASE_ACCOUNT,
    Clause,
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure against a person: what stops, for how many calendar years, by which clause."""

    kind: RestrictionKind
    years: int
    clause: Clause


@dataclass(frozen=True, slots=True)
class Regime:
    """What one legal basis says (惩戒制度).

    `penalty` are the measures against whom it certifies, counted from the certification day;
    `case_holder` stop the other accounts of a case account's holder, with no end of their own;
    `case_account` stops the case account itself.

    :ivar from_day: nobody is restricted before it, whenever something was certified or approved.
    :ivar house: the categories that the instrument does not name: the bank gives them its penalty by a rule of its
        own (本行规则), and cites no clause for it.
    """

    from_day: date
    house: frozenset[Category]

    penalty: tuple[Measure, ...]
    case_holder: tuple[tuple[RestrictionKind, Clause], ...]
    case_account: Clause


#: :source: 《关于防范和打击电信网络诈骗犯罪的通告》 article 5, in force from 2017-01-01. The Notice is silent
#: on the case account itself, which 银发〔2016〕261号 一(二) stops, from that day on; so are its holder's others, whose
#: sentence of the Notice names no day. It does not know the punished (受刑事处罚): what the measures of 2024 say of them
#: is no part of it.
NOTICE_2016 = Regime(
    from_day=JANUARY_2017,
    house=frozenset({Category.CRIMINAL_PUNISHED}),
    penalty=(
        Measure(RestrictionKind.NON_COUNTER_SUSPENDED, 5, NOTICE_5_SUSPENSION),
        Measure(RestrictionKind.PAYMENT_BUSINESS_SUSPENDED, 5, NOTICE_5_SUSPENSION),
        Measure(RestrictionKind.OPENING_BARRED, 3, NOTICE_5_OPENING_BAR),
    ),
    case_holder=(
        (RestrictionKind.NON_COUNTER_SUSPENDED, NOTICE_5_CASE_HOLDER),
        (RestrictionKind.PAYMENT_BUSINESS_SUSPENDED, NOTICE_5_CASE_HOLDER),
    ),
    case_account=PBOC_261_CASE_ACCOUNT,
)

REGIMES: Mapping[LegalBasis, Regime] = MappingProxyType({LegalBasis.NOTICE_2016: NOTICE_2016})

#: Every category but the case account is a penalty, of the same measures; 购买 counts as 出售 does.
PENALIZED = frozenset(Category) - {Category.CASE_ACCOUNT}


def regime_of(legal_basis: LegalBasis) -> Regime:
    """Return the regime of a legal basis.

    :raises LegalBasisNotOffered: for one whose penalties are not in the table.
    """
    regime = REGIMES.get(legal_basis)
    if regime is None:
        raise LegalBasisNotOffered(legal_basis=legal_basis, offered=[basis.value for basis in REGIMES])
    return regime


def penalty_clause(legal_basis: LegalBasis, category: Category, measure: Measure) -> Clause | None:
    """Return by which clause a category brings a measure, None where only a rule of the bank's own does (本行规则)."""
    return None if category in regime_of(legal_basis).house else measure.clause
