"""Steps of a session: the statements of one round trip, and whether their order relative to others matters.

Under READ COMMITTED nothing of a transaction is seen before it ends, and its locks are held until then. So
the order of two steps of different sessions matters only if

- one of them ends a transaction, and the other reads a table written by it or locks where it had locked,
- or both lock, and one would wait for the other,
- or both lock in one table, and one of them skips locked rows (SKIP LOCKED) instead of waiting,
- or both read the bank's clock: their instants show the order.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from config.kernel.database.sql import rows

_LOCKS = re.compile(
    r"\bFOR (NO KEY )?UPDATE\b|\bFOR (KEY )?SHARE\b|\b(INSERT|UPDATE|DELETE|LOCK)\b|advisory", re.IGNORECASE
)
_WRITTEN = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
_SKIPS = re.compile(r"\bSKIP LOCKED\b|pg_try_advisory", re.IGNORECASE)
CLOCK = "kernel_sandboxclock"
_CLOCK_READ = "bank_now()"
_WORD = re.compile(r"\w+")
#: What functions of the bank ask, and the triggers of its tables: one may call another.
_SOURCES = """
SELECT proname AS name, prosrc AS source FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
UNION ALL
SELECT c.relname, coalesce(string_agg(p.prosrc, ' '), '') FROM pg_class c
LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal LEFT JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace GROUP BY c.relname
"""
_TABLES = """
SELECT relname AS name FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Asks:
    """Effects of one statement, with the meaning of the attributes of `Step`."""

    tables: frozenset[str]
    locks: bool
    locked: frozenset[str]
    written: frozenset[str]
    skips: frozenset[str]


class Catalog:
    """The bank's tables, and the effects of calling functions and firing triggers.

    :param sources: of functions, and of the triggers of tables, by name.
    """

    def __init__(self, tables: Iterable[str], sources: Mapping[str, str]) -> None:
        self.tables = frozenset(tables)
        self._sources = sources
        self._known: dict[str, _Asks] = {}

    def asks(self, text: str) -> _Asks:
        """Return the effects of a statement, including those of its functions and triggers."""
        if text not in self._known:
            self._known[text] = self._read(text)
        return self._known[text]

    def _read(self, text: str) -> _Asks:
        whole = self._whole(text)
        tables = self.tables & frozenset(_WORD.findall(whole))
        # A statement that does not name the clock itself only reads its row.
        rows_of = tables if CLOCK in text else tables - {CLOCK}
        locks = bool(_LOCKS.search(whole))
        return _Asks(
            tables=tables,
            locks=locks,
            locked=rows_of if locks else _NONE,
            # What a text is put together from cannot be read here.
            written=rows_of if "EXECUTE" in whole else rows_of & frozenset(_WRITTEN.findall(whole)),
            skips=rows_of if _SKIPS.search(whole) else _NONE,
        )

    def _whole(self, text: str) -> str:
        texts, done, following = [text], set[str](), self._called(text)
        while following:
            done |= following
            more = [self._sources[each] for each in sorted(following)]
            texts += more
            following = set().union(*map(self._called, more)) - done
        return "\n".join(texts)

    def _called(self, text: str) -> set[str]:
        """Return the functions that a text names, and the tables whose triggers it fires."""
        words, written = set(_WORD.findall(text)), set(_WRITTEN.findall(text))
        return {each for each in self._sources if (each in written if each in self.tables else each in words)}


def catalog() -> Catalog:
    """Return the catalog of this database."""
    sources = {each["name"]: each["source"] for each in rows(_SOURCES)}
    return Catalog((each["name"] for each in rows(_TABLES)), sources)


@dataclass(frozen=True, slots=True)
class Step:
    """One round trip.

    :ivar id: of all statements of its session up to this one: equal statements give an equal id.
    :ivar texts: its statements; none for a COMMIT or a ROLLBACK alone.
    :ivar tables: tables that it reads, writes or locks, itself or by triggers.
    :ivar locks: whether it may lock or write; `locked`: in which tables; `written`: which of them it may write.
    :ivar skips: the tables in which it skips locked rows.
    :ivar clock: whether it reads the bank's clock.
    :ivar ends: whether a transaction that has locked or written ends with it.
    :ivar held: the steps by which that transaction has locked.
    :ivar writes: the tables whose changes become visible, if known; else the tables possibly written.
    """

    id: str
    texts: tuple[str, ...]
    tables: frozenset[str] = frozenset()
    locks: bool = False
    locked: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    skips: frozenset[str] = frozenset()
    clock: bool = False
    ends: bool = False
    held: tuple["Step", ...] = ()
    writes: frozenset[str] | None = frozenset()

    def __str__(self) -> str:
        statements = "; ".join(" ".join(text.split())[:70] for text in self.texts)
        return f"{statements}{' END' if self.ends else ''}" if statements else "END"


def step_of(
    texts: Iterable[str],
    known: Catalog,
    before: str,
    *,
    ends: bool = False,
    held: Iterable[Step] = (),
    writes: frozenset[str] | None = None,
) -> Step:
    """Return the next step of a session.

    :param before: the id of the step before it.
    :param ends: whether the transaction ends with it, if there is one.
    :param held: the locking steps of that transaction.
    :param writes: the tables that the transaction has written, if known.
    """
    texts = tuple(texts)
    asks = [known.asks(text) for text in texts]
    before_this = tuple(held) if ends else ()
    return Step(
        id=sha256(f"{before}\n{texts}\n{ends}".encode()).hexdigest(),
        texts=texts,
        tables=_NONE.union(*(each.tables for each in asks)),
        locks=any(each.locks for each in asks),
        locked=_NONE.union(*(each.locked for each in asks)),
        written=_NONE.union(*(each.written for each in asks)),
        skips=_NONE.union(*(each.skips for each in asks)),
        clock=any(_CLOCK_READ in text for text in texts),
        ends=ends and (bool(before_this) or any(each.locks for each in asks)),
        held=before_this,
        writes=writes,
    )


class Conflicts:
    """Pairs of steps whose order matters, from observation; an unknown pair counts as conflicting."""

    def __init__(self) -> None:
        self._free: set[tuple[str, str]] = set()
        self._bound: set[tuple[str, str]] = set()

    def passed(self, step: Step, held: Iterable[Step]) -> None:
        """Record that a step did not wait for another session's transaction with these steps."""
        for each in held:
            self._free |= {(step.id, each.id), (each.id, step.id)}

    def waited(self, step: Step, held: Iterable[Step]) -> None:
        """Record that a step waited for a transaction with these steps, because of at least one of them."""
        suspects = {(step.id, each.id) for each in held}
        if suspects <= self._free:
            self._bound |= suspects | {(other, one) for one, other in suspects}

    def between(self, one: Step, other: Step) -> bool:
        """Return whether the order of two steps of different sessions may matter."""
        return (one.clock and other.clock) or self._lock(one, other) or self._ends(one, other) or self._ends(other, one)

    def _lock(self, one: Step, other: Step) -> bool:
        if not (one.locks and other.locks):
            return False
        if one.skips & other.locked or other.skips & one.locked:
            return True
        pair = (one.id, other.id)
        return pair not in self._free or pair in self._bound

    def _ends(self, end: Step, other: Step) -> bool:
        if not end.ends:
            return False
        # What a COMMIT makes visible is read by another's too, in triggers that were put off until then.
        written = (
            end.writes if end.writes is not None else _NONE.union(end.written, *(each.written for each in end.held))
        )
        read = _NONE.union(other.tables, *(each.locked for each in other.held))
        return bool(written & read) or any(self._lock(each, other) for each in end.held)
