"""Prepared statements in one round trip: values of every kind, errors in between, outdated plans."""

import gc
import weakref
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)
from django.test.utils import CaptureQueriesContext
from psycopg import errors, generators

from config.kernel.database import pipeline
from config.kernel.database.id_arrays import Ids
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Query, Statement, ask, insert, rows, send
from config.kernel.database.transactions import perform
from config.kernel.models import Decision, Principal, Role
from tests.clock import NOON
from tests.races import at_once

ECHO = "SELECT ARRAY(SELECT unnest(%s::uuid[])) AS ids"
SOME = [uuid4() for _ in range(3)]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ids", [[], SOME[:1], SOME])
def test_an_array_comes_back_as_it_went(ids):
    found = ask(Statement(ECHO, [Ids.of(ids)]))
    array = found[0]["ids"]
    assert isinstance(array, Ids)
    assert (array.read(), array.size) == (ids, len(ids))
    assert array == Ids.of(ids)


@pytest.mark.parametrize("parts", [[], [[]], [SOME[:2], [], SOME[2:]]])
def test_arrays_are_joined(parts):
    whole = Ids.joined(Ids.of(part) for part in parts)
    assert whole.read() == [each for part in parts for each in part]
    assert ask(Statement(ECHO, [whole]))[0]["ids"] == whole


@pytest.mark.parametrize("left_out", [[], SOME[:1], SOME[1:], SOME, [uuid4()]])
def test_an_array_less_some(left_out):
    rest = Ids.of(SOME).without(left_out)
    assert rest.read() == [each for each in SOME if each not in left_out]
    assert rest == Ids.of(rest.read())
    assert Ids.of([]).without(left_out) == Ids.of([])


INSTANT = datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=8)))
WORDS = ["622202", "", "NULL", "a,b", "{}", '"', "\\", '\\"', " 卡 ", "%s", "'", "null"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "text"),
        ("转账 %s", "text"),
        (Role.ATM, "text"),
        (True, "boolean"),
        (False, "boolean"),
        (-1, "smallint"),
        (2**60, "bigint"),
        (Decimal("0.01"), "numeric"),
        (0.5, "double precision"),
        (timedelta(hours=24), "interval"),
        (b"\x00\\x'\xff", "bytea"),
        (memoryview(b"\x00"), "bytea"),
        (SOME[0], "uuid"),
        (date(1, 1, 1), "date"),
        (INSTANT, "timestamptz"),
        (WORDS, "text[]"),
        ([], "text[]"),
        ([1, None, 2**40], "bigint[]"),
        ([True, False], "boolean[]"),
        ([b"\x00\\", b""], "bytea[]"),
        ([INSTANT], "timestamptz[]"),
        ((Decimal("1.5"),), "numeric[]"),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
def test_a_value_comes_back_as_it_went(value, kind):
    expected = list(value) if isinstance(value, tuple) else value
    assert ask(Statement(f"SELECT %s::{kind} AS value", [value])) == [{"value": expected}]


def test_a_float_is_no_amount():
    with pytest.raises(DataError):
        ask(Statement("SELECT %s::bigint AS value", [100.0]))


@pytest.mark.parametrize("value", ["a\0b", ["a\0b"]], ids=["text", "array"])
def test_a_nul_character_is_refused_not_cut_off(value):
    with pytest.raises(DataError):
        ask(Statement("SELECT %s::text AS x", [value]))


def test_unsendable_value_is_reported_before_sending():
    with pytest.raises(ProgrammingError, match="cannot adapt type 'object'"):
        ask(Statement("SELECT %s::text AS x", [object()]))
    with pytest.raises(ProgrammingError, match="2 placeholders but 1 parameters"):
        ask(Statement("SELECT %s::text AS x, %s::text AS y", ["a"]))
    assert ask(Statement("SELECT 1 AS x")) == [{"x": 1}]


def test_results_come_in_order_each_as_its_reader_reads_it():
    first, nothing, ids = send(
        Statement("SELECT %(number)s::bigint AS number, %(word)s AS word, %(number)s + 1 AS more, 5 %% 3 AS rest",
                  {"number": 2**60, "word": "转账", "unused": 1}),
        Statement("SELECT set_config('bank.test', 'x', true) WHERE false"),
        Query("SELECT id FROM unnest(%s::uuid[]) AS id", [Ids.of(SOME)], lambda found: [row["id"] for row in found]),
    )  # fmt: skip
    assert first == [{"number": 2**60, "word": "转账", "more": 2**60 + 1, "rest": 2}]
    assert nothing == []
    assert ids == SOME
    assert isinstance(ids[0], UUID)
    assert ask(Statement("SELECT 'a%b' LIKE 'a%' AS plain")) == [{"plain": True}]


def test_each_statement_sees_the_one_before():
    _, after = send(
        Statement("SELECT set_config('bank.test', %s, true)", ["seen"]),
        Statement("SELECT current_setting('bank.test') AS value"),
    )
    assert after == [{"value": "seen"}]


def test_statement_is_planned_once_for_any_null_values():
    for number in (1, None, 2**40):
        expected = None if number is None else number + 41
        assert ask(Statement("SELECT %s + 41::bigint AS planned_once", [number])) == [{"planned_once": expected}]
    found = rows(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE %s", ["%planned_once%"]
    )
    assert found == [{"generic_plans": 3, "custom_plans": 0}]


def test_round_trip_is_counted_once_without_values():
    with CaptureQueriesContext(connection) as asked:
        send(Statement("SELECT 1"), Statement("SELECT %s", ["it's"]))
    assert [each["sql"] for each in asked] == ["SELECT 1;\nSELECT %s"]


def test_refusal_of_the_database_raises_djangos_exception():
    with pytest.raises(DataError), transaction.atomic():
        send(Statement("SELECT 1"), Statement("SELECT 1 / %s::int AS x", [0]), Statement("SELECT 2 AS after_it"))
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        ask(Statement("INSERT INTO kernel_principal (id, name, role, active) VALUES (uuidv7(), 'x', 'atm', NULL)"))
    assert refused.value.__cause__.diag.column_name == "active"
    # What was not reached was not planned, and is now.
    assert send(Statement("SELECT 2 AS after_it"), Statement("SELECT 1 / %s::int AS x", [1])) == (
        [{"after_it": 2}],
        [{"x": 1}],
    )


def test_statements_after_a_failing_one_are_not_executed():
    with pytest.raises(DataError), transaction.atomic():
        send(Statement("SELECT 1 / 0"), insert(Principal(name="after", role=Role.ATM)))
    assert not Principal.objects.filter(name="after").exists()


def test_single_row_and_many_rows_have_one_statement_each():
    def refusal(code):
        facts = {"quoted": '\\"{}', "字": code}
        return Decision(id=new_id(), at=NOON, kind="x", outcome="refused", code=code, policy_version="1", facts=facts)

    one, many, more = insert(refusal("A")), insert(*map(refusal, "BC")), insert(*map(refusal, "DEF"))
    send(one, many, more)
    assert one.text != many.text == more.text
    for each in Decision.objects.all():
        assert each.facts == {"quoted": '\\"{}', "字": each.code}
    assert sorted(Decision.objects.values_list("code", flat=True)) == list("ABCDEF")
    with pytest.raises(DataError), transaction.atomic():
        ask(insert(refusal("G"), refusal("too long" * 6)))


@pytest.mark.django_db(transaction=True)
class TestSeparateSession:
    def test_a_begin_travels_with_the_first_statement(self):
        with transaction.atomic():
            assert connection.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            ask(insert(Principal(name="kept", role=Role.ATM)))
            transaction.set_rollback(True)
        assert not Principal.objects.filter(name="kept").exists()

    @pytest.fixture
    def thing(self):
        rows("CREATE TABLE migrated_thing (a int)")
        rows("INSERT INTO migrated_thing VALUES (1)")
        yield Statement("SELECT * FROM migrated_thing")
        rows("DROP TABLE migrated_thing")

    def test_plan_outdated_by_a_migration_is_made_again(self, thing):
        assert ask(thing) == [{"a": 1}]
        rows("ALTER TABLE migrated_thing ADD b text")
        assert ask(thing) == [{"a": 1, "b": None}]

    def test_transaction_that_meets_one_is_repeated(self, thing):
        assert ask(thing) == [{"a": 1}]
        rows("ALTER TABLE migrated_thing ALTER a TYPE text")
        tries = []
        assert perform(lambda: tries.append(1) or ask(thing)) == [{"a": "1"}]
        assert len(tries) == 2

    def test_emptied_session_prepares_its_statements_again(self):
        same = Statement("SELECT 42 AS emptied")
        assert ask(same) == [{"emptied": 42}]
        rows("DEALLOCATE ALL")
        assert ask(same) == [{"emptied": 42}]

    def test_replaced_session_is_not_kept(self):
        connection.close()
        ask(Statement("SELECT 1"))
        replaced = weakref.ref(connection.connection)
        connection.close()
        ask(Statement("SELECT 1"))
        gc.collect()
        assert replaced() is None

    def test_ended_session_gives_its_reason(self):
        def ended():
            with pytest.raises(OperationalError) as error, transaction.atomic():
                send(
                    Statement("SELECT pg_terminate_backend(pg_backend_pid())"),
                    Statement("SELECT pg_sleep(1)"),
                    Statement("SELECT 1"),
                )
            return error.value.__cause__

        assert isinstance(at_once(ended)[0], errors.AdminShutdown)

    def test_session_left_before_its_answers_answers_no_later_query(self, monkeypatch):
        """A late answer would otherwise be read as the answer to a later query."""

        def left(wire, count, results):
            yield from generators.send(wire)
            raise KeyboardInterrupt

        def asked_after():
            with monkeypatch.context() as patch:
                patch.setattr(pipeline, "_answers", left)
                with pytest.raises(KeyboardInterrupt):
                    ask(Statement("SELECT 1 AS one"))
            assert connection.connection.closed
            for question in (lambda: ask(Statement("SELECT 2 AS two")), lambda: rows("SELECT 2 AS two")):
                with pytest.raises((OperationalError, InterfaceError)):
                    question()
            # As each request and each task does at its end.
            connection.close_if_unusable_or_obsolete()
            return ask(Statement("SELECT 2 AS two"))

        assert at_once(asked_after) == [[{"two": 2}]]

    def test_idle_transaction_of_a_client_is_ended(self):
        """The server's timeout ends it, so that sessions waiting for its locks go on."""

        def stays_idle():
            ask(Statement("SELECT set_config('idle_in_transaction_session_timeout', '50ms', false)"))
            with pytest.raises(DatabaseError) as error:
                perform(in_a_transaction)
            return error.value.__cause__

        def in_a_transaction():
            ask(Statement("SELECT 1"))
            connection.connection.wait(_until_it_says_something())
            ask(Statement("SELECT 1"))

        assert isinstance(at_once(stays_idle)[0], errors.IdleInTransactionSessionTimeout)


def _until_it_says_something():
    yield psycopg.waiting.WAIT_R


def test_an_instant_is_read_in_the_zone_of_the_session():
    (found,) = ask(Statement("SELECT %s::timestamptz AS at", [INSTANT]))
    assert found["at"] == INSTANT
    assert found["at"].utcoffset() == UTC.utcoffset(None)


@pytest.mark.django_db(transaction=True)
def test_plan_of_an_empty_table_is_replaced_when_it_is_full():
    rows("CREATE TABLE filling (id int PRIMARY KEY)")
    try:
        rows("VACUUM ANALYZE filling")
        look = Statement("SELECT id FROM filling WHERE id = %s", [1])
        with transaction.atomic():
            assert ask(look) == []
            assert rows("SHOW enable_seqscan") == [{"enable_seqscan": "on"}], "all else is planned as it was"
        (name,) = rows("SELECT name FROM pg_prepared_statements WHERE statement LIKE 'SELECT id FROM filling%'")
        plan = "\n".join(row["QUERY PLAN"] for row in rows(f"EXPLAIN EXECUTE {name['name']} (1)"))
        assert "Index" in plan
        assert "Seq Scan" not in plan
    finally:
        rows("DROP TABLE filling")
