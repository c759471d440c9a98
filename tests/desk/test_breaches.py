"""Imported accounts and cards beyond a limit and younger than the rule have a list of breaches of their own."""

import pytest

from accounts.models import Card, Customer
from accounts.queries.excess import batches_with_breaches, breach_page
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.sql import rows
from tests import factories, stock
from tests.clock import NOON
from tests.desk.pages import text_of
from tests.stock import YOUNG

LIST = "/desk/merges/excess?list=breaches"


@pytest.fixture
def breached(zhang) -> Customer:
    """A customer with one account and one card in breach, from two imports, and one of each that is stock."""
    old, young = stock.batch("支行甲"), stock.batch("支行乙")
    factories.account(zhang, "I", import_batch=old, opened_at=factories.BEFORE_THE_RULES)
    account = stock.account_beyond(
        zhang, young, opened_at=YOUNG, breach=stock.breach(young), account_number="6228000000000017"
    )
    stock.account_beyond(zhang, old)
    breach = stock.breach(old, CleanupLimit.CARDS)
    stock.card_beyond(account, old, issued_at=YOUNG, breach=breach, number="6228480000000015")
    stock.card_beyond(account, old)
    for each in (old, young):
        stock.finished(each)
    return zhang


def test_list_shows_masked_breaches_by_import(breached, signed_in):
    supervisor = signed_in("supervisor")
    page = text_of(supervisor.get(LIST))
    assert "违规超限（新规实施后开立）" in page
    for word in ("支行甲", "支行乙", "Ⅰ类户", "借记卡", "2021年1月5日"):
        assert word in page
    for number in ("6228000000000017", "6228480000000015"):
        assert number not in page
        assert number[-4:] in page
    (one, other) = (each.batch_id for each in batches_with_breaches())
    for batch_id in (one, other):
        lines, older = breach_page(batch_id=batch_id, before=None, limit=9)
        assert (len(lines), older) == (1, None)
        assert str(lines[0].number) in text_of(supervisor.get(f"{LIST}&batch={batch_id}"))


def test_list_of_breaches_is_paged(breached, signed_in):
    lines, older = breach_page(batch_id=None, before=None, limit=1)
    rest, end = breach_page(batch_id=None, before=older, limit=1)
    assert end is None
    assert {each.limit for each in (*lines, *rest)} == {CleanupLimit.BANK_I, CleanupLimit.CARDS}
    assert signed_in("supervisor").get(f"{LIST}&before={older}&batch=x").status_code == 200


def test_worked_off_breach_leaves_the_list(breached, signed_in):
    rows("UPDATE accounts_card SET status = 'cancelled', cancelled_at = %s", [NOON])
    assert [each.limit for each in breach_page(batch_id=None, before=None, limit=9)[0]] == [CleanupLimit.BANK_I]
    rows("UPDATE accounts_account SET status = 'closed', closed_at = %s", [NOON])
    assert batches_with_breaches() == []
    assert "没有违规超限" in text_of(signed_in("supervisor").get(LIST))


def test_query_count_is_independent_of_the_number_of_breaches(breached, signed_in, django_assert_max_num_queries):
    batch = stock.batch("支行丙")
    account = factories.account(factories.customer(factories.LI))
    for _ in range(9):
        breach = stock.breach(batch, CleanupLimit.CARDS)
        stock.card_beyond(account, batch, issued_at=YOUNG, breach=breach)
    assert Card.objects.filter(breach__isnull=False).count() == 10
    with django_assert_max_num_queries(4):
        breach_page(batch_id=None, before=None, limit=25)


def test_customers_page_distinguishes_stock_and_breaches(breached, signed_in):
    teller = signed_in("teller")
    page = text_of(teller.get(f"/desk/customers/{breached.id}"))
    assert page.count("违规超限（新规实施后开立）") == 2
    assert page.count("存量超限") == 1
    assert "计入，存量" in page
    account = Card.objects.filter(breach__isnull=False).get().account_id
    page = text_of(teller.get(f"/desk/accounts/{account}"))
    assert "违规超限（新规实施后开立）" in page
    assert "存量" in page
