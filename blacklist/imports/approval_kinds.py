"""Kinds of proposals about lists: to register a list, and to undo it."""

from blacklist.imports.operations.proposals import IMPORT
from blacklist.imports.operations.undo import UNDO

KINDS = (IMPORT, UNDO)
