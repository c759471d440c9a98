"""Ends of restrictions: which end soon (即将到期的限制), and what an act would end and leave."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.policy.restrictions import longest_of_kind
from accounts.queries.customer_restrictions import Standing, standings_of
from accounts.queries.merged_customers import surviving_ids
from accounts.queries.restriction_history import RemainingRestriction, restriction_history_of
from accounts.queries.subject_lines import SubjectLine, subject_lines
from accounts.refusals.other_restrictions import also_text
from blacklist.policy.restrictions import Restriction
from blacklist.queries.ending_penalties import ending_query
from blacklist.vocabulary import RestrictionCause
from config.kernel.database.sql import ask
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import text

#: Restrictions that end within this time are shown beforehand.
WEEK = timedelta(days=7)
_BEFORE_ALL = UUID(int=0)
_HOLDERS = "SELECT customer_id, key FROM accounts_identity"


@dataclass(frozen=True, slots=True)
class EndingLine:
    """A customer, masked, and the restrictions that end: of each kind the last one."""

    subject: SubjectLine
    restrictions: tuple[Restriction, ...]

    @property
    def until(self) -> datetime | None:
        """Return the first of these ends."""
        return min((each.until for each in self.restrictions if each.until), default=None)


@dataclass(frozen=True, slots=True)
class EndingPage:
    """A page of customers whose restrictions end.

    :ivar after: the id after which the next page begins, None at the end.
    """

    lines: tuple[EndingLine, ...]
    after: UUID | None = None


def ending_page(at: datetime, *, after: UUID | None, limit: int) -> EndingPage:
    """Return the customers among the next ones by id whose restrictions end within a week.

    Customers are left out if another certificate restricts them longer. The number of queries does not grow.

    :param limit: how many customers are examined, above zero.
    """
    first, last = shanghai_day(at), shanghai_day(at + WEEK)
    query = ending_query(holders=_HOLDERS, first=first, last=last, after=after or _BEFORE_ALL, limit=limit + 1)
    customer_ids = ask(query)
    ids = sorted(set(surviving_ids(customer_ids[:limit]).values()))
    standings = standings_of(ids, at)
    ending = {each: last_ones for each in standings if (last_ones := _ending(standings[each], at + WEEK))}
    subjects = subject_lines(ending)
    lines = (EndingLine(subjects[each], ending[each]) for each in ids if each in ending)
    return EndingPage(tuple(lines), customer_ids[limit - 1] if len(customer_ids) > limit else None)


def _ending(standing: Standing, by: datetime) -> tuple[Restriction, ...]:
    """Return the last restriction of each kind, where it ends by an instant."""
    restrictions = standing.of_person()
    kinds = dict.fromkeys(each.kind for each in restrictions)
    last = (longest_of_kind(restrictions, kind) for kind in kinds)
    return tuple(each for each in last if each is not None and each.until is not None and each.until <= by)


#: The facts of a proposal about its effects: the restrictions that it ends, and those that remain.
ENDS, GOES_ON = "ends", "goes_on"


def after_reverification(customer_id: UUID, at: datetime) -> dict[str, str]:
    """Return which restrictions of a customer a re-verification ends and which continue, one line each.

    :source: 银发〔2016〕261号 一(二), from 2017-01-01: it ends what the holder of a case account suffers, nothing else.
    """
    restrictions = restriction_history_of(customer_id).restrictions_and_freezes(at)
    lifted = [each for each in restrictions if each["cause"] == RestrictionCause.CASE_HOLDER]
    return {ENDS: _lines(lifted), GOES_ON: _lines(each for each in restrictions if each not in lifted)}


def after_freeze_lift(customer_id: UUID, freeze_id: UUID, at: datetime) -> dict[str, str]:
    """Return the restrictions of a customer and their accounts that remain without one freeze, one line each."""
    return {GOES_ON: _lines(restriction_history_of(customer_id).restrictions_and_freezes(at, but=freeze_id))}


def _lines(restrictions: Iterable[RemainingRestriction]) -> str:
    return "\n".join(str(also_text(each)) for each in restrictions) or text("无", "None")
