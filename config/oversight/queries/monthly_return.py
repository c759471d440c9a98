"""Figures of the monthly return (月度报表), each by the query that also lists its rows.

The notice asks for information about its execution; it names no form of it. Which figures are in it is a decision of
this bank.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Count

from accounts.queries.restricted_customers import MOMENT, RestrictedCustomer, restricted_customers
from blacklist.queries.certificates import RegisterFilters, count_certificates, counted_by_basis
from config.kernel.law.dates import add_months, start_of_day
from config.kernel.models import Outcome
from config.kernel.trail.special_measures import SPECIAL_MEASURES
from config.oversight.queries.evidence import Filters, decisions_of
from transfers.queries.punctuality import Lateness, punctuality_of
from transfers.queries.steps import steps_counted
from transfers.queries.suspicions import suspicions_counted

#: Kinds of decisions that are counted when they take effect.
COUNTED_KINDS = ("reverification", "revocation", "impostor_declaration", "transfer_delay")


@dataclass(frozen=True, slots=True)
class MonthlyReturn:
    """The counts of one month.

    :ivar last: the month's last day.
    :ivar provisional: True if the month had not ended at `at`.
    :ivar steps: steps of transfers by the status reached.
    :ivar refusals: refused decisions by code, the most frequent first.
    :ivar certificates: certificates that came into force by legal basis, whatever became of them since.
    :ivar corrections: those of them that replaced another certificate.
    :ivar acts: decisions of `COUNTED_KINDS` that took effect.
    :ivar penalized: customers under a penalty at the end of the month, or at `at` before it, by legal basis.
    :ivar case_holders: holders of case accounts whose business outside the counter is stopped then.
    :ivar ended: penalties that ended by themselves in the month by legal basis.
    :ivar suspicions: suspicions recorded in the month by kind.
    """

    first: date
    last: date
    at: datetime
    provisional: bool
    steps: Mapping[str, int]
    refusals: Mapping[str, int]
    certificates: Mapping[str, int]
    corrections: int
    acts: Mapping[str, int]
    penalized: Mapping[str, int]
    case_holders: int
    ended: Mapping[str, int]
    suspicions: Mapping[str, int]
    lateness: Lateness


def monthly_return(first: date, at: datetime) -> MonthlyReturn:
    """Return the counts of a month, by a number of queries that is independent of the bank's size.

    :param first: the month's first day.
    """
    after = add_months(first, 1)
    last = after - timedelta(days=1)
    begins, ends = start_of_day(first), start_of_day(after)
    # Checks for special measures have returns of their own, and this one is read by many.
    refused = decisions_of(Filters(first, last, outcome=Outcome.REFUSED)).exclude(kind=SPECIAL_MEASURES).order_by()
    by_code = refused.values("code").annotate(count=Count("pk")).order_by("-count", "code")
    allowed = decisions_of(Filters(first, last, outcome=Outcome.ALLOWED)).filter(kind__in=COUNTED_KINDS).order_by()
    by_kind = allowed.values("kind").annotate(count=Count("pk")).order_by()
    in_month = RegisterFilters(since=begins, until=ends)
    # What is stopped is counted in the month's last microsecond, before the month's end at this instant.
    customers = restricted_customers(begins, min(ends, at + MOMENT))
    return MonthlyReturn(
        first=first,
        last=last,
        at=at,
        provisional=at < ends,
        steps=steps_counted(begins, ends),
        refusals={row["code"]: row["count"] for row in by_code},
        certificates=counted_by_basis(in_month),
        corrections=count_certificates(replace(in_month, corrections=True)),
        acts={row["kind"]: row["count"] for row in by_kind},
        penalized=_by_basis(customers.penalized),
        case_holders=len(customers.case_holders),
        ended=_by_basis(customers.ended),
        suspicions=suspicions_counted(begins, ends),
        lateness=punctuality_of(begins, ends).whole,
    )


def _by_basis(customers: Iterable[RestrictedCustomer]) -> Mapping[str, int]:
    return dict(sorted(Counter(each.basis for each in customers).items()))
