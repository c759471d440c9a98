"""1002 单位开户 at the desk: a new organization, its representative, and the rules beside the form."""

import pytest

from accounts.models import Account, Card, Customer, IdentityCheck, LegalRepresentative
from tests import factories, listings
from tests.database_refusals import refused_by
from tests.desk.pages import english, text_of
from tests.desk.test_opening import agent, product, rules, send, with_its_end

pytestmark = pytest.mark.django_db

OPEN = "/desk/customers/open-organization"
RULES = f"{OPEN}/rules"
ORGANIZATION = factories.ORGANIZATION


def organization(**changed: str) -> dict[str, str]:
    fields = {
        "type": "uscc", "number": ORGANIZATION.number, "valid_until": "", "name": ORGANIZATION.name, "phone": "13800138000",
        "method": "企业登记信息核查", "result": "match",
    } | changed  # fmt: skip
    return {f"identity-{name}": value for name, value in with_its_end(fields).items()}


def representative(**changed: str) -> dict[str, str]:
    fields = {
        "name": "张三", "type": "resident_id", "number": factories.ZHANG.number, "country": "", "valid_until": "",
    } | changed  # fmt: skip
    return {f"representative-{name}": value for name, value in with_its_end(fields).items()}


def organization_product(**changed: str) -> dict[str, str]:
    fields = product(account_class="none", card="", unit_kind="basic") | factories.organization_particulars()
    return fields | {f"product-{name}": each for name, each in changed.items()}


class TestSteps:
    def test_first_step_asks_for_the_organization_and_its_representative(self, teller):
        page = text_of(teller.get(OPEN))
        for words in ("单位开户", "单位名称", "统一社会信用代码", "法定代表人姓名", "企业登记信息核查"):
            assert words in page
        assert "出生日期" not in page

    def test_speaks_english_when_asked(self, teller):
        page = text_of(english(teller).get(OPEN))
        for words in ("Open for an organization", "Organization name", "Representative&#x27;s name"):
            assert words in page
        assert "法定代表人" not in page

    def test_searched_credit_code_is_prefilled(self, teller):
        found = text_of(
            teller.post(
                "/desk/customers", {"by": "uscc", "key": ORGANIZATION.number, "country": "", "reason": "business"}
            )
        )
        assert f'action="{OPEN}"' in found
        page = text_of(
            teller.post(
                OPEN, {"step": "start", "type": "uscc", "number": ORGANIZATION.number, "country": ""}, follow=True
            )
        )
        assert f'value="{ORGANIZATION.number}"' in page

    @pytest.mark.parametrize(
        ("fields", "form", "field"),
        [
            (organization(number="91350100M000100Y44") | representative(), "identity", "number"),
            (organization(number=factories.ZHANG.number) | representative(), "identity", "number"),
            (organization(type="resident_id") | representative(), "identity", "type"),
            (organization(name="") | representative(), "identity", "name"),
            (organization() | representative(number="110105194912310021"), "representative", "number"),
            (organization() | representative(type="uscc", number=ORGANIZATION.number), "representative", "type"),
            (organization() | representative(name=""), "representative", "name"),
            (organization() | representative(valid_until="2026-01-04"), "representative", "valid_until"),
            (organization(no_end="") | representative(), "identity", "no_end"),
            (organization() | representative(no_end=""), "representative", "no_end"),
        ],
    )
    def test_wrong_input_is_explained(self, teller, fields, form, field):
        page = send(teller, "identity", fields, url=OPEN)
        assert (page.status_code, page.context["step"]) == (400, "identity")
        assert field in getattr(page.context["draft"], form).errors

    def test_product_has_no_class_and_no_customer_is_registered_yet(self, teller):
        page = send(teller, "identity", organization(), representative(), url=OPEN)
        assert page.context["step"] == "particulars"
        page = send(
            teller, "particulars", organization(), representative(), factories.organization_particulars(), url=OPEN
        )
        assert page.context["step"] == "product"
        assert "不适用Ⅰ/Ⅱ/Ⅲ类" in text_of(page)
        assert "授权经办人" in text_of(page)
        assert not Customer.objects.exists()

    def test_shows_all_to_be_checked(self, teller):
        page = text_of(send(teller, "product", organization(), representative(), organization_product(), url=OPEN))
        for words in (ORGANIZATION.name, "法定代表人", "张三", "1101 0519 4912 3100 2X", "单位银行结算账户"):
            assert words in page


class TestResult:
    def test_registers_the_organization_and_opens_an_account_without_a_class(self, teller):
        page = text_of(send(teller, "check", organization(), representative(), organization_product(), url=OPEN))
        customer, account = Customer.objects.get(), Account.objects.get()
        assert (customer.kind, customer.name, customer.status) == ("organization", ORGANIZATION.name, "active")
        assert (account.customer_id, account.account_class, account.kind) == (customer.id, "none", "bank")
        kept = LegalRepresentative.objects.get()
        assert (kept.customer_id, kept.name, kept.number) == (customer.id, "张三", factories.ZHANG.number)
        assert IdentityCheck.objects.get().method == "企业登记信息核查"
        assert "单位公章" in page
        assert "张*" in page
        assert factories.ZHANG.number not in page

    def test_the_representative_is_sealed(self, teller):
        send(teller, "check", organization(), representative(), organization_product(), url=OPEN)
        name, number = LegalRepresentative.objects.values_list("name", "number").get()
        assert "张三".encode() not in bytes(name)
        assert factories.ZHANG.number.encode() not in bytes(number)

    def test_a_card_and_an_agent_go_with_it(self, teller):
        parts = organization(), representative(), organization_product(card="debit"), agent()
        send(teller, "check", *parts, url=OPEN)
        card = Card.objects.get()
        assert (card.status, card.slot, card.agent_name) == ("issued", 1, "李四")
        assert Account.objects.get().agent_name == "李四"

    def test_a_form_sent_twice_opens_once(self, teller):
        for _ in range(2):
            send(teller, "check", organization(), representative(), organization_product(), url=OPEN)
        assert Account.objects.count() == Customer.objects.count() == LegalRepresentative.objects.count() == 1

    def test_known_organization_gets_another_account_and_its_new_representative(self, teller):
        for key, who in (("k1", {}), ("k2", {}), ("k3", {"name": "李四", "number": factories.LI.number})):
            kind = organization_product(unit_kind="basic" if key == "k1" else "general")
            send(teller, "check", organization(), representative(**who), kind, url=OPEN, key=key)
        assert (Customer.objects.count(), Account.objects.count()) == (1, 3)
        assert [each.name for each in LegalRepresentative.objects.order_by("id")] == ["张三", "李四"]
        page = text_of(teller.get(f"/desk/customers/{Customer.objects.get().id}"))
        assert "法定代表人" in page
        assert "李*" in page
        assert "李四" not in page

    def test_the_representative_is_shown_whole_for_a_reason(self, teller):
        send(teller, "check", organization(), representative(), organization_product(), url=OPEN)
        whole = teller.post(f"/desk/customers/{Customer.objects.get().id}/unmask", {"reason": "document_check"})
        assert "1101 0519 4912 3100 2X" in text_of(whole)

    def test_a_check_that_does_not_match_registers_but_opens_nothing(self, teller):
        page = send(
            teller, "check", organization(result="not_found"), representative(), organization_product(), url=OPEN
        )
        assert page.context["problem"].code == "IDENTITY_UNDER_REVIEW"
        assert Customer.objects.get().status == "in_review"
        assert not Account.objects.exists()

    def test_listed_organization_opens_nothing(self, teller):
        paper = listings.certify(ORGANIZATION)
        page = send(teller, "check", organization(), representative(), organization_product(), url=OPEN)
        assert page.context["problem"].code == "OPENING_BARRED"
        assert f"{paper.authority_name} · {paper.doc_no}" in text_of(page)
        assert not Account.objects.exists()

    def test_listing_of_the_representative_does_not_list_the_organization(self, teller):
        listings.certify(factories.ZHANG)
        send(teller, "check", organization(), representative(), organization_product(), url=OPEN)
        assert Account.objects.count() == 1


class TestPanel:
    def test_panel_waits_without_input(self, teller):
        assert set(rules(teller, url=RULES).values()) == {"wait"}

    def test_ticks_a_new_organization(self, teller):
        states = rules(teller, organization(), representative(), organization_product(), url=RULES)
        assert set(states.values()) == {"yes"}
        assert {"客户唯一性（一单位一客户号）", "法定代表人"} < set(states)

    def test_notes_a_listed_representative_and_says_that_it_bars_nothing(self, teller):
        listings.certify(factories.ZHANG)
        states = rules(teller, organization(), representative(), organization_product(), url=RULES)
        assert states["法定代表人"] == "note"
        assert states["惩戒名单"] == "yes"

    def test_crosses_a_listed_organization(self, teller):
        listings.certify(ORGANIZATION)
        assert rules(teller, organization(), representative(), url=RULES)["惩戒名单"] == "no"

    def test_panel_marks_an_invalid_document_of_the_representative(self, teller):
        parts = organization(), representative(number="110105194912310021")
        assert rules(teller, *parts, url=RULES)["法定代表人"] == "no"

    def test_crosses_a_card_on_a_payment_account(self, teller):
        parts = organization(), representative(), organization_product(kind="payment", card="debit")
        assert rules(teller, *parts, url=RULES)["配卡"] == "no"

    def test_panel_stores_nothing(self, teller):
        rules(teller, organization(), representative(), organization_product(), agent(), url=RULES)
        assert not Customer.objects.exists()


def test_organization_cannot_represent_an_organization(organization_row):
    with refused_by("legal_representative_is_a_person"):
        LegalRepresentative.objects.create(
            customer=organization_row, identity_key=ORGANIZATION.identity_key, name="x", type="uscc", number="x",
            at=organization_row.created_at,
        )  # fmt: skip


@pytest.fixture
def organization_row(noon):
    return factories.customer(ORGANIZATION)
