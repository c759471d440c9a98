"""The page of a proposal for its checker: before and after in words, the reason, and unmasking."""

import pytest

from accounts.operations.card_exceptions import ask_card_exception
from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from accounts.vocabulary import CardProduct
from blacklist.models import Certificate
from blacklist.operations.registration import register_certificate
from config.kernel.database.clock import bank_now
from config.kernel.identity.masking import mask_card
from config.kernel.models import Approval
from tests import factories, listings
from tests.approvals.cases import CASES
from tests.blacklist.cast import OWN_ACCOUNT, case_draft, draft, latest_approval
from tests.desk.inbox_proposals import address, card_exception, external_account, freeze_lift, revocation
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db


def test_before_and_after_are_shown_in_words(proposal, signed_in):
    page = text_of(signed_in("compliance", with_codes=True).get(address(proposal)))
    for words in ("待复核", "已生效", "认定类别", "出售账户", "设区的市级", "个人", "张*", "110105********002X"):
        assert words in page
    assert "SELL" not in page
    assert "11010519491231002X" not in page


def test_page_is_in_english_on_request(proposal, signed_in):
    page = text_of(english(signed_in("compliance", with_codes=True)).get(address(proposal)))
    for words in ("Pending approval", "Category", "Selling an account", "Resident ID card", "Changes"):
        assert words in page
    assert "认定类别" not in page
    assert "出售" not in page


@pytest.mark.parametrize(("role", "whole"), [("compliance", True), ("supervisor", False), ("auditor", False)])
def test_case_accounts_are_unmasked_for_possible_checkers_only(maker, signed_in, role, whole):
    register_certificate(principal=maker, draft=case_draft(), at=bank_now())
    page = text_of(signed_in(role).get(address(latest_approval())))
    assert "6000********0001" in page
    assert (OWN_ACCOUNT in page) is whole


@pytest.mark.parametrize(
    ("propose", "role", "reason"),
    [
        (card_exception, "supervisor", "工资卡在外地丢失"),
        (external_account, "supervisor", "出示他行存折原件"),
        (freeze_lift, "compliance", "原案已撤销"),
        (revocation, "compliance", "认定有误"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_reason_is_shown_to_the_checker_only(noon, propose, role, reason, signed_in):
    propose(factories.caller("teller"))
    where = address(latest_approval())
    assert reason in text_of(signed_in(role).get(where))
    for other in {"supervisor", "compliance", "auditor"} - {role}:
        assert reason not in text_of(signed_in(other).get(where))


def test_number_that_looks_like_an_instant_is_shown_unchanged(maker, signed_in):
    register_certificate(principal=maker, draft=draft(doc_no="2026-99-99T99:99:99"), at=bank_now())
    page = text_of(signed_in("compliance", with_codes=True).get(address(latest_approval())))
    assert "2026-99-99T99:99:99" in page


def test_external_account_is_unmasked_for_possible_checkers_only(noon, signed_in):
    external_account(factories.caller("teller", "maker"))
    path = address(Approval.objects.get())
    whole, masked = "6217000000000006", "6217********0006"
    supervisor = text_of(signed_in("supervisor", with_codes=True).get(path))
    assert masked in supervisor
    assert whole in supervisor
    for page in (signed_in("auditor").get(path), signed_in("supervisor").get("/desk/inbox")):
        assert masked in text_of(page)
        assert whole not in text_of(page)


def test_checker_of_a_card_beyond_four_reads_their_number(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG))
    CASES["card_exception"].prepare(account)
    CASES["card_exception"].propose(account, factories.caller("teller", "maker"), None)
    client = signed_in("supervisor", with_codes=True)
    assert (
        "<strong>4</strong>" in text_of(client.get(address(latest_approval()))).split("现有借记卡")[1].split("</dl>")[0]
    )
    CASES["external_account"].propose(account, factories.caller("teller", "maker"), None)
    assert "现有借记卡" not in text_of(client.get(address(latest_approval())))


def test_number_of_a_further_document_is_unmasked_for_possible_checkers_only(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG))
    CASES["document_link"].propose(account, factories.caller("teller", "maker"), None)
    path = address(latest_approval())
    assert "X1234567" in text_of(signed_in("supervisor", with_codes=True).get(path))
    for page in (signed_in("auditor").get(path), signed_in("supervisor").get("/desk/inbox")):
        assert "X1234567" not in text_of(page)


@pytest.mark.parametrize(("role", "linked"), [("compliance", True), ("auditor", True), ("supervisor", False)])
def test_no_link_leads_where_the_reader_may_not_go(proposal, signed_in, role, linked):
    page = text_of(signed_in(role).get(address(proposal)))
    assert ("查看相关记录" in page) is linked
    assert (f"/desk/certificates/{proposal.object_id}" in page) is linked


def test_case_account_is_shown_with_its_certificate(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG))
    listings.certify_account(account.account_number)
    CASES["reverification"].propose(account, factories.caller("teller", "maker"), None)
    first, client = latest_approval(), signed_in("supervisor", with_codes=True)
    paper = Certificate.objects.get()
    page = text_of(client.get(address(first)))
    assert (f"{paper.authority_name} {paper.doc_no}" in page, str(paper.id) in page) == (True, False)
    listings.certify_account(account.account_number)
    alert = text_of(client.get(address(first))).split("数据已变更")[1].split("变更内容")[0]
    papers = Certificate.objects.all()
    assert [each.doc_no in alert for each in papers] == [True, True]
    assert not any(str(each.id) in alert for each in papers)


def test_checker_of_a_merge_reads_the_certificates_of_both_customers(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG))
    paper = listings.certify(factories.ZHANG)
    case = CASES["customer_merge"]
    case.propose(account, factories.caller("teller", "maker"), case.prepare(account))
    page = text_of(signed_in("supervisor").get(address(latest_approval())))
    assert (f"{paper.authority_name} {paper.doc_no}" in page, str(paper.id) in page) == (True, False)


def test_checker_sees_the_cards_and_earlier_requests(noon, signed_in):
    teller, account = factories.caller("teller", "maker"), factories.account(factories.customer(factories.ZHANG))
    card = factories.card(account)
    own_account = ExternalAccountInput("6217000000000006", "OTHERBANK", "张三", "存折")
    request_external_account(principal=teller, customer_id=account.customer_id, entered=own_account)
    before = latest_approval()
    # At the same instant, of another customer.
    other = factories.account(factories.customer(factories.LI))
    factories.four_cards(other)
    factories.four_cards(account)
    ask_card_exception(principal=teller, account_id=other.id, product=CardProduct.DEBIT, reason="x")
    by_maker = latest_approval()
    noon.advance(hours=1)
    asking = factories.caller("teller", "second")
    ask_card_exception(principal=asking, account_id=account.id, product=CardProduct.DEBIT, reason="x")
    page = text_of(signed_in("supervisor").get(address(latest_approval())))
    assert (mask_card(card.number) in page, card.number in page) == (True, False)
    customers = page.split('id="of-customer"')[1].split("</section>")[0]
    assert (str(before.pk) in customers, str(by_maker.pk) in customers) == (True, False)
    makers = text_of(signed_in("supervisor").get(address(before))).split('id="of-maker"')[1].split("</section>")[0]
    assert (str(by_maker.pk) in makers, str(latest_approval().pk) in makers) == (True, False)
    assert 'id="of-maker"' not in text_of(signed_in("teller", "maker").get(address(before)))
