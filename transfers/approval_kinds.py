"""Kinds of proposals about transfers; `TransfersConfig` registers them at start."""

from transfers.operations import parking

KINDS = (parking.KIND,)
