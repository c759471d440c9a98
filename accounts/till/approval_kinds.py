"""Kinds of approval in the till."""

from accounts.till.operations import boxes, counter, reversals

KINDS = (boxes.KIND, counter.KIND, reversals.KIND)
