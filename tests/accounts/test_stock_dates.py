"""Excess needs a date before the limit, a listed breach, or a second person. Plain SQL is refused by name."""

from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest

from accounts.models import Account, Card, StockBreach
from accounts.operations.cards import replace_card
from accounts.policy.limits import LIMIT_STARTS, is_stock, is_stock_account, limit_of
from accounts.policy.opening import LIMITS
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.transactions import perform
from tests import factories, stock
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.stock import YOUNG

TICK = timedelta(microseconds=1)
ACCOUNTS_SINCE = datetime(2016, 11, 30, 16, tzinfo=UTC)
CARDS_SINCE = datetime(2015, 12, 31, 16, tzinfo=UTC)
SHANGHAI = timezone(timedelta(hours=8))


class TestDates:
    @pytest.mark.parametrize(
        ("asked", "since"), [(is_stock_account, ACCOUNTS_SINCE), (partial(is_stock, CleanupLimit.CARDS), CARDS_SINCE)]
    )
    def test_row_older_than_the_limit_is_stock_to_the_microsecond(self, asked, since):
        assert [asked(since + after) for after in (-TICK, timedelta(), TICK)] == [True, False, False]
        assert [asked((since + after).astimezone(SHANGHAI)) for after in (-TICK, timedelta())] == [True, False]

    def test_each_limit_has_its_day_and_its_clause(self):
        assert set(LIMIT_STARTS) == set(CleanupLimit)
        assert {limit_of(*key) for key in LIMITS} == set(CleanupLimit) - {CleanupLimit.CARDS}
        for limit, since in LIMIT_STARTS.items():
            expected = CARDS_SINCE if limit is CleanupLimit.CARDS else ACCOUNTS_SINCE
            assert since.instant == expected
            assert since.clause.in_force == since.day
            assert [is_stock(limit, expected + after) for after in (-TICK, timedelta())] == [True, False]


pytestmark = pytest.mark.django_db


def change(row: Any, **columns: Any) -> None:
    assert type(row).objects.filter(pk=row.pk).update(**columns) == 1


CLASSES = [("bank", "I"), ("bank", "II"), ("bank", "III"), ("payment", "III")]


class TestDatesInTheDatabase:
    @pytest.mark.parametrize(("kind", "account_class"), CLASSES)
    def test_an_account_of_the_last_microsecond_before_is_stock(self, zhang, batch, kind, account_class):
        asked = {"account_class": account_class, "kind": kind}
        stock.account_beyond(zhang, batch, opened_at=ACCOUNTS_SINCE - TICK, **asked)
        for after in (timedelta(), TICK):
            with refused_by("account_class_slot_or_stock"):
                stock.account_beyond(zhang, batch, opened_at=ACCOUNTS_SINCE + after, **asked)

    def test_a_card_of_the_last_microsecond_before_is_stock(self, account, batch):
        stock.card_beyond(account, batch, issued_at=CARDS_SINCE - TICK)
        for after in (timedelta(), TICK):
            with refused_by("card_slot_or_reason"):
                stock.card_beyond(account, batch, issued_at=CARDS_SINCE + after)

    def test_old_row_without_a_batch_is_no_stock(self, zhang, account):
        with refused_by("account_class_slot_or_stock"):
            factories.account(zhang, "I", class_slot=None, opened_at=factories.BEFORE_THE_RULES)
        with refused_by("card_slot_or_reason"):
            factories.card(account, slot=None, issued_at=factories.BEFORE_THE_RULES)

    @pytest.mark.parametrize(("kind", "account_class"), CLASSES)
    def test_younger_row_is_a_listed_breach(self, zhang, batch, kind, account_class):
        of = stock.breach(batch, CleanupLimit(f"{kind}_{account_class.lower()}"))
        stock.account_beyond(zhang, batch, account_class, kind=kind, opened_at=YOUNG, breach=of)

    def test_a_younger_card_is_a_listed_breach(self, account, batch):
        stock.card_beyond(account, batch, issued_at=YOUNG, breach=stock.breach(batch, CleanupLimit.CARDS))


class TestBatches:
    def test_nothing_names_a_batch_that_is_finished(self, zhang, account, batch):
        stock.finished(batch)
        with refused_by("customer_batch_unfinished"):
            factories.customer(factories.LI, import_batch=batch)
        with refused_by("account_batch_unfinished"):
            stock.account_beyond(zhang, batch)
        with refused_by("account_batch_unfinished"):
            factories.account(zhang, "I", import_batch=batch)
        with refused_by("card_batch_unfinished"):
            stock.card_beyond(account, batch)
        with refused_by("card_batch_unfinished"):
            factories.card(account, product="medical", import_batch=batch)
        with refused_by("stock_breach_batch_unfinished"):
            stock.breach(batch)

    def test_a_set_is_refused_for_one_of_its_rows(self, zhang, batch):
        over = stock.finished(stock.batch("over"))
        made = [
            Account(
                customer=zhang, account_number=f"9{number}", kind="bank", account_class="I", import_batch=of,
                opened_at=factories.BEFORE_THE_RULES,
            )
            for number, of in enumerate((batch, over, batch))
        ]  # fmt: skip
        with refused_by("account_batch_unfinished"):
            Account.objects.bulk_create(made)

    def test_a_batch_is_finished_once(self, batch):
        stock.finished(batch)
        for later in (None, NOON + TICK):
            with refused_by("accounts_importbatch_stands"):
                change(batch, finished_at=later)
        change(batch, row_count=7)

    def test_batch_of_a_row_cannot_change(self, zhang, batch):
        row = stock.account_beyond(zhang, batch)
        with refused_by("accounts_account_stands"):
            change(row, import_batch=stock.batch("other"))


class TestBreaches:
    @pytest.mark.parametrize(
        ("limit", "at"), [("bank_ii", YOUNG), ("cards", YOUNG), ("bank_i", YOUNG + timedelta(days=1))]
    )
    def test_a_breach_is_of_the_account_that_names_it(self, zhang, batch, limit, at):
        of = stock.breach(batch, CleanupLimit(limit), at)
        with refused_by("account_breach_is_its_own"):
            stock.account_beyond(zhang, batch, opened_at=YOUNG, breach=of)

    def test_breach_belongs_to_the_batch_of_its_row(self, zhang, account, batch):
        other = stock.batch("other")
        for of in (other, None):
            with refused_by("account_breach_is_its_own"):
                factories.account(
                    zhang, "I", class_slot=None, import_batch=of, opened_at=YOUNG, breach=stock.breach(batch)
                )
            with refused_by("card_breach_is_its_own"):
                found = stock.breach(batch, CleanupLimit.CARDS)
                factories.card(account, slot=None, import_batch=of, issued_at=YOUNG, breach=found)

    def test_row_with_a_place_is_no_breach(self, zhang, account, batch):
        with refused_by("account_breach_is_its_own"):
            factories.account(zhang, "I", import_batch=batch, opened_at=YOUNG, breach=stock.breach(batch))
        with refused_by("card_breach_is_its_own"):
            found = stock.breach(batch, CleanupLimit.CARDS)
            factories.card(account, import_batch=batch, issued_at=YOUNG, breach=found)

    def test_a_card_is_of_its_own_day_and_product(self, account, batch):
        with refused_by("card_breach_is_its_own"):
            found = stock.breach(batch, CleanupLimit.CARDS, YOUNG + timedelta(days=1))
            stock.card_beyond(account, batch, issued_at=YOUNG, breach=found)
        with refused_by("card_breach_is_its_own"):
            found = stock.breach(batch, CleanupLimit.CARDS)
            stock.card_beyond(account, batch, product="medical", issued_at=YOUNG, breach=found)

    def test_one_breach_belongs_to_one_row(self, zhang, account, batch):
        of = stock.breach(batch)
        stock.account_beyond(zhang, batch, opened_at=YOUNG, breach=of)
        with refused_by("account_breach_once"):
            stock.account_beyond(zhang, batch, opened_at=YOUNG, breach=of)
        of = stock.breach(batch, CleanupLimit.CARDS)
        stock.card_beyond(account, batch, issued_at=YOUNG, breach=of)
        with refused_by("card_breach_once"):
            stock.card_beyond(account, batch, issued_at=YOUNG, breach=of)

    def test_old_row_is_no_breach(self, batch):
        with refused_by("stock_breach_is_young"):
            stock.breach(batch, CleanupLimit.BANK_I, ACCOUNTS_SINCE - TICK)
        with refused_by("stock_breach_is_young"):
            stock.breach(batch, CleanupLimit.CARDS, CARDS_SINCE - TICK)
        stock.breach(batch, CleanupLimit.BANK_I, ACCOUNTS_SINCE)
        stock.breach(batch, CleanupLimit.CARDS, CARDS_SINCE)

    def test_limit_of_a_breach_is_known(self, batch):
        with refused_by("stock_breach_limit_known"):
            StockBreach.objects.create(import_batch=batch, limit="loans", opened_on=YOUNG.date())


class TestReplacements:
    """A replacement card is younger than every rule; the reasons of the replaced card count for it."""

    @pytest.fixture
    def cards(self, account, batch) -> dict[str, Card]:
        made = {
            "stock": stock.card_beyond(account, batch),
            "breach": stock.card_beyond(
                account, batch, issued_at=YOUNG, breach=stock.breach(batch, CleanupLimit.CARDS)
            ),
            "placed": factories.card(account, import_batch=batch, issued_at=YOUNG),
            "medical": factories.card(account, product="medical", import_batch=batch),
        }
        stock.finished(batch)
        return made

    @pytest.mark.parametrize("which", ["stock", "breach", "placed", "medical"])
    def test_reason_is_passed_on_by_repeated_replacements(self, noon, cards, which):
        teller, last = factories.caller("teller"), cards[which]
        for _ in range(3):
            noon.advance(seconds=1)
            last = perform(lambda: replace_card(principal=teller, card_id=last.id))  # noqa: B023
        kept = ("slot", "import_batch_id", "breach_id", "product")
        assert [getattr(last, each) for each in kept] == [getattr(cards[which], each) for each in kept]

    def replacement(self, of: Card, **more: Any) -> Card:
        same = ("slot", "import_batch_id", "breach_id", "exception_id", "merge_id", "product")
        given = {each: getattr(of, each) for each in same} | {"issued_at": NOON}
        return factories.card(of.account, replaces=of, **given | more)

    @pytest.mark.parametrize(
        ("which", "rule"),
        [
            ("stock", "card_replacement_inherits"),
            ("placed", "card_replacement_inherits"),
            ("breach", "card_breach_once"),
        ],
    )
    def test_usable_card_is_not_replaced(self, cards, which, rule):
        with refused_by(rule):
            self.replacement(cards[which], slot=cards[which].slot and 2)

    def test_card_cancelled_long_ago_is_not_replaced(self, cards):
        change(cards["stock"], status="cancelled", cancelled_at=NOON - timedelta(days=1))
        with refused_by("card_replacement_inherits"):
            self.replacement(cards["stock"])

    def test_replacement_has_the_reason_of_the_replaced_card(self, zhang, batch, cards):
        for each in ("stock", "breach", "placed"):
            change(cards[each], status="cancelled", cancelled_at=NOON)
        another = factories.account(zhang, "II")
        with refused_by("card_replacement_inherits"):
            stock.card_beyond(another, batch, replaces=cards["stock"], issued_at=NOON)
        with refused_by("card_replacement_inherits"):
            self.replacement(cards["placed"], slot=None)
        with refused_by("card_replacement_inherits"):
            self.replacement(cards["breach"], breach_id=None)
        with refused_by("card_replacement_inherits"):
            self.replacement(cards["stock"], breach_id=cards["breach"].breach_id)
        with refused_by("card_replacement_inherits"):
            self.replacement(cards["stock"], import_batch_id=stock.batch("other").id)

    def test_young_card_without_a_reason_gives_none(self, account):
        batch = stock.batch()
        young = factories.card(
            account, slot=None, import_batch=batch, status="cancelled", issued_at=YOUNG,
        )  # fmt: skip
        with refused_by("card_replacement_inherits"):
            self.replacement(young)
