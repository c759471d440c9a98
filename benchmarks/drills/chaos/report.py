"""What a run came to, as files: the report, the picture, the history beside them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.drills.chaos.drawing import draw
from benchmarks.drills.chaos.history import History
from benchmarks.drills.chaos.run import RunOutcome
from benchmarks.drills.chaos.verdict import SHOWN


def report(outcome: RunOutcome, invariants: Mapping[str, bool], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that is to be found.

    :param invariants: by their names whether each of them held after the run.
    :param about: how it was asked for, and of what.
    """
    return {
        "kept": outcome.verdict.kept and all(invariants.values()),
        "missing": outcome.missing,
        "about": dict(about),
        "promises": {name: not against for name, against in outcome.verdict.against.items()},
        "against": {name: against[:SHOWN] for name, against in outcome.verdict.against.items() if against},
        "invariants": dict(invariants),
        "situations": {name: len(lines) for name, lines in outcome.evidence.items()},
        "evidence": {name: lines[:SHOWN] for name, lines in outcome.evidence.items()},
        "faults": dict(sorted(outcome.faults.items())),
        "operations": outcome.operations,
        "holds": outcome.holds,
        "released_by": dict(outcome.released_by),
        "unknown_settled": outcome.unknown,
        "connections_cut": outcome.cuts,
        "release_workers_stuck": outcome.stuck,
        "quiet_seconds": round(outcome.quiet, 1),
        "answers": dict(outcome.answers.most_common()),
    }


def write(found: Mapping[str, Any], history: History, place: Path) -> list[Path]:
    """Write report and picture beside the history; return the files."""
    files = {
        "report.json": json.dumps(found, ensure_ascii=False, indent=2) + "\n",
        "report.md": readable(found),
        "totals.svg": draw(history),
    }
    for name, content in files.items():
        (place / name).write_text(content, encoding="utf-8")
    return [place / name for name in (*files, "history.jsonl")]


def readable(found: Mapping[str, Any]) -> str:
    """Return the report for people, in Markdown."""
    broken = [name for name, holds in found["invariants"].items() if not holds]
    lines = [
        "# 故障演练 Chaos run",
        "",
        f"**{_heading(found)}**",
        "",
        *(f"- {name}: {value}" for name, value in found["about"].items()),
        "",
        "| 承诺 Promise | 兑现 Kept |",
        "|---|---|",
        *(f"| {name} | {_yes(kept)} |" for name, kept in found["promises"].items()),
        f"| all {len(found['invariants'])} invariants hold | {_yes(not broken)} {' '.join(broken)} |",
        "",
        *(f"- {name}: {line}" for name, against in found["against"].items() for line in against),
        "",
        "| 情形 Situation | 次数 Met | 例证 Evidence |",
        "|---|---|---|",
        *(
            f"| {name} | {count or '**0**'} | {(found['evidence'][name] or [''])[0]} |"
            for name, count in found["situations"].items()
        ),
        "",
        "| 故障 Breakage | 次数 Count |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in found["faults"].items()),
        "",
        f"操作 operations {found['operations']}, 待到账 holds {found['holds']}, 入账方 released by {found['released_by']}",
        f"connections cut {found['connections_cut']}, unknown settled by their keys {found['unknown_settled']}",
        f"all quiet {found['quiet_seconds']} s after the last fault; release workers that hung and were started anew: "
        + str(found["release_workers_stuck"]),
        "",
    ]
    return "\n".join(lines)


def _heading(found: Mapping[str, Any]) -> str:
    if not found["kept"]:
        return "有承诺未兑现 NOT everything as promised"
    if missing := len(found["missing"]):
        return f"承诺全部兑现，但有 {missing} 种情形未出现 Everything as promised, but situations that did not come about: {missing}"
    return "承诺全部兑现 Everything as promised"


def _yes(kept: bool) -> str:
    return "是 yes" if kept else "**否 NO**"
