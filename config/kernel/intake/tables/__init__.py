"""Tables in files (表格文件): CSV and XLSX, read row by row, independent of their purpose.

Files are streamed, so they may be larger than memory. A file that could harm its reader is refused before it
is parsed.
"""

from config.kernel.intake.tables.faults import FAULT_HEAD, OnFault, RowFault, TableError, TableRow, fault_cells
from config.kernel.intake.tables.limits import LIMITS, Limits
from config.kernel.intake.tables.table_reader import Table, digest_of, open_table, sheets_of
from config.kernel.intake.tables.uploaded_files import memory_files

__all__ = [
    "FAULT_HEAD",
    "LIMITS",
    "Limits",
    "OnFault",
    "RowFault",
    "Table",
    "TableError",
    "TableRow",
    "digest_of",
    "fault_cells",
    "memory_files",
    "open_table",
    "sheets_of",
]
