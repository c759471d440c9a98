"""Prepared statements and arrays of ids that are only handed back."""

from uuid import UUID, uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from config.kernel.prepared import Ids, prepared
from config.kernel.sql import Statement, batch, rows, word_array

ECHO = "SELECT ARRAY(SELECT unnest(%s::uuid[])) AS ids"
SOME = [uuid4() for _ in range(3)]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ids", [[], SOME[:1], SOME])
def test_an_array_comes_back_as_it_went(ids):
    (found,) = prepared(Statement(ECHO, [Ids.of(ids)]))
    array = found[0]["ids"]
    assert isinstance(array, Ids)
    assert (array.read(), array.size) == (ids, len(ids))
    assert array == Ids.of(ids)


@pytest.mark.parametrize("parts", [[], [[]], [SOME[:2], [], SOME[2:]]])
def test_arrays_are_joined(parts):
    whole = Ids.joined(Ids.of(part) for part in parts)
    assert whole.read() == [each for part in parts for each in part]
    assert prepared(Statement(ECHO, [whole]))[0][0]["ids"] == whole


@pytest.mark.parametrize("left_out", [[], SOME[:1], SOME[1:], SOME, [uuid4()]])
def test_an_array_less_some(left_out):
    rest = Ids.of(SOME).without(left_out)
    assert rest.read() == [each for each in SOME if each not in left_out]
    assert rest == Ids.of(rest.read())
    assert Ids.of([]).without(left_out) == Ids.of([])


@pytest.mark.parametrize("run", [prepared, batch])
def test_words_come_back_whatever_they_hold(run):
    words = ["622202", "", "NULL", "a,b", "{}", '"', "\\", '\\"', " 卡 ", "%s", "'"]
    (found,) = run(Statement("SELECT %s::text[] AS words", [word_array(words)]))
    assert found == [{"words": words}]


def test_results_come_in_order_with_plain_values():
    first, nothing, last = prepared(
        Statement("SELECT %(number)s::bigint AS number, %(word)s AS word", {"number": 2**60, "word": "转账"}),
        Statement("SELECT set_config('bank.test', 'x', true) WHERE false"),
        Statement("SELECT id FROM unnest(%s::uuid[]) AS id", [Ids.of(SOME)]),
    )
    assert first == [{"number": 2**60, "word": "转账"}]
    assert nothing == []
    assert [row["id"] for row in last] == SOME
    assert isinstance(last[0]["id"], UUID)


def test_each_statement_sees_what_the_one_before_did():
    _, after = prepared(
        Statement("SELECT set_config('bank.test', %s, true)", ["seen"]),
        Statement("SELECT current_setting('bank.test') AS value"),
    )
    assert after == [{"value": "seen"}]


def test_it_is_planned_once():
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    for number in range(3):
        assert prepared(Statement("SELECT %s::int + 41 AS planned_once", [number]))[0] == [
            {"planned_once": number + 41}
        ]
    found = rows(
        "SELECT generic_plans + custom_plans AS runs FROM pg_prepared_statements WHERE statement LIKE %s",
        ["%planned_once%"],
    )
    assert found == [{"runs": 3}]


def test_what_the_database_refuses_is_said_as_django_says_it():
    with pytest.raises(DataError), transaction.atomic():
        prepared(Statement("SELECT 1"), Statement("SELECT 1 / %s::int AS x", [0]), Statement("SELECT 2"))
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        prepared(Statement("INSERT INTO kernel_principal (id, name, role, active) VALUES (uuidv7(), 'x', 'atm', NULL)"))
    assert refused.value.__cause__.diag.column_name == "active"
    assert prepared(Statement("SELECT 1 AS one")) == [[{"one": 1}]]
