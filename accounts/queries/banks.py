"""Queries of the directory of banks (行名行号): by code and by name."""

import re
from collections.abc import Collection

from django.db.models import QuerySet
from django.db.models.functions import Length

from accounts.models import ListedBank

#: The most banks that are offered; a user who does not find the bank types more of its name.
OFFERED_MAX = 20
NAME_MAX = 120
_CODE = re.compile(r"[0-9]+")


def is_loaded() -> bool:
    """Return whether the operator has loaded a directory; without one any code is accepted."""
    return ListedBank.objects.filter(listed=True).exists()


def listed_name(code: str) -> str | None:
    """Return the name of a bank in the directory, None where the code is unknown or no longer listed."""
    return ListedBank.objects.filter(code=code, listed=True).values_list("name", flat=True).first()


def names_of(codes: Collection[str]) -> dict[str, str]:
    """Return the names of banks by their codes, former ones too; one query, none for no code."""
    known = {code for code in codes if code}
    return dict(ListedBank.objects.filter(code__in=known).values_list("code", "name")) if known else {}


def find_banks(typed: str) -> list[ListedBank]:
    """Return banks whose code begins as typed, or whose name has every typed word: the shortest names first.

    :param typed: digits, or words of a name with spaces between; less than two characters find nothing.
    """
    words = typed.split()
    if len(typed.strip()) < 2:
        return []
    banks: QuerySet[ListedBank] = ListedBank.objects.filter(listed=True)
    if len(words) == 1 and _CODE.fullmatch(words[0]):
        return list(banks.filter(code__startswith=words[0]).order_by("code")[:OFFERED_MAX])
    for word in words:
        banks = banks.filter(name__contains=word)
    return list(banks.order_by(Length("name"), "code")[:OFFERED_MAX])
