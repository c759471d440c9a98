"""From when to when each certificate restricts: counted by calendar, as written, or added up (惩戒期间).

What one certificate brings may depend on the others that stand beside it: where terms add up, they form chains
(累计执行). A chain is made of the certificates that are in force at the instant that is judged, and nothing of it is
stored: when one of them is revoked, what remains is counted as if it had never been.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from blacklist.policy.listings import Listing
from blacklist.regimes import Measure, Regime
from config.kernel.dates import add_years, day_end, start_of_day


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
    for each in sorted(listings, key=lambda each: (each.certified_on, each.in_force_at, each.certificate_id)):
        if chain is None or not chain.runs_on(each.certified_on):
            chain = _Chain(each.certified_on, regime.adds_up_to)
        years = measure.years_for(each.category)
        written = each.term if regime.term_prevails else None
        found[each.certificate_id] = chain.add_written(*written) if written else chain.add(each.certified_on, years)
    return found


def _alone(listing: Listing, regime: Regime, measure: Measure) -> Term:
    """Count a certificate for itself."""
    if regime.term_prevails and listing.term:
        return Term(*listing.term)
    years = measure.years_for(listing.category)
    return Term(listing.certified_on, add_years(listing.certified_on, years))


class _Chain:
    """Terms that add up because each was certified while the ones before it ran.

    House rule (本行规则) on the longest that it may last: the bank adds up to five years from the chain's first
    certification day and no further; a paper that states its own term keeps it to its last day, for its authority has
    counted. The chain itself is over with the five years all the same, so what is certified later begins a new one.
    """

    def __init__(self, first_day: date, most_years: int) -> None:
        self._counted_from = first_day
        self._years = 0
        self._most = add_years(first_day, most_years)

    @property
    def last_day(self) -> date:
        """Return the last day of the chain as it stands."""
        return min(add_years(self._counted_from, self._years), self._most)

    def runs_on(self, day: date) -> bool:
        """Say whether it still runs on a day."""
        return day <= self.last_day

    def add(self, certified_on: date, years: int) -> Term:
        """Add a certificate's years to the end; February's 29th is clamped once, not with each."""
        self._years += years
        return Term(certified_on, self.last_day)

    def add_written(self, first_day: date, last_day: date) -> Term:
        """Carry the end to that of a paper's own term, where this is later."""
        if last_day > self.last_day:
            self._counted_from, self._years = last_day, 0
        return Term(first_day, last_day)
