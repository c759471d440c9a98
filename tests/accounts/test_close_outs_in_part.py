"""Close-out in part and through a gateway: under the measures of 2024 alone."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account, CloseOut, Entry
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.models import Approval, Decision
from tests import factories
from tests.accounts.test_close_outs_elsewhere import NUMBER, approved_elsewhere, balance
from tests.accounts.test_posting_guards import settle
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import ZHANG
from tests.http import ApiClient, code, refused
from tests.listings import certify, certify_account
from tests.transfers.factories import held

pytestmark = [pytest.mark.django_db, pytest.mark.application]


@pytest.fixture
def payment(zhang) -> Account:
    """张三's payment account with 120 yuan."""
    return factories.account(zhang, "III", kind="payment", balance_fen=12_000)


@pytest.fixture
def bank(zhang) -> Account:
    return factories.account(zhang, "I", balance_fen=500)


@pytest.fixture
def gateway() -> ApiClient:
    return ApiClient("gateway")


def ask(client, account, to=None, **more):
    target = {"to_account_id": str(to.id)} if to else {}
    return client.post(f"/accounts/{account.id}/close-outs", target | more)


def jdm(**more: Any) -> Any:
    return certify(ZHANG, legal_basis="JDM_2024", **more)


class TestPart:
    """A part of the balance, at the counter."""

    def test_part_goes_at_the_approval_and_the_rest_stays(self, teller, supervisor, payment, bank):
        jdm()
        body = ask(teller, payment, bank, amount="20.00").json()
        assert (body["amount"], body["status"]) == ("20.00", "pending")
        approval = supervisor.get(f"/approvals/{body['approval_id']}").json()
        assert (approval["after"]["amount_fen"], approval["after"]["balance_fen"]) == (2_000, 10_000)
        assert supervisor.approve(body["approval_id"]).status_code == 200
        assert (balance(payment), balance(bank)) == (10_000, 2_500)

    def test_part_goes_to_another_bank(self, teller, supervisor, payment, zhang):
        jdm()
        own = approved_elsewhere(zhang, NUMBER)
        body = ask(teller, payment, to_external_account_id=str(own.id), amount="20.00").json()
        assert supervisor.approve(body["approval_id"]).json()["transfer_id"]
        assert balance(payment) == 10_000

    def test_second_part_follows(self, teller, supervisor, payment, bank):
        jdm()
        for _ in range(2):
            assert (
                supervisor.approve(ask(teller, payment, bank, amount="20.00").json()["approval_id"]).status_code == 200
            )
        assert balance(payment) == 8_000

    @pytest.mark.parametrize("bases", [["NOTICE_2016"], ["PBOC_85"], ["JDM_2024", "PBOC_85"]], ids="+".join)
    def test_part_is_refused_where_another_basis_applies(self, teller, payment, bank, bases):
        for basis in bases:
            certify(ZHANG, legal_basis=basis)
        body = refused(ask(teller, payment, bank, amount="20.00"), "CLOSE_OUT_NOT_OFFERED")
        assert (body["fields"]["cause"], body["clause"]) == ("whole_only", None)
        assert "本行规则" in body["detail"]
        assert ask(teller, payment, bank, amount="120.00").status_code == 201

    def test_older_penalty_that_is_over_does_not_count(self, teller, supervisor, payment, bank):
        certify(ZHANG, legal_basis="NOTICE_2016", certified_on=NOON.date().replace(year=2020))
        jdm()
        body = ask(teller, payment, bank, amount="20.00").json()
        assert supervisor.approve(body["approval_id"]).status_code == 200

    @pytest.mark.parametrize("basis", ["NOTICE_2016", "JDM_2024"])
    def test_more_than_available_is_refused(self, teller, payment, bank, basis):
        certify(ZHANG, legal_basis=basis)
        refused(ask(teller, payment, bank, amount="120.01"), "INSUFFICIENT_FUNDS")

    def test_part_leaves_what_is_reserved(self, teller, payment, bank):
        held(payment, amount_fen=100, due_at=NOON + timedelta(hours=2), channel="mobile")
        jdm()
        refused(ask(teller, payment, bank), "TRANSFERS_HELD", 409)
        refused(ask(teller, payment, bank, amount="119.01"), "INSUFFICIENT_FUNDS")
        assert ask(teller, payment, bank, amount="119.00").status_code == 201

    @pytest.mark.parametrize("amount", ["0.00", "-1.00", "1.001", "", None, 20])
    def test_amount_is_whole_fen_above_zero(self, teller, payment, bank, amount):
        jdm()
        answer = ask(teller, payment, bank, amount=amount)
        assert (answer.status_code, set(answer.json()["fields"])) == (400, {"amount"})

    def test_older_penalty_between_the_two_persons_makes_it_stale(self, teller, supervisor, payment, bank):
        jdm()
        body = ask(teller, payment, bank, amount="20.00").json()
        certify(ZHANG, legal_basis="PBOC_85")
        assert code(supervisor.approve(body["approval_id"])) == (409, "APPROVAL_STALE")
        assert balance(payment) == 12_000


class TestGateway:
    """The customer orders it alone."""

    @pytest.mark.parametrize("channel", ["online", "mobile"])
    def test_whole_balance_goes_at_once(self, gateway, payment, bank, channel):
        jdm()
        answer = ask(gateway, payment, bank, channel=channel)
        assert answer.status_code == 201, answer.content.decode()
        body = answer.json()
        assert body == {
            "id": body["id"],
            "account_id": str(payment.id),
            "to_account_id": str(bank.id),
            "to_external_account_id": None,
            "amount": "120.00",
            "transfer_id": None,
            "status": "active",
            "asked_at": "2026-01-05T12:00:00.000000+08:00",
            "in_force_at": "2026-01-05T12:00:00.000000+08:00",
            "approval_id": None,
        }
        assert (balance(payment), balance(bank)) == (0, 12_500)
        assert Entry.objects.filter(posting_id=body["id"], kind="close_out").count() == 2
        row = CloseOut.objects.get()
        assert (row.channel, row.made_by.name) == (channel, "gateway")
        kept = Decision.objects.get(object_id=row.id)
        assert (kept.kind, kept.outcome, kept.facts["legal_basis"]) == ("payment_close_out", "allowed", ["JDM_2024"])
        assert not Approval.objects.filter(kind="payment_close_out").exists()

    def test_part_goes_to_another_bank_as_a_transfer_of_the_channel(self, gateway, teller, payment, zhang):
        jdm()
        own = approved_elsewhere(zhang, NUMBER)
        body = ask(gateway, payment, to_external_account_id=str(own.id), amount="20.00", channel="mobile").json()
        shown = teller.get(f"/transfers/{body['transfer_id']}").json()
        assert (shown["status"], shown["channel"], shown["amount"]) == ("posted", "mobile", "20.00")
        assert balance(payment) == 10_000

    @pytest.mark.parametrize("bases", [["NOTICE_2016"], ["PBOC_85"], ["JDM_2024", "NOTICE_2016"]], ids="+".join)
    def test_older_penalty_leaves_the_counter_alone(self, gateway, payment, bank, bases):
        for basis in bases:
            certify(ZHANG, legal_basis=basis)
        body = refused(ask(gateway, payment, bank, channel="online"), "CLOSE_OUT_NOT_OFFERED")
        assert (body["fields"]["cause"], body["clause"]) == ("counter_only", None)
        assert "本行规则" in body["detail"]
        assert "柜面" in body["detail"]
        assert balance(payment) == 12_000

    def test_channel_is_one_of_the_gateways(self, gateway, teller, payment, bank):
        jdm()
        assert ask(gateway, payment, bank).json()["fields"].keys() == {"channel"}
        for client, channel in ((gateway, "phone"), (gateway, "counter"), (gateway, "x"), (teller, "online")):
            assert code(ask(client, payment, bank, channel=channel)) == (403, "CHANNEL_NOT_ALLOWED")
        assert ask(teller, payment, bank, channel="counter").status_code == 201

    def test_terminal_may_not(self, client_for, payment, bank):
        jdm()
        assert ask(client_for("atm"), payment, bank, channel="atm").status_code == 403

    def test_refusals_are_those_of_the_counter(self, gateway, payment, bank, li):
        jdm()
        refused(ask(gateway, payment, bank, channel="online", amount="120.01"), "INSUFFICIENT_FUNDS")
        refused(ask(gateway, payment, factories.account(li, "I"), channel="online"), "NOT_AN_OWN_BANK_ACCOUNT")
        certify_account(payment.account_number)
        refused(ask(gateway, payment, bank, channel="online"), "CASE_ACCOUNT_STOPPED")
        assert balance(payment) == 12_000

    def test_proposal_that_waits_is_stale_afterwards(self, gateway, teller, supervisor, payment, bank):
        jdm()
        waiting = ask(teller, payment, bank).json()["approval_id"]
        assert ask(gateway, payment, bank, channel="online", amount="20.00").status_code == 201
        assert code(supervisor.approve(waiting)) == (409, "APPROVAL_STALE")
        assert (balance(payment), balance(bank)) == (10_000, 2_500)


class TestDatabaseGuards:
    """Database guards, with every check in Python removed."""

    def close_out(self, account: Account, to: Account, fen: int = 12_000, **more: Any) -> CloseOut:
        at_once = {"channel": "online", "made_by_id": factories.caller("gateway").id}
        return CloseOut.objects.create(
            account=account,
            to_account=to,
            amount_fen=fen,
            asked_at=NOON,
            **{"status": "active", "in_force_at": NOON} | at_once | more,
        )

    def move(self, row: CloseOut) -> None:
        rows("SELECT accounts_post_close_out(%s)", [row.pk])
        settle()

    def test_gateway_moves_a_part(self, payment, bank):
        jdm()
        self.move(self.close_out(payment, bank, 2_000))
        assert (balance(payment), balance(bank)) == (10_000, 2_500)

    def test_part_is_not_overdrawn(self, payment, bank):
        jdm()
        with refused_by("account_available_not_negative"):
            self.move(self.close_out(payment, bank, 12_001))

    def test_part_leaves_what_is_reserved(self, payment, bank):
        held(payment, amount_fen=100, due_at=NOON + timedelta(hours=2), channel="mobile")
        jdm()
        with refused_by("account_available_not_negative"):
            self.move(self.close_out(payment, bank, 12_000))

    @pytest.mark.parametrize("basis", ["NOTICE_2016", "PBOC_85"])
    def test_part_needs_the_measures_of_2024_alone(self, payment, bank, basis):
        jdm()
        certify(ZHANG, legal_basis=basis)
        with refused_by("close_out_moves_the_whole"):
            row = self.close_out(payment, bank, 2_000, channel="counter", made_by_id=None)
            factories.approved("payment_close_out", row)
            self.move(row)

    @pytest.mark.parametrize("basis", ["NOTICE_2016", "PBOC_85"])
    def test_one_person_needs_the_measures_of_2024_alone(self, payment, bank, basis):
        jdm()
        certify(ZHANG, legal_basis=basis)
        with refused_by("close_out_by_its_holder"):
            self.move(self.close_out(payment, bank))

    @pytest.mark.parametrize("role", ["teller", "supervisor", "atm"])
    def test_one_person_is_no_member_of_staff(self, payment, bank, role):
        jdm()
        with refused_by("close_out_by_its_holder"):
            self.move(self.close_out(payment, bank, made_by_id=factories.caller(role).id))

    @pytest.mark.parametrize(
        "more",
        [
            {"channel": "phone"},
            {"channel": "counter"},
            {"made_by_id": None},
            {"in_force_at": NOON + timedelta(seconds=1)},
            {"status": "pending", "in_force_at": None},
        ],
        ids=["another channel", "the counter with a gateway", "no gateway", "later", "waiting"],
    )
    def test_close_out_without_a_second_person_is_at_once(self, payment, bank, more):
        with refused_by("close_out_waits_at_the_counter"):
            self.close_out(payment, bank, **more)

    @pytest.mark.parametrize("change", ["channel = 'mobile'", "channel = 'counter', made_by_id = NULL"])
    def test_its_channel_cannot_change(self, payment, bank, change):
        jdm()
        row = self.close_out(payment, bank)
        self.move(row)
        with refused_by("accounts_closeout_stands"):
            rows(f"UPDATE accounts_closeout SET {change} WHERE id = %s", [row.pk])

    def test_waiting_one_does_not_become_one_without_a_second_person(self, payment, bank):
        jdm()
        row = CloseOut.objects.create(id=new_id(), account=payment, to_account=bank, amount_fen=12_000, asked_at=NOON)
        with refused_by("accounts_closeout_stands"):
            rows(
                "UPDATE accounts_closeout SET channel = 'online', status = 'active', in_force_at = asked_at, made_by_id = %s"
                " WHERE id = %s",
                [factories.caller("gateway").id, row.pk],
            )
