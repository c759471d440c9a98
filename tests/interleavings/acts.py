"""Acts of concurrent sessions about one held transfer, its payer and its payee.

The payer and the payee are one person under two customers until they are merged. A certificate about the
payer, a listed document of the payer's, and the merge are pending proposals.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.test import RequestFactory
from django.urls import resolve

from accounts.models import Account
from accounts.operations.accounts import close_account
from accounts.operations.documents import request_document_link
from accounts.operations.freezes import place_freeze
from accounts.operations.merging import request_merge
from accounts.till.operations.cash import deposit_cash, withdraw_cash
from accounts.vocabulary import Channel
from blacklist.operations.drafts import CertificateDraft
from blacklist.operations.registration import register_certificate
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.requests.documents import DocumentInput
from tests import factories
from tests.blacklist.cast import case_draft, draft, latest_approval, person
from tests.clock import NOON, Clock
from tests.factories import Person
from tests.http import ApiClient
from tests.interleavings.sessions import Unit
from tests.transfers.conftest import CARD, pay_in
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations.cancel import Applicant, cancel_transfer
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

#: What one session does: units of work, each with transactions of its own. An act is one such list, or several at once.
type Act = Callable[[], list[list[Unit]]]

#: When the transfer falls due; acts that may come before it begin an hour earlier.
DUE = NOON + timedelta(hours=2)
#: 张三 under another document: the payee, until both are found to be one.
PERMIT = Person("张三", "H12345678", "hk_macau_permit")
PASSPORT = ("passport", "X1234567", "GBR")
TRANSFERS = "/api/v1/transfers"


@dataclass(slots=True)
class Cast:
    """The customers, accounts and people of the acts.

    :ivar waiting: pending proposals by name, each with its checker.
    """

    clock: Clock
    payer: Account
    payee: Account
    transfer: Transfer
    waiting: dict[str, tuple[UUID, Caller]] = field(default_factory=dict)

    def wait(self, name: str, checker: Caller) -> None:
        """Store the latest proposal under a name."""
        self.waiting[name] = latest_approval().id, checker

    def approve(self, name: str) -> Act:
        """Return the act that approves the proposal of a name."""
        approval_id, checker = self.waiting[name]
        return once(lambda: perform(lambda: approvals.approve(approval_id, principal=checker)))


@dataclass(frozen=True, slots=True)
class Named:
    """An account as a cash movement names it."""

    account_id: UUID | None
    card_number: str | None = None


def once(unit: Unit) -> Act:
    """Return the act of one session with one unit of work."""
    return lambda: [[unit]]


def founded(clock: Clock) -> Cast:
    """Create the bank of the acts."""
    zhang, other = factories.customer(factories.ZHANG), factories.customer(PERMIT)
    payer = factories.account(zhang, "I", account_number="6000100000000001")
    pay_in(payer, 100_000)
    factories.card(payer, number=CARD)
    payee = factories.account(other, "II", account_number="6000200000000002")
    (transfer,) = held(payer, payee, amount_fen=10_000, due_at=DUE)
    cast = Cast(clock, payer, payee, transfer)
    officer, second = factories.caller("compliance"), factories.caller("compliance", "second")
    teller, supervisor = factories.caller("teller"), factories.caller("supervisor")
    listed = draft(
        doc_no="公(反诈)认字〔2026〕002号", subjects=(person(PASSPORT[1], "ZHANG SAN", PASSPORT[0], PASSPORT[2]),)
    )
    register(listed, officer)
    perform(lambda: approvals.approve(latest_approval().id, principal=second))
    register(draft(), officer)
    cast.wait("certificate", second)
    entered = DocumentInput(*PASSPORT, None)
    perform(lambda: request_document_link(principal=teller, customer_id=zhang.id, entered=entered))
    cast.wait("link", supervisor)
    perform(lambda: request_merge(principal=teller, customer_id=zhang.id, other_id=other.id, evidence="两证件均已出示"))
    cast.wait("merge", supervisor)
    return cast


def acts_of(cast: Cast) -> dict[str, Act]:
    """Return the acts that every bank has."""
    payer, payee = cast.payer, cast.payee
    teller, officer, machine = (factories.caller(role) for role in ("teller", "compliance", "atm"))
    named = case_draft((payer.account_number, "DEMOBANK"), doc_no="公(反诈)认字〔2026〕003号")

    def due() -> None:
        cast.clock.run_from(DUE)

    return {
        "cancel": once(partial(cancel, cast.transfer, teller)),
        "release": lambda: [[due, release]],
        "release what is due": once(release),
        "freeze": once(partial(freeze, payer, officer)),
        "certificate": cast.approve("certificate"),
        "close": once(partial(close, payee, teller)),
        "link": cast.approve("link"),
        "merge": cast.approve("merge"),
        "register": once(partial(register, named, officer)),
        "withdraw": once(partial(withdraw, payer, 90_000, machine)),
        "deposit": once(partial(deposit, payee, 3_000, machine)),
        **orders_of(payee),
    }


def orders_of(payee: Account) -> dict[str, Act]:
    """Return the acts of machines that send orders of the payer; their answers are their outcomes."""
    machine, gateway = ApiClient("atm"), ApiClient("gateway")

    def order(key: str, amount: str) -> str:
        answer = send(TRANSFERS, machine, order_body(CARD, payee, amount), key)
        return str(answer.get("code", answer["status"]))

    same = partial(order, "the-same", "50")
    # Both fit once nothing is held.
    several = [order_body(CARD, payee, each, arrival="next_day") for each in ("500", "450")]
    return {
        # All that the payer has besides the held amount.
        "order": once(partial(order, "own", "900")),
        "same key": lambda: [[same], [same]],
        "orders": once(partial(send_set, gateway, several)),
    }


def order_body(card: str, payee: Account, amount: str, **more: str) -> dict[str, Any]:
    """Return the body of an order from one account of 张三's to another."""
    named = {"account_number": payee.account_number, "name": "张三"}
    return {"payer": {"card_number": card}, "payee": named, "amount": amount, **more}


def send(path: str, client: ApiClient, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Send a request; return its answer with its status."""
    headers = {"Authorization": f"Bearer {client.bearer}"} | ({"Idempotency-Key": key} if key else {})
    asked = RequestFactory().post(path, body, content_type="application/json", headers=headers)
    asked.request_id = "1"  # type: ignore[attr-defined]  # else the middleware's to say
    answer = resolve(asked.path).func(asked)
    return {"status": answer.status_code, **json.loads(answer.content)}


def send_set(gateway: ApiClient, bodies: list[dict[str, Any]]) -> str:
    """Send orders that are accepted as a set, with the amount as key; return the outcome of each."""
    several = [body | {"idempotency_key": body["amount"], "channel": "mobile"} for body in bodies]
    results = send(f"{TRANSFERS}/batch", gateway, {"orders": several})["results"]
    return " ".join(str(each["body"].get("code", each["status"])) for each in results)


def register(paper: CertificateDraft, officer: Caller) -> None:
    """Register a certificate."""
    at = bank_now()
    perform(lambda: register_certificate(principal=officer, draft=paper, at=at))


def cancel(transfer: Transfer, teller: Caller) -> None:
    """Cancel a transfer for 张三, who shows the ID card."""
    applicant = Applicant(factories.ZHANG.identity_key)
    perform(lambda: cancel_transfer(transfer.id, principal=teller, applicant=applicant))


def freeze(account: Account, officer: Caller) -> None:
    """Freeze an account without an end."""
    perform(
        lambda: place_freeze(
            principal=officer, account_id=account.id, authority="广州市公安局", order_no="1", until=None
        )
    )


def close(account: Account, teller: Caller) -> None:
    """Close an account."""
    perform(lambda: close_account(principal=teller, account_id=account.id))


def withdraw(account: Account, fen: int, machine: Caller) -> None:
    """Withdraw cash at a machine."""
    named = Named(account.id)
    perform(lambda: withdraw_cash(principal=machine, channel=Channel.ATM, account=named, amount_fen=fen))


def deposit(account: Account, fen: int, machine: Caller) -> None:
    """Deposit cash at a machine."""
    named = Named(account.id)
    perform(lambda: deposit_cash(principal=machine, channel=Channel.ATM, account=named, amount_fen=fen))


def release() -> None:
    """Release due transfers."""
    release_due(released_by=ReleasedBy.CELERY)
