"""A batch of a list reads only its own rows, for any number of rows registered before.

This holds before the statistics include the list's rows, which autovacuum counts within a minute, and afterwards.
"""

from collections.abc import Callable
from functools import partial

import pytest

from blacklist.imports import operations as imports
from blacklist.imports.models import ListImport
from blacklist.imports.operations import execution, undo
from blacklist.models import Certificate
from config.kernel import approvals
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from tests import factories
from tests.blacklist.lists import approved, person, registered, staged, undo_draft
from tests.plans import plans_of, vacuum
from tests.roles import as_owner

pytestmark = pytest.mark.django_db(transaction=True)

PAPERS, BATCH = 400, 10
TABLES = ("blacklist_certificate", "blacklist_stagedpaper", "blacklist_stagedrow")

type Batch = Callable[[int], int]


@pytest.fixture
def officers(noon):
    return [factories.caller("compliance", name) for name in ("one", "two")]


@pytest.fixture
def uncounted():
    """Disable autovacuum for the tables, which could otherwise update the statistics at any time."""
    with as_owner():
        for table in TABLES:
            rows(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            rows("SELECT pg_clear_relation_stats('public', %s)", [table])
    yield
    with as_owner():
        for table in TABLES:
            rows(f"ALTER TABLE {table} RESET (autovacuum_enabled)")


@pytest.fixture
def row(uncounted, officers, tmp_path) -> ListImport:
    maker, _ = officers
    papers = [person(factories.citizen_number(sequence=n + 1), "钱七", doc_no=f"名单{n}号") for n in range(PAPERS)]
    return staged(tmp_path, maker, *papers)


@pytest.fixture(params=["register", "undo"])
def batch(request, row, officers) -> Batch:
    """Return a function that registers, or undoes, at most so many rows of a list."""
    maker, checker = officers
    if request.param == "register":
        approved(row, maker, checker)
        return lambda most: perform(lambda: execution._batch(row.id, most=most))
    registered(row, maker, checker)
    _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=row.id, draft=undo_draft()))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    undo_list = partial(undo.undo_batch, row.id, [])
    return lambda most: perform(lambda: undo_list(most=most))


@pytest.mark.parametrize("counted", [False, True], ids=["never counted", "counted"])
def test_a_batch_reads_no_row_of_those_before_it(row, officers, counted):
    approved(row, *officers)
    perform(lambda: execution._batch(row.id, most=PAPERS - 2 * BATCH))
    if counted:
        vacuum(*TABLES)
    for plan in plans_of(lambda: perform(lambda: execution._batch(row.id, most=BATCH))):
        for table in TABLES:
            for node in plan.reading(table):
                read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
                assert read < PAPERS // 2, node


def test_a_batch_of_many_asks_no_more_often_than_one_of_few(batch, django_assert_max_num_queries):
    batch(1)
    with django_assert_max_num_queries(25) as few:
        batch(2)
    with django_assert_max_num_queries(len(few)):
        assert batch(100) == 100
    assert Certificate.objects.exists()
