"""API view for several orders in one request, each as if sent alone under its own key.

Orders that must wait for a lock are processed one by one until the time of the batch is over.
"""

import json
import logging
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

from django.db import OperationalError
from drf_spectacular.utils import extend_schema_field
from psycopg.errors import LockNotAvailable
from rest_framework import serializers

from config.frames.api.answers import Answer
from config.frames.api.concurrency import place_given_up
from config.frames.api.errors import OrderPutOff, problem_of
from config.frames.api.fields import AN_OBJECT, StrictSerializer
from config.frames.api.views import Result, request_id_of
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.locks import wait_at_most
from config.kernel.database.sql import owe
from config.kernel.database.transactions import owned
from config.kernel.law.refusals import BadRequest
from config.kernel.models import TrailKind
from config.kernel.requests import idempotency, special_measures
from config.kernel.requests.idempotency import RenderedAnswer, RequestKey
from config.kernel.requests.special_measures import CheckUnavailable
from config.kernel.trail import trail
from transfers.api.bodies import TransferBody
from transfers.api.order_sets import ORDER_SECONDS, SET_MAX, OrderRequest, accept_requests, order_request
from transfers.api.transfers import AcceptingView
from transfers.operations.accept import TransferOrder, is_payer_locked
from transfers.operations.people_named import orders_named

log = logging.getLogger("bank.transfers")

#: Address of a single order; a key in a batch counts as a key of this request.
_ALONE = "/api/v1/transfers"
#: Seconds that an order begun at the last moment may wait for a lock.
LEAST_SECONDS = 0.1


@extend_schema_field(
    {
        "description": "A body of `POST /transfers`, and `idempotency_key`. For any other value only "
        "this order is answered 400.",
        "anyOf": [
            {
                "type": "object",
                "required": ["idempotency_key", "payer", "payee", "amount", "arrival"],
                "properties": {"idempotency_key": {"type": "string", "pattern": "^[!-~]{1,255}$"}},
            },
            {},
        ],
    }
)
class KeyedOrderField(serializers.JSONField):
    """An order of a batch; its errors are the outcome of this order only."""

    def run_validation(self, data: Any = None) -> Any:
        # All checks, even of null, are left to the order itself.
        return data


class BatchBody(StrictSerializer):
    """Orders of one batch."""

    examples = {
        "one": {"orders": [{"idempotency_key": "2026-01-05/1", **TransferBody.examples["counter"]}]},
    }

    orders = serializers.ListField(child=KeyedOrderField(), min_length=1, max_length=SET_MAX)


class OrderOutcome(Answer):
    """Outcome of one order, as `POST /transfers` answers it."""

    status = serializers.IntegerField()
    body = serializers.DictField()
    replayed = serializers.BooleanField()


class BatchAnswer(Answer):
    """Outcomes of the orders of a batch, in their order."""

    results = OrderOutcome(many=True)


class _Order(NamedTuple):
    """An order of a batch as a separate request, with its fields."""

    request: OrderRequest
    data: dict[str, Any]


class BatchView(AcceptingView):
    """`POST /transfers/batch`: up to a hundred orders; one that fails does not affect the others.

    An order not begun within ten seconds gets 503. So do further orders of a payer whose account another transaction
    has locked. They may be sent again under their keys.
    """

    roles = {"POST": ROLES[Permission.MAKE_TRANSFERS]}
    body = BatchBody
    keyed = False
    answers = {"POST": {200: BatchAnswer}}

    def check_channel(self, caller: Caller, data: dict[str, Any]) -> None:
        # A wrong channel is the outcome of the order, not of the batch.
        if "orders" not in data:
            super().check_channel(caller, data)

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        self.ends = monotonic() + ORDER_SECONDS
        self.held: set[tuple[str | None, UUID | None]] = set()
        read = [self._result_or_problem(partial(self._read, caller, each)) for each in data["orders"]]
        if special_measures.is_on():
            read = self._screened(read)
        together: dict[Any, OrderRequest] = {}
        for each in read:
            if isinstance(each, _Order) and not (each.request.checked and each.request.checked.hits):
                together.setdefault(each.request.same, each.request)
        if together:
            accept_requests(list(together.values()))
        results = [
            self._result_or_problem(partial(self._answered, caller, each)) if isinstance(each, _Order) else each
            for each in read
        ]
        return 200, {"results": results}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        owe(wait_at_most(max(self.ends - monotonic(), LEAST_SECONDS)))
        return super().operate(caller, data, **path)

    def _read(self, caller: Caller, given: Any) -> _Order | Mapping[str, Any]:
        """Return an order as a separate request; or the stored answer if its key was used before."""
        if not isinstance(given, dict):
            raise BadRequest({"body": [AN_OBJECT]})
        key = given.get("idempotency_key")
        key = idempotency.check_key(key if isinstance(key, str) else None)
        body = {name: value for name, value in given.items() if name != "idempotency_key"}
        asked = RequestKey(caller.id, key, idempotency.fingerprint("POST", _ALONE, body))
        try:
            data = self._valid(TransferBody, body, self.request)
            self.check_channel(caller, data)
        except Exception:
            answer = asked.answer()
            if answer is None:
                raise
            return _outcome(answer, replayed=True)
        return _Order(order_request(self.request, asked, self.order(data)), data)

    def _screened(self, read: list[_Order | Mapping[str, Any]]) -> list[_Order | Mapping[str, Any]]:
        """Ask once about the people of all orders; those that cannot be checked get 503, repeats their stored answers."""
        orders = [each for each in read if isinstance(each, _Order)]
        known = idempotency.known_keys([each.request.key for each in orders])
        new = [each for each in orders if each.request.key not in known]
        try:
            acts = orders_named([each.request.order for each in new]) if new else []
            checked = special_measures.ask_about(acts, while_waiting=place_given_up)
        except CheckUnavailable as error:
            unchecked = self._problem(error)
            return [unchecked if any(each is order for order in new) else each for each in read]
        for order, found in zip(new, checked, strict=True):
            order.request.checked = found
        return read

    def _answered(self, caller: Caller, order: _Order) -> Mapping[str, Any]:
        request = order.request
        if request.answer is None:
            # The order would have had to wait, or its key is that of a repeat.
            return self._alone(order)
        if request.refusal is not None:
            self.refused(caller, order.data, request.refusal)
        return _outcome(request.answer, replayed=False)

    def _alone(self, order: _Order) -> Mapping[str, Any]:
        request = order.request
        payer = request.order.payer_card, request.order.payer_account_id
        if payer in self.held or monotonic() >= self.ends:
            known = request.key.answer()
            if known is None:
                raise request.put_off()
            return _outcome(known, replayed=True)
        try:
            with special_measures.checked_act(request.checked):
                answer, replayed = self.answered_once(self.request, request.key, order.data, {})
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable) and _is_held(request.order):
                self.held.add(payer)
            raise
        return _outcome(answer, replayed=replayed)

    def _result_or_problem[T](self, work: Callable[[], T]) -> T | Mapping[str, Any]:
        """Return the result of some work, or the problem in which it ends, for one order only."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - the outcome of this order
            return self._problem(error)

    def _problem(self, error: Exception) -> Mapping[str, Any]:
        problem = problem_of(error)
        if problem.status >= 500 and not isinstance(error, (OrderPutOff, CheckUnavailable)):
            log.error("order of a batch failed", exc_info=error, extra={"request_id": request_id_of(self.request)})
        if problem.status == 403:
            trail.record_refusal(TrailKind.FORBIDDEN, self.http_request, problem.code)
        body = problem.body(request_id_of(self.request))
        return OrderOutcome.of(problem, body=body, replayed=False)


def _is_held(order: TransferOrder) -> bool:
    """Return whether an order waited in vain for the payer's account, not for the payee's."""
    try:
        with owned():
            owe(wait_at_most(LEAST_SECONDS))
            return is_payer_locked(order)
    except OperationalError as error:
        return isinstance(error.__cause__, LockNotAvailable)


def _outcome(answer: RenderedAnswer, *, replayed: bool) -> Mapping[str, Any]:
    return OrderOutcome.of(answer, body=json.loads(answer.body), replayed=replayed)
