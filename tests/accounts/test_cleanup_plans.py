"""Query plans of a campaign: its population by missing places, and lists of this campaign only."""

from datetime import date

import pytest

from accounts.cleanup.models import CleanupCampaign
from accounts.cleanup.operations.campaigns import start_campaign
from accounts.cleanup.queries.cases import CaseFilter, matching_cases, next_case, progress_of_cases
from accounts.cleanup.queries.population import population_now
from accounts.cleanup.queries.progress import progress_of
from accounts.cleanup.vocabulary import CaseState
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from tests import cleanup_cases, factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.plans import plans_of, vacuum

pytestmark = pytest.mark.django_db(transaction=True)
SEED = (
    """
    INSERT INTO accounts_customer (id, kind, status, name, name_index, created_at)
    SELECT uuidv7(), 'individual', 'active', '\\x00', sha256(n::text::bytea), %(at)s FROM generate_series(1, %(count)s) n
    """,
    # One in fifty has three accounts of Class I, two without a place.
    """
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, import_batch_id,
        status, opened_at, balance_fen, held_fen, branch)
    SELECT uuidv7(), c.id, 'T' || c.n || '-' || k, 'bank', 'I', CASE WHEN k = 1 THEN 1 END,
           CASE WHEN k > 1 THEN %(batch)s::uuid END, 'open', '2010-01-01', c.n, 0, (c.n %% 40)::text
    FROM (SELECT id, row_number() OVER () AS n FROM accounts_customer) c,
         generate_series(1, CASE WHEN c.n %% %(each)s = 0 THEN 3 ELSE 1 END) k
    """,
    """
    INSERT INTO accounts_card (id, account_id, customer_id, product, status, number, number_index, slot, import_batch_id,
        issued_at)
    SELECT uuidv7(), a.id, a.customer_id, 'debit', 'active', '\\x00', sha256((a.account_number || k)::bytea),
           CASE WHEN k < 5 THEN k END, CASE WHEN k = 5 THEN %(batch)s::uuid END, '2010-01-01'
    FROM accounts_account a,
         generate_series(1, CASE WHEN a.balance_fen %% (2 * %(each)s) = 0 THEN 5 ELSE 1 END) k WHERE a.class_slot = 1
    """,
    """
    INSERT INTO accounts_entry (posting_id, leg, kind, account_id, amount_fen, posted_at)
    SELECT uuidv7(), 1, 'opening', a.id, 1, %(at)s FROM accounts_account a
    """,
)
TABLES = ("accounts_customer", "accounts_account", "accounts_card", "accounts_entry")


def seed(count: int, each: int = 50) -> None:
    """Write customers with an account and a card each; one in `each` exceeds a limit."""
    words = {"count": count, "each": each, "batch": cleanup_cases.stock().id, "at": NOON}
    with past_the_guards(*TABLES):
        for text in SEED:
            rows(text, words)
    vacuum(*TABLES)


def start() -> CleanupCampaign:
    boss = factories.caller("supervisor", "starts-campaigns")
    return perform(lambda: start_campaign(principal=boss, name="清理", deadline=date(2026, 12, 31)))


@pytest.fixture
def seeded(noon):
    seed(20_000, 200)


def test_population_is_found_by_index_of_rows_without_a_place(seeded):
    """100 of 20,000 customers exceed a limit: they are found without a full scan of any table."""
    (plan,) = plans_of(population_now)
    assert {("Index Only Scan", "account_placeless"), ("Index Only Scan", "card_placeless")} <= plan.ways
    assert not plan.scanned & {*TABLES}
    assert population_now().customers == 100


def test_a_page_and_the_next_case_ask_of_no_more_cases_than_they_show(seeded):
    campaign = start()
    vacuum("accounts_cleanupcase", "accounts_cleanupitem")
    found, _ = matching_cases(CaseFilter(campaign.id, state=CaseState.OPEN), NOON)
    (plan,) = plans_of(lambda: list(found.order_by("-pk")[:11]))
    assert ("Index Scan", "accounts_cleanupcase_pkey") in plan.ways
    *_, plan = plans_of(lambda: next_case(factories.caller("teller"), campaign.id))
    assert ("Index Scan", "cleanup_case_next") in plan.ways
    assert not plan.scanned & {"accounts_cleanupitem", "accounts_account"}
    assert progress_of_cases([]) == {}


def test_progress_is_one_statement(seeded):
    campaign = start()
    assert len(plans_of(lambda: progress_of(campaign), table="accounts_cleanupitem")) == 1
    assert progress_of(campaign).total.excess.count == 200 + 50
