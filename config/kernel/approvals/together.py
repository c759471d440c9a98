"""Several proposals that one code confirms (合并复核): each decision says which list it was, and of how many."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_NOTHING: Mapping[str, Any] = {}
_list: ContextVar[Mapping[str, Any]] = ContextVar("decided_together", default=_NOTHING)


@contextmanager
def decided_together(digest: str, count: int) -> Iterator[None]:
    """Let decisions in the block keep that one code confirmed them as one list.

    :param digest: of what was confirmed: the same for all of the list.
    :param count: how many were confirmed.
    """
    token = _list.set({"list_digest": digest, "list_count": count})
    try:
        yield
    finally:
        _list.reset(token)


def list_confirmed() -> Mapping[str, Any]:
    """Return what a decision keeps of the list that it is of; nothing where it is of none."""
    return _list.get()
