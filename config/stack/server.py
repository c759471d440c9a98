"""A server of the stack: started, waited for until it answers, and stopped."""

import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from config.stack.process import Process, StackError, wait_until


class Server(ABC):
    """One server process with sockets of its own; its data outlives it.

    :cvar title: what it is called in messages.
    :cvar start_seconds: how long it may take until it answers.
    """

    title: ClassVar[str]
    start_seconds: ClassVar[int]
    process: Process
    sockets: Path

    def __enter__(self) -> Self:
        """Start and be ready for connections."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, leaving the data."""
        self.stop()

    @abstractmethod
    def start(self) -> None:
        """Start the server and wait until it answers."""

    @abstractmethod
    def ready(self) -> bool:
        """Return whether the running server answers."""

    def wait_ready(self) -> None:
        """Wait until the server answers.

        :raises StackError: when it ended instead, with the end of its log
        """
        wait_until(lambda: self.ready() or not self.process.alive(), seconds=self.start_seconds)
        if not self.ready():
            self.process.kill()
            raise StackError(f"{self.title} did not start; the end of {self.process.log}:\n{self.process.tail()}")

    def stop(self) -> None:
        """Stop in order, its last write on the disk; the data stays."""
        self.process.stop()
        shutil.rmtree(self.sockets, ignore_errors=True)
