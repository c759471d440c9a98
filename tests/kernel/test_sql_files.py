"""Functions and triggers equal the SQL files after all migrations, and after reversing them."""

import re
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from config.kernel.database.sql import rows
from config.kernel.schema import months, sql_files
from config.kernel.schema.online_ddl import OnlineSQL
from config.kernel.schema.sql_files import ChangeSQL, InstallSQL
from tests.schema import schema, scratch_database
from transfers.operations.database_regimes import write_regimes

APPS = ("kernel", "blacklist", "accounts", "transfers")
FILES = [(app, path) for app in APPS for path in sql_files.sql_files(app)]
#: Of what nothing needs to be dropped: an index goes with its table, and settings of a table with it.
UNNAMED = ("CREATE INDEX ", "ALTER TABLE ", "DO ", "REVOKE EXECUTE ON FUNCTION ")


def steps_in_sql() -> list[tuple[str, InstallSQL | OnlineSQL]]:
    """Return the operations of all migrations that install or change SQL, in the order of the migrations.

    Indexes built beside traffic are left out: they cannot be built in the test's transaction, and are in no SQL file.
    """
    graph = MigrationLoader(None).graph
    plan = dict.fromkeys(node for app in APPS for leaf in graph.leaf_nodes(app) for node in graph.forwards_plan(leaf))
    return [
        (app, step)
        for app, name in plan
        if app in APPS
        for step in graph.nodes[app, name].operations
        if isinstance(step, InstallSQL | OnlineSQL) and "CONCURRENTLY" not in str(getattr(step, "sql", ""))
    ]


@pytest.mark.django_db(transaction=True)
def test_catalog_after_all_migrations_equals_the_files():
    with scratch_database("sql_files", migrated=True), transaction.atomic():
        before = schema()
        steps = steps_in_sql()
        installed = [(app, step.subject) for app, step in steps if type(step) is InstallSQL]
        assert sorted(installed) == sorted((app, path.stem) for app, path in FILES)
        with connection.schema_editor(atomic=False) as editor:
            for app, step in reversed(steps):
                step.database_backwards(app, editor, None, None)
            assert not any(line.startswith("trigger") for lines in schema().values() for line in lines)
            for app, step in steps:
                step.database_forwards(app, editor, None, None)
        for part in months.partitions():
            months.guard(part)
        write_regimes()
        again = schema()
        assert {place for place in before if before[place] != again.get(place)} == set()


@pytest.mark.parametrize(("app", "path"), FILES, ids=lambda each: getattr(each, "stem", each))
def test_each_statement_is_one_that_can_be_named(app, path):
    text = path.read_text()
    parts = sql_files.statements(text)
    bare = re.sub(r"(?m)^--.*$", "", text)
    assert "".join(re.sub(r"(?m)^--.*$", "", "".join(parts)).split()) == "".join(bare.split())
    # What the splitter does not know: other quotes, comments in a block, a comment after the last statement.
    assert not re.search(r"\$\w+\$|/\*|\"", re.sub(r"\$\$.*?\$\$", "", bare, flags=re.DOTALL))
    assert text.rstrip().endswith(";")
    unnamed = [what[1:] for each in parts if (what := sql_files._what(each)).startswith("=")]
    assert [each for each in unnamed if not each.startswith(UNNAMED)] == []
    assert len({sql_files._what(each) for each in parts}) == len(parts)


FUNCTION = """-- Says {word}; in a comment.
CREATE OR REPLACE FUNCTION kernel_said() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '{word};';
END $$;
"""
DECISIONS = """CREATE TRIGGER kernel_decision_said BEFORE DELETE ON kernel_decision
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_said();
"""
KEYS = """CREATE CONSTRAINT TRIGGER kernel_apikey_said AFTER INSERT ON kernel_apikey
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION kernel_said();
"""
FIRST = FUNCTION.format(word="first") + KEYS.format(when="true")
SECOND = FUNCTION.format(word="second") + KEYS.format(when="true") + DECISIONS
THIRD = FUNCTION.format(word="second") + KEYS.format(when="NEW.id IS NOT NULL")


@pytest.fixture
def app(tmp_path, monkeypatch):
    """An app whose one SQL file was changed by the migrations 2 and 4."""
    for folder, text in {"sql/said": THIRD, "migrations/0002_said": FIRST, "migrations/0004_said": SECOND}.items():
        path = tmp_path / f"{folder}.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(sql_files, "apps", SimpleNamespace(get_app_config=lambda _: SimpleNamespace(path=tmp_path)))
    return tmp_path


def said() -> dict[str, object]:
    """Return the catalog's version of the file: function text, triggers by table, with object ids."""
    triggers = rows(
        "SELECT tgrelid::regclass::text AS place, pg_get_triggerdef(oid) AS made, oid FROM pg_trigger "
        "WHERE tgname LIKE '%_said' ORDER BY 1"
    )
    functions = rows("SELECT prosrc FROM pg_proc WHERE proname = 'kernel_said'")
    return {"": [row["prosrc"] for row in functions], **{row["place"]: (row["made"], row["oid"]) for row in triggers}}


def run(step: InstallSQL, way: str = "forwards") -> dict[str, object]:
    with connection.schema_editor() as editor:
        getattr(step, f"database_{way}")("kernel", editor, None, None)
    return said()


@pytest.mark.django_db
class TestChange:
    def test_each_migration_installs_the_text_of_its_time_there_and_back(self, app):
        first = run(InstallSQL("said"))
        assert "first" in first[""][0]
        assert set(first) == {"", "kernel_apikey"}
        second = run(ChangeSQL("said", 2))
        assert "second" in second[""][0]
        assert set(second) == {"", "kernel_apikey", "kernel_decision", *parts()}
        # What did not change was not touched.
        assert second["kernel_apikey"] == first["kernel_apikey"]
        third = run(ChangeSQL("said", 4))
        assert set(third) == {"", "kernel_apikey"}
        assert "IS NOT NULL" in third["kernel_apikey"][0]
        back = run(ChangeSQL("said", 4), "backwards")
        assert {place: made for place, (made, _) in without(back).items()} == {
            place: made for place, (made, _) in without(second).items()
        }
        assert run(ChangeSQL("said", 2), "backwards")[""] == first[""]
        assert run(InstallSQL("said"), "backwards") == {"": []}

    def test_a_changed_comment_changes_nothing(self, app):
        (app / "migrations/0004_said.sql").unlink()
        (app / "sql/said.sql").write_text("-- Another head.\n" + FIRST.replace("in a comment.", "again;"))
        first = run(InstallSQL("said"))
        assert run(ChangeSQL("said", 2)) == first

    def test_the_triggers_of_each_table_are_replaced_in_a_transaction_of_their_own(self, app, monkeypatch):
        alone = []
        monkeypatch.setattr(sql_files, "with_short_locks", lambda change: alone.append((said(), change(), said())))
        first = run(InstallSQL("said"))
        # The function goes with the trigger that calls it, and nothing has changed before.
        second = run(ChangeSQL("said", 2))
        assert alone == [(first, None, second)]
        alone.clear()
        third = run(ChangeSQL("said", 4))
        (_, _, keys), (_, _, decisions) = alone
        assert keys["kernel_apikey"] == third["kernel_apikey"]
        assert "kernel_decision" in keys
        assert decisions == third

    def test_a_function_that_changes_with_triggers_of_two_tables_is_refused(self, app):
        (app / "sql/said.sql").write_text(
            FUNCTION.format(word="third")
            + KEYS.format(when="NEW.id IS NOT NULL")
            + DECISIONS.replace("DELETE", "UPDATE")
        )
        run(InstallSQL("said"))
        run(ChangeSQL("said", 2))
        with pytest.raises(ValueError, match="another name"):
            run(ChangeSQL("said", 4))

    def test_a_changed_table_is_refused(self, app):
        (app / "sql/said.sql").write_text(THIRD + "CREATE TABLE kernel_said_more (id int);\n")
        run(InstallSQL("said"))
        run(ChangeSQL("said", 2))
        with pytest.raises(ValueError, match="an operation of its own"):
            run(ChangeSQL("said", 4))


def parts() -> set[str]:
    return set(months.partitions())


def without(catalog: dict) -> dict:
    return {place: value for place, value in catalog.items() if place}
