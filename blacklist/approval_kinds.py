"""What of the register takes a second person: each kind, made known to the kernel when Django starts."""

from blacklist.operations.approvals import CERTIFICATE, REVOCATION

KINDS = (CERTIFICATE, REVOCATION)
