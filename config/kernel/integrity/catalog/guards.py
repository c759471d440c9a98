"""Guards of the bank (防护) compared with this release: names that are missing, disabled, altered or foreign.

`guards.txt` has a digest of each guard; `make guards` writes it from a freshly migrated database. A guard
that PostgreSQL words differently after a restore has a second digest, after a slash. The proof, `/readyz`,
`/metrics` and the watcher check for differences; no request is refused because of them.
"""

import logging
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.db import DatabaseError, transaction

from config.kernel.database import clock
from config.kernel.database.sql import rows
from config.kernel.integrity.catalog import rights
from config.kernel.integrity.catalog.definitions import Definition, digests
from config.kernel.integrity.foundations import Fault, fault

log = logging.getLogger("bank.guards")

FILE = Path(__file__).with_name("guards.txt")
#: The id of the system check for differences.
FAULT = "kernel.W014"
#: Maximum number of guards named in a sentence.
NAMED = 10
#: Shortest time between two queries of the catalogue: for `/readyz` and `/metrics`, and for the watcher.
QUERY_SECONDS, WATCH_SECONDS = 60.0, 3600.0
#: The bank's clock has two valid definitions; `kernel.E001` checks which one belongs here.
CLOCKS = {("function", "bank_now()"), ("function", "bank_now() of a sandbox")}

_MIGRATED = "SELECT to_regclass('public.django_migrations') IS NOT NULL AS migrated"
_MIGRATIONS = "SELECT app || '.' || name AS name FROM public.django_migrations"
_SERVERS_FUNCTIONS = """
SELECT DISTINCT proname AS name FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY(%s)
"""
_APPEND_ONLY, _KEPT = "_append_only", "_kept"

type Key = tuple[str, str]


class _Guards(NamedTuple):
    """Guards of one place by kind and name, each with its digest or state."""

    home: str
    definitions: dict[Key, Definition]


def guard_lines() -> list[str]:
    """Return the lines of `guards.txt` for this freshly migrated database; nothing is changed."""
    with transaction.atomic():
        clock.install_sandbox()
        found = set(digests())
        clock.remove_sandbox()
        found |= set(digests())
        transaction.set_rollback(True)
    made = {f"{each.full_name} {each.text}" for each in found if each.place == each.home}
    return sorted(made | {f"migration {row['name']} -" for row in rows(_MIGRATIONS)})


def differences() -> list[str]:
    """Return all differences from this release, each with name and kind: `trigger accounts_entry.x: missing`.

    If other migrations are applied than this release has, only those are returned: everything else differs
    because of them. Empty before the first migration.
    """
    release = _release()
    if not rows(_MIGRATED)[0]["migrated"]:
        return []
    if other := sorted(_compared_migrations(release.migrations)):
        return other
    functions = {name.partition("(")[0] for _, name in release.guards[""]}
    found = _by_place(_without_unknown_functions(functions, digests()))
    different = {line for home in release.guards for line in _compare(home, release.guards[home], found)}
    return sorted(different) + rights.excess(release.tables, release.written_once, release.kept, functions)


def sentence_of(different: list[str]) -> str | None:
    """Return all differences in one sentence; None without any."""
    if not different:
        return None
    more = f"; and {len(different) - NAMED} more" if len(different) > NAMED else ""
    return (
        f"Guards of the database differ from those of this release: {'; '.join(different[:NAMED])}{more}. "
        "docs/faults.md says how they are put back."
    )


def faults() -> list[Fault]:
    """Return the differences as a warning: the bank continues to work."""
    sentence = sentence_of(differences())
    return [fault(FAULT, sentence, refuses=False)] if sentence else []


def _differences_without_waiting() -> list[str]:
    """Return the differences without waiting: to word a definition, the server needs a lock of its table.

    :raises DatabaseError: while a table is locked exclusively, or when the database cannot be asked.
    """
    with transaction.atomic():
        rows("SET LOCAL lock_timeout = '100ms'")
        return differences()


def _why(error: DatabaseError) -> str:
    return type(error.__cause__ or error).__name__


class _RecentDifferences:
    """The differences, queried at most once a minute."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Query again at the next call."""
        self._until, self._why = 0.0, ""
        self._found: list[str] | None = None

    def _ask(self) -> list[str] | None:
        if time.monotonic() >= self._until:
            # Set before the query, so that a failing query delays one answer a minute at most.
            self._until = time.monotonic() + QUERY_SECONDS
            try:
                self._found = _differences_without_waiting()
            except DatabaseError as error:
                self._why = _why(error)
        return self._found

    def sentence(self) -> str | None:
        """Return the last known differences in one sentence; None without any."""
        found = self._ask()
        return f"not asked: {self._why}" if found is None else sentence_of(found)

    def count(self) -> float:
        """Return the last known number of differences; NaN before the first successful query."""
        found = self._ask()
        return math.nan if found is None else float(len(found))


RECENT = _RecentDifferences()


class GuardWatch:
    """Logs which guards differ, at once and then each hour."""

    def __init__(self) -> None:
        self._next, self._why = 0.0, ""

    def watch(self) -> None:
        """Check at most once an hour; a failed check is logged once and repeated after a minute."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + QUERY_SECONDS
        try:
            different = _differences_without_waiting()
        except DatabaseError as error:
            if self._why != (why := _why(error)):
                log.warning("guards not asked: %s", why)
            self._why = why
            return
        self._next, self._why = time.monotonic() + WATCH_SECONDS, ""
        if sentence := sentence_of(different):
            log.error("%s", sentence)


class _Release(NamedTuple):
    """Content of `guards.txt`: digests by home, kind and name; migrations; tables and what is refused on them."""

    guards: dict[str, dict[Key, str]]
    migrations: set[str]
    tables: set[str]
    written_once: set[str]
    kept: set[str]


@cache
def _release() -> _Release:
    guards: dict[str, dict[Key, str]] = defaultdict(dict)
    release = _Release(guards, set(), set(), set(), set())
    for line in FILE.read_text().splitlines():
        named, _, digest = line.rpartition(" ")
        kind, _, name = named.partition(" ")
        if kind == "migration":
            release.migrations.add(name)
            continue
        home, name = ("", name) if kind == "function" else (name.partition(".")[0], name.partition(".")[2])
        guards[home][kind, name] = digest
        if kind == "table":
            release.tables.add(home)
        elif kind == "trigger" and name == home + _APPEND_ONLY:
            release.written_once.add(home)
        elif kind == "trigger" and name == home + _KEPT:
            release.kept.add(home)
    return release


def _compared_migrations(known: set[str]) -> Iterator[str]:
    applied = {row["name"] for row in rows(_MIGRATIONS)}
    yield from (f"migration {name}: not applied" for name in known - applied)
    yield from (f"migration {name}: not of this release" for name in applied - known)


def _without_unknown_functions(functions: set[str], present: list[Definition]) -> Iterator[Definition]:
    """Yield the definitions without functions of unknown names, which neither the bank nor the server calls."""
    names = {each: each.name.partition("(")[0] for each in present if each.kind == "function"}
    taken = functions | {row["name"] for row in rows(_SERVERS_FUNCTIONS, [list({*names.values()} - functions)])}
    return (each for each in present if names.get(each) is None or names[each] in taken)


def _by_place(present: Iterable[Definition]) -> dict[str, _Guards]:
    places: dict[str, _Guards] = {}
    for each in present:
        places.setdefault(each.place, _Guards(each.home, {})).definitions[each.kind, each.name] = each
    return places


def _compare(home: str, expected: dict[Key, str], present: dict[str, _Guards]) -> Iterator[str]:
    """Yield the differences in a table and each of its partitions, or among the functions."""
    places = {place: each.definitions for place, each in present.items() if each.home == home}
    if not places:
        yield f"table {home}: missing"
    for place, has in places.items():
        # Exactly one of the two clocks exists; the other one is not missing.
        absent = CLOCKS - has.keys() if CLOCKS & has.keys() else set()
        for kind, name in (expected.keys() | has.keys()) - absent:
            wanted, there = expected.get((kind, name)), has.get((kind, name))
            if there is None:
                yield f"{Definition(kind, place, home, name, '').full_name}: missing"
            elif wanted is None:
                yield f"{there.full_name}: not of this release"
            elif there.text not in wanted.split("/"):
                yield f"{there.full_name}: {there.state.lower() or 'altered'}"
