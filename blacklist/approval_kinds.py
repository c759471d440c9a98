"""What of the register takes a second person: each kind, made known to the kernel when Django starts."""

from blacklist.operations.approvals import CERTIFICATE, REVOCATION
from blacklist.operations.imports.proposals import IMPORT
from blacklist.operations.imports.undo_proposals import UNDO

KINDS = (CERTIFICATE, REVOCATION, IMPORT, UNDO)
