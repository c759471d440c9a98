"""What a benchmark hands over: lines of the one table, and what was wrong; where anything was, there are no lines."""

import argparse
import json
import os
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of work.

    :ivar ours: its figure, in `unit`.
    :ivar yardstick: what it is held against, in the same unit and taken in the same run; None where there is nothing.
    :ivar against: what that is.
    :ivar ratio: of ours to it, the median of the rounds.
    :ivar cpu: microseconds of CPU each, of all processes and the server.
    :ivar goal: in words.
    :ivar met: None where the size that was measured says nothing about the goal.
    """

    work: str
    ours: float
    unit: str
    yardstick: float | None = None
    against: str = ""
    ratio: float | None = None
    cpu: float | None = None
    goal: str = ""
    met: bool | None = None


@dataclass
class Report:
    """What comes of a run. With `--json` people read it on standard error, and standard output has the lines alone.

    A run that ends with an error hands over nothing, one with a wrong result says what is wrong.

    :ivar figures: each measurement by its name, round by round.
    """

    name: str
    as_json: bool
    lines: list[Line] = field(default_factory=list)
    figures: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        """Return the exit status."""
        return 1 if self.wrong else 0

    def __enter__(self) -> Self:
        self.stack = ExitStack()
        if self.as_json:
            # What the run starts prints there, too.
            sys.stdout.flush()
            output = os.dup(1)
            os.dup2(2, 1)
            self.stack.callback(os.close, output)
            self.stack.callback(os.dup2, output, 1)
            self.stack.callback(sys.stdout.flush)
        return self

    def __exit__(self, kind: type[BaseException] | None, *failure: object) -> None:
        self.stack.close()
        if kind is not None:
            return
        for each in self.wrong:
            print(f"WRONG: {each}", file=sys.stderr)
        if self.as_json and not self.wrong:
            lines = [asdict(each) for each in self.lines]
            print(json.dumps({"benchmark": self.name, "lines": lines, "figures": self.figures}))


def asks_json(parser: argparse.ArgumentParser) -> None:
    """Let a command be asked for its lines as JSON."""
    parser.add_argument(
        "--json", action="store_true", help="hand over the lines of `benchmarks.cases.table`, and nothing else"
    )
