"""What the proof finds wrong with the bank of a test."""

from config.oversight.queries.proof import INVARIANTS, prove


def violated(*names: str) -> set[str]:
    """Return which questions of the proof find a contradiction, of those that are named or of all."""
    asked = tuple(each for each in INVARIANTS if not names or each.name in names)
    return {finding.invariant.name for finding in prove(asked) if not finding.holds}
