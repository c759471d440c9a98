"""From when to when each certificate restricts: counted by calendar, as written, or added up (惩戒期间).

What one certificate brings may depend on the others that stand beside it: where terms add up, they form chains
(累计执行). A chain is made of the certificates that are in force at the instant that is judged, and nothing of it is
stored: when one of them is revoked, what remains is counted as if it had never been.
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
    """The days on which a measure of one certificate lasts, the last one whole."""

    first_day: date
    last_day: date

    @property
    def starts_at(self) -> datetime:
        """Return where it counts from."""
        return start_of_day(self.first_day)

    @property
    def until(self) -> datetime:
        """Return when it is over, exclusive."""
        return day_end(self.last_day)


def terms_of(listings: Iterable[Listing], regime: Regime, measure: Measure) -> Mapping[UUID, Term]:
    """Return for each certificate of one regime how long it brings a measure.

    :param listings: penalties that rest on the regime and are in force together, one per certificate.
    :source: 通告第五条; 银发〔2019〕85号; 《联合惩戒办法》 on repetition (累计执行，连续执行期限不超过5年).
    """
    if regime.adds_up_to is None:
        return {each.certificate_id: _alone(each, regime, measure) for each in listings}
    found: dict[UUID, Term] = {}
    chain: _Chain | None = None
    left = [_Due(each, each.term if regime.term_prevails else None) for each in listings]
    while left:
        due = min(left, key=lambda each: each.turn(chain))
        left.remove(due)
        if chain is None or not chain.reaches(due):
            chain = _Chain(due.first_day, regime.adds_up_to)
        years = measure.years_for(due.listing.category)
        found[due.listing.certificate_id] = (
            chain.add_written(*due.written) if due.written else chain.add(due.listing.certified_on, years)
        )
    return found


def _alone(listing: Listing, regime: Regime, measure: Measure) -> Term:
    """Count a certificate for itself."""
    if regime.term_prevails and listing.term:
        return Term(*listing.term)
    years = measure.years_for(listing.category)
    return Term(listing.certified_on, add_years(listing.certified_on, years))


@dataclass(frozen=True, slots=True)
class _Due:
    """A certificate that is still to be counted, with the term that it states where that prevails."""

    listing: Listing
    written: tuple[date, date] | None

    @property
    def first_day(self) -> date:
        """Return the first day on which it restricts, as far as its own dates say."""
        day = self.listing.certified_on
        return max(day, self.written[0]) if self.written else day

    def turn(self, chain: "_Chain | None") -> tuple[date, date, datetime, UUID]:
        """Return its place among those left: by its certification, or by its first day where that follows a break."""
        each = self.listing
        reached = chain is not None and chain.reaches(self)
        return (
            each.certified_on if reached else self.first_day,
            each.certified_on,
            each.in_force_at,
            each.certificate_id,
        )


class _Chain:
    """Terms that run without a break, and add up: each was certified while the ones before it ran, or begins then.

    It is over five years after its first day, whatever was added and whatever a paper states. What is certified later
    begins a new one, and so does a written term that begins after a day without any.
    """

    def __init__(self, first_day: date, most_years: int) -> None:
        self._counted_from = first_day
        self._years = 0
        self._most_years = most_years
        self._most = add_years(first_day, most_years)

    @property
    def last_day(self) -> date:
        """Return the last day of the chain as it stands."""
        return min(add_years(self._counted_from, self._years), self._most)

    def reaches(self, due: _Due) -> bool:
        """Return whether a term belongs to it: it begins while it runs, or the day after if it was certified before."""
        if due.first_day <= self.last_day:
            return True
        return due.listing.certified_on <= self.last_day and due.first_day == self.last_day + timedelta(days=1)

    def add(self, certified_on: date, years: int) -> Term:
        """Add a certificate's years to the end; February's 29th is clamped once, not with each."""
        self._years += years
        return Term(certified_on, self.last_day)

    def add_written(self, first_day: date, last_day: date) -> Term:
        """Carry the end to that of a paper's own term, where this is later; it is cut at five years, its own or the chain's."""
        last_day = min(last_day, add_years(first_day, self._most_years))
        if last_day > self.last_day:
            self._counted_from, self._years = last_day, 0
        return Term(first_day, min(last_day, self._most))
