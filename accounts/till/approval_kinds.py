"""What of cash takes a second person."""

from accounts.till.operations import boxes, counter, reversals

KINDS = (boxes.KIND, counter.KIND, reversals.KIND)
