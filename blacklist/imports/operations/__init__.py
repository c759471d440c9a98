"""Operations that register certificates from lists (名单导入).

A file is read into staging tables, checked certificate by certificate and counted. A second person approves it. Then
it is registered in batches. Until it is sealed it can be undone as a whole.
"""

from blacklist.imports.operations.execution import apply_approved, apply_list
from blacklist.imports.operations.proposals import propose_list
from blacklist.imports.operations.staging import delete_list_rows, stage_list
from blacklist.imports.operations.undo import propose_undo
from blacklist.imports.operations.uploads import stage_uploaded, upload_list

__all__ = [
    "apply_approved",
    "apply_list",
    "delete_list_rows",
    "propose_list",
    "propose_undo",
    "stage_list",
    "stage_uploaded",
    "upload_list",
]
