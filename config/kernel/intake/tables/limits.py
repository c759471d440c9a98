"""How much of a file is read at all (文件大小上限)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may measure.

    :ivar file_bytes: as it lies there.
    :ivar unpacked_bytes: all parts of a workbook unpacked, as they really are, whatever they declare.
    :ivar parts: of a workbook.
    :ivar cell_characters: of one cell.
    :ivar shallow: elements of a part of a workbook that stand in no row and no text, rows and texts among them: whoever
        parses one keeps something of each to the end.
    """

    file_bytes: int = 4 << 30
    unpacked_bytes: int = 2 << 30
    parts: int = 1000
    cell_characters: int = 4096
    shallow: int = 4 << 20


LIMITS = Limits()
