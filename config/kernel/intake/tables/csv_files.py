"""Reading of CSV files with a header, in UTF-8 or GB 18030."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from config.kernel.intake.tables.faults import TableError

#: UTF-8 is tried first: text in GB 18030 is hardly ever valid UTF-8, but not the other way round.
ENCODINGS = ("utf-8-sig", "gb18030")
_BLOCK_BYTES = 1 << 20

#: The number of a row's last line, and its cells; None for an unreadable row.
type Cells = tuple[int, list[str] | None]


def look_through(path: Path) -> tuple[str, int]:
    """Return the encoding of the whole file and its number of lines.

    :raises TableError: when no encoding fits.
    """
    for encoding in ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        lines = 0
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    decoder.decode(block)
                    lines += block.count(b"\n")
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding, lines
    raise TableError("ENCODING", "文件既不是UTF-8，也不是GB 18030。", "The file is neither UTF-8 nor GB 18030.")


def read(path: Path, encoding: str) -> Iterator[Cells]:
    """Yield the rows including the header, without empty rows."""
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, strict=True)
        while True:
            try:
                for cells in reader:
                    if cells:
                        # PostgreSQL cannot store NUL in any column, so such a row could never be staged.
                        yield reader.line_num, None if "\0" in "".join(cells) else cells
            except csv.Error:
                yield reader.line_num, None
            else:
                return
