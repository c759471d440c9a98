"""What of the register takes a second person: each kind, made known to the kernel when Django starts."""

from blacklist.imports.operations.proposals import IMPORT
from blacklist.imports.operations.undo_proposals import UNDO
from blacklist.operations.approvals import CERTIFICATE, REVOCATION

KINDS = (CERTIFICATE, REVOCATION, IMPORT, UNDO)
