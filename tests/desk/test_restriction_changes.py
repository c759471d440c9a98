"""The end of a restriction is shown together with those that go on, on the timeline and at the decision."""

from datetime import timedelta

import pytest

from accounts.models import Freeze
from accounts.operations.freezes import ask_freeze_lift, place_freeze
from accounts.queries.restriction_history import restriction_history_of
from accounts.queries.timeline import CertificateEvent, timeline
from blacklist.operations.revocations import RevocationDraft, request_revocation
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day
from tests import factories
from tests.blacklist.cast import latest_approval
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.desk.test_rejections import rows_of
from tests.factories import LI, ZHANG, Person
from tests.http import ApiClient
from tests.listings import certify, certify_account

pytestmark = pytest.mark.django_db

PERMIT = Person("张三", "H12345678", "hk_macau_permit")
PENALTY = "停止非柜面业务（惩戒），至2031年1月2日（含）止"


@pytest.fixture
def case(zhang):
    """The case account of a penalized person, who has another account too."""
    made = factories.account(zhang, "I")
    factories.account(zhang, "II")
    return made


def revoke(certificate, noon):
    at = bank_now()
    request_revocation(
        principal=factories.caller("compliance", "maker"),
        certificate_id=certificate.id,
        draft=RevocationDraft("撤1", shanghai_day(at), "认定有误"),
        at=at,
    )
    noon.advance(minutes=1)
    approval = latest_approval()
    approvals.approve(approval.id, principal=factories.caller("compliance", "checker"))
    noon.advance(minutes=1)
    return approval


def causes(course, at) -> set[str]:
    return {each["cause"] for each in course.restrictions_and_freezes(at)}


def test_timeline_shows_the_restrictions_of_each_instant(case, zhang, noon, client_for, supervisor):
    penalty = certify(ZHANG)
    noon.advance(hours=1)
    certify_account(case.account_number)
    noon.advance(hours=1)
    asked = client_for("teller").post(
        f"/customers/{zhang.id}/reverifications", {"identity_check": {"method": "联网核查", "result": "match"}}
    )
    supervisor.approve(asked.json()["approval_id"])
    reverified = noon.at
    noon.advance(hours=1)
    revoke(penalty, noon)
    course = restriction_history_of(zhang.id)
    begun = penalty.in_force_at
    assert causes(course, begun - timedelta(microseconds=1)) == set()
    assert causes(course, begun) == {"penalty"}
    assert causes(course, begun + timedelta(hours=1)) == {"penalty", "case_holder", "case_account"}
    assert causes(course, reverified) == {"penalty", "case_account"}
    assert causes(course, noon.at) == {"case_account"}


def test_a_reverification_says_that_the_penalty_goes_on(case, zhang, noon, client_for, supervisor, signed_in):
    certify(ZHANG)
    certify_account(case.account_number)
    desk = signed_in("teller")
    suspended = "暂停非柜面业务（涉案账户开户人），直至认定撤销或身份重新核实"
    stopped = "涉案账户中止所有业务（涉案账户），直至涉案认定撤销"
    goes_on = PENALTY, "不得新开立账户（惩戒），至2029年1月2日（含）止", stopped
    page = text_of(desk.get(f"/desk/customers/{zhang.id}/reverify"))
    ended, left = page.split("目前将解除的限制")[1].split("不随之解除")
    assert (suspended in ended, suspended in left) == (True, False)
    assert [each in left for each in goes_on] == [True, True, True]
    asked = client_for("teller").post(
        f"/customers/{zhang.id}/reverifications", {"identity_check": {"method": "联网核查", "result": "match"}}
    )
    page = text_of(signed_in("supervisor").get(f"/desk/inbox/{latest_approval().id}"))
    brought = page.split("通过后的结果")[1].split("</section>")[0]
    ended, left = brought.split("不随之解除")
    assert (suspended in ended, suspended in left) == (True, False)
    assert [each in left for each in goes_on] == [True, True, True]
    noon.advance(minutes=1)
    supervisor.approve(asked.json()["approval_id"])
    lines = rows_of(text_of(desk.get(f"/desk/customers/{zhang.id}")), "li", "当时仍在执行")
    (row,) = [each for each in lines if "重新核实身份" in each and "临时止付结束" not in each]
    for words in (PENALTY, "涉案账户中止所有业务（涉案账户），直至涉案认定撤销"):
        assert words in row
    assert "重新核实身份" in row
    assert "Still in force then" in text_of(english(signed_in("teller")).get(f"/desk/customers/{zhang.id}"))
    page = text_of(signed_in("supervisor").get(f"/desk/inbox/{latest_approval().id}"))
    assert PENALTY in page


def test_revocation_on_the_timeline_names_remaining_restrictions(case, zhang, noon, signed_in):
    first, second = certify(ZHANG), certify(ZHANG)
    noon.advance(minutes=1)
    approval = revoke(first, noon)
    page = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}"))
    (row,) = rows_of(page, "li", "撤销认定")
    for words in (PENALTY, first.doc_no, first.authority_name):
        assert words in row
    assert len(rows_of(page, "li", "认定书生效")) == 2
    words = text_of(signed_in("compliance").get(f"/desk/inbox/{approval.id}"))
    assert ("张*" in words, PENALTY in words) == (True, True)
    last = revoke(second, noon)
    words = text_of(signed_in("compliance").get(f"/desk/inbox/{last.id}"))
    assert "当时已无其他限制" in words
    assert PENALTY not in words


def test_lift_of_a_freeze_names_another_freeze(case, zhang, noon, signed_in):
    maker, checker = factories.caller("compliance", "maker"), factories.caller("compliance", "checker")
    first, _ = (
        place_freeze(principal=maker, account_id=case.id, authority="法院", order_no=number, until=None)
        for number in ("冻1", "冻2")
    )
    ask_freeze_lift(principal=maker, freeze_id=first.id, order_no="解1", reason="撤案")
    page = text_of(signed_in("compliance", "checker").get(f"/desk/inbox/{latest_approval().id}"))
    assert "账户冻结，直至解除" in page.split("不随之解除")[1].split("</section>")[0]
    noon.advance(minutes=1)
    approvals.approve(latest_approval().id, principal=checker)
    assert Freeze.objects.get(pk=first.id).lifted_at is not None
    (row,) = rows_of(text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}")), "li", "当时仍在执行")
    assert "账户冻结，直至解除" in row


def test_person_named_but_not_restricted_by_a_certificate_has_no_line(case, li, zhang):
    certify(LI)
    assert [each for each in timeline(zhang.id).events if isinstance(each, CertificateEvent)] == []
    assert [each.revoked for each in timeline(li.id).events if isinstance(each, CertificateEvent)] == [False]


def test_papers_are_read_page_by_page_with_the_rest(zhang, noon):
    made = []
    for _ in range(25):
        made.append(certify(ZHANG).id)
        noon.advance(minutes=1)
    first = timeline(zhang.id)
    rest = timeline(zhang.id, first.older)
    assert [each.id for each in (*first.events, *rest.events)] == list(reversed(made))
    assert (len(first.events), rest.older) == (20, None)


def linked(teller, supervisor, customer, document) -> None:
    asked = teller.post(f"/customers/{customer.id}/documents", {"document": document})
    assert supervisor.approve(asked.json()["approval_id"]).status_code == 200


def test_certificate_about_a_document_restricts_from_its_link_on(zhang, noon, client_for, supervisor):
    revoked, standing = certify(PERMIT), certify(PERMIT)
    noon.advance(hours=1)
    revoke(revoked, noon)
    before = noon.at
    noon.advance(hours=1)
    linked(client_for("teller"), supervisor, zhang, PERMIT.document)
    course = restriction_history_of(zhang.id)
    assert causes(course, before) == set()
    assert causes(course, noon.at - timedelta(microseconds=1)) == set()
    assert causes(course, noon.at) == {"penalty"}
    # The certificate is listed all the same; one that ended before its subject was known is not.
    listed = [each for each in timeline(zhang.id).events if isinstance(each, CertificateEvent)]
    assert [(each.certificate_id, each.at, each.revoked) for each in listed] == [
        (standing.id, standing.in_force_at, False)
    ]


def test_a_number_that_a_second_document_shows_counts_from_the_first(zhang, noon, client_for, supervisor):
    penalty = certify(ZHANG)
    noon.advance(hours=1)
    linked(client_for("teller"), supervisor, zhang, ZHANG.document | {"type": "temporary_id"})
    course = restriction_history_of(zhang.id)
    assert causes(course, penalty.in_force_at) == causes(course, noon.at) == {"penalty"}


def test_query_count_is_independent_of_the_number_of_restrictions(zhang, li, noon):
    certify(LI)
    few = queries_of(lambda: timeline(li.id))
    for _ in range(8):
        certify(ZHANG)
    assert queries_of(lambda: timeline(zhang.id)) == few <= 14


def test_remaining_regime_is_worded_by_its_own_law(case, zhang, noon, signed_in):
    """After a revocation under the older regime only outflow is restricted, and money may come in again."""
    notice, newer = certify(ZHANG), certify(ZHANG, legal_basis="JDM_2024", extent={"accounts": 3})
    noon.advance(minutes=1)
    approval = revoke(notice, noon)
    page = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}"))
    (row,) = rows_of(page, "li", "撤销认定")
    text = text_of(signed_in("compliance").get(f"/desk/inbox/{approval.id}"))
    for place in (row, text):
        assert "限制非柜面出金（惩戒），至2028年1月2日（含）止" in place
        assert PENALTY not in place
    factories.card(case, number="6222020000000000000")
    deposit = {"account": {"card_number": "6222020000000000000"}, "amount": "1.00"}
    assert ApiClient("atm").post("/cash/deposits", deposit).status_code == 201
    refused = ApiClient("atm").post("/cash/withdrawals", deposit).json()
    assert (refused["code"], refused["fields"]["until"][:10]) == ("NON_COUNTER_SUSPENDED", "2028-01-03")
    revoke(newer, noon)
    assert ApiClient("atm").post("/cash/withdrawals", deposit).status_code == 201
