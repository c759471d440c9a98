"""Compare the bank's restrictions with those of the reference: certificates, and ends per act."""

from collections.abc import Callable, Iterable
from datetime import datetime

from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import Act
from tests.reference.law import Stop

#: Which kind of stop by which paper, and of each act until when: None while there is no end.
type Ends = tuple[set[tuple[str, int]], dict[str, datetime | None]]


def answered(restrictions: Iterable[Restriction], acts: set[str], number_of: Callable[[Restriction], int]) -> Ends:
    """Return the ends according to the bank.

    :param acts: the acts to compare.
    :param number_of: returns the number of the certificate behind a restriction.
    """
    found = list(restrictions)
    ends = {act: [each.until for each in found if each.stops(Act(act))] for act in acts}
    return {(each.code, number_of(each)) for each in found}, _latest(ends)


def expected(stops: Iterable[Stop], acts: set[str]) -> Ends:
    """Return the ends according to the instruments."""
    found = list(stops)
    ends = {act: [each.until for each in found if act in each.acts] for act in acts}
    return {(each.code, each.paper.number) for each in found}, _latest(ends)


def _latest(ends: dict[str, list[datetime | None]]) -> dict[str, datetime | None]:
    return {act: None if None in several else max(filter(None, several)) for act, several in ends.items() if several}
