"""Take over another system's customers, accounts and cards (存量导入).

Files are read into staging, checked in sets and counted; a second person decides over what they would bring; then all of
it is the bank's in one transaction. Another app registers a sheet of its own with `register`.
"""

from accounts.operations.stock.applying import apply_approved, apply_import
from accounts.operations.stock.forgetting import forget_staged
from accounts.operations.stock.known_sheets import SHEETS
from accounts.operations.stock.proposals import KIND, discard_import, propose_import
from accounts.operations.stock.sheets import StockSheet, register, sheets
from accounts.operations.stock.staging import stage_files

__all__ = [
    "KIND",
    "SHEETS",
    "StockSheet",
    "apply_approved",
    "apply_import",
    "discard_import",
    "forget_staged",
    "propose_import",
    "register",
    "sheets",
    "stage_files",
]
