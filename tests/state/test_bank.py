"""After any sequence of acts the bank equals its model, and all invariants hold.

A run generates the same sequences each time; a longer search is a profile: see CONTRIBUTING.md.
"""

from datetime import date, timedelta
from typing import Any

import hypothesis
import pytest
from django.http import HttpResponse
from hypothesis import HealthCheck, Phase, strategies
from hypothesis.stateful import (
    Bundle,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from config.kernel.law.dates import SHANGHAI
from tests.reference.law import INSTRUMENTS, Paper
from tests.state.machine import ENOUGH, USUAL, MoneyMachine, documents, individuals, people
from tests.state.model import CARD_MOVES, Account, Card, Certificate, Freeze
from tests.state.till import ELSEWHERE, PASSPORTS, PEOPLE

bases = strategies.sampled_from(sorted(INSTRUMENTS))


class BankMachine(MoneyMachine):
    """Rules about money, time, restrictions, and opening and closing of accounts and cards."""

    accounts = MoneyMachine.accounts
    cards = MoneyMachine.cards
    freezes = Bundle("freezes")
    certificates = Bundle("certificates")

    # What restricts.

    @precondition(lambda self: len(self.bank.freezes) < ENOUGH)
    @rule(target=freezes, account=accounts, hours=strategies.none() | strategies.integers(1, 30))
    def freeze(self, account: Account, hours: int | None):
        until = None if hours is None else self.bank.now + timedelta(hours=hours)
        code = "ACCOUNT_CLOSED" if account.closed else ""
        answer = self.till.freeze(account, until)
        self._expect(answer, code)
        if code:
            return multiple()
        self.bank.freezes.append(Freeze(answer.json()["id"], account, until))
        return self.bank.freezes[-1]

    @rule(freeze=freezes)
    def lift(self, freeze: Freeze) -> None:
        over = freeze.lifted or (freeze.until is not None and freeze.until <= self.bank.now)
        self._expect(self.till.lift(freeze), "FREEZE_STATE" if over else "")
        freeze.lifted = freeze.lifted or not over

    @precondition(lambda self: len(self.bank.certificates) < ENOUGH)
    @rule(
        target=certificates,
        shown=documents,
        basis=bases,
        category=strategies.sampled_from(["SELL", "CRIMINAL_PUNISHED"]),
        years_ago=strategies.sampled_from([0, 2, 3, 5]),
    )
    def certify_a_person(self, shown: str, basis: str, category: str, years_ago: int) -> Certificate:
        day = self._today() - timedelta(days=1)
        day = day.replace(year=day.year - years_ago, day=min(day.day, 28))
        return self._certified(self._paper(basis, category, day, documents=frozenset([shown])))

    @precondition(lambda self: len(self.bank.certificates) < ENOUGH)
    @rule(target=certificates, basis=bases, named=accounts | cards | strategies.none())
    def certify_a_case_account(self, basis: str, named: Account | Card | None) -> Certificate:
        day = self._today()
        if named is None:
            return self._certified(self._paper(basis, "CASE_ACCOUNT", day, elsewhere=True), ELSEWHERE)
        paper = self._paper(basis, "CASE_ACCOUNT", day, accounts=frozenset([named.id]))
        return self._certified(paper, {"account_number": named.number})

    def _paper(self, *said: Any, **more: Any) -> Paper:
        return Paper(len(self.bank.certificates), *said, **more)

    def _certified(self, paper: Paper, *accounts: dict[str, str]) -> Certificate:
        answer = self.till.certify(
            paper.certified_on,
            legal_basis=paper.basis,
            category=paper.category,
            shown=paper.documents,
            accounts=accounts,
        )
        self._expect(answer, "")
        return self.bank.certified(Certificate(answer.json()["id"], paper))

    def _today(self) -> date:
        return self.bank.now.astimezone(SHANGHAI).date()

    @rule(certificate=certificates)
    def revoke(self, certificate: Certificate) -> None:
        answer = self.till.revoke(certificate.id, self._today())
        self._expect(answer, "CERTIFICATE_STATE" if certificate.revoked else "")
        self.bank.revoked(certificate)

    @precondition(lambda self: any(f"{name} passport" not in self.bank.documents[name] for name in PASSPORTS))
    @rule(person=individuals)
    def link_a_passport(self, person: str) -> None:
        shown = f"{person} passport"
        if shown not in self.bank.documents[person]:
            self._expect(self.till.link(shown), "")
            self.bank.linked(person, shown)

    @precondition(lambda self: any(map(self.bank.suspended, PEOPLE)))
    @rule(person=people)
    def reverify(self, person: str) -> None:
        self._expect(self.till.reverify(person), "")
        self.bank.happened("identified", person)

    # Accounts and cards.

    @rule(
        target=accounts,
        person=individuals,
        what=strategies.sampled_from([("bank", "I"), ("bank", "II"), ("bank", "III"), ("payment", "III")]),
    )
    def open(self, person: str, what: tuple[str, str]):
        code = self.bank.opening(person, *what)
        answer = self.till.open(person, *what)
        self._expect(answer, code)
        if code:
            return multiple()
        body = answer.json()
        return self.bank.opened(Account(body["id"], body["account_number"], person, *what))

    @rule(account=accounts, emptied=strategies.booleans())
    def close(self, account: Account, emptied: bool) -> None:
        if emptied and account.balance > account.held:
            self._cash("withdrawals", account, account.balance - account.held, None)
        code = self.bank.closing(account)
        self._expect(self.till.close(account), code)
        if not code:
            account.closed = True
            for card in self.bank.live_cards(account):
                card.status = "cancelled"

    @rule(which=strategies.integers(0, 2), to=accounts)
    def close_out(self, which: int, to: Account) -> None:
        """The payment account stopped by a penalty is tried first, because most accounts need no close-out."""
        payment = [each for each in self.bank.accounts if each.kind == "payment"]
        payment.sort(key=lambda each: not self.bank.stopped(each, "PAYMENT_OUT"))
        account = payment[min(which, len(payment) - 1)]
        code = self.bank.closing_out(account, to)
        self._expect(self.till.close_out(account, to), code)
        if not code:
            account.balance, to.balance = 0, to.balance + account.balance

    @rule(target=cards, account=accounts)
    def issue_a_card(self, account: Account):
        code = self.bank.issuing(account)
        answer = self.till.issue(account)
        self._expect(answer, code)
        return multiple() if code else self._card(answer, account)

    @rule(target=cards, card=cards, act=strategies.sampled_from(sorted(CARD_MOVES)))
    def do_with_a_card(self, card: Card, act: str):
        code = self.bank.card_act(card, act)
        answer = self.till.card_act(card, act)
        self._expect(answer, code)
        if code:
            return multiple()
        card.status = CARD_MOVES[act][1]
        return self._card(answer, card.account) if act == "replace" else multiple()

    def _card(self, answer: HttpResponse, account: Account) -> Card:
        body = answer.json()
        return self.bank.issued(Card(body["id"], body["card_number"], account, body["status"]))


@pytest.mark.application
@pytest.mark.django_db(transaction=True)
def test_bank_equals_its_model_after_any_sequence_of_acts(settings):
    # How many misses a minute has depends on how fast the machine is.
    settings.MISSES_OF_PAYER_PER_MINUTE = 1_000_000
    is_long = hypothesis.settings.default.max_examples > USUAL
    run_state_machine_as_test(
        BankMachine,
        settings=hypothesis.settings(
            max_examples=max(hypothesis.settings.default.max_examples // 4, 1),
            stateful_step_count=35,
            # A short run reports the first failure as it occurred: to look for a shorter one takes minutes.
            phases=[Phase.generate, Phase.shrink] if is_long else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
