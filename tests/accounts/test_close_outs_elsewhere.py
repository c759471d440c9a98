"""Close-out of a penalized holder's payment account to an approved own account at another bank."""

from typing import Any
from uuid import UUID

import pytest

from accounts.models import Account, CloseOut, Entry, ExternalAccount
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.identity.masking import mask_account
from config.kernel.models import Decision
from tests import factories
from tests.accounts.test_posting_guards import settle
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import ZHANG
from tests.http import code, refused
from tests.listings import certify, certify_account
from tests.transfers.factories import clearing
from transfers.models import Event, Transfer

pytestmark = [pytest.mark.django_db, pytest.mark.application]

NUMBER = "6217000010001234567"
BASES = ("NOTICE_2016", "PBOC_85", "JDM_2024")


@pytest.fixture
def payment(zhang) -> Account:
    """张三's payment account with 120 yuan, the only account of the customer."""
    return factories.account(zhang, "III", kind="payment", balance_fen=12_000)


@pytest.fixture
def elsewhere(zhang) -> ExternalAccount:
    """张三's approved account at another bank."""
    return approved_elsewhere(zhang, NUMBER)


def approved_elsewhere(holder: Any, number: str, bank: str = "ICBC") -> ExternalAccount:
    row = factories.external_account(holder, number, bank)
    factories.approved("external_account", row)
    ExternalAccount.objects.filter(pk=row.pk).update(status="active", in_force_at=NOON)
    return row


def ask(client, account, to):
    return client.post(f"/accounts/{account.id}/close-outs", {"to_external_account_id": str(to.id)})


def balance(of: Account) -> int:
    of.refresh_from_db()
    return of.balance_fen


@pytest.mark.parametrize("basis", BASES)
def test_whole_balance_goes_as_a_transfer_at_the_approval(teller, supervisor, payment, elsewhere, noon, basis):
    certify(ZHANG, legal_basis=basis)
    asked = ask(teller, payment, elsewhere)
    assert asked.status_code == 201, asked.content.decode()
    body = asked.json()
    assert body == {
        "id": body["id"],
        "account_id": str(payment.id),
        "to_account_id": None,
        "to_external_account_id": str(elsewhere.id),
        "amount": "120.00",
        "transfer_id": None,
        "status": "pending",
        "asked_at": "2026-01-05T12:00:00.000000+08:00",
        "in_force_at": None,
        "approval_id": body["approval_id"],
    }
    assert balance(payment) == 12_000
    at = noon.advance(hours=1)
    approved = supervisor.approve(body["approval_id"])
    assert approved.status_code == 200, approved.content.decode()
    transfer_id = approved.json()["transfer_id"]
    assert balance(payment) == 0
    legs = Entry.objects.filter(posting_id=transfer_id).order_by("leg")
    assert [(each.account_id, each.internal_id, each.amount_fen, each.kind, each.posted_at) for each in legs] == [
        (payment.id, None, -12_000, "transfer", at),
        (None, clearing("ICBC").id, 12_000, "transfer", at),
    ]
    row = CloseOut.objects.get()
    assert (row.transfer_id, row.in_force_at, row.status) == (UUID(transfer_id), at, "active")
    shown = teller.get(f"/transfers/{transfer_id}").json()
    assert (shown["status"], shown["channel"], shown["amount"]) == ("posted", "counter", "120.00")
    # No warnings of fraud were shown before it.
    assert shown["warnings"] is None
    assert shown["payee"]["account_number"] == mask_account(NUMBER)
    kept = Decision.objects.get(kind="payment_close_out", at=at)
    assert kept.facts["external_account_id"] == str(elsewhere.id)


def test_checker_sees_the_account_at_the_other_bank(teller, supervisor, payment, elsewhere):
    certify(ZHANG)
    approval = supervisor.get(f"/approvals/{ask(teller, payment, elsewhere).json()['approval_id']}").json()
    before = approval["before"]
    assert before["to_account_number"] == mask_account(NUMBER)
    assert (before["bank_code"], before["registration"]) == ("ICBC", "active")


def test_exactly_one_target_is_named(teller, payment, elsewhere, zhang):
    certify(ZHANG)
    bank = factories.account(zhang, "I")
    both = {"to_account_id": str(bank.id), "to_external_account_id": str(elsewhere.id)}
    for body in ({}, both):
        answer = teller.post(f"/accounts/{payment.id}/close-outs", body)
        assert answer.status_code == 400
        assert set(answer.json()["fields"]) == {"to_account_id", "to_external_account_id"}


def test_unknown_account_or_another_customers_is_not_found(teller, payment, li):
    certify(ZHANG)
    theirs = approved_elsewhere(li, NUMBER)
    assert ask(teller, payment, theirs).status_code == 404
    nobody = {"to_external_account_id": "00000000-0000-7000-8000-000000000000"}
    assert teller.post(f"/accounts/{payment.id}/close-outs", nobody).status_code == 404


def test_unapproved_account_is_refused(teller, payment, zhang):
    certify(ZHANG)
    waiting = factories.external_account(zhang, NUMBER)
    assert refused(ask(teller, payment, waiting), "NOT_AN_OWN_BANK_ACCOUNT")["clause"] is None


def test_withdrawn_account_is_refused(teller, client_for, payment, elsewhere, zhang):
    certify(ZHANG)
    place = f"/customers/{zhang.id}/external-accounts/{elsewhere.id}/withdrawals"
    asked = teller.post(place, {"reason": "已销户"}).json()
    assert client_for("supervisor").approve(asked["approval_id"]).status_code == 200
    refused(ask(teller, payment, elsewhere), "NOT_AN_OWN_BANK_ACCOUNT")


def test_account_that_police_have_named_is_refused(teller, payment, elsewhere):
    certify(ZHANG)
    certify_account(NUMBER, bank_code="ICBC")
    answer = ask(teller, payment, elsewhere)
    assert code(answer)[1] in {"NOT_AN_OWN_BANK_ACCOUNT", "PAYMENT_BUSINESS_SUSPENDED"}


def test_withdrawal_between_the_two_persons_makes_it_stale(teller, client_for, payment, elsewhere, zhang):
    certify(ZHANG)
    asked = ask(teller, payment, elsewhere).json()
    place = f"/customers/{zhang.id}/external-accounts/{elsewhere.id}/withdrawals"
    withdrawn = teller.post(place, {"reason": "已销户"}).json()
    supervisor = client_for("supervisor")
    assert supervisor.approve(withdrawn["approval_id"]).status_code == 200
    assert code(supervisor.approve(asked["approval_id"])) == (409, "APPROVAL_STALE")
    assert balance(payment) == 12_000
    assert not Transfer.objects.exists()


class TestDatabaseGuards:
    """Database guards, with every check in Python removed."""

    def close_out(self, account: Account, to: ExternalAccount, fen: int = 12_000, **more: Any) -> CloseOut:
        row = CloseOut(
            account=account, to_external_account=to, amount_fen=fen, asked_at=NOON,
            **{"status": "active", "in_force_at": NOON, "transfer_id": new_id()} | more,
        )  # fmt: skip
        row.save(force_insert=True)
        if row.status == "active":
            factories.approved("payment_close_out", row)
        return row

    def pay(self, row: CloseOut, **other: Any) -> None:
        to = row.to_external_account
        transfer = Transfer(
            **{
                "id": row.transfer_id, "status": "posted", "channel": "counter", "arrival": "real_time",
                "amount_fen": row.amount_fen, "payer_account_id": row.account_id,
                "payee_internal_id": clearing(to.bank_code).id, "payee_bank_code": to.bank_code,
                "payee_key": to.number_key, "accepted_at": NOON, "due_at": NOON, "settled_at": NOON, "ended_at": NOON,
                "rule_code": "REAL_TIME", "made_by_id": factories.caller("teller").id,
            } | other
        )  # fmt: skip
        transfer.payee_sealed = NUMBER
        transfer.payee_key = other.get("payee_key", to.number_key)
        transfer.save(force_insert=True)
        Event.objects.create(transfer=transfer, at=NOON, new_status="posted", actor_id=transfer.made_by_id)

    def move(self, row: CloseOut, **other: Any) -> None:
        self.pay(row, **other)
        settle()

    def test_approved_close_out_is_permitted(self, payment, elsewhere):
        certify(ZHANG)
        self.move(self.close_out(payment, elsewhere))
        assert balance(payment) == 0

    def test_approved_close_out_has_its_entries(self, payment, elsewhere):
        certify(ZHANG)
        with refused_by("close_out_has_its_entries"):
            self.close_out(payment, elsewhere)
            settle()

    @pytest.mark.parametrize(
        "other",
        [{"payee_key": b"x" * 32}, {"payee_bank_code": "CCB"}],
        ids=["another account", "another bank"],
    )
    def test_transfer_is_the_one_that_was_approved(self, payment, elsewhere, other):
        certify(ZHANG)
        with refused_by("close_out_has_its_transfer"):
            self.move(self.close_out(payment, elsewhere), **other)

    def test_transfer_has_its_amount(self, payment, elsewhere):
        certify(ZHANG)
        with refused_by("close_out_has_its_transfer"):
            self.move(self.close_out(payment, elsewhere, 11_000), amount_fen=12_000)

    def test_transfer_leaves_its_account(self, payment, elsewhere, zhang):
        certify(ZHANG)
        other = factories.account(zhang, "I", balance_fen=12_000)
        with refused_by("close_out_moves_the_whole"):
            self.move(self.close_out(payment, elsewhere), payer_account_id=other.id)

    def test_moves_the_whole(self, payment, elsewhere):
        certify(ZHANG)
        with refused_by("close_out_moves_the_whole"):
            self.move(self.close_out(payment, elsewhere, 11_999))

    def test_goes_to_no_other_customers_account(self, payment, li):
        certify(ZHANG)
        with refused_by("close_out_goes_to_an_own_account"):
            self.move(self.close_out(payment, approved_elsewhere(li, NUMBER)))

    def test_goes_to_no_unapproved_account(self, payment, zhang):
        certify(ZHANG)
        with refused_by("close_out_goes_to_an_own_account"):
            self.move(self.close_out(payment, factories.external_account(zhang, NUMBER)))

    def test_leaves_no_bank_account(self, elsewhere, zhang):
        certify(ZHANG)
        with refused_by("close_out_goes_to_an_own_account"):
            self.move(self.close_out(factories.account(zhang, "I", balance_fen=12_000), elsewhere))

    def test_is_not_without_a_penalty(self, payment, elsewhere):
        with refused_by("close_out_of_a_penalty"):
            self.move(self.close_out(payment, elsewhere))

    def test_one_transfer_pays_one_close_out(self, payment, elsewhere):
        certify(ZHANG)
        row = self.close_out(payment, elsewhere)
        self.move(row)
        with refused_by("close_out_transfer_once"):
            self.close_out(payment, elsewhere, transfer_id=row.transfer_id)

    @pytest.mark.parametrize(
        "more",
        [
            {"status": "pending", "in_force_at": None},
            {"transfer_id": None},
            {"to_external_account": None},
            {"to_external_account": None, "transfer_id": None},
        ],
        ids=["paid before the approval", "in force without transfer", "a transfer alone", "no target"],
    )
    def test_has_one_target(self, payment, elsewhere, more):
        with refused_by("close_out_has_one_target"):
            self.close_out(payment, more.pop("to_external_account", elsewhere), **more)

    def test_has_no_second_target(self, payment, elsewhere, zhang):
        with refused_by("close_out_has_one_target"):
            self.close_out(payment, elsewhere, to_account=factories.account(zhang, "I"))

    @pytest.mark.parametrize(
        "change", ["transfer_id = gen_random_uuid()", "in_force_at = asked_at + interval '1 hour'"]
    )
    def test_close_out_in_force_cannot_change(self, payment, elsewhere, change):
        certify(ZHANG)
        row = self.close_out(payment, elsewhere)
        self.move(row)
        with refused_by("accounts_closeout_stands"):
            rows(f"UPDATE accounts_closeout SET {change} WHERE id = %s", [row.pk])

    def test_target_cannot_change(self, payment, elsewhere, zhang):
        row = self.close_out(payment, elsewhere, status="pending", in_force_at=None, transfer_id=None)
        other = factories.external_account(zhang, "6217000010009999999")
        with refused_by("accounts_closeout_stands"):
            rows("UPDATE accounts_closeout SET to_external_account_id = %s WHERE id = %s", [other.pk, row.pk])
