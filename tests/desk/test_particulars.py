"""A customer's particulars (客户信息) at the counter: asked for when missing, masked, corrected with history."""

import re

import pytest

from accounts.models import Account, BeneficialOwner, CustomerParticulars
from config.kernel.models import Decision
from tests import factories
from tests.desk.pages import english, text_of
from tests.desk.test_opening import OPEN, identity, product, send
from tests.desk.test_opening_organization import OPEN as OPEN_ORGANIZATION
from tests.desk.test_opening_organization import organization, organization_product, representative

pytestmark = pytest.mark.django_db
ADDRESS = "北京市东城区长安街1号"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"occupation": ""}, "occupation"),
        ({"nationality": "XX1"}, "nationality"),
        ({"address": ""}, "address"),
        ({"tax_residency": ""}, "tax_residency"),
    ],
)
def test_nothing_is_assumed(teller, wrong, field):
    page = send(teller, "particulars", identity(), factories.individual_particulars(**wrong))
    assert (page.status_code, page.context["step"]) == (400, "particulars")
    assert field in page.context["draft"].particulars.errors


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"owner1-share": "24.99"}, "share"),
        ({"owner1-share": ""}, "share"),
        ({"owner1-control": "control"}, "share"),
        ({"owner1-control": ""}, "control"),
        ({"owner1-type": ""}, "type"),
        ({"owner1-no_end": ""}, "no_end"),
        ({"owner1-number": "110105194912310021"}, "number"),
    ],
)
def test_owner_needs_all_fields(teller, change, field):
    fields = factories.organization_particulars() | change
    page = send(teller, "particulars", organization(), representative(), fields, url=OPEN_ORGANIZATION)
    assert (page.status_code, page.context["step"]) == (400, "particulars")
    assert field in page.context["draft"].particulars.owners[0].errors


def test_owners_are_named_or_it_is_ticked_that_none_are(teller):
    none = {f"owner1-{name}": "" for name in ("name", "number", "control", "share", "no_end")}
    for fields, ok in (
        (factories.organization_particulars() | none, False),
        (factories.organization_particulars(no_owners="on"), False),
        (factories.organization_particulars(no_owners="on") | none, True),
    ):
        page = send(teller, "particulars", organization(), representative(), fields, url=OPEN_ORGANIZATION)
        assert page.context["step"] == ("product" if ok else "particulars")


def test_controller_of_a_passive_organization_declares_tax_residence(teller):
    passive = factories.organization_particulars(tax_entity="passive", tax_residency="both")
    for fields, field in (
        (factories.organization_particulars(tax_entity=""), "tax_entity"),
        (factories.organization_particulars(tax_residency=""), "tax_residency"),
        (passive, "tax_entity"),
        (passive | {"owner1-tax_residency": "elsewhere"}, None),
    ):
        page = send(teller, "particulars", organization(), representative(), fields, url=OPEN_ORGANIZATION)
        assert list(page.context["draft"].particulars.errors) == ([field] if field else [])
    checked = text_of(
        send(
            teller, "product", organization(), representative(), organization_product() | fields, url=OPEN_ORGANIZATION
        )
    )
    for said in ("消极非金融机构", "既是中国税收居民", "60% · 仅为非居民"):
        assert said in checked, said


def test_desk_accepts_as_many_owners_as_the_contract(teller):
    eighth = {
        name.replace("owner1", "owner8"): value
        for name, value in factories.organization_particulars().items()
        if "owner1" in name
    }
    page = send(
        teller,
        "particulars",
        organization(),
        representative(),
        factories.organization_particulars(),
        url=OPEN_ORGANIZATION,
    )
    assert not page.context["draft"].particulars.unfolded
    fields = factories.organization_particulars() | eighth | {"owner8-share": "24"}
    page = send(teller, "particulars", organization(), representative(), fields, url=OPEN_ORGANIZATION)
    assert "<details open>" in text_of(page)
    assert "share" in page.context["draft"].particulars.owners[7].errors


def test_particulars_of_a_person_are_kept_masked_printed_and_unmasked_with_a_record(teller, signed_in):
    checked = text_of(send(teller, "product", identity(), product()))
    for words in ("办事人员", ADDRESS, "仅为中国税收居民", "日常消费和转账"):
        assert words in checked, words
    done = text_of(send(teller, "check", identity(), product()))
    account, row = Account.objects.get(), CustomerParticulars.objects.get()
    assert (row.address, row.occupation, account.purpose) == (ADDRESS, "clerk", "daily")
    for words in ("职业", "北京市东城******", "税收居民身份声明", "账户用途"):
        assert words in done, words
    assert ADDRESS not in done
    assert ADDRESS in text_of(teller.post(f"/desk/accounts/{account.id}/opening-form"))
    address = f"/desk/customers/{account.customer_id}"
    page = text_of(teller.get(address))
    assert "北京市东城******" in page
    assert ADDRESS not in page
    assert "登记客户信息" in page
    assert ADDRESS in text_of(teller.post(f"{address}/unmask", {"reason": "document_check"}))
    assert "Clerk" in text_of(english(signed_in("auditor")).get(address))


def test_correction_keeps_the_former_particulars(teller):
    send(teller, "check", identity(), product())
    customer_id = Account.objects.get().customer_id
    page = f"/desk/customers/{customer_id}/particulars"
    form = text_of(teller.get(page))
    assert 'value="clerk" selected' in form
    assert ADDRESS not in form
    assert teller.post(page, {"once": "1" * 32} | factories.individual_particulars(address="")).status_code == 400
    answer = teller.post(
        page, {"once": "2" * 32} | factories.individual_particulars(address="上海市黄浦区外滩3号"), follow=True
    )
    shown = text_of(answer)
    assert shown.index("上海市黄浦*****") < shown.index("原登记信息") < shown.index("北京市东城******")
    assert CustomerParticulars.objects.count() == 2


def test_missing_particulars_are_stated_and_not_invented(teller, zhang):
    assert "尚未登记。" in text_of(teller.get(f"/desk/customers/{zhang.id}"))


def test_organization_states_its_kind_and_owners(teller):
    page = text_of(
        send(teller, "check", organization(), representative(), organization_product(), url=OPEN_ORGANIZATION)
    )
    owner = BeneficialOwner.objects.get()
    assert (owner.name, owner.control, owner.share) == ("李四", "equity", 60_00)
    assert Account.objects.get().unit_kind == "basic"
    for words in ("营业执照", "软件开发", "李*", "60%", "基本存款账户"):
        assert words in page, words
    assert "李四" not in page
    again = send(
        teller, "check", organization(), representative(), organization_product(), url=OPEN_ORGANIZATION, key="k9"
    )
    assert again.context["problem"].code == "BASIC_ACCOUNT_EXISTS"
    assert "第四条" in text_of(again)
    assert Decision.objects.filter(kind="tell_particulars").count() == 1


def test_kind_and_purpose_of_an_organizations_account_are_asked(teller):
    page = send(teller, "product", identity(), product(purpose=""))
    assert "purpose" in page.context["draft"].product.errors
    page = send(
        teller, "product", organization(), representative(), organization_product(unit_kind=""), url=OPEN_ORGANIZATION
    )
    assert "unit_kind" in page.context["draft"].product.errors


def test_draft_keeps_particulars(teller):
    send(teller, "particulars", identity(), factories.individual_particulars())
    begun = text_of(teller.get(OPEN))
    assert ADDRESS not in begun
    assert ADDRESS in text_of(teller.get(re.search(r'href="([^"]+)">继续<', begun)[1]))
