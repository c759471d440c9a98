"""Questions to the bank's own screening system about the people whom an act names (特别预防措施核查).

The lists of special measures are in that system (`SCREENING_URL`). It is asked before the transaction of the act, once
for all people. Without a valid answer nothing is done. What was asked is kept for the act in a context, in which its
operations require it (`confirm`) and its decisions record it. Documented in docs/special-measures.md.
"""

import json
import logging
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import in_transaction
from config.kernel.identity.masking import Unreadable
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import RequestError
from config.kernel.law.text import Codes, Text
from config.kernel.requests.timed_exchange import ExchangeFailed, post
from config.kernel.vault.sealed import name_key

log = logging.getLogger("bank.special_measures")

#: Seconds for the whole exchange with the screening system.
SECONDS = 2.0
#: Bytes of its answer.
ANSWER_BYTES = 64 * 1024
#: Seconds after which a request that it did not answer should be repeated.
RETRY_AFTER = 2
#: The reference of an answer: no text in which a name could be.
_REFERENCE = re.compile(r"[!-~]{1,100}")


class CheckUnavailable(RequestError):
    """Error for an act whose people could not be checked; nothing was done and the key is free."""

    status = 503
    code = "CHECK_UNAVAILABLE"
    title = Text("核查暂不可用", "Check unavailable")
    zh = "办理前须完成的核查暂不可用，本次未作任何处理。请稍后重试；接口请使用同一 Idempotency-Key。"
    en = "A check that must precede this is unavailable; nothing was done. Repeat it shortly, over the API with the same Idempotency-Key."

    def __init__(self) -> None:
        super().__init__(retry_after=RETRY_AFTER)


class PartInAct(Codes):
    """The part of a person or organization in an act."""

    HOLDER = "holder", Text("客户", "Customer")
    AGENT = "agent", Text("代理人", "Agent")
    REPRESENTATIVE = "representative", Text("法定代表人", "Legal representative")
    OWNER = "owner", Text("受益所有人", "Beneficial owner")
    PAYER = "payer", Text("付款人", "Payer")
    PAYEE = "payee", Text("收款人", "Payee")


@dataclass(frozen=True, slots=True)
class Named:
    """A person or organization whom an act names.

    :ivar kind: `individual` or `organization`; `unknown` for a payee at another bank.
    :ivar customer_id: of a customer on record; it is not sent.
    """

    name: str = field(repr=False)
    part: PartInAct
    kind: str = "unknown"
    document_type: str | None = None
    document_number: str | None = field(default=None, repr=False)
    customer_id: UUID | None = None

    def sent(self) -> dict[str, str]:
        """Return the members of the request about this person.

        :raises CheckUnavailable: when the stored name or number cannot be read.
        """
        if isinstance(self.name, Unreadable) or isinstance(self.document_number, Unreadable):
            raise CheckUnavailable
        found = {"name": self.name, "kind": self.kind, "role": self.part.value}
        if self.document_type and self.document_number:
            found |= {"document_type": self.document_type, "document_number": self.document_number}
        return found


@dataclass(frozen=True, slots=True)
class ScreenedAct:
    """An act with the people whom it names.

    :ivar kind: the kind of its decision.
    :ivar people: empty where nobody is on record, so that the act ends in its own refusal.
    """

    kind: str
    people: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer of the screening system about an act.

    :ivar asked_at: the bank's instant before the question; None if there was nobody to ask about.
    :ivar names: the keys of the names that were asked about.
    :ivar hits: the people under special measures.
    """

    act: str
    asked_at: datetime | None = None
    reference: str = ""
    names: frozenset[bytes] = field(default=frozenset(), repr=False)
    hits: tuple[Named, ...] = field(default=(), repr=False)

    def record(self) -> dict[str, Any]:
        """Return the answer as a decision keeps it."""
        if self.asked_at is None:
            return {}
        return {
            "special_measures_asked_at": rfc3339(self.asked_at),
            "special_measures_reference": self.reference,
            "special_measures_hit": bool(self.hits),
        }

    def covers(self, names: Collection[bytes | None]) -> bool:
        """Return whether all of these names were asked about and none is under special measures."""
        return not self.hits and self.names.issuperset(bytes(each) for each in names if each is not None)


_checked: ContextVar[Checked | None] = ContextVar("special_measures", default=None)


def is_on() -> bool:
    """Return whether the bank has a screening system that is asked."""
    return bool(settings.SCREENING_URL)


@contextmanager
def checked_act(checked: Checked | None) -> Iterator[None]:
    """Let the operations in the block know that the people of their act were asked about."""
    token = _checked.set(checked)
    try:
        yield
    finally:
        _checked.reset(token)


def present() -> Checked | None:
    """Return the answer about the act of this context; None if nobody was asked about."""
    return _checked.get()


def recorded() -> dict[str, Any]:
    """Return the answer about the act of this context as its decisions keep it; empty without one."""
    checked = _checked.get()
    return checked.record() if checked else {}


def confirm(*names: bytes | None) -> None:
    """Require that the screening system was asked about all people of an act, under the locks of the act.

    :param names: the keys of their names as they are now; None for nobody.
    :raises CheckUnavailable: when it is on and was not asked about one of them, or one of them was found.
    """
    if is_on() and not is_confirmed(_checked.get(), names):
        raise CheckUnavailable


def is_confirmed(checked: Checked | None, names: Collection[bytes | None]) -> bool:
    """Return whether an act may continue: no screening system is asked, or it was asked about all of these names."""
    return not is_on() or (checked is not None and checked.covers(names))


def ask_about(
    acts: Sequence[ScreenedAct], *, while_waiting: Callable[[], AbstractContextManager[None]] = nullcontext
) -> list[Checked]:
    """Ask the screening system about the people of some acts, in one request; return the answer for each act.

    :param while_waiting: context for the time of the exchange.
    :raises RuntimeError: inside a transaction, which must not wait for another system.
    :raises CheckUnavailable: without a valid answer in time.
    """
    if in_transaction():
        raise RuntimeError("The screening system is asked before the transaction of an act.")
    people = list(dict.fromkeys(each for act in acts for each in act.people))
    if not people:
        return [Checked(act.kind) for act in acts]
    content = _content(acts, people)
    at = bank_now()
    with while_waiting():
        reference, found = _answer(content, len(people))
    hits = {people[place] for place in found}
    return [
        Checked(
            act.kind,
            at if act.people else None,
            reference,
            frozenset(name_key(each.name) for each in act.people),
            tuple(each for each in act.people if each in hits),
        )
        for act in acts
    ]


def _content(acts: Sequence[ScreenedAct], people: Sequence[Named]) -> bytes:
    # The acts of one request are of one kind.
    asked = {"act": acts[0].kind, "subjects": [each.sent() for each in people]}
    return json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()


def _answer(content: bytes, count: int) -> tuple[str, frozenset[int]]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if settings.SCREENING_TOKEN:
        headers["Authorization"] = f"Bearer {settings.SCREENING_TOKEN}"
    try:
        answer = post(settings.SCREENING_URL, content, headers, seconds=SECONDS, most_bytes=ANSWER_BYTES)
        return _read(answer, count)
    except ExchangeFailed as error:
        # The cause only: neither question nor answer.
        log.error("the screening system did not answer: %s", error)  # noqa: TRY400 - a trace says no more
        raise CheckUnavailable from None


def _read(answer: bytes, count: int) -> tuple[str, frozenset[int]]:
    """Return the reference and the positions found.

    :raises ExchangeFailed: when the answer has another form.
    """
    try:
        body = json.loads(answer, object_pairs_hook=_members)
    except (ValueError, RecursionError):
        body = None
    reference, hits = (body.get("reference"), body.get("hits")) if isinstance(body, dict) else (None, None)
    if not isinstance(reference, str) or not _REFERENCE.fullmatch(reference) or not isinstance(hits, list):
        raise ExchangeFailed("malformed answer")
    if not all(type(each) is int and 0 <= each < count for each in hits):
        raise ExchangeFailed("positions of nobody")
    return reference, frozenset(hits)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("repeated member")
    return found
