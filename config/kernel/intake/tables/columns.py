"""Columns of a table as data (列): heading, reader of the cells, and whether it is optional.

Pure: the input is a row and a day. Objects that a row refers to are looked up later, for all rows together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Model

from config.kernel.intake.tables.cells import Cells, past_day
from config.kernel.law.text import Text


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of a file.

    :ivar of: the model with the field whose words screens show for the column, or these words; None for the code
        alone.
    :ivar read: returns the value of a cell, or raises its fault; None for a column that is read together with
        others.
    :ivar field: the field of the model, if its name differs from the code.
    :ivar since: the cell is a day from this one to the bank's day; replaces `read`.
    :ivar optional: whether a file may omit the column.
    :ivar blank: whether a cell may be empty, as in every optional column.
    :ivar default: the value of an empty cell.
    """

    code: str
    of: type[Model] | Text | None = None
    read: Callable[[str], Any] | None = None
    _: KW_ONLY
    field: str = ""
    since: date | None = None
    optional: bool = False
    blank: bool = False
    default: Any = None

    @property
    def word(self) -> Text | None:
        """Return the name of the column on screens."""
        if self.of is None or isinstance(self.of, Text):
            return self.of
        field: Any = self.of._meta.get_field(self.field or self.code)
        word: Text = field.verbose_name
        return word

    @property
    def choices(self) -> Iterable[str]:
        """Return the allowed words of a cell, for a column of codes."""
        return getattr(self.read, "words", ())


class Columns:
    """The columns of a table.

    :ivar required: columns that must exist.
    :ivar optional: columns that may exist.
    :ivar codes: the codes of all columns.
    :ivar words: the name of each column on screens, by code.
    """

    def __init__(self, *columns: FileColumn) -> None:
        self.required = tuple(each for each in columns if not each.optional)
        self.optional = tuple(each for each in columns if each.optional)
        self.codes = tuple(each.code for each in self)
        self.words = {each.code: word for each in self if (word := each.word)}
        self._to_read = [each for each in self if each.read or each.since]

    def __iter__(self) -> Iterator[FileColumn]:
        """Yield the columns, required ones first."""
        yield from self.required
        yield from self.optional

    def __str__(self) -> str:
        """Return the codes in one line, optional ones in brackets."""
        more = f" [{','.join(each.code for each in self.optional)}]" if self.optional else ""
        return ",".join(each.code for each in self.required) + more

    def only(self, *codes: str) -> "Columns":
        """Return the columns with the given codes."""
        return Columns(*(each for each in self if each.code in codes))

    def read(self, values: Mapping[str, str], day: date) -> Cells:
        """Read all columns of a row that have a reader; faults are kept with the cells.

        :param day: the bank's day.
        """
        cells = Cells(values, day)
        self.fill(cells)
        return cells

    def fill(self, cells: Cells) -> None:
        """Read these columns of a row whose other columns are read elsewhere."""
        values, read_values = cells.values, cells.read_values
        for each in self._to_read:
            code = each.code
            if (each.blank or each.optional) and not values.get(code):
                read_values[code] = each.default
            elif each.since:
                read_values[code] = cells.read(code, partial(past_day, day=cells.day, earliest=each.since))
            elif each.read:
                read_values[code] = cells.read(code, each.read)
