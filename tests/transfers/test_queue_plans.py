"""Due transfers are found by few index probes, for any size of the table and any statistics."""

from datetime import timedelta

import pytest
from django.db import transaction

from config.frames.api import pagination
from config.kernel.database.sql import rows
from config.kernel.law.dates import rfc3339
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.plans import plans_of, vacuum
from tests.transfers.factories import DAY
from transfers.operations.release_claim import claim
from transfers.queries import due_queue

# Rows of a test that was rolled back would lie in the way: each begins with empty tables.
pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 20_000
QUEUE = "transfers_transfer"
#: The table has some seven hundred pages; a probe of its index looks at three of that and at one row's.
FEW = 12

SEED = """
INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payee_account_id,
    payee_account_number, payee_bank_code, accepted_at, due_at, settled_at, ended_at, same_holder, rule_code, rule_clause,
    rule_profile, outcome_code, made_by_id, attempts, hold_seconds, parked_until)
SELECT gen_random_uuid(), CASE WHEN held THEN 'held' ELSE 'posted' END, 'atm', 'real_time', 1, %(payer)s, %(payee)s, '1',
    '', at, at + interval '24 hours', CASE WHEN NOT held THEN at + interval '24 hours' END,
    CASE WHEN NOT held THEN at + interval '24 hours' END, false, 'ATM_24_HOURS', 'clause', 'NOTICE_2016', '',
    %(by)s, 0, 86400, CASE WHEN n <= %(parked)s THEN at + interval '26 hours' END
FROM (
    SELECT n, n <= %(held)s AS held,
           %(noon)s - interval '24 hours' + CASE WHEN n <= %(held)s THEN n ELSE -n END * interval '1 second' AS at
    FROM generate_series(1, %(rows)s) AS n
) AS made
"""


@pytest.fixture(params=[ROWS // 20, ROWS], ids=["one-in-twenty-held", "all-held"])
def bank(request, noon, zhang, li):
    """Held transfers due one second apart from now on; all others have ended."""
    seed(zhang, li, held=request.param)


def seed(zhang, li, *, held, parked=0):
    payer, payee = factories.account(zhang, "I"), factories.account(li, "I")
    parameters = {"payer": payer.id, "payee": payee.id, "by": factories.caller("atm").id, "noon": NOON, "rows": ROWS}
    with past_the_guards(QUEUE):
        rows(SEED, parameters | {"held": held, "parked": parked})
    vacuum(QUEUE)


LOOKS = {
    "first due": lambda: due_queue.seconds_to_due(since=due_queue.EVER),
    "anything left": lambda: due_queue.count_left(NOON, at_most=1),
    "next due": lambda: due_queue.seconds_to_due(),
    "parked": lambda: due_queue.parked_transfers(100),
}


def pages_of(call):
    """Return the most pages of the queue that one statement of a call reads; assert that it scans nothing else.

    The fewest of three calls, because reads of the catalogue are included: a vacuum in the background
    makes the server read it again.
    """
    called = [plans_of(call) for _ in range(3)]
    assert {name for plans in called for plan in plans for name in plan.scanned} <= {"kernel_sandboxclock"}
    return min(max(plan.pages_of(QUEUE) for plan in plans) for plans in called)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_look_is_one_probe_of_an_index(bank, noon, look):
    noon.run()
    assert pages_of(look) <= FEW


def test_parked_transfers_are_not_walked_past(noon, zhang, li):
    """Thousands of parked transfers are indexed by the end of their pause, not at the head of the queue."""
    seed(zhang, li, held=ROWS // 2, parked=ROWS // 4)
    noon.advance(seconds=ROWS // 4 + 1)
    assert pages_of(LOOKS["first due"]) <= FEW
    assert due_queue.seconds_to_due(since=due_queue.EVER) <= 0


def test_claim_reads_only_the_claimed_rows(bank, noon):
    assert pages_of(claiming) <= FEW
    noon.advance(seconds=100)
    # Each of the ten is read in its row and locked there.
    assert pages_of(claiming) <= FEW + 5 * 10


def claiming():
    with transaction.atomic():
        claim(grace_ms=0, limit=10)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "query", [{"due_before": NOON - 2 * DAY}, {"due_after": NOON + 2 * DAY}, {"status": "returned"}]
)
def test_a_list_that_hardly_matches_looks_through_so_many_and_no_more(bank, noon, auditor, monkeypatch, query):
    monkeypatch.setattr(pagination, "LOOKED_THROUGH_MAX", 1000)
    parameters = {name: rfc3339(value) if name != "status" else value for name, value in query.items()}
    for plan in plans_of(lambda: auditor.get("/transfers", **parameters)):
        assert QUEUE not in plan.scanned
        assert plan.pages <= 1500


def test_such_a_list_comes_to_its_end_with_every_row_that_matches(noon, zhang, li, auditor, monkeypatch):
    seed(zhang, li, held=ROWS // 20)
    monkeypatch.setattr(pagination, "LOOKED_THROUGH_MAX", 3000)
    query, seen, looked = {"due_before": rfc3339(NOON - timedelta(seconds=19_800)), "limit": 100}, [], 0
    while True:
        body = auditor.get("/transfers", **query).json()
        seen += [each["id"] for each in body["results"]]
        looked += 1
        if body["next"] is None:
            break
        query["cursor"] = body["next"]
    assert len(seen) == len(set(seen)) == 200
    assert seen == sorted(seen, reverse=True)
    assert ROWS // 3000 < looked <= ROWS // 3000 + 4
