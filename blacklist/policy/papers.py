"""Points in which a certificate does not fit its legal basis (文书提示); the checker sees them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from blacklist.policy.penalties import PENALIZED
from blacklist.regimes import Regime, Threshold, regimes, replaced_by
from blacklist.vocabulary import AuthorityLevel, Category, Remark, ReviewReason
from config.kernel.law.dates import add_years


@dataclass(frozen=True, slots=True)
class Extent:
    """Numbers of acts that a certificate states (数量、次数、对象数); None for a number not stated."""

    accounts: int | None = None
    times: int | None = None
    counterparties: int | None = None

    @property
    def most(self) -> int:
        """Return the largest stated number, 0 if none is stated."""
        return max(self.accounts or 0, self.times or 0, self.counterparties or 0)


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """The content of a certificate on which its remarks depend; it contains no person."""

    legal_basis: str
    category: Category
    level: AuthorityLevel
    certified_on: date
    term: tuple[date, date] | None = None
    extent: Extent | None = None


#: Needs review, whatever the bank's setting about remarks.
_ALWAYS_REVIEWED = frozenset({Remark.BELOW_THRESHOLD, Remark.TERM_BEYOND_FIVE_YEARS})


def remarks_of(paper: PaperFacts) -> tuple[Remark, ...]:
    """Return the remarks about a certificate in the order of the vocabulary; none for an unknown basis."""
    regime = regimes().get(paper.legal_basis)
    if regime is None:
        return ()
    found = {*_dates(paper, regime), *_contents(paper, regime)}
    return tuple(each for each in Remark if each in found)


def reasons_to_review(remarks: Iterable[Remark], *, all_of_them: bool) -> tuple[ReviewReason, ...]:
    """Return the remarks for which a certificate needs manual review before approval (人工审查).

    A certificate below the threshold always needs review, because it may be invalid. So does a term that is not
    enforced to its end. For other remarks the bank decides by its setting.

    :param all_of_them: the bank's setting `BANK_REMARKS_TO_REVIEW`.
    :source: 《联合惩戒办法》 第三条(二) and on repetition (连续执行期限不超过5年), 2024-12-01; house rule for the others.
    """
    return tuple(ReviewReason(each.value) for each in remarks if all_of_them or each in _ALWAYS_REVIEWED)


def _dates(paper: PaperFacts, regime: Regime) -> Iterator[Remark]:
    if paper.certified_on < regime.from_day:
        yield Remark.BASIS_NOT_YET_IN_FORCE
    # No later instrument has replaced the rules on case accounts.
    successor = replaced_by(regime.code)
    if paper.category in PENALIZED and successor is not None and paper.certified_on >= successor.from_day:
        yield Remark.BASIS_REPLACED


def _contents(paper: PaperFacts, regime: Regime) -> Iterator[Remark]:
    if paper.term and _is_shorter(paper, paper.term[1], regime):
        yield Remark.TERM_SHORTER
    if regime.threshold and _is_below(paper, regime.threshold):
        yield Remark.BELOW_THRESHOLD
    if paper.term and _is_beyond(paper, paper.term, regime):
        yield Remark.TERM_BEYOND_FIVE_YEARS


def _is_beyond(paper: PaperFacts, term: tuple[date, date], regime: Regime) -> bool:
    """Return whether a prevailing term is longer than the regime allows without a break."""
    if paper.category not in PENALIZED or not regime.term_prevails or regime.adds_up_to is None:
        return False
    return term[1] > add_years(term[0], regime.adds_up_to)


def _is_below(paper: PaperFacts, threshold: Threshold) -> bool:
    """Return whether only a higher authority may certify such a small extent."""
    if paper.category not in threshold.categories or paper.level in threshold.exempt:
        return False
    return paper.extent is None or paper.extent.most < threshold.least


def _is_shorter(paper: PaperFacts, last_day: date, regime: Regime) -> bool:
    """Return whether the bank restricts longer than the term that the certificate states."""
    if regime.term_prevails:
        return False
    if paper.category not in PENALIZED:
        # A case account is stopped without an end.
        return True
    years = max(each.years_for(paper.category) for each in regime.penalty)
    return last_day < add_years(paper.certified_on, years)
