"""What a drill came to, in one form for all of them: promises, invariants, tables and figures, on the screen and as files."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: The exit code of a drill in which no promise was broken and a named situation did not come about.
NOT_MET = 4


@dataclass(slots=True)
class Report:
    """One drill, judged.

    :ivar title: in Chinese and English.
    :ivar promises: what was promised, and whether it was kept; None where it could not be asked.
    :ivar against: what shows that a promise was not kept.
    :ivar details: what there is to say of a promise in any case.
    :ivar tables: for people, each with its head first.
    :ivar notes: lines for people, below the tables.
    :ivar figures: for machines, beside the promises.
    :ivar missing: named situations that had to come about and did not.
    :ivar files: more files by their names: a picture, every release.
    :ivar about: how the drill was asked for, and of what.
    :ivar invariants: by their names whether each held afterwards.
    """

    title: str
    promises: Mapping[str, bool | None]
    details: Mapping[str, str] = field(default_factory=dict)
    against: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tables: Sequence[Sequence[Iterable[Any]]] = ()
    notes: Sequence[str] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    missing: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    invariants: Mapping[str, bool] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """Return whether no promise was broken and every invariant holds."""
        return all(kept is not False for kept in self.promises.values()) and all(self.invariants.values())

    @property
    def exit_code(self) -> int:
        """Return how the command ends."""
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
            _table([("承诺 Promise", "兑现 Kept", ""), *promises]),
            "\n".join(against),
            *map(_table, self.tables),
            "\n".join(self.notes),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def write(self, place: Path) -> list[Path]:
        """Write the report into a directory; the last of the files returned has the SHA-256 of the others."""
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


def _table(rows: Sequence[Iterable[Any]]) -> str:
    head, *lines = [tuple(map(str, row)) for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *lines))


def _yes(kept: bool | None) -> str:
    if kept is None:
        return "–"
    return "是 yes" if kept else "**否 NO**"
