"""Headings of a table: each is a code, or the Chinese word on screens."""

from collections.abc import Mapping, Sequence

from config.kernel.intake.tables.columns import Columns
from config.kernel.intake.tables.faults import TableError
from config.kernel.law.text import Text


def read_header(cells: Sequence[str], name: str, columns: Columns) -> list[str]:
    """Return the codes of the columns that a header names.

    :param name: the name of the table in reports.
    :raises TableError: for a missing, unknown or repeated column, or a word of two columns.
    """
    words, known = columns.words, columns.codes
    codes: list[str] = []
    wrong: list[tuple[str, str]] = []
    for cell in cells:
        meant = (
            [cell] if cell in known else [code for code in known if code in words and words[code].zh == cell.strip()]
        )
        if len(meant) > 1:
            wrong.append(
                (f"“{cell}”指多列，请写代码{'、'.join(meant)}", f"“{cell}” means {', '.join(meant)}: write the code")
            )
        elif not meant:
            wrong.append((f"无此列“{cell[:40]}”", f"there is no column “{cell[:40]}”"))
        elif meant[0] in codes:
            wrong.append((f"{_heading(meant[0], words, 'zh')}重复", f"{_heading(meant[0], words, 'en')} comes twice"))
        codes += meant
    if missing := [each.code for each in columns.required if each.code not in codes]:
        names = [", ".join(_heading(code, words, language) for code in missing) for language in ("zh", "en")]
        wrong.append((f"缺少{names[0]}", f"{names[1]} missing"))
    if wrong:
        zh, en = ("；".join(each[0] for each in wrong), "; ".join(each[1] for each in wrong))
        raise TableError(
            "HEADER",
            f"{name}：表头应为{columns}，或其中文名称。{zh}。",
            f"{name}: the header must be {columns}, or their Chinese names: {en}.",
        )
    return codes


def _heading(code: str, words: Mapping[str, Text], language: str) -> str:
    return f"{words[code].in_language(language)} {code}" if code in words else code
