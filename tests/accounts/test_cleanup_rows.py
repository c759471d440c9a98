"""Impossible rows of the clean-up, refused by the database."""

from datetime import timedelta

import pytest

from accounts.cleanup.models import CleanupAttachment, CleanupCase, CleanupContact, CleanupItem, CleanupOutcome
from accounts.vocabulary.limits import CleanupLimit
from tests import cleanup_cases, factories
from tests.cleanup_cases import stock_account
from tests.clock import NOON
from tests.database_refusals import refused_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(zhang):
    return cleanup_cases.case(zhang, CleanupLimit.BANK_I, factories.account(zhang, "I"), stock_account(zhang), most=1)


def by():
    return {"principal_id": factories.caller("teller").id, "at": NOON}


def again(item, **more):
    given = {
        "case": item.case, "limit": item.limit, "account": item.account, "card": item.card, "rank": 9, "beyond": True,
        "opened_at": NOON, "balance_fen": 0, "by_agent": False,
    }  # fmt: skip
    return CleanupItem.objects.create(**given | more)


def test_an_outcome_is_of_a_way(case):
    with refused_by("cleanup_outcome_way_known"):
        CleanupOutcome.objects.create(item=case.items.first(), at=NOON, way="undo")


def test_an_outcome_is_not_before_its_campaign(case):
    with refused_by("cleanup_outcome_as_sealed"):
        CleanupOutcome.objects.create(item=case.items.first(), at=NOON - timedelta(days=1), way="cancel")


def test_a_customer_is_one_case_of_a_campaign(case):
    with refused_by("cleanup_case_once"):
        CleanupCase.objects.create(campaign=case.campaign, customer=case.customer, excess_accounts=1, excess_cards=0)


def test_a_case_has_an_excess(case, li):
    with refused_by("cleanup_case_has_excess"):
        CleanupCase.objects.create(campaign=case.campaign, customer=li, excess_accounts=0, excess_cards=0)


def test_an_item_is_an_account_or_a_card_of_a_limit_there_is(case):
    item = case.items.first()
    with refused_by("cleanup_item_one_thing"):
        again(item, account=None)
    with refused_by("cleanup_item_limit_known"):
        again(item, limit="bank_iv")
    with refused_by("cleanup_item_rank_once"):
        again(item, rank=item.rank)


def test_seal_of_a_campaign_names_its_person(case):
    with refused_by("cleanup_campaign_sealed_by_somebody"):
        type(case.campaign).objects.filter(pk=case.campaign_id).update(sealed_at=NOON)


def test_a_contact_is_of_a_kind_and_a_scan_is_not_empty(case):
    contact = CleanupContact(case=case, kind="fax", result="none", **by())
    contact.text = "传真"
    with refused_by("cleanup_contact_known"):
        contact.save(force_insert=True)
    scan = CleanupAttachment(case=case, media_type="image/png", digest="d" * 64, size=0, **by())
    scan.name, scan.content = "空.png", ""
    with refused_by("cleanup_attachment_not_empty"):
        scan.save(force_insert=True)
