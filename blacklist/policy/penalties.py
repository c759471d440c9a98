"""Regime and clauses of a certificate; its legal basis alone selects them, whatever its date."""

from datetime import date

from blacklist.refusals import LegalBasisNotOffered
from blacklist.regimes import DEFAULT_BASIS, LegalBasis, Regime, regime_in_force, regimes
from blacklist.vocabulary import Category
from config.kernel.law.clauses import Clause

#: Every category except the case account is a penalty; 购买 counts as 出售.
PENALIZED = frozenset(Category) - {Category.CASE_ACCOUNT}

#: Possible meanings of a missing legal basis, besides one fixed basis.
BY_DATE, REQUIRED = "BY_DATE", "REQUIRED"


def regime_of(legal_basis: str) -> Regime:
    """Return the regime of a legal basis.

    :raises LegalBasisNotOffered: for a basis without a regime.
    """
    regime = regimes().get(legal_basis)
    if regime is None:
        raise LegalBasisNotOffered(legal_basis=legal_basis, offered=[*regimes()])
    return regime


def basis_not_stated(meaning: str, certified_on: date) -> LegalBasis | None:
    """Return the basis of a certificate that states none; None if the bank requires one (未载明认定依据).

    :param meaning: the bank's setting `BANK_LEGAL_BASIS_WHEN_MISSING`: `REQUIRED`, `BY_DATE`, or the code of a basis.
    :source: house rule; `BY_DATE` takes the regime in force on the day, or the notice before the first regime.
    """
    if meaning == REQUIRED:
        return None
    return basis_in_force(certified_on) if meaning == BY_DATE else LegalBasis(meaning)


def basis_in_force(day: date) -> LegalBasis:
    """Return the legal basis in force on a day; before the first, the notice."""
    regime = regime_in_force(day)
    return LegalBasis(regime.code) if regime else DEFAULT_BASIS


def certifier_clause(legal_basis: str, category: Category) -> Clause:
    """Return the clause that requires police of a districted city or above (设区的市级及以上公安机关认定).

    :param legal_basis: for a basis without a regime, and for a certificate without one, the notice's clause.
    """
    regime = regimes().get(legal_basis) or regimes()[DEFAULT_BASIS]
    if category not in PENALIZED:
        return regime.case_holder[0].clause
    return regime.threshold.clause if regime.threshold else regime.penalty[0].clause
