"""First and last day of each certificate's measures: by calendar, sentence or statement, or added up (惩戒期间).

Where terms add up, certificates form chains (累计执行), and the end of one depends on the others. A chain consists of the
certificates in force at the instant of the decision. It is not stored: after a revocation the rest is counted as if
the revoked certificate had never existed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from blacklist.policy.listings import Listing
from blacklist.regimes import Measure, Regime
from config.kernel.law.dates import add_years, day_end, start_of_day


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which a measure of one certificate lasts; the last day is inclusive.

    :ivar last_day: None while a custodial sentence is being served.
    """

    first_day: date
    last_day: date | None

    @property
    def starts_at(self) -> datetime:
        """Return the start of the first day."""
        return start_of_day(self.first_day)

    @property
    def until(self) -> datetime | None:
        """Return the exclusive end of the term; None while it has none."""
        return None if self.last_day is None else day_end(self.last_day)

    @property
    def is_empty(self) -> bool:
        """Return whether it would begin after its end, so that it is not enforced at all."""
        return self.last_day is not None and self.first_day > self.last_day


def terms_of(listings: Iterable[Listing], regime: Regime, measure: Measure) -> Mapping[UUID, Term]:
    """Return the term of a measure for each certificate of one regime.

    :param listings: penalties of the regime that are in force together, one per certificate.
    A custodial sentence that is being served restricts without an end and belongs to no chain. Its years count from the
    day on which it has been served.

    :source: 通告第五条; 银发〔2019〕85号; 《联合惩戒办法》 on repetition (累计执行，连续执行期限不超过5年); for a sentence a
        house rule (`Sentence.counted_from`).
    """
    if regime.adds_up_to is None:
        return {each.certificate_id: _alone(each, regime, measure) for each in listings}
    found: dict[UUID, Term] = {}
    chain: _Chain | None = None
    left = []
    for each in listings:
        written = each.term if regime.term_prevails else None
        counted_from = _counted_from(each, written)
        if counted_from is None:
            found[each.certificate_id] = Term(each.certified_on, None)
        else:
            left.append(_Due(each, counted_from, written))
    while left:
        due = min(left, key=lambda each: each.turn(chain))
        left.remove(due)
        if chain is None or not chain.reaches(due):
            chain = _Chain(due.first_day, regime.adds_up_to)
        years = measure.years_for(due.listing.category)
        found[due.listing.certificate_id] = (
            chain.add_written(due.first_day, *due.written) if due.written else chain.add(due.first_day, years)
        )
    return found


def _alone(listing: Listing, regime: Regime, measure: Measure) -> Term:
    """Return the term of a certificate that counts alone."""
    if regime.term_prevails and listing.term:
        return Term(*listing.term)
    years = measure.years_for(listing.category)
    return Term(listing.certified_on, add_years(listing.certified_on, years))


def _counted_from(listing: Listing, written: tuple[date, date] | None) -> date | None:
    """Return the first day of restriction by a certificate's own dates; None while a sentence is being served."""
    if written:
        return max(listing.certified_on, written[0])
    return listing.sentence.counted_from if listing.sentence else listing.certified_on


@dataclass(frozen=True, slots=True)
class _Due:
    """A certificate not counted yet, with its first day and its stated term if that prevails."""

    listing: Listing
    first_day: date
    written: tuple[date, date] | None

    def turn(self, chain: "_Chain | None") -> tuple[date, date, datetime, UUID]:
        """Return its sort key among the remaining ones: by certification, or by first day after a break."""
        each = self.listing
        reached = chain is not None and chain.reaches(self)
        return (
            each.certified_on if reached else self.first_day,
            each.certified_on,
            each.in_force_at,
            each.certificate_id,
        )


class _Chain:
    """Terms without a break, which add up: each was certified while the earlier ones ran, or begins then.

    It ends five years after its first day, whatever terms are added or stated. A later certification begins a new
    chain, and so does a stated term that begins after a day without restriction.
    """

    def __init__(self, first_day: date, most_years: int) -> None:
        self._counted_from = first_day
        self._years = 0
        self._most_years = most_years
        self._most = add_years(first_day, most_years)

    @property
    def last_day(self) -> date:
        """Return the present last day of the chain."""
        return min(add_years(self._counted_from, self._years), self._most)

    def reaches(self, due: _Due) -> bool:
        """Return whether a term continues the chain: it begins during it, or the day after if certified before."""
        if due.first_day <= self.last_day:
            return True
        return due.listing.certified_on <= self.last_day and due.first_day == self.last_day + timedelta(days=1)

    def add(self, first_day: date, years: int) -> Term:
        """Add a certificate's years to the end; February 29 is adjusted once, not at each addition."""
        self._years += years
        return Term(first_day, self.last_day)

    def add_written(self, first_day: date, stated_from: date, last_day: date) -> Term:
        """Extend the chain to a stated term's last day; at most five years of the term and of the chain.

        :param first_day: its first day of restriction, not before the certification.
        """
        last_day = min(last_day, add_years(stated_from, self._most_years))
        if last_day > self.last_day:
            self._counted_from, self._years = last_day, 0
        return Term(first_day, min(last_day, self._most))
