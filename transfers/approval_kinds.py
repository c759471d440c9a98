"""Kinds of proposals about transfers; `TransfersConfig` registers them at start."""

from transfers.operations import delays, parking

KINDS = (delays.KIND, parking.KIND)
