"""Our bank: orders held at a machine or posted at once, one by one and in sets, each with its own key."""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from itertools import count
from random import Random

from django.core.management import call_command

from accounts.vocabulary import Channel
from benchmarks.cases.seeds import EACH_FEN, NAME, UNRESERVED, account_number, card_number, principal, seed
from config.frames.api import problems
from config.kernel.database.clock import advance_sandbox_clock, install_sandbox
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.requests.idempotency import RenderedAnswer, RequestKey, fingerprint, work_once
from transfers.api.answers import transfer_answer
from transfers.api.order_sets import OrderRequest, accept_requests
from transfers.operations.accept import TransferOrder, accept_transfer
from transfers.operations.release import Released
from transfers.operations.release_all import release_all
from transfers.vocabulary import Arrival, ReleasedBy

SET = 100
WRONG = """
SELECT (SELECT count(*) FROM transfers_transfer) <> %(calls)s AS "not one transfer for each call",
       (SELECT count(*) FROM kernel_decision) <> %(calls)s AS "not one decision for each call",
       (SELECT count(*) FROM kernel_idempotencykey WHERE status = 201) <> %(calls)s AS "not one answer for each call",
       (SELECT sum(balance_fen) FROM accounts_account) <> %(money)s AS "money came or went",
       (SELECT count(*) FROM transfers_transfer WHERE status <> 'posted') > 0 AS "something is held still"
"""


def seeded(accounts: int) -> "Ours":
    """Return a bank with accounts of a million yuan each."""
    call_command("migrate", interactive=False, verbosity=0)
    seed(accounts, fen=EACH_FEN)
    return Ours(range(1, accounts + 1))


class Ours:
    """The operations behind `POST /transfers` and its batches, without HTTP.

    :param who: numbers of the accounts that pay and are paid.
    :param first: number of the first order, so that two processes on one bank use different keys.
    """

    def __init__(self, who: Sequence[int], first: int = 0) -> None:
        self.who = who
        self.chance, self.numbers, self.released = Random(1 + first), count(first), 0
        self.callers = {"atm": principal("atm"), "mobile": principal("gateway")}

    def ways(self) -> dict[str, tuple[Callable[[], None], int]]:
        """Return the ways: held and posted, one by one and in sets."""
        return {
            name: way
            for name, channel in (("held", "atm"), ("posted", "mobile"))
            for name, way in (
                (name, (partial(self._one, channel), 1)),
                (f"{name}, sets of {SET}", (partial(self._set, channel), SET)),
            )
        }

    def _one(self, channel: str) -> None:

        asked = self._request(channel)

        def work() -> RenderedAnswer:
            made = accept_transfer(asked.order, principal=asked.caller)
            return RenderedAnswer(201, problems.render(transfer_answer(made, made.accepted_at)))

        assert work_once(asked.key, work).status == 201

    def _set(self, channel: str) -> None:

        asked = [self._request(channel) for _ in range(SET)]
        accept_requests(asked)
        assert all(each.answer and each.answer.status == 201 for each in asked)

    def _request(self, channel: str) -> OrderRequest:

        caller, number = self.callers[channel], f"{next(self.numbers)}"
        key = RequestKey(caller.pk, number, fingerprint("POST", "/api/v1/transfers", number))
        return OrderRequest(caller, key, self._order(channel), number, "zh-hans")

    def _order(self, channel: str) -> TransferOrder:

        payer, payee = self.chance.sample(self.who, 2)
        return TransferOrder(
            channel=Channel(channel),
            amount_fen=1,
            payer_card=card_number(payer),
            payer_account_id=None,
            payee_account_number=account_number(payee),
            payee_bank_code="",
            payee_name=NAME,
            arrival=Arrival.REAL_TIME if channel == "mobile" else None,
        )

    def release(self, number: int) -> dict[str, float]:
        """Release all held transfers in this process, a day later."""
        install_sandbox()
        rows("VACUUM ANALYZE")
        perform(lambda: advance_sandbox_clock(Decimal(86_400)))
        began, cpu = time.perf_counter(), time.process_time()
        done = sum(release_all(released_by=ReleasedBy.CELERY), Released())
        self.released = done.posted
        return {"calls": done.posted, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}

    def wrong(self, calls: int) -> list[str]:
        """Return the errors found after some transfers."""
        (found,) = rows(WRONG, {"calls": calls - self.released, "money": len(self.who) * EACH_FEN})
        unreserved = rows(UNRESERVED)[0]["count"]
        return [
            *(name for name, wrong in found.items() if wrong),
            *(["accounts reserve something"] if unreserved else []),
        ]
