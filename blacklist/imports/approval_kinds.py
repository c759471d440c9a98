"""What of lists takes a second person."""

from blacklist.imports.operations.proposals import IMPORT
from blacklist.imports.operations.undo_proposals import UNDO

KINDS = (IMPORT, UNDO)
