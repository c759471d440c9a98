"""Agents at the counter and cards outside the limit of four, as a teller sees them in a browser."""

import pytest
from playwright.sync_api import expect

from accounts.models import Account, Card
from accounts.vocabulary import CardProduct
from tests import factories
from tests.browser.particulars_form import fill_particulars

#: The bank's day is 2026-01-05.
CHILD = factories.citizen_number(birth="20150105")
NAME, GUARDIAN, PROOF = "欧阳小明", "欧阳明月", "粤社保卡申领回执2026-0042"


@pytest.fixture(autouse=True)
def canaries(watch):
    """The document numbers of the cast must not occur in any address."""
    watch.secrets |= {NAME, GUARDIAN, PROOF, CHILD, factories.LI.number}


def test_a_parent_opens_for_a_child(screen_of, noon, watch):
    teller = screen_of("teller")
    page = teller.page
    teller.open("/desk/customers/open")
    page.get_by_label("证件种类").first.select_option("household_register")
    page.get_by_label("证件号码").first.fill(CHILD)
    page.get_by_label("长期有效").check()
    page.get_by_label("姓名", exact=False).first.fill(NAME)
    page.get_by_label("核查方式").select_option("人工核对")
    page.get_by_label("核查结果").select_option("match")
    rules = page.locator("#rules")
    expect(rules).to_contain_text("须由监护人到场")
    teller.press("下一步")
    fill_particulars(page)
    teller.press("下一步")
    page.get_by_label("账户用途").select_option("savings")
    # The form does not stop here: the rule itself refuses.
    teller.press("下一步")
    teller.press("确认开户")
    teller.reads("GUARDIAN_REQUIRED", "非监护人的代理人不能代办")
    assert not Account.objects.exists()

    teller.press("上一步")
    page.get_by_label("发卡", exact=True).select_option("debit")
    page.get_by_label("由代理人办理").check()
    page.get_by_role("radio", name="代理人", exact=True).check()
    page.get_by_label("代理人姓名").fill(GUARDIAN)
    page.get_by_label("代理人证件种类").select_option("resident_id")
    page.get_by_label("代理人证件号码").fill(factories.LI.number)
    page.get_by_label("长期有效").check()
    expect(rules).to_contain_text("非监护人的代理人不能代办")
    page.get_by_role("radio", name="监护人", exact=True).check()
    expect(rules).to_contain_text("监护关系证明")
    expect(rules).not_to_contain_text("非监护人的代理人不能代办")
    teller.press("下一步")
    teller.reads("请与客户核对", "监护人", GUARDIAN)
    teller.press("确认开户")
    teller.reads("开户结果", "监护人签名", "未激活")
    account, card = Account.objects.get(), Card.objects.get()
    watch.secrets |= {account.account_number, card.number}
    assert (account.agent_relation, card.agent_relation, card.agent_slot) == ("guardian", "guardian", None)
    teller.open(f"/desk/accounts/{account.id}")
    teller.reads("监护人领取")


def test_organization_is_offered_no_social_security_card_and_person_states_the_proof(screen_of, noon, watch, keys):
    company, person = (
        factories.account(factories.customer(factories.ORGANIZATION)),
        factories.account(factories.customer()),
    )
    watch.secrets |= {company.account_number, person.account_number}
    teller = screen_of("teller")
    page = teller.page
    for place in ("cards/new", "card-exceptions/new"):
        teller.open(f"/desk/accounts/{company.id}/{place}")
        assert page.get_by_label("卡种").locator("option").all_inner_texts() == ["借记卡"]
    teller.open(f"/desk/customers/{company.customer_id}/open")
    fill_particulars(page, organization=True)
    teller.press("下一步")
    assert page.get_by_label("发卡", exact=True).locator("option").all_inner_texts() == ["不配卡", "借记卡"]

    teller.open(f"/desk/accounts/{person.id}/cards/new")
    entitlement = page.get_by_label("申领依据")
    expect(entitlement).to_be_hidden()
    for product in sorted(CardProduct, key=lambda each: each == "social_security"):
        page.get_by_label("卡种").select_option(product.value)
        expect(entitlement).to_be_visible(visible=not product.counts)
    teller.press("发卡")
    teller.reads("请填写申领依据")
    assert not Card.objects.exists()
    page.get_by_label("申领依据").fill(PROOF)
    teller.press("发卡")
    teller.reads("已发卡", "社会保障卡")
    card = Card.objects.get()
    watch.secrets.add(card.number)
    assert (card.product, card.proof) == ("social_security", PROOF)
    teller.open(f"/desk/accounts/{person.id}")
    teller.reads("申领依据")
    assert PROOF not in page.locator("body").inner_text()


def test_a_loss_asks_for_an_agent_where_one_has_come(screen_of, noon, watch):
    card = factories.card(factories.account(factories.customer(), "I"))
    watch.secrets.add(card.number)
    teller = screen_of("teller")
    page = teller.page
    teller.open(f"/desk/cards/{card.id}/report_lost")
    agent = page.get_by_label("代理人姓名")
    expect(agent).to_be_hidden()
    page.get_by_label("正式挂失：持卡人本人").check()
    expect(agent).to_be_hidden()
    page.get_by_label("正式挂失：代理人").check()
    expect(agent).to_be_visible()
    page.get_by_role("radio", name="代理人", exact=True).check()
    agent.fill(GUARDIAN)
    page.get_by_label("代理人证件种类").select_option("resident_id")
    page.get_by_label("代理人证件号码").fill(factories.LI.number)
    page.get_by_label("长期有效").check()
    teller.press("确认挂失")
    teller.reads("正式挂失", "代办人")
    card.refresh_from_db()
    assert card.status == "lost"
