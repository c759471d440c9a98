"""The columns of a table as data (列): what heads each, how its cells are read, and which may be missing.

Pure: a row and a day come in; what a row refers to is looked for once all rows are there.
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

    :ivar of: the model with the field whose words screens show for the column, or these words; None for the code alone.
    :ivar read: returns what a cell holds, or raises what is wrong with it; None where it is read with other columns.
    :ivar field: the field of the model, where its name is not the code.
    :ivar since: the cell is a day from this one to the bank's day; takes the place of `read`.
    :ivar optional: a file may leave the column out.
    :ivar blank: a cell may be empty, as every cell of an optional column may.
    :ivar default: what an empty cell means.
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
        """Return what screens call the column."""
        if self.of is None or isinstance(self.of, Text):
            return self.of
        field: Any = self.of._meta.get_field(self.field or self.code)
        word: Text = field.verbose_name
        return word

    @property
    def choices(self) -> Iterable[str]:
        """Return the words that a cell may hold, where it holds one of some codes."""
        return getattr(self.read, "words", ())


class Columns:
    """The columns of a table.

    :ivar required: those that must be there.
    :ivar optional: those that may be there.
    :ivar codes: the codes of all.
    :ivar words: what screens call each, by code.
    """

    def __init__(self, *columns: FileColumn) -> None:
        self.required = tuple(each for each in columns if not each.optional)
        self.optional = tuple(each for each in columns if each.optional)
        self.codes = tuple(each.code for each in self)
        self.words = {each.code: word for each in self if (word := each.word)}
        self._to_read = [each for each in self if each.read or each.since]

    def __iter__(self) -> Iterator[FileColumn]:
        """Yield the columns, those that must be there first."""
        yield from self.required
        yield from self.optional

    def __str__(self) -> str:
        """Return the codes in one line, those that may be missing in brackets."""
        more = f" [{','.join(each.code for each in self.optional)}]" if self.optional else ""
        return ",".join(each.code for each in self.required) + more

    def only(self, *codes: str) -> "Columns":
        """Return some of the columns."""
        return Columns(*(each for each in self if each.code in codes))

    def read(self, values: Mapping[str, str], day: date) -> Cells:
        """Read a row, every column that has a reader; what is wrong with it is kept with the cells.

        :param day: the bank's day.
        """
        cells = Cells(values, day)
        self.fill(cells)
        return cells

    def fill(self, cells: Cells) -> None:
        """Read these columns of a row whose other columns are read elsewhere."""
        values, found = cells.values, cells.found
        for each in self._to_read:
            code = each.code
            if (each.blank or each.optional) and not values.get(code):
                found[code] = each.default
            elif each.since:
                found[code] = cells.read(code, partial(past_day, day=cells.day, earliest=each.since))
            elif each.read:
                found[code] = cells.read(code, each.read)
