"""An account that an impostor opened: declared by its holder, closed by two persons, its money set aside and accounted for."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account, Card, Entry, ImpostorDeclaration, SetAsidePayment
from accounts.operations.aside_payments import AsideTarget, ask_aside_payment
from accounts.operations.freezes import place_freeze
from accounts.operations.set_aside import declare_impostor
from accounts.queries.invariants_ledger import LEDGER
from accounts.queries.transfer_sides import clearing_totals
from accounts.refusals.money import CaseAccountStopped
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.identity.documents import parse_document
from config.kernel.law.refusals import BadRequest
from config.kernel.models import Decision
from tests import factories
from tests.accounts.test_posting_guards import settle
from tests.approvals.case import ENDED, Case
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import LI, ZHANG
from tests.http import code, refused
from tests.listings import certify, certify_account
from tests.transfers.factories import held
from transfers.queries.invariants import MONEY

pytestmark = [pytest.mark.django_db, pytest.mark.application]
STATEMENT = "该账户系他人冒用我的身份开立，同意销户。"


def declared(account: Account) -> ImpostorDeclaration:
    """Return a declaration about an account, approved and in force."""
    from config.kernel import approvals

    maker, checker = factories.caller("teller", "declares"), factories.caller("supervisor", "checks")
    row, approval = perform(
        lambda: declare_impostor(
            principal=maker,
            account_id=account.id,
            document=parse_document("resident_id", ZHANG.number, None, on=factories.DAY),
            statement=STATEMENT,
        )
    )
    perform(lambda: approvals.approve(approval.id, principal=checker))
    row.refresh_from_db()
    return row


CASES = {
    "impostor_declaration": Case(
        by="teller",
        propose=lambda account, maker, _: declare_impostor(
            principal=maker,
            account_id=account.id,
            document=parse_document("resident_id", ZHANG.number, None, on=factories.DAY),
            statement=STATEMENT,
        ),
        ended=ENDED,
        owner=(True, True),
    ),
    "set_aside_payment": Case(
        by="teller",
        prepare=lambda account: declared(factories.account(account.customer, "II", balance_fen=100)).account_id,
        propose=lambda account, maker, closed_id: ask_aside_payment(
            principal=maker,
            account_id=closed_id,
            to=AsideTarget(account.account_number),
            amount_fen=100,
            authority="某市中级人民法院",
            order_no="（2026）某执1号",
        ),
        ended=ENDED,
        owner=(True, True),
        of=lambda _, closed_id: closed_id,
    ),
}


@pytest.fixture
def account(zhang) -> Account:
    return factories.account(zhang, "I", balance_fen=12_000)


def declare(client, account, person=ZHANG, **more):
    body = {"applicant": {"document": person.document}, "statement": STATEMENT, "identified": "in_person"} | more
    return client.post(f"/accounts/{account.id}/impostor-declarations", body)


def closed(teller, supervisor, account) -> dict[str, Any]:
    asked = declare(teller, account)
    assert asked.status_code == 201, asked.content.decode()
    answer = supervisor.approve(asked.json()["approval_id"])
    assert answer.status_code == 200, answer.content.decode()
    return teller.get(f"/accounts/{account.id}").json()


def violations() -> list[str]:
    return [each.name for each in LEDGER if rows(each.sql)]


def test_the_account_is_closed_at_the_approval_and_not_before(teller, supervisor, account):
    card = factories.card(account)
    asked = declare(teller, account).json()
    assert (asked["status"], asked["set_aside"], asked["account_id"]) == ("pending", "120.00", str(account.id))
    before = teller.get(f"/accounts/{account.id}").json()
    assert (before["status"], "closed_reason" in before, "set_aside" in before) == ("open", False, False)
    approval = supervisor.get(f"/approvals/{asked['approval_id']}").json()
    assert (approval["kind"], approval["before"]["balance_fen"]) == ("impostor_declaration", 12_000)
    assert STATEMENT not in str(approval)
    assert supervisor.approve(asked["approval_id"]).status_code == 200
    after = teller.get(f"/accounts/{account.id}").json()
    assert (after["status"], after["closed_reason"], after["set_aside"]) == ("closed", "impostor", "120.00")
    assert after["balance"] == "0.00"
    card.refresh_from_db()
    assert card.status == "cancelled"
    legs = Entry.objects.filter(posting_id=asked["id"], kind="set_aside").order_by("leg")
    assert [(each.account_id, each.amount_fen) for each in legs] == [(account.id, -12_000), (None, 12_000)]
    assert violations() == []
    kept = Decision.objects.filter(kind="impostor_declaration", outcome="allowed").latest("at")
    assert (kept.account_id, kept.customer_id, kept.clause) == (account.id, account.customer_id, "")


def test_the_place_is_free_and_an_account_without_money_is_closed_too(teller, supervisor, zhang):
    account = factories.account(zhang, "I")
    assert closed(teller, supervisor, account)["set_aside"] == "0.00"
    opened = teller.post("/accounts", {"customer_id": str(zhang.id), "kind": "bank", "account_class": "I"})
    assert opened.status_code == 201


def test_only_restrictions_of_the_holder_of_this_account_end(teller, supervisor, zhang, account):
    other = factories.account(zhang, "II", balance_fen=500)
    factories.card(account)
    certify_account(account.account_number)
    codes = lambda: [each["code"] for each in teller.get(f"/accounts/{other.id}").json()["restrictions"]]  # noqa: E731
    assert codes() == ["NON_COUNTER_SUSPENDED"]
    closed(teller, supervisor, account)
    assert codes() == []
    assert teller.get(f"/customers/{zhang.id}").json()["restrictions"] == []
    certify(ZHANG)
    assert codes() == ["NON_COUNTER_SUSPENDED"]


def test_refusals(teller, zhang, li, account):
    body = refused(declare(teller, account, LI), "NOT_THE_HOLDER")
    assert body["clause"] is None
    assert "名义开户人" in body["detail"]
    held(account, amount_fen=100, due_at=NOON + timedelta(hours=2), channel="mobile")
    assert refused(declare(teller, account), "TRANSFERS_HELD", 409)["fields"] == {"held": "1.00"}
    place_freeze(
        principal=factories.caller("compliance"), account_id=account.id, authority="法院", order_no="冻1", until=None
    )
    refused(declare(teller, account), "ACCOUNT_FROZEN")
    gone = factories.account(zhang, "II", status="closed", closed_at=NOON, class_slot=None)
    refused(declare(teller, gone), "ACCOUNT_STATE", 409)
    assert not ImpostorDeclaration.objects.exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"statement": ""}, "statement"),
        ({"statement": "字" * 1001}, "statement"),
        ({"identified": "by_phone"}, "identified"),
        ({"applicant": {}}, "applicant.document"),
    ],
)
def test_malformed_declaration_is_refused(teller, account, more, field):
    answer = declare(teller, account, **more)
    assert (code(answer), list(answer.json()["fields"])) == ((400, "INVALID_REQUEST"), [field])


def test_a_freeze_or_a_deposit_in_between_makes_the_proposal_stale(teller, supervisor, zhang, account):
    asked = declare(teller, account).json()["approval_id"]
    factories.pay_in(account, 1)
    assert code(supervisor.approve(asked)) == (409, "APPROVAL_STALE")
    other = factories.account(zhang, "II", balance_fen=500)
    asked = declare(teller, other).json()["approval_id"]
    place_freeze(
        principal=factories.caller("compliance"), account_id=other.id, authority="法院", order_no="冻1", until=None
    )
    assert code(supervisor.approve(asked)) == (409, "APPROVAL_STALE")


def pay(account: Account, to: Account | AsideTarget, fen: int) -> Any:
    return perform(
        lambda: ask_aside_payment(
            principal=factories.caller("teller", "pays"),
            account_id=account.id,
            to=to if isinstance(to, AsideTarget) else AsideTarget(to.account_number),
            amount_fen=fen,
            authority="某市中级人民法院",
            order_no="（2026）某执1号",
        )
    )


def test_money_set_aside_leaves_by_two_persons_and_never_more(teller, supervisor, account, li):
    victim = factories.account(li, "I")
    closed(teller, supervisor, account)
    _, first = pay(account, victim, 7_000)
    assert supervisor.approve(str(first.id)).status_code == 200
    victim.refresh_from_db()
    assert victim.balance_fen == 7_000
    assert teller.get(f"/accounts/{account.id}").json()["set_aside"] == "50.00"
    from accounts.refusals.money import NotThatMuchSetAside

    with pytest.raises(NotThatMuchSetAside):
        pay(account, victim, 5_001)
    _, last = pay(account, victim, 5_000)
    assert supervisor.approve(str(last.id)).status_code == 200
    assert teller.get(f"/accounts/{account.id}").json()["set_aside"] == "0.00"
    assert violations() == []


def test_money_set_aside_goes_to_another_bank_through_its_clearing_account(teller, supervisor, account, li):
    closed(teller, supervisor, account)
    with pytest.raises(BadRequest) as missing:
        pay(account, AsideTarget("6222021001116245702", "icbc"), 7_000)
    assert [*missing.value.fields] == ["to_name"]
    row, approval = pay(account, AsideTarget("6222021001116245702", "icbc", "李四"), 7_000)
    assert (approval.before["to_account_number"], approval.before["bank_code"]) == ("6222***********5702", "ICBC")
    assert "李四" not in str(approval.before)
    assert not Entry.objects.filter(posting_id=row.id).exists()
    assert supervisor.approve(str(approval.id)).status_code == 200
    legs = Entry.objects.filter(posting_id=row.id).order_by("leg").values_list("internal__kind", "amount_fen")
    assert [*legs] == [("aside", -7_000), ("clearing", 7_000)]
    assert clearing_totals() == {"ICBC": 7_000}
    assert teller.get(f"/accounts/{account.id}").json()["set_aside"] == "50.00"
    assert violations() == []
    assert [row for each in MONEY if each.name == "I22" for row in rows(each.sql)] == []


def test_money_set_aside_goes_to_no_case_account_at_another_bank(teller, supervisor, account):
    closed(teller, supervisor, account)
    named = AsideTarget("6222021001116245702", "ICBC", "李四")
    _, approval = pay(account, named, 7_000)
    certify_account(named.account_number, named.bank_code)
    assert code(supervisor.approve(str(approval.id))) == (422, "CASE_ACCOUNT_STOPPED")
    assert clearing_totals() == {}
    teller.withdraw(str(approval.id))
    with pytest.raises(CaseAccountStopped):
        pay(account, named, 7_000)


class TestDatabaseGuards:
    """Database guards, with every check in Python removed."""

    def approved(self, account: Account, fen: int = 12_000) -> ImpostorDeclaration:
        row = ImpostorDeclaration(account=account, amount_fen=fen, asked_at=NOON, status="active", in_force_at=NOON)
        row.statement = STATEMENT
        row.save(force_insert=True)
        factories.approved("impostor_declaration", row)
        return row

    def aside(self) -> None:
        from accounts import ledger
        from accounts.vocabulary import InternalKind

        ledger.internal_side(InternalKind.ASIDE)

    def test_an_unapproved_balance_is_not_set_aside(self, account):
        self.aside()
        with refused_by("entry_set_aside_is_approved"):
            rows("SELECT accounts_post_set_aside(%s)", [account.id])

    @pytest.mark.parametrize("fen", [11_999, 0])
    def test_sets_the_whole_aside(self, account, fen):
        self.aside()
        with refused_by("set_aside_is_the_whole"):
            rows("SELECT accounts_post_set_aside(%s)", [self.approved(account, fen).id])

    def test_declaration_in_force_has_closed_the_account(self, account):
        with refused_by("impostor_declaration_closes"):
            self.approved(account)
            settle()

    def test_puts_nothing_in_force_without_a_second_person(self, zhang):
        gone = factories.account(zhang, "II", status="closed", closed_at=NOON, class_slot=None)
        with refused_by("accounts_impostordeclaration_second_person"):
            row = ImpostorDeclaration(account=gone, amount_fen=0, asked_at=NOON, status="active", in_force_at=NOON)
            row.statement = STATEMENT
            row.save(force_insert=True)
            settle()

    def test_closes_no_frozen_account(self, account):
        place_freeze(
            principal=factories.caller("compliance"), account_id=account.id, authority="法", order_no="1", until=None
        )
        with refused_by("set_aside_of_no_freeze"):
            self.approved(account)
            settle()

    def test_a_declaration_is_in_force_once(self, account):
        with refused_by("impostor_declaration_once"):
            self.approved(account)
            self.approved(account)

    @pytest.mark.parametrize("change", ["amount_fen = 1", "asked_at = 'infinity'", "statement = 'x'"])
    def test_declared_fields_cannot_change(self, account, teller, change):
        asked = declare(teller, account).json()["id"]
        with refused_by("accounts_impostordeclaration_stands"):
            rows(f"UPDATE accounts_impostordeclaration SET {change} WHERE id = %s", [asked])

    def test_declaration_in_force_has_an_instant(self, account):
        with refused_by("impostor_declaration_in_force_since"):
            ImpostorDeclaration.objects.create(
                account=account, amount_fen=0, statement=STATEMENT, asked_at=NOON, in_force_at=NOON
            )

    @pytest.mark.parametrize(
        ("change", "name"),
        [
            ({"amount_fen": 0}, "set_aside_payment_moves_money"),
            ({"in_force_at": NOON}, "set_aside_payment_in_force_since"),
        ],
    )
    def test_payment_moves_money_and_has_an_instant_in_force(self, teller, account, change, name):
        asked = declare(teller, account).json()["id"]
        named = {"authority": "法院", "order_no": "1", "asked_at": NOON, "amount_fen": 1}
        with refused_by(name):
            SetAsidePayment.objects.create(declaration_id=asked, to_account=account, **named | change)

    @pytest.mark.parametrize(
        "target",
        [
            {},
            {"bank_code": "ICBC", "to_number": "1"},
            {"bank_code": "ICBC", "to_name": "李四"},
            {"to_number": "1", "to_name": "李四"},
            {"bank_code": "icbc", "to_number": "1", "to_name": "李四"},
        ],
    )
    def test_a_payment_has_one_target(self, teller, account, target):
        row = SetAsidePayment(
            declaration_id=declare(teller, account).json()["id"], authority="法院", order_no="1", asked_at=NOON,
            amount_fen=1,
        )  # fmt: skip
        for name, value in target.items():
            setattr(row, name, value)
        with refused_by("set_aside_payment_has_one_target"):
            row.save(force_insert=True)

    def test_a_payment_goes_not_to_two_targets(self, teller, account):
        row = SetAsidePayment(
            declaration_id=declare(teller, account).json()["id"], to_account=account, bank_code="ICBC",
            authority="法院", order_no="1", asked_at=NOON, amount_fen=1,
        )  # fmt: skip
        row.to_number, row.to_name = "1", "李四"
        with refused_by("set_aside_payment_has_one_target"):
            row.save(force_insert=True)

    @pytest.mark.parametrize("change", ["bank_code = 'ABC'", "to_number = 'x'", "to_name = 'x'"])
    def test_target_elsewhere_cannot_change(self, teller, supervisor, account, change):
        closed(teller, supervisor, account)
        row, _ = pay(account, AsideTarget("6222021001116245702", "ICBC", "李四"), 1)
        with refused_by("accounts_setasidepayment_stands"):
            rows(f"UPDATE accounts_setasidepayment SET {change} WHERE id = %s", [row.id])

    def test_a_payment_elsewhere_needs_the_clearing_account_of_its_bank(self, teller, supervisor, account):
        closed(teller, supervisor, account)
        row = SetAsidePayment(
            declaration=ImpostorDeclaration.objects.get(account=account), bank_code="ICBC", authority="法院",
            order_no="1", asked_at=NOON, amount_fen=1, status="active", in_force_at=NOON,
        )  # fmt: skip
        row.to_number, row.to_name = "1", "李四"
        with refused_by("entry_aside_payment_is_approved"):
            row.save(force_insert=True)
            factories.approved("set_aside_payment", row)
            rows("SELECT accounts_post_aside_payment(%s)", [row.id])

    def test_amount_is_not_negative(self, account):
        with refused_by("impostor_declaration_not_negative"):
            self.approved(account, -1)

    def payment(self, account: Account, to: Account, fen: int, *, pays: bool = True) -> SetAsidePayment:
        row = SetAsidePayment.objects.create(
            declaration=ImpostorDeclaration.objects.get(account=account),
            to_account=to,
            amount_fen=fen,
            authority="法院",
            order_no="1",
            asked_at=NOON,
            status="active",
            in_force_at=NOON,
        )
        factories.approved("set_aside_payment", row)
        if pays:
            rows("SELECT accounts_post_aside_payment(%s)", [row.id])
        settle()
        return row

    def test_no_more_is_paid_than_is_set_aside(self, teller, supervisor, account, li):
        victim = factories.account(li, "I")
        closed(teller, supervisor, account)
        self.payment(account, victim, 12_000)
        with refused_by("set_aside_not_overdrawn"):
            self.payment(account, victim, 1)

    def test_approved_payment_has_its_entries(self, teller, supervisor, account, li):
        closed(teller, supervisor, account)
        with refused_by("set_aside_payment_has_entries"):
            self.payment(account, factories.account(li, "I"), 1, pays=False)

    def test_an_unapproved_payment_moves_nothing(self, account):
        self.aside()
        with refused_by("entry_aside_payment_is_approved"):
            rows("SELECT accounts_post_aside_payment(%s)", [account.id])


def test_cards_of_the_closed_account_are_cancelled(teller, supervisor, account):
    factories.card(account)
    closed(teller, supervisor, account)
    assert {each.status for each in Card.objects.filter(account=account)} == {"cancelled"}
