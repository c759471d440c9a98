"""Judge the content of a certificate against its legal basis (认定书核对): remarks, and reasons for manual review.

Single entries, lists, corrections and drafts use `judge_paper`; pages, letters and the API show `remarks_of`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from blacklist.policy.authority import judge_authority
from blacklist.policy.penalties import PENALIZED, certifier_clause, regime_of
from blacklist.regimes import Regime, Threshold, regimes, replaced_by
from blacklist.vocabulary import AuthorityLevel, Category, Remark, ReviewReason, SentenceKind
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
class Sentence:
    """A criminal sentence that a certificate states (刑罚).

    :ivar effective_on: day on which the judgment took effect.
    :ivar served_on: day on which a custodial sentence was served; None while it is being served.
    """

    kind: SentenceKind
    effective_on: date
    served_on: date | None = None

    @property
    def counted_from(self) -> date | None:
        """Return the day from which the penalty counts; None while a custodial sentence is being served.

        :source: house rule: the 2023 draft of 《联合惩戒办法》 counts from the end of a custodial sentence, otherwise
            from the day on which the judgment takes effect. The article of the final text was not found.
        """
        return self.served_on if self.kind is SentenceKind.CUSTODIAL else self.effective_on

    def written(self) -> dict[str, str | None]:
        """Return it as JSON: kind and days."""
        served = self.served_on.isoformat() if self.served_on else None
        return {"kind": self.kind.value, "effective_on": self.effective_on.isoformat(), "served_on": served}

    @classmethod
    def read(cls, written: Mapping[str, str | None]) -> "Sentence":
        """Return the sentence that `written` returned as JSON."""
        days = (date.fromisoformat(day) if (day := written[name]) else None for name in ("effective_on", "served_on"))
        return cls(SentenceKind(str(written["kind"])), *days)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """The content of a certificate on which its remarks depend; it contains no person.

    :ivar region_code: six digits of GB/T 2260.
    :ivar names_organization: whether a subject is an organization.
    """

    legal_basis: str
    category: Category
    level: AuthorityLevel
    certified_on: date
    region_code: str = ""
    term: tuple[date, date] | None = None
    sentence: Sentence | None = None
    extent: Extent | None = None
    names_organization: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """Remarks about a certificate, and the reasons for its manual review before approval (人工审查)."""

    remarks: tuple[Remark, ...]
    reasons: tuple[ReviewReason, ...]

    def reasons_with(self, more: Iterable[ReviewReason]) -> tuple[ReviewReason, ...]:
        """Return the reasons together with those that the bank's own data give, in the order of the vocabulary."""
        found = {*self.reasons, *more}
        return tuple(each for each in ReviewReason if each in found)


#: Needs review, whatever the bank's setting about remarks.
_ALWAYS_REVIEWED = frozenset(
    {
        Remark.BELOW_THRESHOLD,
        Remark.TERM_LONGER,
        Remark.TERM_BEYOND_FIVE_YEARS,
        Remark.TERM_BEFORE_CERTIFICATION,
        Remark.TERM_NOT_STATED,
        Remark.UNIT_AS_PUNISHED,
    }
)


def judge_paper(paper: PaperFacts, *, review_all: bool) -> Judgement:
    """Judge a certificate by its content alone, before it is registered.

    :param review_all: the bank's setting `BANK_REMARKS_TO_REVIEW`.
    :raises AuthorityTooLow: for a county.
    :raises LegalBasisNotOffered: for a legal basis without a regime.
    """
    reasons = judge_authority(paper.level, paper.region_code, certifier_clause(paper.legal_basis, paper.category))
    regime_of(paper.legal_basis)
    remarks = remarks_of(paper)
    return Judgement(remarks, reasons + reasons_to_review(remarks, all_of_them=review_all))


def remarks_of(paper: PaperFacts) -> tuple[Remark, ...]:
    """Return the remarks about a certificate in the order of the vocabulary; none for an unknown basis."""
    regime = regimes().get(paper.legal_basis)
    if regime is None:
        return ()
    found = {*_dates(paper, regime), *_contents(paper, regime), *_terms(paper, regime)}
    return tuple(each for each in Remark if each in found)


def reasons_to_review(remarks: Iterable[Remark], *, all_of_them: bool) -> tuple[ReviewReason, ...]:
    """Return the remarks for which a certificate needs manual review before approval (人工审查).

    A certificate below the threshold always needs review, because it may be invalid. So do a term that the legal basis
    does not provide for, a punishment without a term, and a punished organization. For other remarks the bank decides
    by its setting.

    :param all_of_them: the bank's setting `BANK_REMARKS_TO_REVIEW`.
    :source: 《联合惩戒办法》 第三条 and on repetition (连续执行期限不超过5年), 2024-12-01; house rule for the others.
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
    if regime.threshold and _is_below(paper, regime.threshold):
        yield Remark.BELOW_THRESHOLD
    if paper.category is Category.CRIMINAL_PUNISHED and paper.names_organization:
        yield Remark.UNIT_AS_PUNISHED


def _terms(paper: PaperFacts, regime: Regime) -> Iterator[Remark]:
    if not regime.term_prevails:
        if paper.term and _is_shorter(paper, paper.term[1], regime):
            yield Remark.TERM_SHORTER
        return
    if paper.category not in PENALIZED:
        return
    if paper.term is None:
        if paper.category is Category.CRIMINAL_PUNISHED and paper.sentence is None:
            yield Remark.TERM_NOT_STATED
        return
    begin, end = paper.term
    if regime.adds_up_to is not None and end > add_years(begin, regime.adds_up_to):
        yield Remark.TERM_BEYOND_FIVE_YEARS
    elif end > add_years(begin, regime.years_for(paper.category)):
        yield Remark.TERM_LONGER
    if begin < paper.certified_on:
        yield Remark.TERM_BEFORE_CERTIFICATION


def _is_below(paper: PaperFacts, threshold: Threshold) -> bool:
    """Return whether only a higher authority may certify such a small extent."""
    if paper.category not in threshold.categories or paper.level in threshold.exempt:
        return False
    return paper.extent is None or paper.extent.most < threshold.least


def _is_shorter(paper: PaperFacts, last_day: date, regime: Regime) -> bool:
    """Return whether the bank restricts longer than the term that the certificate states."""
    if paper.category not in PENALIZED:
        # A case account is stopped without an end.
        return True
    return last_day < add_years(paper.certified_on, regime.years_for(paper.category))
