"""What of lists takes a second person."""

from blacklist.imports.operations.proposals import IMPORT
from blacklist.imports.operations.undo import UNDO

KINDS = (IMPORT, UNDO)
