"""Close-out of a penalized holder's payment account: by two persons, the whole balance, to an own bank account."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account, CloseOut, Entry
from accounts.operations.close_outs import CloseOutTarget, ask_close_out
from accounts.operations.freezes import place_freeze
from accounts.vocabulary import EntryKind
from config.kernel.database.sql import rows
from config.kernel.identity.masking import mask_account
from config.kernel.models import Decision
from tests import factories
from tests.accounts.test_posting_guards import settle
from tests.approvals.case import ENDED, Case
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import ZHANG
from tests.http import code, refused
from tests.listings import certify, certify_account
from tests.transfers.factories import held

pytestmark = [pytest.mark.django_db, pytest.mark.application]


def _penalized(account: Account) -> Any:
    certify(ZHANG)
    return factories.account(account.customer, "III", kind="payment", balance_fen=100).id


CASES = {
    "payment_close_out": Case(
        by="teller",
        prepare=_penalized,
        propose=lambda account, maker, payment_id: ask_close_out(
            principal=maker, account_id=payment_id, to=CloseOutTarget(account.id)
        ),
        ended=ENDED,
        owner=(True, True),
        of=lambda _, payment_id: payment_id,
    ),
}


@pytest.fixture
def payment(zhang) -> Account:
    """张三's payment account with 120 yuan."""
    return factories.account(zhang, "III", kind="payment", balance_fen=12_000)


@pytest.fixture
def bank(zhang) -> Account:
    return factories.account(zhang, "I", balance_fen=500)


def ask(client, account, to):
    return client.post(f"/accounts/{account.id}/close-outs", {"to_account_id": str(to.id)})


def balance(of: Account) -> int:
    of.refresh_from_db()
    return of.balance_fen


def test_the_whole_balance_goes_at_the_approval_and_not_before(teller, supervisor, payment, bank, noon):
    certify(ZHANG)
    asked = ask(teller, payment, bank)
    assert asked.status_code == 201, asked.content.decode()
    body = asked.json()
    assert body == {
        "id": body["id"],
        "account_id": str(payment.id),
        "to_account_id": str(bank.id),
        "to_external_account_id": None,
        "amount": "120.00",
        "transfer_id": None,
        "status": "pending",
        "asked_at": "2026-01-05T12:00:00.000000+08:00",
        "in_force_at": None,
        "approval_id": body["approval_id"],
    }
    assert (balance(payment), balance(bank)) == (12_000, 500)
    at = noon.advance(hours=1)
    assert supervisor.approve(body["approval_id"]).status_code == 200
    assert (balance(payment), balance(bank)) == (0, 12_500)
    legs = Entry.objects.filter(posting_id=body["id"]).order_by("leg")
    assert [(each.account_id, each.amount_fen, each.kind, each.posted_at) for each in legs] == [
        (payment.id, -12_000, EntryKind.CLOSE_OUT, at),
        (bank.id, 12_000, EntryKind.CLOSE_OUT, at),
    ]
    # The account stays as stopped as it was, and says so.
    assert code(teller.post("/cash/deposits", {"account": {"account_id": str(payment.id)}, "amount": "1.00"})) == (
        422,
        "PAYMENT_BUSINESS_SUSPENDED",
    )
    kept = Decision.objects.get(kind="payment_close_out", at=at)
    assert (kept.outcome, kept.customer_id, kept.account_id, kept.facts["amount_fen"]) == (
        "allowed",
        payment.customer_id,
        payment.id,
        12_000,
    )
    assert kept.clause == ""


def test_checker_sees_subject_and_accounts(teller, supervisor, payment, bank):
    certify(ZHANG)
    approval = supervisor.get(f"/approvals/{ask(teller, payment, bank).json()['approval_id']}").json()
    penalty = {"code": "PAYMENT_BUSINESS_SUSPENDED", "cause": "penalty", "until": "2031-01-03T00:00:00.000000+08:00"}
    assert (approval["kind"], approval["object"]["type"]) == ("payment_close_out", "close_out")
    before = approval["before"]
    assert (before["balance_fen"], before["held_fen"], before["restricted_by"]) == (12_000, 0, [penalty])
    assert before["to_account_number"] == mask_account(bank.account_number)
    assert (approval["after"]["balance_fen"], approval["after"]["amount_fen"]) == (0, 12_000)


@pytest.mark.parametrize("how", ["reject", "withdraw"])
def test_nothing_moves_when_it_ends_otherwise(teller, supervisor, payment, bank, how):
    certify(ZHANG)
    body = ask(teller, payment, bank).json()
    done = supervisor.reject(body["approval_id"]) if how == "reject" else teller.withdraw(body["approval_id"])
    assert done.status_code == 200
    assert (balance(payment), balance(bank)) == (12_000, 500)
    assert ask(teller, payment, bank).status_code == 201


def test_an_unknown_account_is_404(teller, payment, bank):
    certify(ZHANG)
    nobody = "00000000-0000-7000-8000-000000000000"
    assert teller.post(f"/accounts/{nobody}/close-outs", {"to_account_id": str(bank.id)}).status_code == 404
    assert teller.post(f"/accounts/{payment.id}/close-outs", {"to_account_id": nobody}).status_code == 404
    assert teller.post(f"/accounts/{payment.id}/close-outs", {}).status_code == 400


def test_only_an_own_open_bank_account_is_paid(teller, payment, bank, li):
    certify(ZHANG)
    closed = factories.account(payment.customer, "II", status="closed", closed_at=NOON, class_slot=None)
    case = factories.account(payment.customer, "II")
    certify_account(case.account_number, category="CASE_ACCOUNT")
    theirs = factories.account(li, "I")
    other_payment = factories.account(payment.customer, "I", kind="payment")
    for to in (closed, theirs, other_payment, payment):
        refused(ask(teller, payment, to), "PAYMENT_BUSINESS_SUSPENDED")
    teller_again = _reverify(teller, payment.customer_id)
    for to in (closed, case, theirs, other_payment, payment):
        refused(ask(teller_again, payment, to), "NOT_AN_OWN_BANK_ACCOUNT")
    assert ask(teller, payment, bank).status_code == 201


def _reverify(teller, customer_id):
    from tests.http import ApiClient

    check = {"identity_check": {"method": "联网核查", "result": "match"}}
    made = teller.post(f"/customers/{customer_id}/reverifications", check).json()
    assert ApiClient("supervisor").approve(made["approval_id"]).status_code == 200
    return teller


def test_close_out_is_refused_for_a_customer_without_a_penalty(teller, payment, bank):
    body = refused(ask(teller, payment, bank), "CLOSE_OUT_NOT_OFFERED")
    assert (body["fields"]["cause"], body["clause"]) == ("not_penalized", None)
    certify(ZHANG)
    assert refused(ask(teller, bank, bank), "CLOSE_OUT_NOT_OFFERED")["fields"]["cause"] == "bank_account"


def test_a_holder_of_a_case_account_is_identified_first(teller, payment, bank):
    certify_account(bank.account_number)
    to = factories.account(payment.customer, "II")
    body = refused(ask(teller, payment, to), "PAYMENT_BUSINESS_SUSPENDED")
    assert body["fields"]["cause"] == "case_holder"
    certify(ZHANG)
    body = refused(ask(teller, payment, to), "PAYMENT_BUSINESS_SUSPENDED")
    assert [each["cause"] for each in body["fields"]["also"]] == ["penalty"]
    _reverify(teller, payment.customer_id)
    assert ask(teller, payment, to).status_code == 201


def test_close_out_of_a_frozen_or_case_account_is_refused(teller, payment, bank):
    certify(ZHANG)
    place_freeze(
        principal=factories.caller("compliance"), account_id=payment.id, authority="法院", order_no="冻1", until=None
    )
    body = refused(ask(teller, payment, bank), "ACCOUNT_FROZEN")
    assert [each["code"] for each in body["fields"]["also"]] == ["PAYMENT_BUSINESS_SUSPENDED"]
    certify_account(payment.account_number)
    refused(ask(teller, payment, bank), "CASE_ACCOUNT_STOPPED")


def test_close_out_is_refused_while_money_is_held_and_without_a_balance(teller, payment, bank, zhang):
    held(payment, amount_fen=100, due_at=NOON + timedelta(hours=2), channel="mobile")
    certify(ZHANG)
    body = refused(ask(teller, payment, bank), "TRANSFERS_HELD", 409)
    assert body["fields"] == {"held": "1.00"}
    empty = factories.account(zhang, "I", kind="payment")
    refused(ask(teller, empty, bank), "NOTHING_TO_CLOSE_OUT", 409)


class TestConcurrentChanges:
    """Changes before the decision make the proposal stale, or the rule refuses it."""

    @pytest.fixture
    def waiting(self, teller, payment, bank) -> str:
        certify(ZHANG)
        return ask(teller, payment, bank).json()["approval_id"]

    def test_concurrent_deposit(self, supervisor, waiting, payment):
        factories.pay_in(payment, 1)
        assert code(supervisor.approve(waiting)) == (409, "APPROVAL_STALE")

    def test_another_penalty(self, supervisor, waiting, payment, noon):
        noon.advance(days=3)
        certify(ZHANG, certified_on=NOON.date())
        assert code(supervisor.approve(waiting)) == (409, "APPROVAL_STALE")

    def test_the_penalty_is_over(self, supervisor, compliance, client_for, waiting, payment):
        (found,) = compliance.get("/blacklist/certificates").json()["results"]
        revoked = compliance.post(
            f"/blacklist/certificates/{found['id']}/revocations",
            {"doc_no": "撤1", "revoked_on": "2026-01-04", "reason": "认定有误"},
        ).json()
        assert client_for("compliance", "second").approve(revoked["approval_id"]).status_code == 200
        assert code(supervisor.approve(waiting)) == (409, "APPROVAL_STALE")

    def test_a_freeze(self, supervisor, waiting, payment):
        place_freeze(
            principal=factories.caller("compliance"),
            account_id=payment.id,
            authority="法院",
            order_no="冻1",
            until=None,
        )
        assert code(supervisor.approve(waiting)) == (409, "APPROVAL_STALE")
        assert balance(payment) == 12_000

    def test_the_bank_account_is_closed(self, supervisor, teller, waiting, bank):
        teller.post("/cash/withdrawals", {"account": {"account_id": str(bank.id)}, "amount": "5.00"})
        assert teller.post(f"/accounts/{bank.id}/close").status_code == 200
        assert code(supervisor.approve(waiting)) == (409, "APPROVAL_STALE")


class TestDatabaseGuards:
    """Database guards, with every check in Python removed."""

    def move(self, row: CloseOut) -> None:
        rows("SELECT accounts_post_close_out(%s)", [row.pk])
        settle()

    def approved(self, account: Account, to: Account, fen: int = 12_000) -> CloseOut:
        row = CloseOut.objects.create(
            account=account, to_account=to, amount_fen=fen, asked_at=NOON, status="active", in_force_at=NOON
        )
        factories.approved("payment_close_out", row)
        return row

    def test_approved_close_out_is_permitted(self, payment, bank):
        certify(ZHANG)
        self.move(self.approved(payment, bank))
        assert (balance(payment), balance(bank)) == (0, 12_500)

    def test_unapproved_balance_is_not_moved(self, payment, bank):
        certify(ZHANG)
        row = CloseOut.objects.create(account=payment, to_account=bank, amount_fen=12_000, asked_at=NOON)
        with refused_by("entry_close_out_is_approved"):
            self.move(row)

    def test_puts_nothing_in_force_without_a_second_person(self, payment, bank):
        with refused_by("accounts_closeout_second_person"):
            CloseOut.objects.create(
                account=payment, to_account=bank, amount_fen=12_000, asked_at=NOON, status="active", in_force_at=NOON
            )
            settle()

    def test_approved_close_out_moves_the_whole_balance(self, payment, bank):
        certify(ZHANG)
        with refused_by("close_out_has_its_entries"):
            self.approved(payment, bank)
            settle()

    @pytest.mark.parametrize("fen", [11_999, 1])
    def test_moves_the_whole(self, payment, bank, fen):
        certify(ZHANG)
        with refused_by("close_out_moves_the_whole"):
            self.move(self.approved(payment, bank, fen))

    def test_moves_once(self, payment, bank):
        certify(ZHANG)
        row = self.approved(payment, bank)
        self.move(row)
        with refused_by("close_out_moves_the_whole"):
            self.move(row)

    def test_balance_is_moved_to_the_named_account_only(self, payment, li):
        certify(ZHANG)
        with refused_by("entry_close_out_is_approved"):
            self.move(self.approved(payment, factories.account(li, "I")))

    def test_moves_out_of_no_bank_account(self, bank, payment):
        certify(ZHANG)
        with refused_by("entry_close_out_is_approved"):
            self.move(self.approved(bank, payment, 500))

    def test_moves_nothing_that_is_frozen(self, payment, bank):
        certify(ZHANG)
        place_freeze(
            principal=factories.caller("compliance"), account_id=payment.id, authority="法", order_no="1", until=None
        )
        with refused_by("close_out_of_no_freeze"):
            self.move(self.approved(payment, bank))

    def test_balance_of_a_customer_without_a_certificate_is_not_moved(self, payment, bank):
        certify_account(bank.account_number)
        with refused_by("close_out_of_a_penalty"):
            self.move(self.approved(payment, bank))

    def test_balance_moved_out_is_not_zero(self, payment, bank):
        with refused_by("close_out_moves_money"):
            CloseOut.objects.create(account=payment, to_account=bank, amount_fen=0, asked_at=NOON)

    def test_moves_between_two(self, payment):
        with refused_by("close_out_between_two"):
            CloseOut.objects.create(account=payment, to_account=payment, amount_fen=1, asked_at=NOON)

    def test_close_out_in_force_has_an_instant(self, payment, bank):
        with refused_by("close_out_in_force_since"):
            CloseOut.objects.create(account=payment, to_account=bank, amount_fen=1, asked_at=NOON, in_force_at=NOON)

    @pytest.mark.parametrize("change", ["amount_fen = 1", "to_account_id = account_id", "asked_at = 'infinity'"])
    def test_requested_fields_cannot_change(self, payment, bank, change):
        row = CloseOut.objects.create(account=payment, to_account=bank, amount_fen=12_000, asked_at=NOON)
        with refused_by("close_out_between_two" if "to_account" in change else "accounts_closeout_stands"):
            rows(f"UPDATE accounts_closeout SET {change} WHERE id = %s", [row.pk])

    def test_end_of_a_close_out_cannot_change(self, payment, bank):
        row = CloseOut.objects.create(account=payment, to_account=bank, amount_fen=1, asked_at=NOON, status="rejected")
        with refused_by("accounts_closeout_stands"):
            rows("UPDATE accounts_closeout SET status = 'pending' WHERE id = %s", [row.pk])
