"""Install the functions and triggers of an app from its SQL files, and replace them when a file changes.

`<app>/sql/<subject>.sql`, or `sql/` of one of its wings, holds the text in force. A migration that changes a file keeps
the previous text in its own folder, as `<app>/migrations/<number>_<subject>.sql`: an earlier migration, and a reversal,
install that text.
"""

import re
from functools import partial
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.migrations.operations.base import Operation

from config.kernel.schema import months
from config.kernel.schema.brief_locks import with_short_locks

#: In the default search path temporary tables come first, so a trigger would read a temporary table of its writer. Here
#: they come last.
SEARCH_PATH = "search_path = pg_catalog, public, pg_temp"

# A semicolon in a comment, a string or the body of a function ends no statement. Files hold no other quotes and no block
# comments (`tests/kernel/test_sql_files.py`).
_STATEMENT = re.compile(r"(?:--[^\n]*|'[^']*'|\$\$.*?\$\$|[^;])+;", re.DOTALL)
_FUNCTION = re.compile(r"CREATE OR REPLACE (FUNCTION [\w.]+\s*\(.*?\))\s*(?:RETURNS|LANGUAGE)", re.DOTALL)
_TRIGGER = re.compile(r"CREATE (?:CONSTRAINT )?(TRIGGER \w+)\s.*?(\sON\s+\w+)", re.DOTALL)
_RELATION = re.compile(r"CREATE (?:UNLOGGED )?((?:TABLE|SEQUENCE) \w+)")
#: Every role may call a new function until that is revoked.
_REPLACED = ("FUNCTION ", "TRIGGER ", "=REVOKE EXECUTE ON FUNCTION ")
_COMMENTS = re.compile(r"^(?:\s*--[^\n]*\n)*\s*")


class InstallSQL(Operation):
    """Install an SQL file of the app, with its text before the first later migration that changes it."""

    reduces_to_sql = False
    reversible = True

    def __init__(self, subject: str) -> None:
        self.subject = subject

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: models do not see functions and triggers."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(_text_after(app_label, self.subject, 0), params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        _remove(schema_editor, _text_after(app_label, self.subject, 0))

    def describe(self) -> str:
        return f"Install sql/{self.subject}.sql"


class ChangeSQL(InstallSQL):
    """Replace what changed in an SQL file of the app; the reversal restores the previous text.

    Only functions and triggers can be replaced; a function whose result or arguments change gets another name. Outside a
    transaction (`atomic = False`) the triggers of each table are replaced in a short transaction of its own.

    :param number: of the migration; the previous text is `migrations/<number>_<subject>.sql`.
    """

    def __init__(self, subject: str, number: int) -> None:
        super().__init__(subject)
        self.number = number

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        before, after = self._texts(app_label)
        _replace(schema_editor, before, after)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        before, after = self._texts(app_label)
        _replace(schema_editor, after, before)

    def describe(self) -> str:
        return f"Replace what changed in sql/{self.subject}.sql"

    def _texts(self, app_label: str) -> tuple[str, str]:
        before = _kept(app_label, self.subject)[self.number].read_text()
        return before, _text_after(app_label, self.subject, self.number)


def sql_files(app_label: str) -> list[Path]:
    """Return the SQL files of an app and its wings, by name; no two have the same."""
    folder = Path(apps.get_app_config(app_label).path)
    return sorted([*folder.glob("sql/*.sql"), *folder.glob("*/sql/*.sql")], key=lambda path: path.name)


def text_in_force(app_label: str, subject: str) -> str:
    """Return an SQL file of an app."""
    (path,) = (path for path in sql_files(app_label) if path.stem == subject)
    return path.read_text()


def statements(text: str) -> list[str]:
    """Split an SQL file into its statements, without the comments above them."""
    return [_COMMENTS.sub("", each, count=1) for each in _STATEMENT.findall(text)]


def _text_after(app_label: str, subject: str, number: int) -> str:
    """Return the text of a file that is in force after a migration: the one kept by the next that changes it."""
    later = {at: path for at, path in _kept(app_label, subject).items() if at > number}
    return later[min(later)].read_text() if later else text_in_force(app_label, subject)


def _kept(app_label: str, subject: str) -> dict[int, Path]:
    """Return the previous texts of a file, by the number of the migration that replaced each."""
    folder = Path(apps.get_app_config(app_label).path) / "migrations"
    return {int(path.name[:4]): path for path in folder.glob(f"[0-9][0-9][0-9][0-9]_{subject}.sql")}


def _remove(schema_editor: Any, text: str) -> None:
    """Remove what a text creates; triggers go before the functions that they call."""
    gone = [_what(each) for each in statements(text)]
    triggers = [what for what in gone if what.startswith("TRIGGER ")]
    for table in dict.fromkeys(map(_table_of, triggers)):
        _replace_triggers(schema_editor, table, triggers, {}, [])
    for what in gone:
        if not what.startswith(("TRIGGER ", "=")):
            schema_editor.execute(f"DROP {what}", params=None)


def _replace(schema_editor: Any, before: str, after: str) -> None:
    """Remove what only one text creates, then create what only the other does.

    :raises ValueError: for a change of a table, which needs an operation of its own.
    """
    old, new = ({_what(each): each for each in statements(text)} for text in (before, after))
    gone = [what for what, each in old.items() if new.get(what) != each]
    fresh = {what: each for what, each in new.items() if old.get(what) != each}
    if not all(what.startswith(_REPLACED) for what in (*gone, *fresh)):
        raise ValueError("Only functions and triggers are replaced; change a table by an operation of its own.")
    tables = dict.fromkeys(_table_of(what) for what in (*gone, *fresh) if what.startswith("TRIGGER "))
    # A function that is replaced together with a trigger is replaced in the same transaction.
    called = {table: _called_by(fresh, old, table) for table in tables}
    together = [what for each in called.values() for what in each]
    if len(together) > len({*together}):
        raise ValueError("A function is replaced together with triggers of two tables; give it another name.")
    # A function that stays is replaced, and keeps its triggers.
    for what, statement in fresh.items():
        if not what.startswith("TRIGGER ") and what not in together:
            schema_editor.execute(statement, params=None)
    for table in tables:
        with_short_locks(partial(_replace_triggers, schema_editor, table, gone, fresh, called[table]))
    for what in gone:
        if what.startswith("FUNCTION ") and what not in fresh:
            schema_editor.execute(f"DROP {what}", params=None)


def _replace_triggers(
    schema_editor: Any, table: str, gone: list[str], fresh: dict[str, str], functions: list[str]
) -> None:
    """Replace the triggers of one table and the functions that change with them."""
    # A partition has copies of its table's statement triggers.
    parts = months.partitions() if table == months.TABLE else []
    for part in parts:
        months.unguard(part)
    for what in gone:
        if what.startswith("TRIGGER ") and _table_of(what) == table:
            schema_editor.execute(f"DROP {what}", params=None)
    for what, statement in fresh.items():
        if what in functions or (what.startswith("TRIGGER ") and _table_of(what) == table):
            schema_editor.execute(statement, params=None)
    for part in parts:
        months.guard(part)


def _table_of(trigger: str) -> str:
    return trigger.rpartition(" ON ")[2].strip()


def _called_by(fresh: dict[str, str], old: dict[str, str], table: str) -> list[str]:
    """Return the replaced functions that the new triggers of a table call."""
    triggers = [each for what, each in fresh.items() if what.startswith("TRIGGER ") and _table_of(what) == table]
    return [
        what
        for what in fresh
        if what in old and what.startswith("FUNCTION ")
        and any(f"EXECUTE {what.partition('(')[0]}(" in trigger for trigger in triggers)
    ]  # fmt: skip


def _what(statement: str) -> str:
    """Return what a statement creates, as DROP names it; "=" and the statement where nothing needs to be dropped."""
    for pattern in (_FUNCTION, _TRIGGER, _RELATION):
        if found := pattern.match(statement):
            return "".join(found.groups())
    return f"={statement}"
