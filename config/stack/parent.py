"""Notice that make, which started us, was told to stop."""

import os
import signal
from pathlib import Path


class Parent:
    """The process that started this one.

    A terminal sends Ctrl-C to make and to us alike. A SIGINT that was sent to make alone is not passed on: make only
    stops catching it and waits for us, for ever. That can be seen from outside, and so can its death.
    """

    def __init__(self) -> None:
        self.pid = os.getppid()
        self.is_make = self.read("comm").strip() in {"make", "gmake"}
        self.caught = self.catches(signal.SIGINT)

    def gave_up(self) -> bool:
        """Return whether make was interrupted or killed; other parents are not watched."""
        if not self.is_make:
            return False
        return os.getppid() != self.pid or (self.caught and not self.catches(signal.SIGINT))

    def catches(self, number: signal.Signals) -> bool:
        """Return whether the parent has a handler for the signal."""
        for line in self.read("status").splitlines():
            name, _, mask = line.partition(":")
            if name == "SigCgt":
                return bool(int(mask, 16) >> (number - 1) & 1)
        return False

    def read(self, name: str) -> str:
        """Return one of the kernel's files on the parent, or nothing."""
        try:
            return Path(f"/proc/{self.pid}/{name}").read_text()
        except OSError:
            return ""
