"""What of transfers takes a second person: each kind, made known to the kernel when Django starts."""

from transfers.operations import parking

KINDS = (parking.KIND,)
