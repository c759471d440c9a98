"""Operations of the import of stock (存量导入).

Files are read into staging, checked in sets and counted; a second person approves what they would bring; then all of
it comes into force in one transaction. Another app registers a sheet of its own with `register`.
"""

from accounts.stock.operations.applying import apply_approved, apply_import, forget_staged
from accounts.stock.operations.proposals import KIND, discard_import, propose_import
from accounts.stock.operations.sheets import SHEETS, StockSheet, register, sheets
from accounts.stock.operations.staging import stage_files

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
