"""Read a sheet in portions, in one process or several (分批读取): checking and sealing take most of the time."""

import gc
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from itertools import batched
from multiprocessing import current_process
from typing import Self
from uuid import UUID

from accounts.stock.operations.sheets import StockSheet, sheet_of
from config.kernel.database.worker_processes import worker_pool
from config.kernel.intake.tables import RowFault, Table
from config.kernel.intake.tables.cells import RowRefused

#: Rows that are stored in one transaction; after a crash, reading continues at the last portion.
PORTION = 10_000
#: Fewer lines are read by one process, because a helper needs one to two seconds of a processor to start.
WORTH_PROCESSES = 500_000
#: Portions queued for each helper, and all portions in memory.
_AHEAD, _KEPT = 2, 6


@dataclass(frozen=True, slots=True)
class Portion:
    """Rows that were read.

    :ivar data: the rows without a fault, in the binary form of COPY.
    :ivar done: the number of rows.
    """

    data: bytes
    faults: Sequence[RowFault]
    done: int


@dataclass(frozen=True, slots=True)
class Task:
    """Rows to be read, as the file has them."""

    sheet: str
    name: str
    header: Sequence[str]
    import_id: UUID
    day: date
    lines: Sequence[tuple[int, list[str]]]


def read_portions(
    readers: "Readers", table: Table, sheet: StockSheet, import_id: UUID, day: date, *, after: int
) -> Iterator[Portion]:
    """Yield the portions of a table in order.

    :param day: the bank's day.
    :param after: the number of rows read before, which are skipped.
    """
    pending: deque[tuple[Future[Portion], list[RowFault]]] = deque()
    width = len(table.header)
    for several in batched(_beyond(table, after), PORTION, strict=False):
        good = [(line, cells) for line, cells in several if cells is not None and len(cells) == width]
        faults = []
        if len(good) < len(several):
            faults = [fault for line, cells in several if (fault := table.shape_fault(line, cells))]
        pending.append((readers.read(Task(sheet.name, table.name, table.header, import_id, day, good)), faults))
        while pending and (pending[0][0].done() or len(pending) > _KEPT):
            yield _finished(*pending.popleft())
    while pending:
        yield _finished(*pending.popleft())


def read_portion(task: Task) -> Portion:
    """Read some rows."""
    sheet = sheet_of(task.sheet)
    import_id, pack, read, stage, day = task.import_id.bytes, sheet.pack, sheet.read, sheet.stage, task.day
    quick = sheet.quick(task.header, task.import_id, day) if sheet.quick else None
    data: list[bytes] = []
    faults: list[RowFault] = []
    for line, cells in task.lines:
        if quick and (made := quick(line, cells)):
            data.append(made)
            continue
        try:
            row = read(dict(zip(task.header, cells, strict=True)), day)
        except RowRefused as refused:
            faults += [RowFault(task.name, line, each.column, each.code, each.zh, each.en) for each in refused.faults]
            continue
        data.append(pack((import_id, line, *stage(row))))
    return Portion(b"".join(data), faults, len(task.lines))


def processes_here() -> int:
    """Return how many processes may read in parallel here: as many as there are idle processors, at most four.

    Where none idles, another process takes longer than it saves. A child of a pool has no children.
    """
    idle = len(os.sched_getaffinity(0)) - round(os.getloadavg()[0])
    return 1 if current_process().daemon else max(1, min(4, idle))


def _beyond(table: Table, after: int) -> Iterator[tuple[int, list[str] | None]]:
    lines = iter(table.lines())
    for _ in range(after):
        next(lines, None)
    return lines


def _finished(read: Future[Portion], faults: Iterable[RowFault]) -> Portion:
    portion = read.result()
    faults = list(faults)
    return Portion(portion.data, [*faults, *portion.faults], portion.done + len(faults))


class Readers:
    """Processes that read portions: this one, and helpers.

    Only this process has a connection to the database, and it keeps the portions in the order of the file; so the
    recorded progress is right whichever process reads. It reads a portion itself when the helpers are busy or have
    not started yet: on a busy machine they start late, and reading does not wait for them.

    :param processes: how many, this one included.
    """

    def __init__(self, processes: int) -> None:
        self.helpers = processes - 1
        self.given: list[Future[Portion]] = []
        self.pool = worker_pool(self.helpers) if self.helpers > 0 else None
        self.begun = [self.pool.submit(os.getpid) for _ in range(self.helpers)] if self.pool else []

    def __enter__(self) -> Self:
        # Otherwise each garbage collection scans all imported modules, while millions of strings are made.
        gc.freeze()
        return self

    def __exit__(self, *_: object) -> None:
        gc.unfreeze()
        if self.pool:
            self.pool.shutdown(wait=self.have_begun, cancel_futures=True)

    @property
    def have_begun(self) -> bool:
        """Return whether the helpers have started."""
        return all(each.done() for each in self.begun)

    def read(self, task: Task) -> Future[Portion]:
        """Read a portion, at once or in parallel with others."""
        self.given = [each for each in self.given if not each.done()]
        if self.pool and self.have_begun and len(self.given) < _AHEAD * self.helpers:
            self.given.append(self.pool.submit(read_portion, task))
            return self.given[-1]
        read: Future[Portion] = Future()
        read.set_result(read_portion(task))
        return read
