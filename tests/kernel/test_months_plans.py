"""Plans over two years of partitions: a decision is found by index, and by id in its own month only."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from accounts.till.queries.machine_day import paid_out_by_machine, paid_out_of_account
from config.kernel.approvals.counts import refusals_since
from config.kernel.database.sql import ask, rows
from config.kernel.models import Decision
from config.kernel.schema import months
from config.oversight.queries.evidence import Filters, decision_by_id, decisions_of
from tests.plans import plans_of
from tests.schema import scratch_database

TABLE = "kernel_decision"
NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)
FIRST = datetime(2024, 12, 1, tzinfo=UTC)
COUNT = 24_000
#: Forty decisions about each object and about each customer, over all months.
SEED = f"""
INSERT INTO {TABLE} (id, at, kind, outcome, code, rule, clause, policy_version, facts, customer_id, account_id, object_id)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
        || '7' || left(md5(n::text), 3) || '8' || right(md5(n::text), 15))::uuid, at,
       CASE WHEN n %% 25 = 0 THEN 'withdrawal' ELSE 'transfer' END, CASE WHEN n %% 50 = 1 THEN 'refused' ELSE 'allowed' END,
       CASE WHEN n %% 50 = 1 THEN 'ACCOUNT_FROZEN' ELSE '' END, '', '', 'x', '{{"channel": "atm"}}',
       md5('c' || n %% 600)::uuid, md5('a' || n %% 600)::uuid, md5('o' || n %% 600)::uuid
FROM (SELECT n, %(now)s - n * (%(now)s - %(first)s) / {COUNT} AS at FROM generate_series(1, {COUNT}) AS n) made
"""


@pytest.fixture
def two_years():
    """A database with decisions of two years in monthly partitions, with statistics."""
    with scratch_database("two_years", migrated=True):
        for month in months.partitions()[:-1]:
            rows(f"DROP TABLE {month}")
        months.make_ahead(FIRST.date())
        months.make_ahead(NOW.date(), 3)
        rows(SEED, {"now": NOW, "first": FIRST})
        rows(f"VACUUM ANALYZE {TABLE}")
        yield


def of(kind: str, number: int) -> UUID:
    (row,) = rows("SELECT md5(%s)::uuid AS id", [f"{kind}{number}"])
    return row["id"]


def log(days: int) -> list[Decision]:
    filters = Filters((NOW - timedelta(days=days)).date(), NOW.date())
    return list(decisions_of(filters)[:51])


#: Two years, three months ahead, ids of no month.
PARTS = 24 + 3 + 1
ASKED = (
    (lambda: list(Decision.objects.filter(object_id=of("o", 7))), 40, "decision_by_object"),
    (
        lambda: list(Decision.objects.filter(customer_id=of("c", 7)).order_by("-at", "-id")[:21]),
        21,
        "decision_by_customer",
    ),
    (lambda: log(6), 51, "kernel_decision_at_524efec2"),
    (lambda: log(800), 51, "kernel_decision_at_524efec2"),
    (lambda: rows(*refusals_text_since(NOW - timedelta(days=1))), 1, "decision_refused"),
)


def refusals_text_since(at: datetime) -> tuple:
    statement = refusals_since(at, most=5)
    return statement.text, statement.params


@pytest.mark.django_db(transaction=True)
def test_decision_is_found_by_the_index_of_each_month(two_years):
    for call, count, index in ASKED:
        assert len(call()) == count
        (plan,) = plans_of(call, table=TABLE)
        assert {name for _, name in plan.ways} - {"kernel_principal_pkey"} == {index}
        assert TABLE not in plan.scanned
        assert len({node["Part"] for node in plan.reading(TABLE)}) == PARTS
        assert plan.pages < 8 * PARTS
    # What machines paid out is asked at each withdrawal.
    for query, index in ((paid_out_of_account, "decision_paid_out_of"), (paid_out_by_machine, "decision_paid_out_by")):
        (plan,) = plans_of(lambda query=query: ask(query(of("a", 0), NOW - timedelta(hours=12))), table=TABLE)
        # Of months that are empty still any index will do.
        assert {node["Index Name"] for node in plan.reading(TABLE) if "2024_12" <= node["Part"] <= "2026_11"} == {index}
        assert plan.pages < 3 * PARTS


@pytest.mark.django_db(transaction=True)
def test_decision_is_searched_by_id_in_its_month_only(two_years):
    (made,) = rows(f"SELECT id, at FROM {TABLE} WHERE at < '2026-02-15' ORDER BY at DESC LIMIT 1")
    (plan,) = plans_of(lambda: decision_by_id(made["id"]), table=TABLE)
    assert [node["Part"] for node in plan.reading(TABLE)] == ["2026_02"]
    assert plan.pages < 10
