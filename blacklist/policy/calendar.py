"""Past, present and future restrictions of a person as spans of time (惩戒日历).

It shows the results of :mod:`blacklist.policy.restrictions` and decides nothing itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from blacklist.policy.listings import Listing, Reverified
from blacklist.policy.restrictions import Restriction, measures_of
from blacklist.vocabulary import RestrictionCause, RestrictionKind


@dataclass(frozen=True, slots=True)
class ListingPeriod:
    """A certificate that came into force, with the end of its force.

    :ivar revoked_at: the instant of its revocation, or of the correction that replaced it; None while it is in force.
    :ivar corrected: whether a correction replaced it.
    """

    listing: Listing
    doc_no: str
    revoked_at: datetime | None = None
    corrected: bool = False

    def was_in_force_with(self, other: "ListingPeriod") -> bool:
        """Return whether it is in force, or was in force when the other one was revoked."""
        if other.revoked_at is None:
            return self.revoked_at is None
        revoked_later = self.revoked_at is None or self.revoked_at >= other.revoked_at
        return revoked_later and self.listing.in_force_at <= other.revoked_at


@dataclass(frozen=True, slots=True)
class Span:
    """One measure of one certificate on the time axis; `ends_at` is exclusive.

    :ivar restricts_from: start of the restriction. The term may have begun before the approval, but restricted no one
        until then.
    :ivar ends_at: the end of its term, or the earlier instant at which it was lifted.
    :ivar lifted: whether it was lifted before the end of its term.
    """

    measure: Restriction
    restricts_from: datetime
    ends_at: datetime | None
    lifted: bool

    def restricts(self, at: datetime) -> bool:
        """Return whether it restricts at an instant."""
        return self.restricts_from <= at and (self.ends_at is None or at < self.ends_at)


def spans_of(
    entry: ListingPeriod,
    *,
    among: Iterable[ListingPeriod] = (),
    reverified: Reverified | None = None,
    grace_days: int = 0,
) -> tuple[Span, ...]:
    """Return the measures of one certificate with their true ends.

    A revocation ends all of them. A re-verification ends the measures caused by a case account, but no penalty. Where
    terms add up, a certificate in force is counted with the others in force, and a revoked one with those in force
    when it was revoked.

    :param among: all other certificates that ever listed the same person.
    :param reverified: the holder's last re-verification.
    :param grace_days: whole days within which a case account's holder may be re-verified; 0 or more.
    """
    concurrent = [period.listing for period in among if period.was_in_force_with(entry)]
    measures = measures_of(entry.listing, among=concurrent, grace_days=grace_days)
    return tuple(_span(measure, entry, reverified) for measure in measures)


def _span(measure: Restriction, entry: ListingPeriod, reverified: Reverified | None) -> Span:
    lifts = [entry.revoked_at] if entry.revoked_at else []
    ends_by_reverification = measure.cause == RestrictionCause.CASE_HOLDER
    if ends_by_reverification and reverified and entry.listing.is_lifted_by(reverified):
        lifts.append(reverified.at)
    lift = min(lifts, default=None)
    lifted = lift is not None and (measure.until is None or lift < measure.until)
    return Span(
        measure=measure,
        restricts_from=max(measure.starts_at, entry.listing.restricts_from),
        ends_at=lift if lifted else measure.until,
        lifted=lifted,
    )


def union_end(spans: Iterable[Span], kind: RestrictionKind, *, at: datetime) -> Span | None:
    """Return the span of a kind that restricts last among those not over; None if all are over.

    The terms of several certificates are not added up here: the end is the latest end.

    :param spans: of one person, of any kinds.
    """
    running = [span for span in spans if span.measure.kind == kind and (span.ends_at is None or at < span.ends_at)]
    return max(
        running,
        key=lambda span: (span.ends_at is None, span.ends_at or span.restricts_from),
        default=None,
    )
