"""Context of a request for its proposals and decisions: the submitted form, and the circumstances of a decision.

A proposal keeps its form, so that the form opens filled in when the proposal is returned (退回补正). A decision
keeps the digest of its list (合并复核), or the desk at which it was authorized (现场授权).
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
_circumstances: ContextVar[Mapping[str, Any]] = ContextVar("circumstances_of_decisions", default=_NOTHING)


@contextmanager
def decided_together(digest: str, count: int) -> Iterator[None]:
    """Let each decision in the block record that one code confirmed the whole list.

    :param digest: of the confirmed list; the same for all of its decisions.
    :param count: number of confirmed proposals.
    """
    with _recorded({"list_digest": digest, "list_count": count}):
        yield


@contextmanager
def decided_on_site(maker: str, sign_in_id: UUID | None, address: str | None) -> Iterator[None]:
    """Let each decision in the block record the desk at which its checker authorized it (现场授权).

    :param maker: name of the principal who is signed in there.
    :param sign_in_id: of the maker's session.
    :param address: network address of the desk, as far as known.
    """
    desk = {"desk_of": maker, "desk_sign_in": str(sign_in_id) if sign_in_id else "", "desk_address": address or ""}
    with _recorded(desk):
        yield


@contextmanager
def _recorded(facts: Mapping[str, Any]) -> Iterator[None]:
    token = _circumstances.set(facts)
    try:
        yield
    finally:
        _circumstances.reset(token)


def circumstances() -> Mapping[str, Any]:
    """Return what a decision records about its circumstances: the confirmed list or the desk; empty without either."""
    return _circumstances.get()
