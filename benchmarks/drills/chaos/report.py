"""What a run came to, with the picture of it; the history is beside them."""

from collections.abc import Mapping
from typing import Any

from benchmarks.bank.drawing import Curve, draw_curves
from benchmarks.bank.report import Report
from benchmarks.drills.chaos.history import History
from benchmarks.drills.chaos.run import RunOutcome
from benchmarks.drills.chaos.verdict import SHOWN


def report(outcome: RunOutcome, history: History, about: Mapping[str, Any]) -> Report:
    """Return all that is to be found.

    :param about: of what, beside what every drill says.
    """
    evidence = {name: lines[:SHOWN] for name, lines in outcome.evidence.items()}
    situations = [
        (name, len(outcome.evidence[name]) or "**0**", (lines or [""])[0]) for name, lines in evidence.items()
    ]
    return Report(
        "故障演练 Chaos run",
        {name: not against for name, against in outcome.verdict.against.items()},
        against={name: against[:SHOWN] for name, against in outcome.verdict.against.items() if against},
        missing=outcome.missing,
        about=about,
        tables=[
            [("情形 Situation", "次数 Met", "例证 Evidence"), *situations],
            [("故障 Breakage", "次数 Count"), *sorted(outcome.faults.items())],
        ],
        notes=[
            f"操作 operations {outcome.operations}, 待到账 holds {outcome.holds}",
            f"入账方 released by {dict(outcome.released_by)}",
            f"connections cut {outcome.cuts}, unknown settled by their keys {outcome.unknown}",
            f"all quiet {outcome.quiet:.1f} s after the last fault",
            f"release workers that hung and were started anew: {outcome.stuck}",
        ],
        figures={
            "situations": {name: len(lines) for name, lines in outcome.evidence.items()},
            "evidence": evidence,
            "faults": dict(sorted(outcome.faults.items())),
            "operations": outcome.operations,
            "holds": outcome.holds,
            "released_by": dict(outcome.released_by),
            "unknown_settled": outcome.unknown,
            "connections_cut": outcome.cuts,
            "release_workers_stuck": outcome.stuck,
            "quiet_seconds": round(outcome.quiet, 1),
            "answers": dict(outcome.answers.most_common()),
        },
        files={"totals.svg": draw(history)},
    )


def draw(history: History) -> str:
    """Return the picture of a run: what all accounts hold and what is reserved, over time."""
    return draw_curves(
        "余额合计与预留合计 Totals over time",
        [
            Curve("total", "余额合计 balances (fen)", [(each.began, each.total_fen) for each in history.samples]),
            Curve("held", "预留合计 reserved (fen)", [(each.began, each.held_fen) for each in history.samples]),
        ],
        history.faults,
        history.blind,
    )
