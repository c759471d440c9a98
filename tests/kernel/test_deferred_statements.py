"""Deferred statements run before the next query, at the latest with COMMIT, or not at all."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from config.kernel.database.sql import Query, Statement, ask, owe, rows
from config.kernel.database.transactions import TransactionMissing, owned

MAKE = "INSERT INTO owed (name) VALUES (%s)"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def table(transactional_db):
    rows("CREATE TABLE owed (name text UNIQUE)")
    yield
    rows("DROP TABLE owed")


class Stop(Exception):
    """Raised by a reader."""


def make(name: str) -> Statement:
    return Statement(MAKE, [name])


def owe_and_stop(name: str) -> None:
    owe(make(name))
    raise Stop


def owe_and_end_the_session(name: str) -> None:
    pid = ask(Statement("SELECT pg_backend_pid() AS pid"))[0]["pid"]
    owe(make(name))
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()


def names() -> list[str]:
    return [row["name"] for row in rows("SELECT name FROM owed ORDER BY 1")]


def test_deferred_statements_are_sent_with_commit_in_one_round_trip(django_assert_num_queries):
    with django_assert_num_queries(3) as sent, owned():
        owe(make("a"), make("b"))
    # The log has BEGIN and COMMIT as lines of their own; on the way they are none.
    begin, statements, commit = (each["sql"] for each in sent.captured_queries)
    assert (begin, commit) == ("BEGIN", "COMMIT")
    assert statements.count("INSERT INTO") == 2
    assert names() == ["a", "b"]


@pytest.mark.parametrize("asked", [lambda: ask(Statement("SELECT name FROM owed")), names])
def test_deferred_statement_runs_before_the_next_query(asked):
    with owned():
        owe(make("a"))
        assert asked() in ([{"name": "a"}], ["a"])


def test_error_at_commit_undoes_everything():
    with pytest.raises(IntegrityError) as met, owned():
        owe(make("a"), make("a"), make("b"))
    assert "owed_name_key" in str(met.value)
    assert names() == []
    with owned():
        owe(make("c"))
    assert names() == ["c"]


def test_a_deferred_constraint_is_met_with_commit():
    rows("CREATE TABLE owed_later (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    try:
        with pytest.raises(IntegrityError), owned():
            owe(Statement("INSERT INTO owed_later VALUES (1), (1)"))
        assert rows("SELECT * FROM owed_later") == []
    finally:
        rows("DROP TABLE owed_later")


def test_rows_of_a_deferred_statement_are_read_before_commit():
    def stop(found):
        assert found == [{"name": "a"}]
        raise Stop

    with pytest.raises(Stop), owned():
        owe(Query(f"{MAKE} RETURNING name", ["a"], stop), make("b"))
    assert names() == []


def test_an_undone_transaction_owes_nothing():
    with pytest.raises(Stop), owned():
        owe_and_stop("a")
    assert connection.owed == []
    with owned():
        owe(make("b"))
        with pytest.raises(Stop), transaction.atomic():
            owe_and_stop("c")
        owe(make("d"))
    assert names() == ["b", "d"]


def test_a_session_that_ended_commits_nothing():
    with pytest.raises(OperationalError), owned():
        owe_and_end_the_session("a")
    assert names() == []
    assert connection.owed == []


def test_nothing_is_owed_outside_a_transaction():
    with pytest.raises(TransactionMissing):
        owe(make("a"))
