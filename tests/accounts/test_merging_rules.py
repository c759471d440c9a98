"""The rules of a merge and its effect on limits and re-verifications, as pure functions."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from accounts.policy.merging import (
    CountedItem,
    MergeFacts,
    SuspensionFacts,
    check_merge,
    reverified_after,
    slots_after,
)
from accounts.refusals.identity import MergeNotOffered, TwoCitizenNumbers
from accounts.vocabulary import CustomerKind
from blacklist.policy.listings import Listing, Reverified
from blacklist.regimes.registry import LegalBasis
from blacklist.vocabulary import Category
from tests.clock import NOON

PERSON, ORGANIZATION = CustomerKind.INDIVIDUAL, CustomerKind.ORGANIZATION
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        (MergeFacts([PERSON, PERSON]), None),
        (MergeFacts([PERSON, PERSON], [b"one"]), None),
        (MergeFacts([PERSON, PERSON], [b"one", b"one"]), None),
        (MergeFacts([PERSON, PERSON], [b"one", b"two"]), TwoCitizenNumbers),
        (MergeFacts([PERSON, ORGANIZATION]), MergeNotOffered),
        (MergeFacts([ORGANIZATION, ORGANIZATION]), MergeNotOffered),
    ],
    ids=["none", "one-number", "same-number", "two-numbers", "a-unit", "two-units"],
)
def test_two_individuals_with_one_citizen_number_at_most_are_merged(facts, refusal):
    if refusal is None:
        check_merge(facts)
    else:
        with pytest.raises(refusal):
            check_merge(facts)


def counted(*rows: tuple[bool, int | None, int]) -> list[CountedItem]:
    """Return counted items: whether of the surviving customer, place, and day of opening."""
    return [CountedItem(UUID(int=number), *row[:2], NOON + row[2] * DAY) for number, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "most", "places"),
    [
        pytest.param([(True, 1, 0), (False, 1, 1)], 1, [1, None], id="the-younger-comes"),
        pytest.param([(True, 1, 1), (False, 1, 0)], 1, [None, 1], id="the-older-comes"),
        pytest.param([(True, 1, 0), (False, 1, 1)], 2, [1, 2], id="at-the-limit"),
        pytest.param([(True, 2, 0), (False, 1, 1)], 2, [2, 1], id="own-number-kept"),
        pytest.param([(True, 1, 0), (True, 2, 3), (False, 1, 1), (False, 2, 2)], 3, [1, None, 2, 3], id="one-beyond"),
        pytest.param([(True, None, 0), (False, 1, 1)], 1, ["-", 1], id="stock-without-a-place-has-its-reason"),
    ],
)
def test_the_oldest_keep_their_places(rows, most, places):
    found = slots_after(counted(*rows), most)
    assert [found.get(UUID(int=number), "-") for number in range(len(rows))] == places


def test_first_written_of_equal_instants_keeps_its_place():
    assert slots_after(counted((True, 1, 0), (False, 1, 0)), 1) == {UUID(int=0): 1, UUID(int=1): None}


def listing(day: int, category: Category = Category.CASE_ACCOUNT) -> Listing:
    at = NOON + day * DAY
    return Listing(uuid4(), category, LegalBasis("NOTICE_2016"), date(2026, 1, 1), at, account_number="1")


def anew(day: int) -> Reverified:
    return Reverified(NOON + day * DAY)


@pytest.mark.parametrize(
    ("one", "other", "counts"),
    [
        pytest.param(SuspensionFacts([], None), SuspensionFacts([], None), None, id="neither"),
        pytest.param(SuspensionFacts([listing(1)], anew(2)), SuspensionFacts([], None), 2, id="lifted-stays-lifted"),
        pytest.param(SuspensionFacts([listing(1)], anew(2)), SuspensionFacts([listing(3)], None), 2, id="a-later-one-stays"),
        pytest.param(SuspensionFacts([listing(1)], anew(2)), SuspensionFacts([listing(0)], None), None, id="an-older-one-stays"),
        pytest.param(SuspensionFacts([listing(1)], anew(2)), SuspensionFacts([listing(3)], anew(4)), 4, id="lifted-for-both"),
        pytest.param(
            SuspensionFacts([listing(1)], anew(2)), SuspensionFacts([listing(4), listing(6)], anew(5)), 5, id="the-last-that-ends-none"
        ),
        pytest.param(
            SuspensionFacts([listing(3)], anew(2)), SuspensionFacts([listing(1)], anew(5)), 2, id="the-earlier-where-one-is-between"
        ),
        pytest.param(
            SuspensionFacts([listing(0, Category.SELL)], None), SuspensionFacts([], anew(5)), 5, id="a-penalty-is-no-suspension"
        ),
    ],
)  # fmt: skip
def test_no_suspension_ends_by_a_merge(one, other, counts):
    for pair in ((one, other), (other, one)):
        found = reverified_after(*pair)
        assert (found and found.at) == (None if counts is None else NOON + counts * DAY)
