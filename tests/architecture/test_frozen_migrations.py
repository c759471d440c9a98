"""What a migration writes into a database is settled once it is out: no edit of the code it imports changes it."""

import pytest
from django.db import migrations

from tests.architecture.settle import APPS, FILE, differing, digest, settle, settled, sql_of, unsettled, written

KEPT = {"kernel 0001_initial": "a", "kernel 0003_further": "b", "transfers 0001_initial": "c"}


def test_a_settled_migration_writes_what_it_wrote():
    assert differing(settled(), written()) == []


def test_every_app_is_settled_and_each_line_stands_once():
    assert {name.split()[0] for name in settled()} == set(APPS)
    assert FILE.read_text() == "".join(f"{name} {kept}\n" for name, kept in sorted(settled().items()))


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (KEPT, []),
        (KEPT | {"kernel 0004_newest": "d", "kernel 0005_newer": "e", "transfers 0002_next": "f"}, []),
        (KEPT | {"kernel 0001_initial": "x"}, ["kernel 0001_initial"]),
        (KEPT | {"kernel 0003_further": "x"}, ["kernel 0003_further"]),
        (KEPT | {"kernel 0002_between": "x"}, ["kernel 0002_between"]),
        ({name: kept for name, kept in KEPT.items() if name != "kernel 0003_further"}, ["kernel 0003_further"]),
    ],
    ids=["same", "later-ones-are-free", "first", "last", "between", "gone"],
)
def test_what_comes_after_the_last_settled_one_is_free_and_nothing_else(now, found):
    assert differing(KEPT, now) == found


def test_what_is_out_gets_its_line_and_none_that_stands_is_changed():
    newer = {"kernel 0004_newest": "d", "transfers 0002_next": "e"}
    assert unsettled(KEPT, KEPT | newer) == set(newer)
    assert list(settle(KEPT, newer | KEPT).items()) == sorted((KEPT | newer).items())
    with pytest.raises(ValueError, match="kernel 0001_initial"):
        settle(KEPT, KEPT | newer | {"kernel 0001_initial": "x"})


@pytest.mark.parametrize(("sql", "same"), [("CREATE TABLE a\n  (b int)", True), ("CREATE TABLE a (b bigint)", False)])
def test_line_breaks_are_all_that_may_differ(sql, same):
    def of(text: str) -> str:
        made = migrations.Migration("0001_made", "kernel")
        made.operations = [migrations.RunSQL(text, "DROP TABLE a")]
        return digest(list(sql_of(made)))

    assert (of(sql) == of("CREATE TABLE a (b int)")) is same
