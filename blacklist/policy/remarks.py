"""What of a certificate does not fit its legal basis (文书提示): it is registered, and whoever decides is told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from blacklist.policy.penalties import PENALIZED
from blacklist.regimes import Regime, Threshold, regimes, replaced_by
from blacklist.vocabulary import AuthorityLevel, Category, Remark, ReviewReason
from config.kernel.law.dates import add_years


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a certificate says was done (数量、次数、对象数); what it does not say is None."""

    accounts: int | None = None
    times: int | None = None
    counterparties: int | None = None

    @property
    def most(self) -> int:
        """Return the largest of what is said; nothing said is nothing done."""
        return max(self.accounts or 0, self.times or 0, self.counterparties or 0)


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What of a certificate its remarks depend on; no person is among it."""

    legal_basis: str
    category: Category
    level: AuthorityLevel
    certified_on: date
    term: tuple[date, date] | None = None
    extent: Extent | None = None


#: Looked at by hand whatever the bank has decided about remarks.
_ALWAYS_REVIEWED = frozenset({Remark.BELOW_THRESHOLD, Remark.TERM_BEYOND_FIVE_YEARS})


def remarks_of(paper: PaperFacts) -> tuple[Remark, ...]:
    """Return what does not fit, in the order of the vocabulary; of a basis that is no regime's nothing can be said."""
    regime = regimes().get(paper.legal_basis)
    if regime is None:
        return ()
    found = {*_dates(paper, regime), *_contents(paper, regime)}
    return tuple(each for each in Remark if each in found)


def reasons_to_review(remarks: Iterable[Remark], *, all_of_them: bool) -> tuple[ReviewReason, ...]:
    """Return which remarks are to be looked at by hand before the approval (人工审查).

    A certificate below the threshold always is: it may be none. So is a term that is not enforced to its end. Of the others
    the bank decides.

    :param all_of_them: the bank's setting `BANK_REMARKS_TO_REVIEW`.
    :source: 《联合惩戒办法》 第三条(二) and on repetition (连续执行期限不超过5年), 2024-12-01; house rule for the others.
    """
    return tuple(ReviewReason(each.value) for each in remarks if all_of_them or each in _ALWAYS_REVIEWED)


def _dates(paper: PaperFacts, regime: Regime) -> Iterator[Remark]:
    if paper.certified_on < regime.from_day:
        yield Remark.BASIS_NOT_YET_IN_FORCE
    # What is said of case accounts no instrument has replaced.
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
    """Return whether a term that prevails is longer than the regime lets run without a break, from its own first day."""
    if paper.category not in PENALIZED or not regime.term_prevails or regime.adds_up_to is None:
        return False
    return term[1] > add_years(term[0], regime.adds_up_to)


def _is_below(paper: PaperFacts, threshold: Threshold) -> bool:
    """Say whether a certificate is by an authority, and of so little, that only a higher one certifies it."""
    if paper.category not in threshold.categories or paper.level in threshold.exempt:
        return False
    return paper.extent is None or paper.extent.most < threshold.least


def _is_shorter(paper: PaperFacts, last_day: date, regime: Regime) -> bool:
    """Say whether the bank restricts beyond the term that a paper states."""
    if regime.term_prevails:
        return False
    if paper.category not in PENALIZED:
        # A case account is stopped without an end.
        return True
    years = max(each.years_for(paper.category) for each in regime.penalty)
    return last_day < add_years(paper.certified_on, years)
