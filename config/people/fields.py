"""What is typed of people and principals: staff numbers and names."""

import re

from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.models.people import STAFF_NUMBER

_NAME = re.compile(r"[\w.@+-][\w .@+-]{0,62}[\w.@+-]|[\w.@+-]")


def staff_number_of(value: str) -> str:
    """Return a staff number as it is kept: upper case, without what surrounds it.

    :raises BadRequest: for what is none.
    """
    number = value.strip().upper()
    if not re.fullmatch(STAFF_NUMBER, number) or not number.isascii():
        wrong = Text("工号为1至20位字母、数字或连字符。", "A staff number has 1 to 20 letters, digits or hyphens.")
        raise BadRequest({"staff_number": [wrong]})
    return number


def name_of(value: str) -> str:
    """Return the name of a principal or a group.

    :raises BadRequest: for what is none.
    """
    name = value.strip()
    if not _NAME.fullmatch(name):
        wrong = Text(
            "名称为1至64个字母、数字、空格或 . @ + - _。", "A name has 1 to 64 letters, digits, spaces or . @ + - _."
        )
        raise BadRequest({"name": [wrong]})
    return name
