"""Clean-up actions concurrent with other acts about the account, on real connections."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.cleanup.models import CleanupAction, CleanupCampaign, CleanupItem
from accounts.cleanup.operations.actions import request_action
from accounts.cleanup.vocabulary import CleanupWay
from accounts.models import Account, Entry
from accounts.operations.accounts import close_account
from accounts.operations.cards import cancel_card, replace_card
from accounts.operations.freezes import place_freeze
from accounts.vocabulary.limits import CleanupLimit
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.sql import Statement, rows
from config.kernel.database.transactions import owned
from config.kernel.law.refusals import Refusal
from config.kernel.models import Approval
from tests import cleanup_cases, factories
from tests.cleanup_cases import item_of, stock_account
from tests.concurrency.conftest import ended, release, release_all
from tests.http import ApiClient
from tests.races import ConcurrentCall, at_once, not_yet_committed, other_transaction, row_lock
from tests.transfers.factories import held
from transfers.models import Transfer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def teller(noon: Any) -> Caller:
    return factories.caller("teller")


@pytest.fixture
def supervisor(noon: Any) -> Caller:
    return factories.caller("supervisor", "who-checks")


@pytest.fixture
def kept(zhang: Any) -> Account:
    return factories.account(zhang, "I", balance_fen=500)


def merging(account: Account, to: Account, cards: str = "move") -> Approval:
    return cleanup_cases.asked(item_of(account), "merge", to_account_id=to.id, cards=cards)


def approving(approval: Approval, by: Caller) -> Callable[[], str]:
    return ended(lambda: approvals.approve(approval.id, principal=by))


def once(call: Callable[[], Any]) -> Callable[[], str]:
    """Return a call without repetition after a constraint's refusal: the rule must see the conflict."""

    def run() -> str:
        with owned():
            try:
                call()
            except Refusal as refusal:
                return refusal.code
        return "done"

    return run


def explaining(account: Account, by: Caller) -> Callable[[], str]:
    item_id = item_of(account).id
    return once(lambda: request_action(principal=by, item_id=item_id, way=CleanupWay.EXPLAIN, reason="一户用于工资"))


def result_during_approval(approval: Approval, by: Caller, call: Callable[[], Any]) -> Any:
    """Run a call while an approval is uncommitted; return its result."""
    with not_yet_committed():
        approvals.approve(approval.id, principal=by)
        concurrent = ConcurrentCall(call).wait_until_blocked()
    return concurrent.result()


def result_during(first: Callable[[], Any], call: Callable[[], Any]) -> Any:
    """Run a call while another is uncommitted; return its result."""
    with not_yet_committed():
        first()
        concurrent = ConcurrentCall(call).wait_until_blocked()
    return concurrent.result()


def money() -> int:
    return rows("SELECT coalesce(sum(balance_fen), 0)::bigint AS fen FROM accounts_account")[0]["fen"]


def test_cash_finds_the_account_closed(supervisor, beyond, kept, teller):
    body = {"account": {"account_id": str(beyond.id)}, "amount": "100.00"}
    client = ApiClient("teller", "cash")
    answer = result_during_approval(merging(beyond, kept), supervisor, lambda: client.post("/cash/withdrawals", body))
    assert answer.json()["code"] == "ACCOUNT_CLOSED"
    assert money() == 12_500


def test_merge_sees_an_earlier_withdrawal(supervisor, beyond, kept, teller):
    body = {"account": {"account_id": str(beyond.id)}, "amount": "100.00"}
    client, merge = ApiClient("teller", "cash"), merging(beyond, kept)
    paid, code = at_once(lambda: client.post("/cash/withdrawals", body).status_code, approving(merge, supervisor))
    assert (paid, code) in {(201, "APPROVAL_STALE"), (422, "done")}
    assert money() == (2_500 if paid == 201 else 12_500)


def test_cash_at_a_machine_by_a_card_that_moves(supervisor, beyond, kept, teller):
    card = factories.card(beyond)
    body = {"account": {"card_number": card.number}, "amount": "100.00"}
    client = ApiClient("atm", "cash")
    answer = result_during_approval(merging(beyond, kept), supervisor, lambda: client.post("/cash/withdrawals", body))
    # It was found where the card was; asked again it is found where it went.
    assert answer.json()["code"] in {"ACCOUNT_CLOSED", "CARD_NOT_ACTIVE"}
    assert client.post("/cash/withdrawals", body).status_code == 201
    assert money() == 2_500


def test_closure_during_a_merge_finds_the_account_closed(supervisor, kept, teller):
    empty = stock_account(kept.customer)
    cleanup_cases.case(kept.customer, CleanupLimit.BANK_I, kept, empty, most=1)
    close = ended(lambda: close_account(principal=teller, account_id=empty.id))
    assert result_during_approval(merging(empty, kept), supervisor, close) == "ACCOUNT_CLOSED"


def test_the_account_that_takes_over_is_closed_before_or_after(supervisor, beyond, zhang, teller):
    to = factories.account(zhang, "II")
    merge = merging(beyond, to)
    close = ended(lambda: close_account(principal=teller, account_id=to.id))
    assert result_during_approval(merge, supervisor, close) == "ACCOUNT_NOT_EMPTY"
    to.refresh_from_db()
    assert to.balance_fen == 12_000


def test_two_opposite_merges_of_accounts(supervisor, beyond, kept):
    there, back = merging(beyond, kept), merging(kept, beyond)
    found = at_once(approving(there, supervisor), approving(back, supervisor))
    assert sorted(found) in (["APPROVAL_STALE", "done"], ["ACCOUNT_CLOSED", "done"], ["CLEANUP_ITEM_SETTLED", "done"])
    assert money() == 12_500
    assert Account.objects.filter(status="open").count() == 1


def test_two_merges_into_one_account(supervisor, beyond, kept):
    third = stock_account(kept.customer, balance_fen=7)
    item = item_of(beyond)
    CleanupItem.objects.create(
        case=item.case, limit=item.limit, account=third, rank=3, beyond=True, opened_at=third.opened_at,
        balance_fen=7, by_agent=False,
    )  # fmt: skip
    first, second = merging(beyond, kept), merging(third, kept)
    assert at_once(approving(first, supervisor), approving(second, supervisor)) == ["done", "done"]
    kept.refresh_from_db()
    assert (kept.balance_fen, money()) == (12_507, 12_507)


def test_two_supervisors_approve_at_once(supervisor, beyond, kept):
    merge, other = merging(beyond, kept), factories.caller("supervisor", "other")
    assert sorted(at_once(approving(merge, supervisor), approving(merge, other))) == ["APPROVAL_DECIDED", "done"]
    assert Entry.objects.filter(kind="merge").count() == 2


def test_two_tellers_propose_at_once(teller, beyond):
    other = factories.caller("teller", "other")
    assert sorted(at_once(*(explaining(beyond, by) for by in (teller, other)))) == ["APPROVAL_PENDING", "done"]
    assert CleanupAction.objects.count() == 1


def test_a_release_pays_the_account_that_takes_over(supervisor, beyond, kept, li, noon):
    held(factories.account(li, "I", balance_fen=10_000), kept, amount_fen=100, due_at=noon.at)
    result_during_approval(merging(beyond, kept), supervisor, release)
    release_all()
    kept.refresh_from_db()
    assert (Transfer.objects.get().status, kept.balance_fen, money()) == ("posted", 12_600, 22_500)


def test_a_release_that_pays_out_comes_first(supervisor, beyond, kept, li, noon):
    merge = merging(beyond, kept)
    held(beyond, factories.account(li, "I"), amount_fen=100, due_at=noon.at)
    assert approving(merge, supervisor)() == "APPROVAL_STALE"
    release_all()
    assert money() == 12_500


@pytest.fixture
def order(beyond, li) -> dict[str, Any]:
    """A transfer of 李四 to the account that is merged."""
    return {
        "payer": {"account_id": str(factories.account(li, "I", balance_fen=10_000).id)},
        "payee": {"account_number": beyond.account_number, "name": "张三"},
        "amount": "1.00",
        "arrival": "next_day",
    }


def test_transfer_to_an_account_being_merged_is_refused(supervisor, beyond, kept, order):
    client = ApiClient("teller", "sends")
    answer = result_during_approval(merging(beyond, kept), supervisor, lambda: client.post("/transfers", order))
    assert answer.json()["code"] == "ACCOUNT_CLOSED"
    assert not Transfer.objects.filter(status="held").exists()


def test_a_merge_waits_for_a_transfer_that_is_being_accepted(supervisor, beyond, kept, order):
    client, merge = ApiClient("teller", "sends"), merging(beyond, kept)
    found = result_during(lambda: client.post("/transfers", order), approving(merge, supervisor))
    assert found == "TRANSFERS_UNDER_WAY"
    assert Transfer.objects.get().status == "held"


def test_a_transfer_by_the_number_of_a_card_that_moves(supervisor, beyond, kept, order):
    card = factories.card(beyond)
    order["payee"]["account_number"] = card.number
    client = ApiClient("teller", "sends")
    answer = result_during_approval(merging(beyond, kept), supervisor, lambda: client.post("/transfers", order))
    assert answer.status_code in {201, 422}, answer.content
    assert client.post("/transfers", order).status_code == 201


def test_a_freeze_comes_before_or_finds_it_closed(supervisor, beyond, kept):
    officer = factories.caller("compliance")
    freeze = ended(
        lambda: place_freeze(principal=officer, account_id=beyond.id, authority="法院", order_no="冻1", until=None)
    )
    assert result_during_approval(merging(beyond, kept), supervisor, freeze) == "ACCOUNT_CLOSED"


def test_a_merge_waits_for_a_freeze(supervisor, beyond, kept):
    merge = merging(beyond, kept)
    officer = factories.caller("compliance")
    found = result_during(
        lambda: place_freeze(principal=officer, account_id=kept.id, authority="法院", order_no="冻1", until=None),
        approving(merge, supervisor),
    )
    assert found in {"APPROVAL_STALE", "ACCOUNT_FROZEN"}
    assert Account.objects.filter(status="open").count() == 2


def test_merge_waits_for_a_lock_on_an_account(supervisor, beyond, kept):
    """It also waits for a session that has locked an account's row alone, and reads afterwards."""
    merge = merging(beyond, kept)
    freeze = Statement(
        "INSERT INTO accounts_freeze (id, account_id, authority, order_no, placed_at) "
        "SELECT uuidv7(), id, '法院', '冻1', bank_now() FROM accounts_account WHERE id = %s",
        [kept.id],
    )
    with other_transaction(row_lock("accounts_account", kept.id), freeze) as other:
        approve = ConcurrentCall(once(lambda: approvals.approve(merge.id, principal=supervisor))).wait_until_blocked()
        other.execute("COMMIT")
    assert approve.result() == "ACCOUNT_FROZEN"


def test_two_fall_into_the_last_place(supervisor, beyond, kept):
    for _ in range(4):
        factories.account(kept.customer, "II")
    waiting = [cleanup_cases.asked(item_of(each), "downgrade") for each in (beyond, kept)]
    assert at_once(*(approving(each, supervisor) for each in waiting)) == ["done", "done"]
    slots = Account.objects.filter(account_class="II").order_by("class_slot").values_list("class_slot", flat=True)
    assert list(slots) == [1, 2, 3, 4, 5, None]


@pytest.mark.parametrize(("act", "code"), [(replace_card, "CARD_STATE"), (cancel_card, "done")])
def test_a_card_is_stopped_before_the_counter_does_something(supervisor, teller, fifth_card, act, code):
    stop = cleanup_cases.asked(item_of(fifth_card), "stop")
    assert result_during_approval(stop, supervisor, ended(lambda: act(principal=teller, card_id=fifth_card.id))) == code


def test_card_replaced_meanwhile_makes_the_action_stale(supervisor, teller, fifth_card):
    stop = cleanup_cases.asked(item_of(fifth_card), "stop")
    found = result_during(lambda: replace_card(principal=teller, card_id=fifth_card.id), approving(stop, supervisor))
    # What took its place is stopped, or what was shown has changed: never is the old one.
    assert found == "APPROVAL_STALE"


def seal(by: Caller) -> None:
    rows("UPDATE accounts_cleanupcampaign SET sealed_at = bank_now(), sealed_by_id = %s RETURNING id", [by.id])


def test_nothing_is_proposed_while_it_is_sealed(supervisor, teller, beyond):
    assert result_during(lambda: seal(supervisor), explaining(beyond, teller)) == "CLEANUP_SEALED"
    assert not CleanupAction.objects.exists()


def test_seal_waits_for_actions_coming_into_force(supervisor, beyond):
    waiting = cleanup_cases.asked(item_of(beyond), "explain")
    with not_yet_committed():
        approvals.approve(waiting.id, principal=supervisor)
        sealing = ConcurrentCall(lambda: seal(supervisor)).wait_until_blocked()
        assert CleanupCampaign.objects.get().sealed_at is None
    sealing.result()
    assert (CleanupAction.objects.get().status, CleanupCampaign.objects.get().sealed_at is None) == ("active", False)


def test_plain_sql_waits_for_the_seal_too(supervisor, beyond):
    """With every check in Python removed, the database starts no action in a campaign that is being sealed."""
    sealing = Statement(
        "UPDATE accounts_cleanupcampaign SET sealed_at = bank_now(), sealed_by_id = %s", [supervisor.id]
    )
    with other_transaction(sealing) as other:
        concurrent = ConcurrentCall(lambda: cleanup_cases.action(item_of(beyond))).wait_until_blocked()
        other.execute("COMMIT")
    with pytest.raises(Exception, match="sealed"):
        concurrent.result()
