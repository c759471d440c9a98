"""The invariants that the proof finds violated in a test."""

from config.oversight.queries.proof import INVARIANTS, prove


def violated(*names: str) -> set[str]:
    """Return the violated invariants among those named, by default among all."""
    asked = tuple(each for each in INVARIANTS if not names or each.name in names)
    return {finding.invariant.name for finding in prove(asked) if not finding.holds}
