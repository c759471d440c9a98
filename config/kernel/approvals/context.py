"""Context of a request for its proposals and decisions: the submitted form, the list confirmed by one code.

A proposal keeps its form, so that the form opens filled in when the proposal is returned (退回补正). A decision
keeps the digest of its list (合并复核).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SubmittedForm:
    """The form that a person is submitting.

    :ivar address: of the page that shows the form.
    :ivar content: the text typed, as a form draft keeps it; empty where nothing may be kept.
    :ivar follows: the returned proposal that this form corrects; None without one.
    """

    address: str
    content: str = field(repr=False)
    follows: UUID | None = None


_submitted: ContextVar[Callable[[], SubmittedForm | None] | None] = ContextVar("submitted_form", default=None)


@contextmanager
def submitting(form: Callable[[], SubmittedForm | None]) -> Iterator[None]:
    """Make a form available to the proposals that are created in the block."""
    token = _submitted.set(form)
    try:
        yield
    finally:
        _submitted.reset(token)


def submitted_form() -> SubmittedForm | None:
    """Return the form that is being submitted; None without one."""
    form = _submitted.get()
    return form() if form else None


_NOTHING: Mapping[str, Any] = {}
_list: ContextVar[Mapping[str, Any]] = ContextVar("decided_together", default=_NOTHING)


@contextmanager
def decided_together(digest: str, count: int) -> Iterator[None]:
    """Let each decision in the block record that one code confirmed the whole list.

    :param digest: of the confirmed list; the same for all of its decisions.
    :param count: number of confirmed proposals.
    """
    token = _list.set({"list_digest": digest, "list_count": count})
    try:
        yield
    finally:
        _list.reset(token)


def list_confirmed() -> Mapping[str, Any]:
    """Return the digest and count of the confirmed list for a decision; empty outside a list."""
    return _list.get()
