"""Purpose and kind of an account (账户种类、用途) recorded after its opening, with history; one basic account."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from accounts.models import Account, AccountTelling
from accounts.operations.particulars import record_account_use
from accounts.policy.facts import PartyFacts
from accounts.policy.particulars import check_account_use
from accounts.queries.particulars import use_of_account
from accounts.refusals.money import AccountClosed
from accounts.refusals.opening import BasicAccountExists
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CustomerKind
from accounts.vocabulary.particulars import OrganizationAccountKind, Purpose
from config.kernel.law.refusals import BadRequest
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import ORGANIZATION

pytestmark = pytest.mark.django_db
BASIC, GENERAL = OrganizationAccountKind.BASIC, OrganizationAccountKind.GENERAL


@pytest.fixture
def organization(noon):
    return factories.customer(ORGANIZATION)


def party(status=AccountStatus.OPEN, **more) -> PartyFacts:
    return PartyFacts(
        kind=AccountKind.BANK,
        account_class=AccountClass.NONE,
        status=status,
        account_id=UUID(int=1),
        customer_id=UUID(int=2),
        holder_kind=CustomerKind.ORGANIZATION,
        balance_fen=0,
        held_fen=0,
        **more,
    )


def tell(account, **fields):
    with transaction.atomic():
        record_account_use(principal=factories.caller("teller"), account_id=account.id, **fields)


def now(account):
    return use_of_account(Account.objects.select_related("customer").get(pk=account.pk))


# --- the rule --------------------------------------------------------------------------------------------


def test_purpose_of_an_open_account_is_replaced_and_sets_the_basic_account_of_an_organization():
    check_account_use(party(), BASIC, other_basic=0)
    check_account_use(party(), GENERAL, other_basic=1)
    check_account_use(party(), None, other_basic=1)
    check_account_use(party(frozen=True), GENERAL, other_basic=0)
    with pytest.raises(BasicAccountExists):
        check_account_use(party(), BASIC, other_basic=1)
    with pytest.raises(AccountClosed):
        check_account_use(party(status=AccountStatus.CLOSED), GENERAL, other_basic=0)


# --- what is kept ----------------------------------------------------------------------------------------


def test_purpose_recorded_after_opening_keeps_the_former_one(zhang, noon):
    account = factories.account(zhang, "I")
    assert now(account).present == ""
    tell(account, purpose=Purpose.SALARY)
    noon.set(NOON + timedelta(days=1))
    tell(account, purpose=Purpose.BUSINESS)
    shown = now(account)
    assert (shown.present, [(each.former, each.new) for each in shown.changes]) == (
        "business",
        [("salary", "business"), ("", "salary")],
    )
    facts = Decision.objects.filter(kind="tell_account").latest("at").facts
    assert facts == {"account_status": "open", "purpose": "business", "was_purpose": "salary"}
    with pytest.raises(BadRequest):
        tell(account, purpose=Purpose.BUSINESS)
    with pytest.raises(BadRequest):
        tell(account, unit_kind=GENERAL)
    assert AccountTelling.objects.count() == 2


def test_another_basic_account_is_possible_once_the_first_is_general(organization):
    first, second = factories.account(organization, unit_kind="basic"), factories.account(organization)
    with pytest.raises(BasicAccountExists):
        tell(second, unit_kind=BASIC)
    tell(first, unit_kind=GENERAL)
    tell(second, unit_kind=BASIC)
    assert (now(first).present, now(second).present) == ("general", "basic")
    with pytest.raises(BadRequest):
        tell(second, purpose=Purpose.SALARY)
    assert use_of_account(factories.account(organization, kind="payment")) is None


# --- the database ----------------------------------------------------------------------------------------


def row(account, **fields) -> None:
    by = factories.caller("teller").id
    AccountTelling(account=account, principal_id=by, **({"at": NOON} | fields)).save(force_insert=True)


def test_a_new_purpose_refers_to_the_one_that_the_account_has(organization, zhang, noon):
    basic, second = factories.account(organization, unit_kind="basic"), factories.account(organization)
    own = factories.account(zhang, "I", purpose="salary")
    row(own, purpose="savings", was_purpose="salary")
    for account, purpose_fields in (
        (basic, {"unit_kind": "general"}),
        (basic, {"unit_kind": "general", "was_unit_kind": "special"}),
        (own, {"purpose": "daily", "was_purpose": "salary"}),
        (own, {"purpose": "daily", "was_purpose": "savings", "at": NOON - timedelta(seconds=1)}),
        (factories.account(organization, status="closed", closed_at=NOON), {"unit_kind": "general"}),
    ):
        with refused_by("account_telling_follows"):
            row(account, **purpose_fields)
    with refused_by("account_telling_of_one"):
        row(second, unit_kind="general", purpose="daily")
    with refused_by("account_telling_changes"):
        row(basic, unit_kind="basic", was_unit_kind="basic")
    with refused_by("account_basic_once"):
        row(second, unit_kind="basic")
    with refused_by("account_unit_kind_fits"):
        row(factories.account(zhang, "II"), unit_kind="general")
    with refused_by("account_as_told"):
        Account.objects.filter(pk=second.pk).update(unit_kind="special")


def test_one_statement_records_one_purpose_of_an_account(zhang, noon):
    account, by = factories.account(zhang, "II"), factories.caller("teller").id
    twice = [AccountTelling(account=account, principal_id=by, at=NOON, purpose="salary") for _ in range(2)]
    with refused_by("account_telling_alone"):
        AccountTelling.objects.bulk_create(twice)
