"""Reading the cells of one row column by column (逐列读取); all faults of a row are reported at once.

Pure: the input is texts and a day. Objects that a row refers to are looked up later, for all rows together.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from config.kernel.identity.documents import DocumentError
from config.kernel.identity.faults import IdentityFault
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.law.money import MoneyError
from config.kernel.law.text import Codes, Text
from config.kernel.requests.fields import FieldFault, read_day, read_line


class ColumnFault(ValueError):
    """A fault in one column (列错误)."""

    def __init__(self, column: str, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.column = column
        self.code = code
        self.zh = zh
        self.en = en


class RowRefused(ValueError):
    """A row that cannot be accepted, with all of its faults."""

    def __init__(self, faults: list[ColumnFault]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


class Cells:
    """The cells of a row; reading continues after a fault, so that all faults are shown at once.

    :ivar read_values: the values read, by column; not used after a fault.
    """

    def __init__(self, values: Mapping[str, str], day: date) -> None:
        self.values = values
        self.day = day
        self.read_values: dict[str, Any] = {}
        self.faults: list[ColumnFault] = []

    def __getitem__(self, column: str) -> Any:
        """Return the value read from a column."""
        return self.read_values[column]

    def read(self, column: str, reader: Callable[[str], Any]) -> Any:
        """Read a column; None after a fault."""
        try:
            return reader(self.values[column])
        except ColumnFault as fault:
            self.refuse(column, fault.code, fault.zh, fault.en)
        except (IdentityFault, MoneyError) as fault:
            self.refuse(column, f"INVALID_{column.upper()}", fault.zh, fault.en)
        return None

    def document(self, prefix: str, parse: Callable[..., Any]) -> Any:
        """Read the document in three columns; None after a fault.

        :param parse: takes type, number, country and the bank's day as `on`.
        """
        kind, number = DOCUMENT_TYPES(self.values[f"{prefix}_type"]), self.values[f"{prefix}_number"]
        try:
            return parse(kind, number, self.values.get(f"{prefix}_country") or None, on=self.day)
        except DocumentError as fault:
            column = f"{prefix}_{fault.field}"
            self.refuse(column, f"INVALID_{column.upper()}", fault.zh, fault.en)
        return None

    def refuse(self, column: str, code: str, zh: str, en: str) -> None:
        """Record a fault of a column."""
        self.faults.append(ColumnFault(column, code, zh, en))

    def finish(self) -> None:
        """End reading.

        :raises RowRefused: when there were faults.
        """
        if self.faults:
            raise RowRefused(self.faults)


class OneOf[T]:
    """Reader of one of several codes, written as the code or as the Chinese word on screens.

    :ivar labels: each code with its word, if it has one.
    """

    def __init__(self, *choices: T) -> None:
        self.known = {str(each): each for each in choices}
        self.labels = {code: _word_of(each) for code, each in self.known.items()}
        self.words: dict[str, T | None] = {}
        for code, each in self.known.items():
            if word := self.labels[code]:
                # A word with two codes is accepted for neither.
                self.words[word.zh] = None if word.zh in self.words else each

    def __call__(self, text: str) -> T:
        found = self.known[text] if text in self.known else self.words.get(text)
        if found is not None:
            return found
        # Semicolons, because a word may contain a comma.
        zh = "；".join(f"{word.zh}（{code}）" if word else code for code, word in self.labels.items())
        en = "; ".join(f"{word.en} ({code})" if word else code for code, word in self.labels.items())
        if text in self.words:
            raise ColumnFault("", "AMBIGUOUS_VALUE", f"该词有多个代码，请填写代码：{zh}。", f"Write the code: {en}.")
        raise ColumnFault("", "UNKNOWN_VALUE", f"应为下列之一：{zh}。", f"One of: {en}.")


def _word_of(choice: object) -> Text | None:
    if isinstance(choice, Codes):
        return choice.text
    return Text(choice.zh, choice.en) if isinstance(choice, DocumentType) else None


class _DocumentTypes(OneOf[DocumentType]):
    """Reader of document types; a text that is not a word is left to `parse_document`, which reports wrong codes."""

    def __call__(self, text: str) -> Any:
        return str(self.words.get(text) or text)


DOCUMENT_TYPES = _DocumentTypes(*DocumentType)


def any_day(text: str) -> date:
    """Read a day.

    :raises ColumnFault: when the text is not a day.
    """
    try:
        return read_day(text)
    except FieldFault as fault:
        raise ColumnFault("", "INVALID_DAY", fault.zh, fault.en) from None


def past_day(text: str, day: date, earliest: date) -> date:
    """Read a day that is not after another day, and not before the earliest.

    :raises ColumnFault: when the text is not such a day.
    """
    read = any_day(text)
    if not earliest <= read <= day:
        zh = f"日期应为{earliest}至{day}之间的一天，格式YYYY-MM-DD。"
        en = f"A day from {earliest} to {day} as YYYY-MM-DD."
        raise ColumnFault("", "INVALID_DAY", zh, en)
    return read


def line_of(text: str, most: int) -> str:
    """Read one line with a maximum number of characters.

    :raises FieldFault: when it is empty, too long or not one line.
    """
    line = read_line(text)
    if not 1 <= len(line) <= most:
        raise FieldFault(f"应为1至{most}个字符。", f"1 to {most} characters.")
    return line
