"""Orders that arrive at the same time are accepted in one transaction, with an answer for each.

A set that fails is tried again in halves, so that one bad order does not spoil the others. A bad order, or one that
would have to wait, is processed alone, unless its time is over.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import translation
from rest_framework.request import Request

from config.frames.api import problems
from config.frames.api.concurrency import place_given_up
from config.frames.api.errors import RETRY_AFTER, OrderPutOff
from config.frames.api.views import caller_of, request_id_of
from config.kernel.access.keys import Caller
from config.kernel.database.locks import wait_at_most
from config.kernel.database.sql import owe
from config.kernel.database.transactions import owned
from config.kernel.law.refusals import Refusal
from config.kernel.requests import special_measures
from config.kernel.requests.idempotency import Claims, RenderedAnswer, RequestKey
from config.kernel.requests.micro_batches import MicroBatches, NotAnswered
from config.kernel.requests.special_measures import Checked
from config.logs import sqlstate
from transfers.api.answers import transfer_answer
from transfers.models import Transfer
from transfers.operations.accept import GivenOrder, TransferOrder, accept_together, find_sides

log = logging.getLogger("bank.transfers")

#: Maximum of orders in one transaction.
SET_MAX = 100
#: Lock timeouts in seconds, of a set and of a part of one that waited in vain: no order waits longer because of another
#: one.
_WAIT, _WAIT_AGAIN = 0.1, 0.02
#: Seconds after the beginning of a set from which no further part is tried.
_PARTS_SECONDS = 1.0
#: A thread that waited this many seconds for others' orders works at the same time; the second number is the maximum at
#: work.
_PATIENCE = 0.1
_TEAMS = 8
#: Seconds after its arrival from which an order is no longer begun: a gateway must not wait for a hundred lock
#: timeouts.
ORDER_SECONDS = 10.0
#: Error classes after which the result of a COMMIT is unknown: of the connection, and of its end by an operator.
_BROKEN = {"08", "57"}

#: Accepts an order alone; returns its answer and the refusal in it.
type Alone = Callable[[], tuple[RenderedAnswer | None, Refusal | None]]


@dataclass(slots=True, eq=False)
class OrderRequest:
    """An order of a request, and its outcome.

    :ivar language: language of the answer, as Django names it.
    :ivar checked: what the screening system answered about its people; an order with a person found is processed alone.
    :ivar answer: None until the order is accepted or refused; it stays None if the order must be processed alone.
    :ivar refusal: the refusal in the answer.
    :ivar lost: whether the connection broke while its set was processed, so that it is unknown whether the set was
        committed.
    """

    caller: Caller
    key: RequestKey
    order: TransferOrder
    request_id: str
    language: str
    checked: Checked | None = None
    answer: RenderedAnswer | None = None
    refusal: Refusal | None = None
    lost: bool = False

    @property
    def same(self) -> tuple[UUID, str]:
        """Return the key of the request, which is unique within a set."""
        return self.key.principal_id, self.key.key

    def put_off(self) -> Exception:
        """Return the error that asks for another request: nothing was done, or the outcome is unknown."""
        return NotAnswered() if self.lost else OrderPutOff(retry_after=RETRY_AFTER)


def order_request(request: Request, key: RequestKey, order: TransferOrder) -> OrderRequest:
    """Return an order together with the data of its request."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return OrderRequest(caller_of(request), key, order, request_id_of(request), language, special_measures.present())


def accept_request(request: OrderRequest, alone: Alone) -> tuple[RenderedAnswer | None, Refusal | None]:
    """Accept an order together with concurrent ones; return its answer and the refusal in it.

    :param alone: function that accepts it in a transaction of its own and returns the same.
    :raises KeyTaken: when another request has its key.
    :raises NotAnswered: when another thread took it over and did not finish or lost its connection.
    :raises OrderPutOff: when it must be processed alone and its time is over.
    """
    ends = monotonic() + ORDER_SECONDS
    _ORDERS.do((request, alone))
    if request.answer is not None:
        return request.answer, request.refusal
    if monotonic() >= ends:
        raise request.put_off()
    return alone()


def accept_requests(requests: Sequence[OrderRequest]) -> None:
    """Accept orders in one transaction; `answer` stays None for those that must be processed alone.

    If that fails, each half is tried again, and so on.

    :param requests: requests with different keys.
    """
    ends = monotonic() + _PARTS_SECONDS
    parts, wait = deque([requests]), _WAIT
    while parts and monotonic() < ends:
        part = parts.popleft()
        try:
            _accept(part, wait=wait)
        except Exception as error:  # noqa: BLE001 - the failing order raises it again when it is processed alone
            # Rolled back as a whole, unless the connection broke at COMMIT.
            if isinstance(error, (OperationalError, InterfaceError)) and (sqlstate(error) or "08")[:2] in _BROKEN:
                for request in part:
                    request.lost = True
            log.info("a set of orders failed", extra={"cause": type(error).__name__, "orders": len(part)})
            if len(part) > 1:
                parts += part[: len(part) // 2], part[len(part) // 2 :]
            wait = _WAIT_AGAIN


def _accept(requests: Sequence[OrderRequest], *, wait: float) -> None:
    claims = Claims([each.key for each in requests])
    with owned():
        owe(wait_at_most(wait))
        claims.take(wait=f"{wait}s")
        found = find_sides([each.order for each in requests])
        places = sorted(claims.taken_positions)
        given = [
            GivenOrder(requests[place].order, requests[place].caller, found[place], requests[place].checked)
            for place in places
        ]
        outcomes = accept_together(given)
        answers = {
            place: _answer(requests[place], outcome)
            for place, outcome in zip(places, outcomes, strict=True)
            if outcome is not None
        }
        claims.store_answers({place: answer for place, (answer, _) in answers.items()})
    for place, (answer, refusal) in answers.items():
        requests[place].answer, requests[place].refusal = answer, refusal


def _answer(request: OrderRequest, outcome: Transfer | Refusal) -> tuple[RenderedAnswer, Refusal | None]:
    if isinstance(outcome, Transfer):
        return RenderedAnswer(201, problems.render(transfer_answer(outcome, outcome.accepted_at))), None
    with translation.override(request.language):
        return problems.answer_of(outcome, request.request_id), outcome


def _work(waiting: list[tuple[OrderRequest, Alone]]) -> None:
    if len(waiting) > 1:
        accept_requests([request for request, _ in waiting])
    else:
        ((request, alone),) = waiting
        request.answer, request.refusal = alone()


_ORDERS: MicroBatches[tuple[OrderRequest, Alone]] = MicroBatches(
    _work,
    same=lambda each: each[0].same,
    most=SET_MAX,
    teams=_TEAMS,
    patience=_PATIENCE,
    limit=ORDER_SECONDS,
    while_waiting=place_given_up,
)
