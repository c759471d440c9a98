"""The form that somebody submits: what it proposes keeps it, to open filled again where it is returned (退回补正)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
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
