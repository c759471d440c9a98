"""One attempt of somebody who holds the application's role and writes what the application never does."""

from typing import NamedTuple


class Attempt(NamedTuple):
    """An attempt, and what becomes of it: it is refused, or seen by the proof, or neither, which is said with why.

    :ivar statements: what is written, in this order, in one transaction; each must touch a row.
    :ivar refused_by: the constraint or trigger that refuses it; `grants` where the role may not.
    :ivar seen_by: the invariant that names it.
    :ivar unseen_because: why neither does.
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
