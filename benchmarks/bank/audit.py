"""Proof over HTTP (对账): compare the bank's answers with the simulation's books, to the fen."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from random import Random
from typing import Any

from benchmarks.bank.books import COMPLAINTS_SHOWN, Books, Check, Expected
from benchmarks.bank.client import Bank
from config.kernel.law.money import Fen, format_yuan
from transfers.policy.acceptance import regime_at
from transfers.vocabulary import AtmProfile, RuleCode, TransferStatus

ENDED = frozenset({"posted", "cancelled", "returned", "refused"})
#: Number of transfers whose events are read one by one; the database's proof reads all.
EVENTS_READ = 500
THREADS = 4
#: Balance and held amount of an account as the bank shows them, in fen.
type Shown = dict[str, tuple[Fen, Fen]]


class Audit:
    """Reader with the auditor's key; it sends several requests at a time."""

    def __init__(self, books: Books, accounts: Sequence[str], bank: Bank) -> None:
        self.books = books
        self.accounts = accounts
        self.bank = bank

    def statuses(self) -> dict[str, str]:
        """Return the status of every transfer of these accounts, as the lists show it."""
        pages = _each(self.accounts, lambda account: self._pages("/transfers", payer_account=account))
        return {transfer["id"]: transfer["status"] for page in pages for transfer in page}

    def checks(self, *, released: bool) -> list[Check]:
        """Return the checks with their results.

        :param released: whether no transfer may be held any longer.
        """
        statuses = self.statuses()
        shown = self._shown()
        checks = [
            self._answers_as_they_should_be(),
            self._each_key_one_effect(statuses),
            self._what_was_answered_stays(statuses),
            self._balances(self.books.expected(statuses), shown),
            self._money_conserved(statuses, shown),
            self._ended_once(statuses),
        ]
        return [*checks, self._nothing_left(statuses)] if released else checks

    def _answers_as_they_should_be(self) -> Check:
        shown = "; ".join(self.books.complaints[:COMPLAINTS_SHOWN])
        return Check("每个答复都符合约定 every answer as agreed", not self.books.complaints, shown)

    def _each_key_one_effect(self, statuses: dict[str, str]) -> Check:
        unknown = set(statuses) - set(self.books.made)
        missing = set(self.books.made) - set(statuses)
        detail = f"{len(statuses):,} transfers, {self.books.repeats:,} repeats; {len(unknown)} unknown, {len(missing)} missing"
        return Check("每个键只有一个结果 each key one effect", not unknown and not missing, detail)

    def _what_was_answered_stays(self, statuses: dict[str, str]) -> Check:
        changed = [made.id for made in self.books.made.values() if made.final and statuses.get(made.id) != made.status]
        detail = ", ".join(changed[:COMPLAINTS_SHOWN])
        return Check("答复过的结局不再改变 what ended stays ended", not changed, detail)

    def _balances(self, expected: dict[str, Expected], shown: Shown) -> Check:
        wrong = [
            account
            for account, (balance_fen, held_fen) in shown.items()
            if (balance_fen, held_fen) != (expected[account].balance_fen, expected[account].held_fen)
        ]
        detail = (
            f"{len(shown):,} accounts; {len(wrong)} differ: {', '.join(wrong[:3])}"
            if wrong
            else f"{len(shown):,} accounts"
        )
        return Check("每户余额与预留相符 every balance and hold to the fen", not wrong, detail)

    def _money_conserved(self, statuses: dict[str, str], shown: Shown) -> Check:
        inside = sum(balance_fen for balance_fen, _ in shown.values())
        cash, away = sum(self.books.cash.values()), self.books.sent_away_fen(statuses)
        detail = f"{format_yuan(cash)} − {format_yuan(away)} = {format_yuan(inside)}"
        return Check("资金守恒 money is conserved", inside == cash - away, detail)

    def _ended_once(self, statuses: dict[str, str]) -> Check:
        chosen = list(statuses)
        if len(chosen) > EVENTS_READ:
            chosen = Random(0).sample(chosen, EVENTS_READ)
        histories = _each(chosen, lambda made: self._pages(f"/transfers/{made}/events"))
        wrong = [made for made, events in zip(chosen, histories, strict=True) if not _one_end(events, statuses[made])]
        detail = f"{len(chosen):,} of {len(statuses):,} histories" + (
            f"; wrong: {', '.join(wrong[:3])}" if wrong else ""
        )
        return Check("每笔转账只结束一次 every transfer ended once", not wrong, detail)

    def _nothing_left(self, statuses: dict[str, str]) -> Check:
        left = sum(status == "held" for status in statuses.values())
        return Check("到期后无一待到账 nothing is held once all was due", not left, f"{left} held")

    def _shown(self) -> Shown:
        answers = _each(self.accounts, lambda account: self.bank.get("auditor", f"/accounts/{account}").body)
        return {answer["id"]: (read_fen(answer["balance"]), read_fen(answer["held"])) for answer in answers}

    def _pages(self, path: str, **query: str) -> list[dict[str, Any]]:
        return self.bank.pages("auditor", path, **query)


def _each[T, R](items: Sequence[T], ask: Callable[[T], R]) -> list[R]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(ask, items))


def _one_end(events: list[dict[str, Any]], status: str) -> bool:
    steps = [event["new_status"] for event in events]
    ends = [step for step in steps if step in ENDED]
    return bool(steps) and steps[-1] == status and len(ends) == (0 if status == "held" else 1)


def lawful_due_at(answer: Mapping[str, Any]) -> datetime | None:
    """Return the due instant of an answered transfer by its regime; None if the regime does not delay it."""
    rule, accepted_at = answer["rule"], datetime.fromisoformat(answer["accepted_at"])
    if answer["status"] != TransferStatus.HELD or rule["code"] != RuleCode.ATM_DELAYED:
        return None
    return accepted_at + regime_at(AtmProfile(rule["profile"]), accepted_at).delay


def read_fen(yuan: str) -> Fen:
    """Parse an amount from an answer; unlike a request, it always has two decimals and may be zero."""
    whole, _, cents = yuan.partition(".")
    return int(whole) * 100 + int(cents)
