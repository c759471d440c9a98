"""One held transfer, its payer and its payee, and everything that may be done about them at once.

The payer and the payee are one person under two customers until they are merged; a certificate about the payer, a document
of the payer's that is listed already, and the merge wait for a second person.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import psycopg
from django.test import RequestFactory
from django.urls import resolve

from accounts.models import Account
from accounts.operations.accounts import close_account
from accounts.operations.documents import request_document_link
from accounts.operations.freezes import place_freeze
from accounts.operations.merging import request_merge
from blacklist.operations.register import register_certificate
from config.kernel import approvals, idempotency
from config.kernel.clock import bank_now
from config.kernel.documents import DocumentInput
from config.kernel.together import Together
from config.kernel.transactions import perform
from config.oversight.queries.proof import INVARIANTS, prove
from tests import evidence, factories
from tests.blacklist.cast import draft, latest_approval, person
from tests.clock import NOON, Clock
from tests.factories import Person
from tests.http import ApiClient
from tests.interleavings.orders import Orders
from tests.interleavings.sessions import Session, Unit, sessions
from tests.interleavings.steps import CLOCK, Catalog, catalog
from tests.races import SECONDS
from tests.roles import superuser
from tests.transfers.conftest import CARD, pay_in
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations.cancel import Applicant, cancel_transfer
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

#: 张三 under another document: the payee, until both are found to be one.
PERMIT = Person("张三", "H12345678", "hk_macau_permit")
PASSPORT = ("passport", "X1234567", "GBR")
BEFORE_DUE, AFTER_ALL = timedelta(milliseconds=1), timedelta(days=2)
#: Asked after each order; that a sample of what is sealed can be opened says nothing about an order.
ASKED = tuple(each for each in INVARIANTS if each.sql)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SEALED = re.compile(r"\\\\x[0-9a-f]{58,}")


@dataclass(slots=True)
class Bank:
    """A bank that is put back, row by row, after each order.

    :ivar acts: what a session may do, each as its units of work: what falls due does so first.
    """

    acts: dict[str, Callable[[], list[list[Unit]]]]
    clock: Clock
    sessions: list[Session]
    server: "psycopg.Connection[Any]"
    known: Catalog
    ids: frozenset[str]
    written: frozenset[str] = frozenset({CLOCK})
    _at_work: list[Session] = field(default_factory=list)

    def orders(self, *acts: str, most: int) -> Orders:
        """Return the orders of some acts at once, so many at the most."""
        # That it falls due is a step of its own where somebody may come before it or after: elsewhere it is due already.
        falls_due = "cancel" in acts
        work = [
            act
            for name in acts
            for act in self.acts[name if name != "release" or falls_due else "release what is due"]()
        ]
        self._at_work = self.sessions[: len(work)]

        def begin() -> list[list[Unit]]:
            self.clock.set(NOON - BEFORE_DUE if falls_due else NOON)
            return work

        return Orders(self._at_work, begin, self.server, most)

    def put_back(self) -> None:
        """Let everything be as it was before the acts."""
        statements = [
            f"DELETE FROM {each}; INSERT INTO {each} OVERRIDING SYSTEM VALUE SELECT * FROM kept.{each}"
            for each in sorted(self.written)
        ]
        self.server.execute(
            "BEGIN; SET LOCAL session_replication_role = replica; " + "; ".join(statements) + "; COMMIT"
        )

    def learn_what_is_written(self) -> None:
        """Keep which tables are others than they were: no others are put back, or compared."""
        asked = " UNION ALL ".join(
            f"SELECT '{each}' WHERE EXISTS (TABLE {each} EXCEPT ALL TABLE kept.{each}) "
            f"OR EXISTS (TABLE kept.{each} EXCEPT ALL TABLE {each})"
            for each in sorted(self.known.tables - self.written)
        )
        self.written |= {name for (name,) in self.server.execute(asked)}

    def result(self) -> str:
        """Return what the sessions came to, whichever was which, and everything that is written.

        Left out is what is made up anew each time: ids and what seals.
        """
        asked = " UNION ALL ".join(
            f"SELECT '{each}' AS name, to_jsonb(t) AS row FROM {each} t" for each in sorted(self.written)
        )
        outcomes = sorted(map(str, (each.outcomes for each in self._at_work)))
        return "\n".join(
            [str(outcomes), *sorted(f"{name} {self._told(row)}" for name, row in self.server.execute(asked))]
        )

    def _told(self, row: dict[str, Any]) -> str:
        # A number that is counted up, and when a key came, by the server's clock: the bank's stands still.
        left_out = {"id"} if isinstance(row.get("id"), int) else {"created_at"} if "fingerprint" in row else set()
        row = {name: value for name, value in row.items() if name not in left_out}
        told = json.dumps(row, sort_keys=True, ensure_ascii=False)
        told = _UUID.sub(lambda found: found[0] if found[0] in self.ids else "*", told)
        return _SEALED.sub("*", told)

    def let_it_end(self) -> None:
        """Let whatever is still held fall due and be released: whoever wakes next does so."""
        for at in (self.clock.at, NOON + AFTER_ALL):
            if not self.server.execute("SELECT FROM transfers_transfer WHERE status = 'held' LIMIT 1").rowcount:
                return
            self.clock.set(at)
            release_due(released_by=ReleasedBy.CELERY)

    @staticmethod
    def broken() -> list[str]:
        """Return the invariants that do not hold."""
        return [each.invariant.name for each in prove(ASKED) if not each.holds]


@contextmanager
def bank(clock: Clock) -> Iterator[Bank]:
    """Found the bank; needs a transactional test."""
    clock.set(NOON - timedelta(hours=1))
    acts = _acts(clock, *_founded())
    clock.set(NOON - BEFORE_DUE)
    evidence.write_missing()
    known = catalog()
    with closing(superuser()) as server:
        server.autocommit = True
        server.execute("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
        server.execute("; ".join(f"CREATE TABLE kept.{each} AS TABLE {each}" for each in known.tables))
        ids = set()
        for each in known.tables:
            for (row,) in server.execute(f"SELECT to_jsonb(t)::text FROM {each} t"):
                ids |= set(_UUID.findall(row))
        # How long a repeat waits for the first is no part of an order: on a busy machine it may be long.
        patient = idempotency.CLAIM.replace(f"'{idempotency.WAIT}'", f"'{SECONDS}s'")
        try:
            with (
                patch.object(idempotency, "CLAIM", patient),
                # As if each session were in a process of its own: they meet in the database alone.
                patch.object(Together, "do", lambda self, item: self.work([item])),
                sessions(3, known) as made,
            ):
                yield Bank(acts, clock, made, server, known, frozenset(ids))
        finally:
            server.execute("DROP SCHEMA kept CASCADE")


def _founded() -> tuple[Account, Account, Transfer, dict[str, Any]]:
    zhang, other = factories.customer(factories.ZHANG), factories.customer(PERMIT)
    payer = factories.account(zhang, "I", account_number="6000100000000001")
    pay_in(payer, 100_000)
    factories.card(payer, number=CARD)
    payee = factories.account(other, "II", account_number="6000200000000002")
    (transfer,) = held(payer, payee, amount_fen=10_000, due_at=NOON)
    officer, second = factories.caller("compliance"), factories.caller("compliance", "second")
    teller, supervisor = factories.caller("teller"), factories.caller("supervisor")
    waiting = {}
    at = bank_now()
    listed = draft(
        doc_no="公(反诈)认字〔2026〕002号", subjects=(person(PASSPORT[1], "ZHANG SAN", PASSPORT[0], PASSPORT[2]),)
    )
    perform(lambda: register_certificate(principal=officer, draft=listed, at=at))
    perform(lambda: approvals.approve(latest_approval().id, principal=second))
    perform(lambda: register_certificate(principal=officer, draft=draft(), at=at))
    waiting["certificate"] = (latest_approval().id, second)
    entered = DocumentInput(*PASSPORT, None)
    perform(lambda: request_document_link(principal=teller, customer_id=zhang.id, entered=entered))
    waiting["link"] = (latest_approval().id, supervisor)
    perform(lambda: request_merge(principal=teller, customer_id=zhang.id, other_id=other.id, evidence="两证件均已出示"))
    waiting["merge"] = (latest_approval().id, supervisor)
    return payer, payee, transfer, waiting


def _acts(
    clock: Clock, payer: Account, payee: Account, transfer: Transfer, waiting: dict[str, Any]
) -> dict[str, Callable[[], list[list[Unit]]]]:
    teller, compliance, applicant = (
        factories.caller("teller"),
        factories.caller("compliance"),
        Applicant(factories.ZHANG.identity_key),
    )
    machine = ApiClient("atm")

    def once(unit: Unit) -> Callable[[], list[list[Unit]]]:
        return lambda: [[unit]]

    def cancel() -> None:
        perform(lambda: cancel_transfer(transfer.id, principal=teller, applicant=applicant))

    def freeze(account: Account) -> None:
        perform(
            lambda: place_freeze(
                principal=compliance, account_id=account.id, authority="广州市公安局", order_no="1", until=None
            )
        )

    def close() -> None:
        perform(lambda: close_account(principal=teller, account_id=payee.id))

    def approve(name: str) -> None:
        approval_id, checker = waiting[name]
        perform(lambda: approvals.approve(approval_id, principal=checker))

    def order() -> str:
        body = {
            "payer": {"card_number": CARD},
            "payee": {"account_number": payee.account_number, "name": "张三"},
            "amount": "50",
        }
        headers = {"Authorization": f"Bearer {machine.bearer}", "Idempotency-Key": "the-same"}
        asked = RequestFactory().post("/api/v1/transfers", body, content_type="application/json", headers=headers)
        asked.request_id = "1"  # type: ignore[attr-defined]  # else the middleware's to say
        answer = resolve(asked.path).func(asked)
        return str(json.loads(answer.content).get("code", answer.status_code))

    def due() -> None:
        clock.set(NOON)

    def release() -> None:
        release_due(released_by=ReleasedBy.CELERY)

    return {
        "cancel": once(cancel),
        "release": lambda: [[due, release]],
        "release what is due": once(release),
        "freeze": once(partial(freeze, payer)),
        "certificate": once(partial(approve, "certificate")),
        "close": once(close),
        "link": once(partial(approve, "link")),
        "merge": once(partial(approve, "merge")),
        "same key": lambda: [[order], [order]],
    }
