"""The rules of cash at the counter, below, at and above each limit."""

from datetime import date

import pytest

from accounts.refusals.money import ChannelLimit
from accounts.till.policy import (
    BoxFacts,
    MovementFacts,
    alone_limit,
    check_alone,
    check_box,
    check_in_box,
    check_no_box,
    check_reversal,
    takes_two,
)
from accounts.till.refusals import CashBoxState, CashNotReversible
from accounts.till.vocabulary import MovementKind
from config.kernel.database.ids import new_id

TODAY, YESTERDAY = date(2026, 1, 5), date(2026, 1, 4)
TELLER = new_id()


def box(**more):
    facts = {"box_id": new_id(), "teller_id": TELLER, "day": TODAY, "held_fen": 100_00, "alone_fen": 50_000_00}
    return BoxFacts(**(facts | more))


def cause(kind, what, *args) -> str:
    with pytest.raises(kind) as refused:
        what(*args)
    for language in ("zh", "en"):
        assert refused.value.detail(language) != "-"
    return refused.value.fields["cause"]


def test_cash_moves_in_a_box_of_the_day():
    mine = box()
    assert check_box(mine, TODAY) is mine
    assert cause(CashBoxState, check_box, None, TODAY) == "box_not_open"
    assert cause(CashBoxState, check_box, box(closed=True), TODAY) == "box_not_open"
    assert cause(CashBoxState, check_box, box(day=YESTERDAY), TODAY) == "box_of_another_day"


def test_a_teller_has_one_box_at_a_time():
    check_no_box(None, TODAY)
    assert cause(CashBoxState, check_no_box, box(), TODAY) == "box_open_already"
    assert cause(CashBoxState, check_no_box, box(day=YESTERDAY), TODAY) == "box_of_another_day"


def test_a_box_pays_out_its_last_fen_and_no_more():
    check_in_box(box(), -99_99)
    check_in_box(box(), -100_00)
    assert cause(CashBoxState, check_in_box, box(), -100_01) == "box_short"
    check_in_box(box(held_fen=0), 1)


def test_the_first_fen_beyond_takes_a_second_person():
    assert [takes_two(fen, 50_000_00) for fen in (49_999_99, 50_000_00, 50_000_01)] == [False, False, True]
    check_alone(50_000_00, 50_000_00)
    assert cause(ChannelLimit, check_alone, 50_000_01, 50_000_00) == "one_person"


def test_the_lower_limit_of_a_deposit_counts():
    assert alone_limit(MovementKind.DEPOSIT, box(), None) == 50_000_00
    assert alone_limit(MovementKind.DEPOSIT, box(), 20_000_00) == 20_000_00
    assert alone_limit(MovementKind.DEPOSIT, box(), 200_000_00) == 50_000_00
    assert alone_limit(MovementKind.WITHDRAWAL, box(), 20_000_00) == 50_000_00


@pytest.mark.parametrize(
    ("expected", "more"),
    [
        ("reversal_of_a_reversal", {"kind": MovementKind.REVERSAL}),
        ("reversal_done", {"taken_back": True}),
        ("reversal_not_today", {"day": YESTERDAY}),
        ("reversal_box_closed", {"box": box(closed=True)}),
    ],
)
def test_settled_cash_is_not_reversed(expected, more):
    facts = {"kind": MovementKind.DEPOSIT, "day": TODAY, "taken_back": False, "box": box()}
    check_reversal(MovementFacts(**facts), TODAY)
    assert cause(CashNotReversible, check_reversal, MovementFacts(**(facts | more)), TODAY) == expected
