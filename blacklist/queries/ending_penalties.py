"""Holders whose penalties may soon end (即将到期), found by the first days of terms."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from blacklist.regimes import regimes
from config.kernel.database.sql import Params, Query
from config.kernel.law.dates import add_years

# A term counts whole years from a certification or a sentence (its own or that of its chain's beginning) or from a
# stated last day, or it ends on a stated last day. A limited term ends some years after a stated first day, and years may be added to
# that. Each case has its own index.
_ENDING = """
WITH papers AS MATERIALIZED (
    SELECT id FROM blacklist_certificate WHERE status = 'in_force' AND certified_on = ANY(%(certified)s)
    UNION
    SELECT id FROM blacklist_certificate WHERE status = 'in_force' AND term_to = ANY(%(stated)s)
    UNION
    SELECT id FROM blacklist_certificate WHERE status = 'in_force' AND term_from = ANY(%(begun)s)
    UNION
    SELECT id FROM blacklist_certificate WHERE status = 'in_force' AND sentence_kind IS NOT NULL
      AND coalesce(sentence_served_on, sentence_effective_on) = ANY(%(certified)s)
)
SELECT DISTINCT asked.holder FROM papers
JOIN blacklist_certificatesubject n ON n.certificate_id = papers.id
JOIN blacklist_subject s ON s.id = n.subject_id
JOIN ({holders}) AS asked(holder, key) ON asked.key = s.identity_key
WHERE asked.holder > %(after)s ORDER BY asked.holder LIMIT %(limit)s
"""
_DAY = timedelta(days=1)


def longest_years() -> int:
    """Return the maximum length of a penalty in years, over all legal bases."""
    return max(
        years
        for regime in regimes().values()
        for measure in regime.penalty
        for years in (measure.years, *measure.years_of_category.values(), regime.adds_up_to or 0)
    )


def most_years_added() -> frozenset[int]:
    """Return, for all bases with a limit on added terms, the limits in years."""
    return frozenset(each.adds_up_to for each in regimes().values() if each.adds_up_to is not None)


def ending_query(*, holders: str, first: date, last: date, after: UUID, limit: int) -> Query[list[UUID]]:
    """Return the query for holders whose penalty may have its last day in a span; no holder is missed.

    :param holders: a query of (holder, identity key).
    :param after: the last holder of the previous page.
    """
    days = [first + _DAY * each for each in range((last - first).days + 1)]
    certified = counted_from(days, range(1, longest_years() + 1))
    stated = {*days, *certified}
    params: Params = {
        "certified": sorted(certified),
        "stated": sorted(stated),
        "begun": sorted(counted_from(stated, most_years_added())),
        "after": after,
        "limit": limit,
    }
    return Query(_ENDING.format(holders=holders), params, lambda found: [row["holder"] for row in found])


def counted_from(days: Collection[date], years: Collection[int]) -> set[date]:
    """Return first days from which whole years may end on given days; for end of February, both days."""
    back = {add_years(day, -each) for day in days for each in years}
    return back | {day + _DAY for day in back if (day.month, day.day) == (2, 28) and (day + _DAY).month == 2}
