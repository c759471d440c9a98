"""Report of a drill or a benchmark: promises, invariants, measurements with goals, tables and files."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

#: Exit code of a drill that broke no promise but in which a required situation did not occur.
NOT_MET = 4


#: Header of the table of measurements.
LINES = ("工作 Work", "所得 Ours", "", "对照 Yardstick", "", "比 Ratio", "CPU us", "目标 Goal", "")


@dataclass(frozen=True, slots=True)
class Measurement:
    """Figures of one kind of work, one per round, with a yardstick and a goal.

    :ivar ours: the figures, in `unit`.
    :ivar yardstick: the figures for comparison, in the same unit; empty if there are none.
    :ivar against: name of the yardstick.
    :ivar cpu: microseconds of CPU per operation, of all processes and the server.
    :ivar least: lower bound as the goal: of the ratio to the yardstick, or of our figure without one.
    :ivar most: upper bound as the goal.
    :ivar absolute: whether the goal concerns our figure although there is a yardstick.
    :ivar judged: False if the measured size says nothing about the goal.
    """

    work: str
    ours: Sequence[float]
    unit: str
    yardstick: Sequence[float] = ()
    against: str = ""
    cpu: Sequence[float] = ()
    least: float | None = None
    most: float | None = None
    absolute: bool = False
    judged: bool = True

    @property
    def ratios(self) -> list[float]:
        """Return the ratios to the yardstick, round by round; of the medians if the rounds differ."""
        if not self.yardstick:
            return []
        if len(self.ours) == len(self.yardstick):
            return [ours / (other or 0.001) for ours, other in zip(self.ours, self.yardstick, strict=True)]
        return [median(self.ours) / (median(self.yardstick) or 0.001)]

    @property
    def goal(self) -> str:
        """Return the goal in words."""
        unit = self.unit if self.absolute or not self.yardstick else "times"
        bounds = ((self.least, "at least"), (self.most, "at most"))
        return ", ".join(f"{bound:,.4g} {unit} {word}" for bound, word in bounds if bound is not None)

    @property
    def met(self) -> bool | None:
        """Return whether the median meets the goal; None without a goal."""
        if not self.goal or not self.judged:
            return None
        found = median(self.ours if self.absolute or not self.yardstick else self.ratios)
        return (self.least is None or found >= self.least) and (self.most is None or found <= self.most)

    def row(self) -> tuple[str, ...]:
        """Return the measurement as a row of the table."""
        verdict = {True: "达到 met", False: "**未达到 MISSED**", None: ""}[self.met]
        figures = [spread(each) for each in (self.ours, self.yardstick, self.ratios, self.cpu)]
        ours, yardstick, ratio, cpu = figures
        return self.work, ours, self.unit, yardstick, self.against, ratio, cpu, self.goal, verdict


def spread(values: Sequence[float]) -> str:
    """Return a median with its range; empty without values."""
    if not values:
        return ""
    middle, least, most = (
        f"{v:,.0f}" if abs(v) >= 100 else f"{v:.3g}" for v in (median(values), min(values), max(values))
    )
    return middle if len(values) == 1 else f"{middle} [{least}-{most}]"


@dataclass(slots=True)
class Report:
    """The report of one drill or benchmark.

    :ivar title: in Chinese and English.
    :ivar promises: whether each promise was kept; None if it could not be checked.
    :ivar against: evidence that a promise was broken.
    :ivar lines: the measurements; a missed goal breaks no promise.
    :ivar details: details of a promise, kept or broken.
    :ivar tables: tables for people, each with its header first.
    :ivar notes: lines for people, below the tables.
    :ivar figures: figures for machines.
    :ivar missing: required situations that did not occur.
    :ivar files: further files by name, such as a chart or all releases.
    :ivar about: arguments and environment of the drill.
    :ivar invariants: whether each invariant held at the end, by name.
    """

    title: str
    promises: Mapping[str, bool | None] = field(default_factory=dict)
    lines: list[Measurement] = field(default_factory=list)
    details: Mapping[str, str] = field(default_factory=dict)
    against: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tables: Sequence[Sequence[Iterable[Any]]] = ()
    notes: Sequence[str] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    missing: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    invariants: Mapping[str, bool] = field(default_factory=dict)

    def promise(self, name: str, kept: bool) -> None:
        """Record whether a promise was kept; a promise checked several times must be kept each time."""
        self.promises = {**self.promises, name: bool(kept) and self.promises.get(name) is not False}

    def note(self, line: str) -> None:
        """Add a line for people."""
        self.notes = [*self.notes, line]

    @property
    def kept(self) -> bool:
        """Return whether every promise was kept and every invariant holds."""
        return all(kept is not False for kept in self.promises.values()) and all(self.invariants.values())

    @property
    def exit_code(self) -> int:
        """Return the exit code of the command."""
        if not self.kept:
            return 1
        return NOT_MET if self.missing else 0

    def readable(self) -> str:
        """Return the report for people, in Markdown."""
        broken = [name for name, holds in self.invariants.items() if not holds]
        promises = [(name, _yes(kept), self.details.get(name, "")) for name, kept in self.promises.items()]
        if self.invariants:
            promises.append(
                (f"不变量全部成立 all {len(self.invariants)} invariants hold", _yes(not broken), ", ".join(broken))
            )
        against = [f"- {name}: {line}" for name, lines in self.against.items() for line in lines]
        parts = [
            f"# {self.title}",
            f"**{self._heading()}**",
            "\n".join(f"- {name}: {value}" for name, value in self.about.items()),
            table([("承诺 Promise", "兑现 Kept", ""), *promises]) if promises else "",
            "\n".join(against),
            table([LINES, *(each.row() for each in self.lines)]) if self.lines else "",
            *map(table, self.tables),
            "\n".join(self.notes),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def write(self, place: Path) -> list[Path]:
        """Write the report into a directory; the last file returned has the SHA-256 of the others."""
        figures = {
            "kept": self.kept,
            "missing": list(self.missing),
            "about": dict(self.about),
            "promises": dict(self.promises),
            "details": dict(self.details),
            "against": dict(self.against),
            "invariants": dict(self.invariants),
            **self.figures,
        }
        files = {
            "report.json": json.dumps(figures, ensure_ascii=False, indent=2) + "\n",
            "report.md": self.readable(),
            **self.files,
        }
        for name, content in files.items():
            (place / name).write_text(content, encoding="utf-8")
        digests = (f"{hashlib.sha256(content.encode()).hexdigest()}  {name}\n" for name, content in files.items())
        (place / "SHA256SUMS").write_text("".join(digests))
        return [place / name for name in (*files, "SHA256SUMS")]

    def _heading(self) -> str:
        if not self.kept:
            return "有承诺未兑现 NOT everything as promised"
        if missing := len(self.missing):
            return (
                f"承诺全部兑现，但有 {missing} 种情形未出现 "
                f"Everything as promised, but situations that did not come about: {missing}"
            )
        return "承诺全部兑现 Everything as promised"


def table(rows: Sequence[Iterable[Any]]) -> str:
    """Return rows as a table in Markdown; the first row is its header."""
    head, *lines = [tuple(map(str, row)) for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *lines))


def _yes(kept: bool | None) -> str:
    if kept is None:
        return "–"
    return "是 yes" if kept else "**否 NO**"
