"""Supervisor: keeps a few processes running together, and ends them together."""

import contextlib
import ctypes
import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from config.stack.guardian import Guardian
from config.stack.process import Process, StackError, say

PR_SET_CHILD_SUBREAPER = 36
LOOK_SECONDS = 0.1
FIRST_BACK_OFF_SECONDS = 0.5
LONGEST_BACK_OFF_SECONDS = 8.0
# After this time a process counts as healthy, and its next failure as the first.
WELL_AFTER_SECONDS = 30.0


class Stopped(Exception):
    """Raised when a person or the machine has requested the end (Ctrl-C, TERM)."""


class Supervisor:
    """Starts processes in stages, restarts a process that dies, and ends the stages in reverse order.

    Guarantee: however the supervisor ends, no process that it started outlives it for more than seconds.

    :param pids_file: the file for process ids, for people and tests, replaced by rename
    :param keep_open: file descriptors kept open until the last process is gone (the lock of the state directory)
    :param gave_up: returns whether the process that started the supervisor was asked to stop
    """

    def __init__(
        self, pids_file: Path, *, keep_open: Iterable[int] = (), gave_up: Callable[[], bool] = lambda: False
    ) -> None:
        self.pids_file = pids_file
        self.gave_up = gave_up
        self.stages: list[list[Process]] = []
        self.started_at: dict[Process, float] = {}
        self.back_off: dict[Process, float] = {}
        self.restart_at: dict[Process, float] = {}
        self.stop_requested = False
        self.pids_to_write = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.request_stop)
        # Orphans of a killed child become children of this process, so that they are reaped even if init does not.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.guardian = Guardian(keep_open)

    def request_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal as a request to stop; the next check sees it."""
        self.stop_requested = True

    def check(self) -> None:
        """Raise Stopped if a stop was requested."""
        if self.stop_requested or self.gave_up():
            raise Stopped

    def stage(self, *processes: Process) -> None:
        """Start processes as one stage; they end together, before earlier stages."""
        stage: list[Process] = []
        self.stages.append(stage)
        for process in processes:
            self.check()
            self.start(process)
            stage.append(process)
        self.write_pids()

    def adopt(self, process: Process) -> None:
        """Take over a running process as a stage of its own."""
        self.stages.append([process])
        self.note_start(process)
        self.write_pids()

    def start(self, process: Process) -> None:
        """Start one process and record the time."""
        process.start()
        self.note_start(process)

    def note_start(self, process: Process) -> None:
        """Record the time of a start."""
        self.guardian.tell("started", process.pid)
        self.started_at[process] = time.monotonic()

    def run(self, process: Process, *, meanwhile: Callable[[], None] | None = None) -> None:
        """Run one process to its end.

        :raises StackError: when it failed, with the end of its log
        """
        self.stages.append([process])
        self.start(process)
        if meanwhile:
            meanwhile()
        while process.alive():
            self.check()
            time.sleep(LOOK_SECONDS / 5)
        code = process.child.returncode if process.child else 1
        self.end([process])
        self.stages.remove([process])
        if code:
            raise StackError(f"{process.name} failed; the end of {process.log}:\n{process.tail(25)}")

    def wait_for(self, true: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Keep all processes running until a condition is true.

        :raises StackError: when the time is over
        """
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                raise StackError(f"{what} within {seconds:.0f} seconds; see the logs.")
            self.look()

    def all_well(self, *, for_seconds: float) -> bool:
        """Return whether every process has run for a time without a restart."""
        since = time.monotonic() - for_seconds
        return not self.restart_at and all(
            process.alive() and self.started_at[process] <= since for stage in self.stages for process in stage
        )

    def watch(self) -> None:
        """Keep all processes running until a stop is requested."""
        while True:
            self.look()

    def look(self) -> None:
        """Check every process once, restart those that are due, and sleep a little.

        :raises Stopped: when a stop was requested
        """
        self.check()
        for process in [process for stage in self.stages for process in stage]:
            if process in self.restart_at:
                if time.monotonic() >= self.restart_at[process]:
                    del self.restart_at[process]
                    self.restart(process)
            elif not process.alive():
                self.bury(process)
        if self.pids_to_write:
            self.write_pids()
        self.reap()
        time.sleep(LOOK_SECONDS)

    def bury(self, process: Process) -> None:
        """Clean up after a dead process and set the time of its restart."""
        code = process.child.returncode if process.child else None
        self.end([process])
        if time.monotonic() - self.started_at[process] > WELL_AFTER_SECONDS:
            self.back_off.pop(process, None)
        pause = self.back_off.get(process, FIRST_BACK_OFF_SECONDS)
        self.back_off[process] = min(pause * 2, LONGEST_BACK_OFF_SECONDS)
        self.restart_at[process] = time.monotonic() + pause
        say(f"{process.name} ended ({ending(code)}), starts again in {pause:g} s; log: {process.log}")

    def restart(self, process: Process) -> None:
        """Start a process again; after a failure it is retried later."""
        try:
            self.start(process)
        except (StackError, OSError) as error:
            say(f"{process.name} does not start, is tried again: {error}")
            self.restart_at[process] = time.monotonic() + LONGEST_BACK_OFF_SECONDS
        self.write_pids()

    def end(self, processes: list[Process]) -> None:
        """End processes together: signal all, wait for each, kill the rest."""
        pids = [process.pid for process in processes]
        for process in processes:
            process.ask_to_stop()
        deadline = time.monotonic() + max((process.stop_seconds for process in processes), default=0)
        for process in processes:
            process.wait_or_kill(max(0.0, deadline - time.monotonic()))
        for pid in filter(None, pids):
            self.guardian.tell("ended", pid)
        self.reap()

    def stop(self) -> None:
        """End everything, the last stage first, and dismiss the guardian."""
        while self.stages:
            self.end(self.stages[-1])
            self.stages.pop()
        self.pids_file.unlink(missing_ok=True)
        self.guardian.dismiss()
        self.reap()

    def reap(self) -> None:
        """Collect the exit codes of adopted orphans; those of own children are left to their `Process`."""
        own = {process.pid for stage in self.stages for process in stage} | {self.guardian.child.pid}
        for entry in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
            if int(entry) not in own:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(int(entry), os.WNOHANG)

    def write_pids(self) -> None:
        """Write names and ids of all running processes; with a full disk it is retried later."""
        pids = {process.name: process.pid for stage in self.stages for process in stage if process.pid}
        draft = self.pids_file.with_suffix(".new")
        try:
            draft.write_text(json.dumps(pids, indent=2) + "\n")
            draft.replace(self.pids_file)
        except OSError as error:
            if not self.pids_to_write:
                say(f"{self.pids_file} cannot be written ({error.strerror}); everything goes on, it is tried again.")
            self.pids_to_write = True
            return
        if self.pids_to_write:
            say(f"{self.pids_file} is written again.")
        self.pids_to_write = False


def ending(code: int | None) -> str:
    """Return in words how a process ended."""
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit {code}"
