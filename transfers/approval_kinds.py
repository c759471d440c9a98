"""What of transfers takes a second person: each kind, made known to the kernel when Django starts."""

from transfers.operations import parked_returns

KINDS = (parked_returns.KIND,)
