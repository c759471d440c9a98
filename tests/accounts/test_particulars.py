"""A customer's particulars (客户信息): by kind of customer, kept with history, with beneficial owners."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.api.customer_bodies import A_PERSON, AN_ORGANIZATION
from accounts.models import Account, BeneficialOwner, CustomerParticulars, IdentityConflict
from accounts.operations.particulars import OrganizationParticulars, Owner, PersonParticulars, record_particulars
from accounts.policy.particulars import check_basic_account, controllers_fit, owner_fits
from accounts.queries.particulars import particulars_shown, share_text
from accounts.refusals.opening import BasicAccountExists
from accounts.vocabulary.particulars import (
    Control,
    Occupation,
    OrganizationAccountKind,
    ProofKind,
    TaxEntity,
    TaxResidency,
)
from config.kernel.identity.masking import mask_address
from config.kernel.law.refusals import BadRequest
from config.kernel.models import Decision
from config.kernel.requests.documents import DocumentInput, read_document
from tests import factories
from tests.accounts.test_posting_guards import settle
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import LI, ORGANIZATION, WANG
from tests.http import code

pytestmark = pytest.mark.django_db
ADDRESS = "北京市东城区长安街1号"
PERSON = PersonParticulars(ADDRESS, Occupation.CLERK, "CHN", TaxResidency.CHINA)


@pytest.fixture
def organization(noon):
    return factories.customer(ORGANIZATION)


def owner(person, share=60_00, control=Control.EQUITY, residency=None) -> Owner:
    document = read_document(DocumentInput(person.type, person.number, None, None), on=NOON.date())
    return Owner(person.name, document, control, share, tax_residency=residency)


def tells(*owners, entity=None, residency=None) -> OrganizationParticulars:
    return OrganizationParticulars(
        "福建省厦门市示范路2号", ProofKind.BUSINESS_LICENCE, "软件开发", owners, residency, entity
    )


def tell(customer, particulars):
    with transaction.atomic():
        record_particulars(principal=factories.caller("teller"), customer_id=customer.id, entered=particulars)
    settle()


# --- the rules -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("control", "share", "fits"),
    [
        (Control.EQUITY, 24_99, False),
        (Control.EQUITY, 25_00, True),
        (Control.RIGHTS, 25_01, True),
        (Control.RIGHTS, 100_00, True),
        (Control.EQUITY, 100_01, False),
        (Control.EQUITY, None, False),
        (Control.CONTROL, None, True),
        (Control.CONTROL, 10_00, False),
        (Control.MANAGER, None, True),
    ],
)
def test_a_quarter_makes_an_owner_and_so_does_control(control, share, fits):
    assert owner_fits(control, share) is fits


@pytest.mark.parametrize(
    ("entity", "declared", "fits"),
    [
        (TaxEntity.PASSIVE, [TaxResidency.CHINA, TaxResidency.BOTH], True),
        (TaxEntity.PASSIVE, [TaxResidency.CHINA, None], False),
        (TaxEntity.PASSIVE, [], False),
        (TaxEntity.OTHER, [None, None], True),
        (TaxEntity.OTHER, [], True),
        (TaxEntity.OTHER, [TaxResidency.CHINA], False),
        (None, [None], True),
        (None, [TaxResidency.CHINA], False),
    ],
)
def test_only_controllers_of_a_passive_organization_declare_tax_residence(entity, declared, fits):
    assert controllers_fit(entity, declared) is fits


def test_organization_has_one_basic_account():
    check_basic_account(OrganizationAccountKind.BASIC, open_basic=0)
    check_basic_account(OrganizationAccountKind.GENERAL, open_basic=1)
    check_basic_account(None, open_basic=1)
    with pytest.raises(BasicAccountExists):
        check_basic_account(OrganizationAccountKind.BASIC, open_basic=1)


# --- what is kept ----------------------------------------------------------------------------------------


def test_new_particulars_replace_the_old_which_stay_on_record(zhang, noon):
    tell(zhang, PERSON)
    tell(zhang, PERSON)
    noon.set(NOON + timedelta(days=1))
    tell(zhang, PersonParticulars("上海市黄浦区外滩3号", Occupation.RETIRED, "CHN", TaxResidency.CHINA))
    shown = particulars_shown(zhang.id)
    assert [each.row.occupation for each in shown] == ["retired", "clerk"]
    assert shown[1].address == mask_address(ADDRESS) == "北京市东城******"
    assert particulars_shown(zhang.id, whole=True)[1].address == ADDRESS
    facts = Decision.objects.filter(kind="tell_particulars").order_by("at").values_list("facts", flat=True)
    assert [each["told"] for each in facts] == [
        ["address", "occupation", "nationality", "tax_residency"],
        ["address", "occupation"],
    ]
    assert ADDRESS.encode() not in bytes(
        CustomerParticulars.objects.order_by("at").values_list("address", flat=True)[0]
    )


def test_organization_names_its_owners_and_a_new_set_replaces_them(organization):
    tell(organization, tells(owner(LI), owner(WANG, 25_00, Control.RIGHTS)))
    tell(organization, tells(owner(WANG, None, Control.CONTROL)))
    now, before = particulars_shown(organization.id)
    assert [(each.name, each.control, each.share) for each in now.owners] == [("王*", "control", "")]
    assert [(each.name, each.share) for each in before.owners] == [("李*", "60%"), ("王*", "25%")]
    assert share_text(33_33) == "33.33%"


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        (replace(LI, type="temporary_id"), ("resident_id", LI.number)),
        # A permit is the same person's from issue to issue.
        (replace(LI, type="hk_macau_permit", number="H1234567800"), ("hk_macau_permit", "H1234567801")),
    ],
)
def test_changed_document_of_an_owner_is_recorded_anew(organization, held, shown):
    tell(organization, tells(owner(held)))
    now = replace(LI, type=shown[0], number=shown[1])
    tell(organization, tells(owner(now)))
    tell(organization, tells(owner(now)))
    versions = particulars_shown(organization.id, whole=True)
    assert [(each.owners[0].type, each.owners[0].number) for each in versions] == [shown, (held.type, held.number)]


def test_passive_organization_and_its_controllers_declare_tax_residence(organization):
    passive = {"entity": TaxEntity.PASSIVE, "residency": TaxResidency.ELSEWHERE}
    tell(organization, tells(owner(LI)))
    tell(organization, tells(owner(LI, residency=TaxResidency.BOTH), **passive))
    (now, before), (decision, _) = particulars_shown(organization.id), Decision.objects.order_by("-at", "-id")
    assert (now.row.tax_entity, now.row.tax_residency, now.owners[0].tax_residency) == ("passive", "elsewhere", "both")
    assert (before.row.tax_entity, before.row.tax_residency, before.owners[0].tax_residency) == (None, None, None)
    assert decision.facts["told"] == ["tax_entity", "tax_residency", "owners"]
    for wrong in (tells(owner(LI), **passive), tells(**passive), tells(owner(LI), entity=TaxEntity.OTHER)):
        with pytest.raises(BadRequest):
            tell(organization, wrong)


def test_particulars_of_another_kind_or_without_owners_are_refused(zhang, organization):
    for customer, particulars in (
        (zhang, tells()),
        (organization, PERSON),
        (organization, tells(owner(LI, 24_99))),
        (organization, tells(owner(LI), owner(LI, None, Control.CONTROL))),
    ):
        with pytest.raises(BadRequest):
            tell(customer, particulars)
    assert not CustomerParticulars.objects.exists()


def test_kind_and_purpose_over_rest_are_optional_and_of_their_account(teller, zhang, organization):
    def opened(customer, account_class, **more):
        body = {"customer_id": str(customer.id), "kind": "bank", "account_class": account_class}
        return teller.post("/accounts", body | more)

    assert opened(organization, "none", unit_kind="basic").status_code == 201
    assert code(opened(organization, "none", unit_kind="basic")) == (422, "BASIC_ACCOUNT_EXISTS")
    assert opened(organization, "none").status_code == 201
    assert opened(zhang, "II", purpose="salary").status_code == 201
    assert code(opened(zhang, "II", unit_kind="general")) == (400, "INVALID_REQUEST")
    assert code(opened(organization, "none", purpose="salary")) == (400, "INVALID_REQUEST")
    basic = Account.objects.get(unit_kind="basic")
    assert teller.post(f"/accounts/{basic.id}/close").status_code == 200
    assert opened(organization, "none", unit_kind="basic").status_code == 201


def test_new_customer_may_state_particulars_over_rest(teller, noon):
    person = {"kind": "individual", "name": LI.name, "document": LI.document}
    assert teller.post("/customers", person).status_code == 201
    data = {
        "kind": "organization",
        "name": ORGANIZATION.name,
        "document": ORGANIZATION.document,
        "particulars": AN_ORGANIZATION,
    }
    assert code(teller.post("/customers", data | {"particulars": A_PERSON})) == (400, "INVALID_REQUEST")
    assert teller.post("/customers", data).status_code == 201
    assert (BeneficialOwner.objects.get().share, CustomerParticulars.objects.get().owner_count) == (60_00, 1)
    # Less than a quarter, and what is no text.
    for share in ("24.99", 60, 60.0):
        wrong = {
            "unit": AN_ORGANIZATION["unit"] | {"owners": [AN_ORGANIZATION["unit"]["owners"][0] | {"share": share}]}
        }
        assert code(teller.post("/customers", data | {"particulars": wrong})) == (400, "INVALID_REQUEST")
    # A malformed owner is refused before the attempt under another name is recorded.
    unreadable = AN_ORGANIZATION["unit"]["owners"][0] | {
        "document": {"type": "resident_id", "number": "110105194912310021"}
    }
    wrong = {"unit": AN_ORGANIZATION["unit"] | {"owners": [unreadable]}}
    other = data | {"name": "另一公司", "particulars": wrong}
    assert code(teller.post("/customers", other)) == (400, "INVALID_REQUEST")
    assert not IdentityConflict.objects.exists()


# --- the database ----------------------------------------------------------------------------------------


def row(customer, **more) -> CustomerParticulars:
    by = factories.caller("teller").id
    data = {"occupation": "clerk", "nationality": "CHN", "tax_residency": "china", "address": ADDRESS}
    return CustomerParticulars(customer=customer, at=NOON, principal_id=by, **(data | more))


ORGANIZATIONS = {
    "occupation": None, "nationality": None, "tax_residency": None, "proof_kind": "other", "business": "x", "owner_count": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("particulars_of_one_kind", {"occupation": None}),
        ("particulars_of_one_kind", {"proof_kind": "other"}),
        ("particulars_of_one_kind", ORGANIZATIONS | {"owner_count": None}),
        ("particulars_of_one_kind", {"tax_entity": "other"}),
        ("particulars_of_one_kind", ORGANIZATIONS | {"tax_entity": "other"}),
        ("particulars_codes_known", ORGANIZATIONS | {"tax_entity": "none", "tax_residency": "china"}),
        ("particulars_codes_known", {"occupation": "spy"}),
        ("particulars_codes_known", {"nationality": "China"[:3]}),
        ("particulars_of_its_customer", ORGANIZATIONS),
    ],
)
def test_particulars_of_a_person_have_the_fields_of_a_person(zhang, constraint, wrong):
    with refused_by(constraint):
        row(zhang, **wrong).save(force_insert=True)


def test_number_of_owners_is_as_stated_and_each_is_distinct(organization):
    def kept(stated, **more):
        columns = {"type": LI.type, "number": LI.number, "control": "equity", "share": 30_00} | more
        one = BeneficialOwner(particulars=stated, identity_key=LI.identity_key, **columns)
        one.name = LI.name
        one.save(force_insert=True)

    with refused_by("particulars_name_owners"):
        row(organization, **ORGANIZATIONS | {"owner_count": 1}).save(force_insert=True)
        settle()
    stated = row(organization, **ORGANIZATIONS)
    stated.save(force_insert=True)
    settle()
    with refused_by("particulars_name_owners"):
        kept(stated)
        settle()
    passive = {"tax_entity": "passive", "tax_residency": "china"}
    for changes, owners in (
        ({}, [{"tax_residency": "china"}]),
        (passive, [{}]),
        (passive, []),
    ):
        with refused_by("particulars_passive_controllers"):
            another = row(organization, **ORGANIZATIONS | {"owner_count": len(owners)} | changes)
            another.save(force_insert=True)
            for each in owners:
                kept(another, **each)
            settle()
    with refused_by("beneficial_owner_residency_known"):
        kept(stated, tax_residency="x")
    for wrong in ({"share": 24_99}, {"share": None}, {"control": "manager"}, {"control": "x"}):
        with refused_by("beneficial_owner_share"):
            kept(stated, **wrong)
    with refused_by("beneficial_owner_is_a_person"):
        kept(stated, type="uscc", number=ORGANIZATION.number)
    with refused_by("beneficial_owner_once"):
        kept(stated)
        kept(stated)


def test_purpose_of_an_account_is_valid_and_changes_by_a_new_record_only(organization, zhang):
    basic = factories.account(organization, "none", unit_kind="basic")
    own = factories.account(zhang, "I", purpose="salary")
    with refused_by("account_basic_once"):
        factories.account(organization, "none", unit_kind="basic")
    with refused_by("account_unit_kind_fits"):
        factories.account(zhang, "II", unit_kind="basic")
    with refused_by("account_purpose_fits"):
        factories.account(organization, "none", purpose="salary")
    for account, change in ((basic, {"unit_kind": "general"}), (own, {"purpose": None})):
        with refused_by("account_as_told"):
            Account.objects.filter(pk=account.pk).update(**change)
