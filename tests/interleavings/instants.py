"""Check the acts of an order against the restrictions in force at their instants.

Two overlapping transactions may leave the result of a serial order and still contradict each other: money
moved just after a certificate came into force, because one did not wait for the other. The instants show
this. The restrictions come from :mod:`tests.reference.law`, not from the bank's own rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.conf import settings
from psycopg.rows import namedtuple_row

from tests.reference.law import Bank as Law
from tests.reference.law import Event, Paper

# What was there before the acts, in the schema `kept`, has its place before all of them.
_EVENTS = """
SELECT CASE WHEN k.status = 'active' THEN '2000-01-01' ELSE coalesce(a.decided_at, d.created_at) END AS at, 'linked' AS what,
       coalesce(k.customer_id, d.customer_id)::text AS whom, encode(d.identity_key, 'hex') AS with_what
FROM accounts_document d LEFT JOIN kept.accounts_document k USING (id)
LEFT JOIN kernel_approval a ON a.object_id = d.id AND a.kind = 'document_link' AND a.status = 'approved'
WHERE d.status = 'active'
UNION ALL
SELECT '2000-01-01', CASE a.kind WHEN 'payment' THEN 'opened for payment' ELSE 'opened' END,
       coalesce(k.customer_id, a.customer_id)::text, a.id::text
FROM accounts_account a LEFT JOIN kept.accounts_account k USING (id)
UNION ALL
SELECT '2000-01-01', 'issued', account_id::text, encode(number_index, 'hex') FROM accounts_card
UNION ALL
SELECT in_force_at, 'merged', customer_id::text, other_id::text FROM accounts_sameperson
WHERE decision = 'same' AND status = 'active'
"""
_PAPERS = """
SELECT row_number() OVER (ORDER BY c.id) AS number, c.legal_basis, c.category, c.certified_on, c.in_force_at, c.stopped_from,
       coalesce(c.in_force_at, p.decided_at) AS decided_at,
       ARRAY(SELECT encode(s.identity_key, 'hex') FROM blacklist_certificatesubject n
             JOIN blacklist_subject s ON s.id = n.subject_id WHERE n.certificate_id = c.id) AS documents,
       ARRAY(SELECT coalesce(a.id::text, encode(n.card_key, 'hex')) FROM blacklist_caseaccount n
             LEFT JOIN accounts_account a ON a.account_number = n.account_number
             WHERE n.certificate_id = c.id AND n.bank_code = '') AS accounts
FROM blacklist_certificate c LEFT JOIN kernel_approval p ON p.object_id = c.id AND p.status <> 'pending'
"""
_FREEZES = "SELECT account_id::text, placed_at, least(until, lifted_at) AS ended_at FROM accounts_freeze"
_ACCOUNTS = """
SELECT a.id::text, k.balance_fen, a.kind, a.closed_at FROM accounts_account a JOIN kept.accounts_account k USING (id)
"""
_ENTRIES = """
SELECT e.posting_id::text, e.kind, e.account_id::text, e.amount_fen, e.posted_at, d.facts ->> 'channel' AS channel
FROM accounts_entry e LEFT JOIN kernel_decision d ON d.object_id = e.posting_id AND d.kind = e.kind
WHERE e.account_id IS NOT NULL AND NOT EXISTS (SELECT FROM kept.accounts_entry k WHERE k.id = e.id) ORDER BY e.id
"""
_TRANSFERS = """
SELECT t.id::text, t.channel, t.amount_fen, t.payer_account_id::text AS payer, t.payee_account_id::text AS payee,
       t.accepted_at, t.due_at, t.settled_at, t.ended_at, k.id IS NOT NULL AS kept
FROM transfers_transfer t LEFT JOIN kept.transfers_transfer k USING (id) WHERE t.status <> 'refused'
"""
_DECISIONS = """
SELECT d.kind, d.at, d.account_id::text, d.customer_id::text, d.object_id::text, d.facts,
       coalesce(d.facts ->> 'payee.account_id', t.payee_account_id::text) AS payee
FROM kernel_decision d LEFT JOIN transfers_transfer t ON t.id = d.object_id
WHERE NOT EXISTS (SELECT FROM kept.kernel_decision k WHERE k.id = d.id)
"""
_CASH = {"deposit": "CASH_IN", "withdrawal": "CASH_OUT"}


@dataclass(frozen=True, slots=True)
class _Moved:
    """A movement or reservation of money at an instant, from or to an account."""

    at: datetime
    what: str
    account: str
    act: str
    out: bool


class Record:
    """All rows after an order.

    :param server: a connection that reads all tables, and `kept`.
    """

    def __init__(self, server: "psycopg.Connection[Any]") -> None:
        with server.cursor(row_factory=namedtuple_row) as cursor:

            def read(query: str) -> list[Any]:
                return cursor.execute(query).fetchall()

            self.papers = read(_PAPERS)
            self.freezes = read(_FREEZES)
            self.accounts = {each.id: each for each in read(_ACCOUNTS)}
            self.entries = read(_ENTRIES)
            self.transfers = read(_TRANSFERS)
            self.decisions = read(_DECISIONS)
            events = [Event(each.at, each.what, each.whom, each.with_what) for each in read(_EVENTS)]
        for each in self.papers:
            if each.in_force_at is not None:
                paper = Paper(
                    each.number,
                    each.legal_basis,
                    each.category,
                    each.certified_on,
                    documents=frozenset(each.documents),
                    accounts=frozenset(each.accounts),
                )
                events.append(Event(each.in_force_at, "approved", paper=paper))
        self.law = Law(settings.CASE_HOLDER_GRACE_DAYS, sorted(events, key=lambda each: each.at))

    def contradictions(self) -> list[str]:
        """Return the acts and decisions that contradict the state at their instant."""
        return [*self._moved_in_spite_of(), *self._seen_otherwise()]

    def _moved_in_spite_of(self) -> Iterator[str]:
        for each in self._moved():
            stops = {stop.code for stop in self._stops(each.account, each.at) if each.act in stop.acts}
            if each.out:
                stops |= self._provisional(each.account, each.at) | self._frozen(each.account, each.at)
            closed_at = self.accounts[each.account].closed_at
            if closed_at is not None and closed_at <= each.at:
                stops.add("CLOSED")
            if stops:
                yield f"{each.what} at {each.at} in spite of {sorted(stops)}"

    def _moved(self) -> Iterator[_Moved]:
        for entry in self.entries:
            if entry.kind in _CASH:
                where = "COUNTER" if entry.channel == "counter" else "MACHINE"
                act = f"{where}_{_CASH[entry.kind]}"
                yield _Moved(entry.posted_at, entry.kind, entry.account_id, act, out=entry.amount_fen < 0)
            elif entry.kind == "close_out":
                # At the counter and by two persons, whatever penalty stops the account; as a case account it keeps its money.
                act = "COUNTER_TRANSFER_OUT" if entry.amount_fen < 0 else "INBOUND"
                yield _Moved(entry.posted_at, entry.kind, entry.account_id, act, out=entry.amount_fen < 0)
        for each in self.transfers:
            steps = {"accepted": None if each.kept else each.accepted_at, "posted": each.settled_at}
            for what, at in steps.items():
                if at is not None:
                    yield _Moved(at, what, each.payer, self._act_of_payer(each), out=True)
                # Whether a payee is open shows when the money arrives.
                if at is not None and what == "posted" and each.payee is not None:
                    yield _Moved(at, what, each.payee, "INBOUND", out=False)

    def _act_of_payer(self, transfer: Any) -> str:
        if self.accounts[transfer.payer].kind == "payment":
            return "PAYMENT_OUT"
        return "COUNTER_TRANSFER_OUT" if transfer.channel == "counter" else "REMOTE_TRANSFER_OUT"

    def _seen_otherwise(self) -> Iterator[str]:
        for each in self.decisions:
            if each.account_id is None:
                continue
            known = self._known(each)
            seen = {name: value for name, value in each.facts.items() if name in known}
            seen |= {name: sorted(value) for name, value in seen.items() if isinstance(value, list)}
            if each.customer_id is not None:
                seen["customer_id"] = each.customer_id
            known = {name: value for name, value in known.items() if name in seen}
            if seen != known:
                yield f"{each.kind} at {each.at} saw {seen}, on record is {known}"

    def _known(self, decision: Any) -> dict[str, Any]:
        """Return the recorded values of a decision's facts, by the names of the facts."""
        account, at = decision.account_id, decision.at
        codes, balance, held = (
            self._codes(account, at),
            self._balance(account, at, decision.object_id),
            self._held(account, at, decision.object_id),
        )
        known = {
            "customer_id": self._owner(account, at),
            "payer.restrictions": codes,
            "restrictions": codes,
            "payer.frozen": bool(self._frozen(account, at)),
            "payer.balance_fen": balance,
            "payer.held_fen": held,
            "held_fen": held,
            "available_fen": balance - held,
        }
        return known | ({"payee.restrictions": self._codes(decision.payee, at)} if decision.payee else {})

    # State at an instant.

    def _owner(self, account: str, at: datetime) -> str:
        opened = next(each for each in self.law.events if each.with_what == account)
        return self.law.remaining(opened.whom, at)

    def _stops(self, account: str, at: datetime) -> Iterator[Any]:
        yield from self.law.of_account(self._owner(account, at), account, at)

    def _codes(self, account: str, at: datetime) -> list[str]:
        return sorted({each.code for each in self._stops(account, at)} | self._provisional(account, at))

    def _provisional(self, account: str, at: datetime) -> set[str]:
        """Return the code of a provisional stop: from registration of a certificate until its decision."""
        cards = self.law.cards({account}, at)
        named = (each for each in self.papers if {account, *cards} & set(each.accounts))
        was_stopped = any(
            each.stopped_from <= at and (each.decided_at is None or at < each.decided_at) for each in named
        )
        return {"CASE_ACCOUNT_STOPPED"} if was_stopped else set()

    def _frozen(self, account: str, at: datetime) -> set[str]:
        placed = (each for each in self.freezes if each.account_id == account and each.placed_at <= at)
        return {"FROZEN"} if any(each.ended_at is None or at < each.ended_at for each in placed) else set()

    def _balance(self, account: str, at: datetime, own: str | None) -> int:
        """Return the balance before an instant, including earlier orders of the same set at that instant.

        A release is judged before any of its writes.
        """
        of_set = {each.id for each in self.transfers if each.accepted_at == at and each.id < (own or "")}
        moved = (
            each.amount_fen
            for each in self.entries
            if each.account_id == account
            and (each.posted_at < at or (each.posted_at == at and each.posting_id in of_set))
        )
        return self.accounts[account].balance_fen + sum(moved)

    def _held(self, account: str, at: datetime, own: str | None) -> int:
        """Return the held amount before an instant, including earlier orders of the same set at that instant."""
        of_account = (each for each in self.transfers if each.payer == account and each.due_at > each.accepted_at)
        accepted = (
            each for each in of_account if each.accepted_at < at or (each.accepted_at == at and each.id < (own or ""))
        )
        return sum(each.amount_fen for each in accepted if each.ended_at is None or at <= each.ended_at)
