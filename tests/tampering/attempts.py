"""An attempt: SQL that a person with the application's role runs and the application itself never does."""

from typing import NamedTuple


class Attempt(NamedTuple):
    """An attempt and its expected result: refused, seen by the proof, or neither with the reason.

    :ivar statements: the SQL, in this order, in one transaction; each must touch a row.
    :ivar refused_by: the constraint or trigger that refuses it; `grants` if the role lacks the right.
    :ivar seen_by: the invariant that names it.
    :ivar unseen_because: the reason why neither happens.
    """

    name: str
    statements: tuple[str, ...]
    refused_by: str = ""
    seen_by: str = ""
    unseen_because: str = ""


def refused(by: str, name: str, *statements: str) -> Attempt:
    return Attempt(name, statements, refused_by=by)


def seen(by: str, name: str, *statements: str) -> Attempt:
    return Attempt(name, statements, seen_by=by)


def unseen(because: str, name: str, *statements: str) -> Attempt:
    return Attempt(name, statements, unseen_because=because)
