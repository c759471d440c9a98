"""Size limits of files (文件大小上限)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Size limits of a file.

    :ivar file_bytes: of the file itself.
    :ivar unpacked_bytes: of all parts of a workbook together, as really unpacked, whatever sizes they declare.
    :ivar parts: number of parts of a workbook.
    :ivar cell_characters: of one cell.
    :ivar shallow: elements of a part of a workbook outside rows and texts, including the rows and texts
        themselves: the parser keeps some memory for each until the end.
    """

    file_bytes: int = 4 << 30
    unpacked_bytes: int = 2 << 30
    parts: int = 1000
    cell_characters: int = 4096
    shallow: int = 4 << 20


LIMITS = Limits()
