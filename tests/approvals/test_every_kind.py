"""Rules that every kind of approval keeps; a kind without a case fails."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account
from config.kernel import approvals
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.law.dates import rfc3339
from config.kernel.models import BUSINESS, Approval, Decision
from config.kernel.tasks import settle_lapsed_proposals
from tests import factories
from tests.approvals.cases import CASES
from tests.blacklist.cast import latest_approval
from tests.http import ApiClient

pytestmark = pytest.mark.django_db


@dataclass
class Open:
    """A pending proposal of a kind, with its maker and its checker."""

    kind: str
    account: Account
    prepared: Any
    maker: ApiClient
    checker: ApiClient
    approval: Approval = field(init=False)

    def __post_init__(self) -> None:
        self.propose(self.maker)
        self.approval = latest_approval()

    def propose(self, maker: ApiClient) -> None:
        perform(lambda: CASES[self.kind].propose(self.account, maker.caller, self.prepared))

    @property
    def id(self) -> str:
        return str(self.approval.id)

    @property
    def object_status(self) -> str | None:
        row = approvals.kinds()[self.kind].row_of(self.approval)
        return getattr(row, "status", None)

    def decision(self, rule: str) -> Decision:
        return Decision.objects.get(kind=self.kind, rule=rule)


@pytest.fixture(params=list(CASES))
def waiting(request, noon, client_for) -> Open:
    kind, case = request.param, CASES[request.param]
    account = factories.account(factories.customer(factories.ZHANG))
    prepared = case.prepare(account)
    return Open(
        kind, account, prepared, client_for(case.by, "maker"), client_for(approvals.deciding_role(kind), "checker")
    )


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def check_ended(waiting: Open, how: str, decision: Decision) -> None:
    """Assert the object's status, and that the decision names the proposal and its subject."""
    case = CASES[waiting.kind]
    assert waiting.object_status == (case.ended[how] if case.ended else None)
    customer, account = case.owner
    assert (decision.outcome, decision.code, decision.object_id) == (how, "", waiting.approval.object_id)
    assert decision.facts["approval_id"] == waiting.id
    assert decision.customer_id == (waiting.account.customer_id if customer else None)
    assert decision.account_id == (case.of(waiting.account, waiting.prepared) if account else None)


def test_every_kind_has_a_case_and_a_guard_of_the_database():
    assert set(CASES) == set(approvals.bank_kinds())
    guards = rows("SELECT tgrelid::regclass::text AS place, encode(tgargs, 'escape') AS kind FROM pg_trigger "
                  "WHERE tgfoid IN ('kernel_second_person'::regproc, 'blacklist_list_import_by_two'::regproc)")  # fmt: skip
    # A list has another guard, which also excludes the person who read it in.
    guarded = {(each["kind"].partition("\\000")[0] or "import", each["place"]) for each in guards}
    assert guarded == {(name, kind.model._meta.db_table) for name, kind in approvals.bank_kinds().items()}


def test_one_proposal_per_object_is_open(waiting, client_for):
    other = client_for(CASES[waiting.kind].by, "other")
    if waiting.kind == "certificate":
        # The same paper is the first one, which waits already.
        waiting.propose(other)
    else:
        with pytest.raises(approvals.ApprovalPending) as refused:
            waiting.propose(other)
        assert refused.value.fields == {"approval_id": waiting.id}
    assert Approval.objects.filter(kind=waiting.kind).count() == 1


def test_description_of_a_proposal_has_no_personal_data(waiting):
    about = Approval.objects.get(pk=waiting.id).about
    assert not any(each in about for each in ("6217000000000006", "X1234567", factories.ZHANG.number, "张三"))


def test_maker_does_not_decide_the_own_proposal_in_any_role(waiting, client_for):
    checker = waiting.checker
    waiting.maker.withdraw(waiting.id)
    waiting.propose(checker)
    own = str(latest_approval().id)
    for answer in (checker.approve(own), checker.reject(own)):
        assert code(answer) == (403, "SAME_PERSON")


def test_no_other_role_decides_it(waiting, client_for):
    for role in {str(each) for each in BUSINESS} - {waiting.checker.principal.role}:
        for answer in (client_for(role, "other").approve(waiting.id), client_for(role, "other").reject(waiting.id)):
            assert code(answer) == (403, "ROLE_NOT_ALLOWED")
    assert Approval.objects.get(pk=waiting.id).status == "pending"


def test_change_of_the_object_makes_the_proposal_stale(waiting, noon):
    row = approvals.kinds()[waiting.kind].row_of(waiting.approval)
    if change := CASES[waiting.kind].change:
        change(row)
    elif hasattr(row, "status"):
        type(row).objects.filter(pk=row.pk).update(status="rejected")
    else:
        # A freeze that another order has lifted since.
        type(row).objects.filter(pk=row.pk).update(lifted_at=noon.at)
        factories.approved(waiting.kind, row)
    assert code(waiting.checker.approve(waiting.id)) == (409, "APPROVAL_STALE")
    assert Approval.objects.get(pk=waiting.id).status == "pending"


def test_approved_it_is_in_force_and_a_decision_of_the_checkers(waiting):
    answer = waiting.checker.approve(waiting.id)
    assert (answer.status_code, answer.json()["status"]) == (200, "approved")
    kind = approvals.kinds()[waiting.kind]
    decision = Decision.objects.get(kind=waiting.kind, rule=kind.rule, principal=waiting.checker.principal)
    assert decision.outcome == "allowed"
    in_force = {row["id"] for row in rows(kind.in_force_sql())}
    assert waiting.approval.object_id in in_force
    assert code(waiting.maker.withdraw(waiting.id)) == (409, "APPROVAL_DECIDED")


def test_rejected_it_is_nothing_and_may_be_proposed_again(waiting):
    assert waiting.checker.reject(waiting.id).json()["status"] == "rejected"
    decision = waiting.decision("reject")
    check_ended(waiting, "rejected", decision)
    assert decision.principal == waiting.checker.principal
    assert code(waiting.maker.withdraw(waiting.id)) == (409, "APPROVAL_DECIDED")
    waiting.propose(waiting.maker)


def test_withdrawn_by_its_maker_it_is_nothing_and_may_be_proposed_again(waiting, client_for, noon):
    for role in {"teller", "supervisor", "compliance"}:
        assert code(client_for(role, "another").withdraw(waiting.id)) == (403, "NOT_THE_MAKER")
    noon.advance(hours=1)
    answer = waiting.maker.withdraw(waiting.id, "证件拿错")
    body = answer.json()
    assert (answer.status_code, body["status"], body["decided_by"]) == (200, "withdrawn", None)
    assert body["decided_at"] == "2026-01-05T13:00:00.000000+08:00"
    decision = waiting.decision("withdraw")
    check_ended(waiting, "withdrawn", decision)
    assert (decision.principal, decision.at) == (waiting.maker.principal, noon.at)
    assert Approval.objects.get(pk=waiting.id).remark == "证件拿错"
    for answer in (waiting.checker.approve(waiting.id), waiting.maker.withdraw(waiting.id)):
        assert code(answer) == (409, "APPROVAL_DECIDED")
    waiting.propose(waiting.maker)
    assert latest_approval().status == "pending"


@pytest.mark.usefixtures("papers_lapse")
@pytest.mark.parametrize("settled", [False, True], ids=["by-the-next-one", "by-the-job"])
def test_lapsed_it_is_expired_and_kept_so_once(waiting, noon, settled):
    lapses = approvals.kinds()[waiting.kind].lapses
    ends_at = lapses.ends_at(noon.at)
    noon.set(ends_at - timedelta(microseconds=1))
    assert settle_lapsed_proposals() == 0
    noon.set(ends_at)
    assert code(waiting.maker.withdraw(waiting.id)) == (409, "APPROVAL_DECIDED")
    again = CASES[waiting.kind].again
    if settled or not again:
        assert settle_lapsed_proposals() == 1
    else:
        waiting.propose(waiting.maker)
    assert settle_lapsed_proposals() == 0
    assert Approval.objects.get(pk=waiting.id).status == "expired"
    decision = waiting.decision("lapse")
    check_ended(waiting, "expired", decision)
    assert (decision.at, decision.principal) == (noon.at, None)
    if not again:
        return
    if settled:
        waiting.propose(waiting.maker)
    assert latest_approval().expires_at == lapses.ends_at(noon.at)


def test_the_contract_says_when_it_lapses_and_null_where_it_never_does(waiting, noon):
    lapses = approvals.kinds()[waiting.kind].lapses
    ends_at = None if lapses is approvals.Lapse.NEVER else rfc3339(lapses.ends_at(noon.at))
    assert (ends_at is None) is (waiting.kind == "certificate")
    assert waiting.maker.get(f"/approvals/{waiting.id}").json()["expires_at"] == ends_at
    (listed,) = (each for each in waiting.maker.get("/approvals").json()["results"] if each["id"] == str(waiting.id))
    assert listed["expires_at"] == ends_at


def test_proposal_valid_on_one_day_lapses_with_it(noon):
    midnight = noon.at.replace(hour=0) + timedelta(days=1)
    tick = timedelta(microseconds=1)
    for made_at, ends_at in (
        (midnight - tick, midnight),
        (midnight, midnight + timedelta(days=1)),
        (noon.at, midnight),
    ):
        assert approvals.Lapse.WITH_THE_DAY.ends_at(made_at) == ends_at
    assert approvals.Lapse.AFTER_DAYS.ends_at(noon.at) == noon.at + timedelta(days=7)
    kinds = approvals.kinds()
    of_the_day = {name for name, kind in kinds.items() if kind.lapses is approvals.Lapse.WITH_THE_DAY}
    assert of_the_day == {"counter_cash", "cash_reversal"}


def test_maker_sees_the_own_proposal_and_another_teller_does_not(waiting, client_for):
    assert waiting.maker.get(f"/approvals/{waiting.id}").json()["status"] == "pending"
    assert waiting.id in {each["id"] for each in waiting.maker.get("/approvals").json()["results"]}
    stranger = client_for("teller", "stranger")
    assert stranger.get(f"/approvals/{waiting.id}").status_code == 404
    assert stranger.get("/approvals").json()["results"] == []
    waiting.maker.withdraw(waiting.id)
    assert [each["id"] for each in waiting.maker.get("/approvals", status="withdrawn").json()["results"]] == [
        waiting.id
    ]


def test_proposal_is_approved_with_a_running_clock(waiting, noon):
    # An instant read twice is two instants: the database asks that what is in force be so from its approval on.
    noon.run_on()
    answer = waiting.checker.approve(waiting.id)
    assert (answer.status_code, answer.json()["status"]) == (200, "approved")


def test_returned_it_is_nothing_and_its_makers_next_one_follows_it(waiting, client_for):
    answer = waiting.checker.send_back(waiting.id, "账号与凭证不符")
    body = answer.json()
    assert (answer.status_code, body["status"], body["decided_by"]) == (200, "returned", waiting.checker.principal.name)
    decision = waiting.decision("return")
    # To its object a return is what a rejection is.
    case = CASES[waiting.kind]
    assert waiting.object_status == (case.ended["rejected"] if case.ended else None)
    assert (decision.outcome, decision.principal) == ("returned", waiting.checker.principal)
    assert decision.facts["approval_id"] == waiting.id
    for again in (waiting.maker.withdraw(waiting.id), waiting.checker.approve(waiting.id)):
        assert code(again) == (409, "APPROVAL_DECIDED")
    waiting.propose(waiting.maker)
    corrected = latest_approval()
    if waiting.kind == "certificate":
        # A certificate entered again is another row: the form that is filled again states what it corrects.
        assert corrected.follows_id is None
        return
    assert str(corrected.follows_id) == waiting.id
    # Once: the next one about the same is a proposal of its own.
    waiting.maker.withdraw(str(corrected.id))
    waiting.propose(waiting.maker)
    assert latest_approval().follows_id is None
