"""A table comes to lie in months beside whoever writes to it, keeps every row, and goes back."""

import itertools
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from psycopg.types.json import Jsonb

from config.kernel import month_creation, monthly_ddl, months
from config.kernel.ids import id_at, new_id
from config.kernel.monthly_ddl import ByMonth
from config.kernel.sparse_states import SparseExecutor
from config.kernel.sql import rows
from config.stack.process import wait_until
from tests.broken import refused_by
from tests.plans import DECISIONS
from tests.roles import application_role
from tests.schema import schema, scratch_database

TABLE = "kernel_decision"
STOOD, STANDS = ("kernel", "0030_principals_in_sets"), ("kernel", "0031_months")
FILES = "SELECT relfilenode AS file FROM pg_class WHERE oid = '{0}'::regclass OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = '{0}'::regclass) ORDER BY 1"
WRITE = """
INSERT INTO kernel_decision (id, at, kind, outcome, code, rule, clause, policy_version, facts)
VALUES (%s, now(), 'transfer', 'allowed', '', '', '', 'x', %s)
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bank():
    """A bank of before there were months, in a database of its own."""
    with scratch_database("months", migrated=True):
        migrate(STOOD)
        yield


def migrate(to: tuple[str, str]) -> None:
    SparseExecutor(connection).migrate([to])


def write(*ids) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(WRITE, [(each, Jsonb({})) for each in ids])


def lies() -> dict[str, set[str]]:
    """Return which ids each partition has."""
    found = {}
    for row in rows(f"SELECT tableoid::regclass::text AS name, id::text AS id FROM {TABLE}"):
        found.setdefault(row["name"], set()).add(row["id"])
    return found


def test_what_was_there_becomes_one_partition_and_is_not_copied(bank):
    rows(DECISIONS, {"at": datetime.now(UTC), "count": 2000})
    kept, files = lies()[TABLE], rows(FILES.format(TABLE))
    told: list[str] = []
    connection.connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
    rows("SET client_min_messages = debug1")
    migrate(STANDS)
    rows("RESET client_min_messages")
    assert lies() == {f"{TABLE}_before": kept}
    assert rows(FILES.format(f"{TABLE}_before")) == files
    # Nobody waited for it to be read: what was asked of each row beforehand says that it belongs there.
    assert f'partition constraint for table "{TABLE}_before" is implied by existing constraints' in told
    (before,) = (each for each in months.partitions(TABLE) if each.name == f"{TABLE}_before")
    assert rows("SELECT count(*) > 5 AS counted FROM pg_stats WHERE tablename = %s AND inherited", [TABLE]) == [
        {"counted": True}
    ]
    assert before.ends >= (datetime.now(UTC) + timedelta(days=20)).date()


def test_a_row_of_any_id_finds_its_place_and_none_is_lost_on_the_way_back(bank):
    now, migrated = datetime.now(UTC), uuid4()
    of_no_time = ["f" + str(uuid4())[1:] for _ in range(3)]
    write(migrated, *of_no_time)
    migrate(STANDS)
    (before,) = (each for each in months.partitions(TABLE) if each.name == f"{TABLE}_before")
    next_but_one = datetime(*months.month_after(before.ends).timetuple()[:3], tzinfo=UTC)
    last = next_but_one - timedelta(milliseconds=1)
    ids = {
        f"{TABLE}_before": [new_id(), id_at(now - timedelta(days=4000)), "00000000-0000-0000-0000-000000000000"],
        months.name_of(TABLE, before.ends): [id_at(last), months.least_id(before.ends)],
        months.name_of(TABLE, next_but_one): [id_at(next_but_one), months.least_id(next_but_one.date())],
        f"{TABLE}_strays": [id_at(now + timedelta(days=4000)), "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    }
    write(*itertools.chain(*ids.values()))
    found = lies()
    assert [name for name, each in ids.items() if not set(map(str, each)) <= found[name]] == []
    assert set(of_no_time) <= found[f"{TABLE}_strays"]
    everything = set().union(*found.values())
    assert len(everything) == len(of_no_time) + 10
    migrate(STOOD)
    assert lies() == {TABLE: everything}
    migrate(STANDS)
    assert set().union(*lies().values()) == everything


@contextmanager
def writing(role: str):
    """Let the version before go on: prepared statements, under the application's grants, without a pause."""
    kept, wrong, end = [], [], threading.Event()
    place = connection.settings_dict

    def go_on() -> None:
        with psycopg.connect(
            host=place["HOST"], port=place["PORT"] or None, user=role, dbname=place["NAME"], autocommit=True
        ) as session:
            session.prepare_threshold = 0
            while not end.is_set():
                made = str(new_id())
                try:
                    with session.transaction():
                        session.execute(WRITE, [made, Jsonb({})])
                        session.execute(f"SELECT count(*) FROM {TABLE} WHERE object_id = %s", [made])
                except psycopg.Error as error:
                    wrong.append(repr(error))
                    return
                kept.append(made)

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        assert wait_until(lambda: len(kept) > 50 or wrong, seconds=30)
        yield kept
    finally:
        end.set()
        writer.join()
    assert wrong == []


def test_who_writes_meanwhile_goes_on_and_nothing_is_lost(bank):
    rows(DECISIONS, {"at": datetime.now(UTC), "count": 500})
    with application_role() as role:
        with writing(role) as kept:
            for target in (STANDS, STOOD, STANDS):
                migrate(target)
                so_far = len(kept)
                assert wait_until(lambda so_far=so_far: len(kept) > so_far + 50, seconds=30)
        assert set(kept) <= lies()[f"{TABLE}_before"]
        assert rows(f"SELECT count(*) AS n FROM {TABLE}") == [{"n": 500 + len(kept)}]


class Interrupted(Exception):
    """Stop a migration at some place."""


@pytest.mark.parametrize("way", [STANDS, STOOD], ids=["there", "back"])
def test_interrupted_at_any_place_it_is_run_again(bank, monkeypatch, way):
    monkeypatch.setattr(month_creation.make_ahead, "__defaults__", (3,))
    rows(DECISIONS, {"at": datetime.now(UTC), "count": 50})
    other = STOOD if way == STANDS else STANDS
    migrate(way)
    whole, kept = schema(), rows(f"SELECT id FROM {TABLE} ORDER BY id")
    plain = months.run
    for place in itertools.count():
        migrate(other)
        left = itertools.count(place, -1)

        def stop(statement: str, left=left) -> None:
            if not next(left):
                raise Interrupted
            plain(statement)

        with monkeypatch.context() as patched:
            patched.setattr(months, "run", stop)
            patched.setattr(monthly_ddl, "run", stop)
            try:
                migrate(way)
            except Interrupted:
                # Until it is run again, the bank goes on, into whatever month.
                write(new_id())
                assert rows("SELECT FROM pg_constraint WHERE conname = %s", [f"{TABLE}_before_ends"]) == []
                kept = rows(f"SELECT id FROM {TABLE} ORDER BY id")
            else:
                break
        migrate(way)
        assert rows(f"SELECT id FROM {TABLE} ORDER BY id") == kept
        assert schema() == whole
    assert place > 10


def test_a_table_that_others_refer_to_is_left_as_it_is(bank):
    rows(f"CREATE TABLE referring (decision_id uuid REFERENCES {TABLE} (id))")
    with pytest.raises(ValueError, match="is referred to by referring_decision_id_fkey"):
        migrate(STANDS)
    assert not months.in_months(TABLE)
    assert "lie in months" in ByMonth(TABLE).describe()


FURTHER = """
CREATE TABLE further (
    id uuid NOT NULL DEFAULT gen_random_uuid(), transfer_id uuid NOT NULL, leg smallint,
    CONSTRAINT further_pkey PRIMARY KEY (transfer_id, id), CONSTRAINT further_leg_once UNIQUE (transfer_id, leg),
    CONSTRAINT further_leg_known CHECK (leg < 10)
) WITH (autovacuum_vacuum_threshold = 777);
CREATE INDEX further_by_leg ON further (leg) WHERE leg > 1;
CREATE FUNCTION further_seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.leg = 7 THEN RAISE EXCEPTION 'seven' USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME; END IF;
  NEW.leg := NEW.leg + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER further_stepped BEFORE INSERT ON further FOR EACH ROW EXECUTE FUNCTION further_seen();
CREATE CONSTRAINT TRIGGER further_seven AFTER INSERT ON further DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION further_seen();
CREATE TRIGGER further_append_only BEFORE UPDATE OR DELETE ON further FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()
"""


def test_a_further_table_by_the_id_of_another_keeps_its_rules_in_each_month(bank, monkeypatch):
    monkeypatch.setitem(months.TABLES, "further", "transfer_id")
    monkeypatch.setattr("tests.schema.OURS", "^(further|kernel)")
    rows(FURTHER)
    plain, way = schema(), ByMonth("further")
    old, late = id_at(datetime(2020, 2, 2, tzinfo=UTC)), id_at(datetime.now(UTC) + timedelta(days=70))
    rows("INSERT INTO further (transfer_id, leg) VALUES (%s, 1)", [old])
    for _ in range(2):
        with connection.schema_editor(atomic=False) as editor:
            way.database_forwards("kernel", editor, None, None)
        month = months.name_of("further", late_month := datetime.fromtimestamp((late.int >> 80) / 1000, UTC))
        if not rows("SELECT FROM further WHERE transfer_id = %s", [late]):
            rows("INSERT INTO further (transfer_id, leg) VALUES (%s, 1)", [late])
        assert rows(f"SELECT leg FROM {month}") == [{"leg": 2}]
        assert months.partitions("further")[-2].month > late_month.date()
        for transfer, leg, rule in (
            (late, 1, f"further_leg_once{month.removeprefix('further')}"),
            (old, 1, "further_leg_once_before"),
            (late, 6, "further_seven"),
            (old, 6, "further_seven"),
            (late, 7, "further_stepped"),
            (late, 9, "further_leg_known"),
        ):
            with refused_by(rule):
                rows("INSERT INTO further (transfer_id, leg) VALUES (%s, %s)", [transfer, leg])
                rows("SET CONSTRAINTS ALL IMMEDIATE")
        for name in ("further", month):
            with refused_by(f"{name}_append_only"):
                rows(f"DELETE FROM {name}")
        options = "SELECT reloptions AS set FROM pg_class WHERE relname = %s"
        assert rows(options, [month]) == [{"set": ["autovacuum_vacuum_threshold=777"]}]
        with connection.schema_editor(atomic=False) as editor:
            way.database_backwards("kernel", editor, None, None)
        assert schema() == plain
        assert rows("SELECT count(*) AS n FROM further") == [{"n": 2}]
    rows("ALTER TABLE further ADD COLUMN number bigint GENERATED BY DEFAULT AS IDENTITY")
    with pytest.raises(ValueError, match="counts its number itself"), connection.schema_editor(atomic=False) as editor:
        way.database_forwards("kernel", editor, None, None)
