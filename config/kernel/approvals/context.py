"""What is at hand while proposals are submitted or decided: the form they come from, the list that one code confirms.

A proposal keeps its form, to open it filled again where it is returned (退回补正); a decision keeps its list (合并复核).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FormAtHand:
    """What somebody submits by a form.

    :ivar address: of the page on which the form stands.
    :ivar content: what was typed, as the page's drafts keep it; empty where nothing of it is to be kept.
    :ivar follows: the returned proposal that this corrects, where it does.
    """

    address: str
    content: str = field(repr=False)
    follows: UUID | None = None


_at_hand: ContextVar[Callable[[], FormAtHand | None] | None] = ContextVar("form_at_hand", default=None)


@contextmanager
def submitting(form: Callable[[], FormAtHand | None]) -> Iterator[None]:
    """Let proposals that are made in the block be of a form; only what proposes something asks for it."""
    token = _at_hand.set(form)
    try:
        yield
    finally:
        _at_hand.reset(token)


def form_at_hand() -> FormAtHand | None:
    """Return the form that is being submitted, None where there is none."""
    form = _at_hand.get()
    return form() if form else None


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
