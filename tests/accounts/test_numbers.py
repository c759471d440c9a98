"""Numbers of accounts and cards are unpredictable, and each is issued once."""

import itertools

import pytest

from accounts.operations import numbers
from config.kernel.identity.cards import luhn_valid
from config.kernel.vault.sealed import card_key
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_holder_of_one_cannot_count_on_to_the_next(settings):
    settings.CARD_PREFIX = "6228480"
    given = [numbers.new_account_number() for _ in range(8)]
    cards = [numbers.new_card_number()[0] for _ in range(8)]
    for found, head, length in ((given, "8010", 17), (cards, "6228480", 19)):
        assert all(number.startswith(head) and len(number) == length and luhn_valid(number) for number in found)
        bodies = sorted(int(number[len(head) : -1]) for number in found)
        # Of more than a hundred thousand million bodies eight neighbors would be no accident.
        assert min(later - earlier for earlier, later in itertools.pairwise(bodies)) > 1


def test_a_number_of_the_stock_is_passed_over(zhang, monkeypatch):
    taken, free = "80100000000000018", "80100000000000026"
    account = factories.account(zhang, account_number=taken)
    factories.card(account, number="6228480000000000018")
    drawn = iter([taken, taken, free, "6228480000000000018", "6228480000000000026"])
    monkeypatch.setattr(numbers, "_random_number", lambda *_: next(drawn))
    assert numbers.new_account_number() == free
    assert numbers.new_card_number() == ("6228480000000000026", card_key("6228480000000000026"))


def test_search_for_a_free_number_is_bounded(zhang, monkeypatch):
    factories.account(zhang, account_number="80100000000000018")
    drawn = itertools.repeat("80100000000000018", numbers.DRAWS_MAX)
    monkeypatch.setattr(numbers, "_random_number", lambda *_: next(drawn))
    with pytest.raises(numbers.NumbersExhausted):
        numbers.new_account_number()
    assert list(drawn) == []
