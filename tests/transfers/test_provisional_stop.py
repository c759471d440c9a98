"""A case account pays nothing out from the registration of its certificate until the decision (临时止付)."""

import pytest

from accounts.desk.customer import happening
from accounts.queries.restriction_history import CertificateEvent, restriction_history_of
from accounts.queries.timeline import timeline
from config.kernel import approvals
from tests import factories
from tests.blacklist.cast import latest_approval
from tests.http import ApiClient
from tests.listings import enter
from tests.transfers.conftest import pay_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(zhang):
    account = factories.account(zhang, "II")
    pay_in(account, 10_000)
    return account


def outcome(answer) -> object:
    return answer.json().get("code") or answer.status_code


def cash(account) -> dict[str, object]:
    return {"account": {"account_id": str(account.id)}, "amount": "1.00"}


def restrictions(client: ApiClient, account) -> list[dict[str, object]]:
    return client.get(f"/accounts/{account.id}").json()["restrictions"]


def test_one_person_stops_outflow_only(teller, case, zhang, noon):
    other = factories.account(zhang, "I")
    pay_in(other, 10_000)
    made = enter(case_accounts=[{"account_number": case.account_number}])
    noon.advance(minutes=5)
    answer = teller.post("/cash/withdrawals", cash(case))
    assert outcome(answer) == "CASE_ACCOUNT_STOPPED"
    body = answer.json()
    assert (body["clause"], body["fields"]["cause"], body["fields"]["since"]) == (
        None,
        "provisional",
        "2026-01-05T12:00:00.000000+08:00",
    )
    for words in ("自2026年1月5日12:00:00起临时止付", "待复核", "申诉"):
        assert words in body["detail"]
    assert outcome(teller.post("/cash/deposits", cash(case))) == 201
    assert outcome(teller.post("/cash/withdrawals", cash(other))) == 201
    assert restrictions(teller, other) == []
    (stop,) = restrictions(teller, case)
    assert {name: stop[name] for name in ("kind", "code", "direction", "until", "clause", "doc_no", "authority")} == {
        "kind": "provisional",
        "code": "CASE_ACCOUNT_STOPPED",
        "direction": "out",
        "until": None,
        "clause": None,
        "doc_no": made["doc_no"],
        "authority": made["authority"]["name"],
    }


def test_a_card_of_the_account_stops_it_too(teller, case):
    factories.card(case, number="6228480100000001")
    enter(case_accounts=[{"account_number": "6228480100000001"}])
    assert outcome(teller.post("/cash/withdrawals", cash(case))) == "CASE_ACCOUNT_STOPPED"


@pytest.mark.parametrize("end", ["reject", "withdraw"])
def test_it_ends_with_the_decision_and_stays_on_record(teller, case, zhang, noon, end):
    begins = noon.at
    enter(case_accounts=[{"account_number": case.account_number}])
    noon.advance(days=30)
    assert len(restrictions(teller, case)) == 1
    if end == "reject":
        officer = factories.caller("compliance", "second")
        approvals.reject(latest_approval().id, principal=officer, reason="文书有误")
    else:
        approvals.withdraw(latest_approval().id, principal=factories.caller("compliance"))
    assert restrictions(teller, case) == []
    assert outcome(teller.post("/cash/withdrawals", cash(case))) == 201
    course = restriction_history_of(zhang.id)
    assert [len(course.restrictions_and_freezes(at)) for at in (begins, noon.at)] == [1, 0]


def test_approved_it_becomes_the_real_stop(teller, case, noon):
    made = enter(case_accounts=[{"account_number": case.account_number}])
    noon.advance(hours=1)
    ApiClient("compliance", "second").approve(made["approval_id"])
    (stop,) = restrictions(teller, case)
    assert (stop["kind"], stop["starts_at"]) == ("case_account", "2026-01-05T13:00:00.000000+08:00")
    assert outcome(teller.post("/cash/deposits", cash(case))) == "CASE_ACCOUNT_STOPPED"


def test_timeline_shows_begin_and_end_by_the_decision(case, zhang, noon):
    made = enter(case_accounts=[{"account_number": case.account_number}])
    begun = noon.at
    assert history(zhang) == [("临时止付", begun, made["doc_no"])]
    noon.advance(hours=1)
    approvals.reject(latest_approval().id, principal=factories.caller("compliance", "second"), reason="材料不全")
    over, first = history(zhang)
    assert first == ("临时止付", begun, made["doc_no"])
    assert over[0] == "临时止付结束（复核已决定）"
    assert timeline(zhang.id, before=lines(zhang)[0].id).events[-1].id == lines(zhang)[1].id


def lines(customer) -> list[CertificateEvent]:
    return [each for each in timeline(customer.id).events if isinstance(each, CertificateEvent)]


def history(customer) -> list[tuple[object, ...]]:
    return [(str(each.what), each.at, each.more) for each in map(happening, lines(customer))]
