"""Merge of two customers at the desk: maker and checker see all its effects beforehand."""

import re

import pytest

from accounts.models import Card, Customer, SamePerson
from config.kernel.models import Approval, Decision
from tests import factories
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.factories import Person
from tests.http import ApiClient
from tests.listings import certify

pytestmark = pytest.mark.django_db
ONCE = "0" * 32
PERMIT = Person("张三", "H12345678", "hk_macau_permit")


@pytest.fixture
def other(noon) -> Customer:
    return factories.customer(PERMIT)


@pytest.fixture
def town(zhang, other):
    """Two customers with Class I accounts and six debit cards in all; the other one is listed."""
    accounts = [factories.account(each, "I", balance_fen=100_00) for each in (zhang, other)]
    cards = [factories.card(account) for account in accounts for _ in range(3)]
    certify(PERMIT)
    return accounts, cards


def new(zhang, other) -> str:
    return f"/desk/customers/{zhang.id}/merge/{other.id}"


def merged(zhang, other, town) -> SamePerson:
    body = {"customer_id": str(other.id), "decision": "same", "evidence": "两证件均已出示"}
    proposed = ApiClient("teller").post(f"/customers/{zhang.id}/same-person", body).json()
    assert ApiClient("supervisor").approve(proposed["approval_id"]).status_code == 200
    return SamePerson.objects.get()


@pytest.mark.parametrize("key", ["document", "card", "account"])
def test_other_customer_is_searched_like_any_customer(teller, zhang, other, town, key):
    (_, account), cards = town
    asked = {
        "document": {"by": PERMIT.type, "key": PERMIT.number},
        "card": {"by": "card", "key": cards[-1].number},
        "account": {"by": "any", "key": account.account_number},
    }[key]
    found = teller.post(f"/desk/customers/{zhang.id}/merge", asked | {"reason": "business"})
    assert (found.status_code, found.url) == (302, new(zhang, other))


def test_search_without_another_customer_is_reported(teller, zhang):
    url = f"/desk/customers/{zhang.id}/merge"
    itself = teller.post(url, {"by": "resident_id", "key": factories.ZHANG.number, "reason": "business"})
    assert "没有另一客户" in text_of(itself)
    assert "没有这位客户" in text_of(teller.post(url, {"by": "phone", "key": "13800138000", "reason": "business"}))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_all_effects_are_shown_before_the_submission(teller, zhang, other, town, language):
    page = text_of((english(teller) if language == "en" else teller).get(new(zhang, other)))
    excess = "超限" if language == "zh" else "Excess"
    assert len(re.findall(rf'bg-yellow-lt">{excess}<', page)) == 3
    assert ("停止非柜面业务" if language == "zh" else "on-counter business stopped") in page
    assert PERMIT.number not in page
    assert factories.ZHANG.number not in page
    assert not Approval.objects.filter(kind="customer_merge").exists()


def test_the_press_proposes_and_the_checker_sees_the_same(teller, signed_in, zhang, other, town):
    sent = teller.post(new(zhang, other), {"evidence": "两证件均已出示，照片一致", "once": ONCE})
    assert (sent.status_code, sent.url) == (302, f"/desk/customers/{zhang.id}")
    supervisor = signed_in("supervisor", with_codes=True)
    approval = Approval.objects.get(kind="customer_merge")
    page = text_of(supervisor.get(f"/desk/inbox/{approval.id}"))
    record = f"/desk/merges/{approval.object_id}"
    assert record in page
    assert "两证件均已出示，照片一致" in page
    text = text_of(supervisor.get(record))
    assert len(re.findall(r'bg-yellow-lt">超限<', text)) == 3
    assert "停止非柜面业务" in text
    supervisor.post(f"/desk/inbox/{approval.id}", {"decision": "approve", "remark": ""})
    assert Customer.objects.get(pk=other.pk).merged_into_id == zhang.id


def test_merge_without_evidence_is_not_proposed(teller, zhang, other):
    answer = teller.post(new(zhang, other), {"evidence": " ", "once": ONCE})
    assert answer.status_code == 400
    assert not SamePerson.objects.exists()


def test_customer_who_cannot_be_merged_gets_no_form(teller, zhang, li):
    page = text_of(teller.get(new(zhang, li)))
    assert "公民身份号码不同" in page
    assert 'name="evidence"' not in page


def test_address_of_the_merged_customer_redirects_to_the_surviving_one(teller, zhang, other, town):
    merged(zhang, other, town)
    assert teller.get(f"/desk/customers/{other.id}").url == f"/desk/customers/{zhang.id}"
    page = text_of(teller.get(f"/desk/customers/{zhang.id}"))
    assert "合并后超限" in page
    assert "合并客户" in page
    assert teller.get(new(zhang, other)).url == f"/desk/customers/{zhang.id}"
    for part in ("timeline", "masked", "held", "transfers"):
        assert teller.get(f"/desk/customers/{other.id}/{part}").status_code == 200


def test_excess_is_listed_until_it_is_worked_off(teller, signed_in, zhang, other, town):
    made = merged(zhang, other, town)
    supervisor = signed_in("supervisor")
    page = text_of(supervisor.get("/desk/merges/excess"))
    assert str(made.id) in page
    assert page.count("#cards") == 2
    left = text_of(supervisor.get(f"/desk/merges/{made.id}"))
    assert "待清理" in left
    for card in made_excess(made):
        assert ApiClient("teller").post(f"/cards/{card}/cancel", {}).status_code == 200
    page = text_of(supervisor.get("/desk/merges/excess"))
    assert page.count("#cards") == 0
    assert teller.get("/desk/merges/excess").status_code == 403


def made_excess(made: SamePerson) -> list:
    return list(Card.objects.filter(merge=made).values_list("id", flat=True))


def test_pending_proposals_about_the_other_customer_are_named(teller, zhang, other):
    check = {"identity_check": {"method": "联网核查", "result": "match"}}
    waiting = ApiClient("teller").post(f"/customers/{other.id}/reverifications", check).json()["approval_id"]
    assert waiting in text_of(teller.get(new(zhang, other)))


def test_histories_of_both_customers_are_on_one_timeline(teller, zhang, other, town):
    check = {"identity_check": {"method": "联网核查", "result": "match"}}
    ApiClient("teller").post(f"/customers/{other.id}/reverifications", check)
    merged(zhang, other, town)
    page = text_of(teller.get(f"/desk/customers/{zhang.id}"))
    assert "重新核实身份" in page
    assert "认定书生效" in page
    assert NOON.strftime("%Y-%m-%d") in page


def test_checker_sees_two_different_names(teller, signed_in, zhang, noon):
    namesake = factories.customer(Person("张山", PERMIT.number, PERMIT.type))
    teller.post(new(zhang, namesake), {"evidence": "户口簿载有曾用名", "once": ONCE})
    approval = Approval.objects.get(kind="customer_merge")
    page = text_of(signed_in("supervisor").get(f"/desk/inbox/{approval.id}"))
    assert "张三" in page
    assert "张山" in page
    assert "张山" not in text_of(signed_in("auditor").get(f"/desk/inbox/{approval.id}"))


def test_data_of_the_two_customers_is_shown_separately(teller, signed_in, zhang, other, town):
    merged(zhang, other, town)
    page = text_of(signed_in("auditor").get(f"/desk/inbox/{Approval.objects.get(kind='customer_merge').id}"))
    assert len(re.findall(r'<th scope="row">Ⅰ类户<', page)) == 1
    assert len(re.findall(r'<th scope="row">并入的客户Ⅰ类户<', page)) == 1


def test_merged_customer_is_shown_once_and_the_record_links_to_its_proposal(teller, signed_in, zhang, other, town):
    made = merged(zhang, other, town)
    auditor, proposal = signed_in("auditor"), f"/desk/inbox/{Approval.objects.get(kind='customer_merge').id}"
    page = text_of(auditor.get(proposal))
    assert page.count('class="acc-subject') == 1
    assert "H1*****78" in page
    assert proposal in text_of(auditor.get(f"/desk/merges/{made.id}"))


def test_timeline_links_readers_of_evidence_to_decision_and_proposal(teller, signed_in, zhang, other, town):
    made = merged(zhang, other, town)
    decision = Decision.objects.get(kind="customer_merge", object_id=made.id)
    auditor, address = signed_in("auditor"), f"/desk/decisions/{decision.id}"
    assert f'href="{address}"' in text_of(auditor.get(f"/desk/customers/{zhang.id}"))
    assert f"/desk/inbox/{Approval.objects.get(kind='customer_merge').id}" in text_of(auditor.get(address))
    assert address not in text_of(teller.get(f"/desk/customers/{zhang.id}"))
