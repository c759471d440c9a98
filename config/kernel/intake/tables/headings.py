"""What heads the columns of a table: a code, or the Chinese word that screens show for it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Model

from config.kernel.intake.tables.faults import TableError
from config.kernel.law.text import Text

type Words = Mapping[str, Text]


def words_of(model: type[Model], *same: str, **other: str) -> dict[str, Text]:
    """Return what columns of a file are called: as the columns of a model that they become.

    :param same: columns whose codes are the names of the model's.
    :param other: the model's name of a column, by its code.
    """
    names = {name: name for name in same} | other
    fields: dict[str, Any] = {code: model._meta.get_field(name) for code, name in names.items()}
    return {code: field.verbose_name for code, field in fields.items()}


def read_header(
    cells: Sequence[str], name: str, columns: Collection[str], optional: Collection[str], words: Words
) -> list[str]:
    """Return the codes of the columns that a header names.

    :param name: what the table is called in reports.
    :raises TableError: where one is missing, not known, named twice, or a word means two columns.
    """
    known = [*columns, *optional]
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
            wrong.append((f"{_told(meant[0], words, 'zh')}重复", f"{_told(meant[0], words, 'en')} comes twice"))
        codes += meant
    if missing := [code for code in columns if code not in codes]:
        told = [", ".join(_told(code, words, language) for code in missing) for language in ("zh", "en")]
        wrong.append((f"缺少{told[0]}", f"{told[1]} missing"))
    if wrong:
        wanted = ",".join(columns)
        more = f" [{','.join(optional)}]" if optional else ""
        zh, en = ("；".join(each[0] for each in wrong), "; ".join(each[1] for each in wrong))
        raise TableError(
            "HEADER",
            f"{name}：表头应为{wanted}{more}，或其中文名称。{zh}。",
            f"{name}: the header must be {wanted}{more}, or their Chinese names: {en}.",
        )
    return codes


def _told(code: str, words: Words, language: str) -> str:
    return f"{words[code].in_language(language)} {code}" if code in words else code
