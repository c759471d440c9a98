"""Transfers, entries, steps, decisions and certificates link to each other in both directions."""

from datetime import timedelta

import pytest

from config.kernel.database.sql import rows
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.desk.pages import text_of
from tests.desk.test_audit import rows_of
from tests.http import ApiClient
from tests.listings import certify_account
from tests.plans import plans_of, seed_transfers, vacuum
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.models import Event, Transfer
from transfers.queries.steps import steps_between

pytestmark = pytest.mark.django_db
STEPS = """
INSERT INTO transfers_event (transfer_id, at, old_status, new_status, code, released_by)
SELECT id, accepted_at, '', 'held', '', '' FROM transfers_transfer
"""


@pytest.fixture
def posted(noon, zhang, li):
    payer, payee = factories.account(zhang, "I"), factories.account(li, "I")
    pay_in(payer, 100_000)
    body = {
        "payer": {"account_id": str(payer.id)},
        "payee": {"account_number": payee.account_number, "name": factories.LI.name},
        "amount": "12.34",
        "arrival": "real_time",
    }
    made = ApiClient("teller").post("/transfers", body).json()
    held(payee, due_at=NOON + timedelta(hours=24))
    return Transfer.objects.get(pk=made["id"])


def test_a_transfer_leads_to_its_entries_steps_and_decisions_and_they_lead_back(posted, signed_in):
    page, auditor = f"/desk/transfers/{posted.id}", signed_in("auditor")
    text, decision = text_of(auditor.get(page)), Decision.objects.get(kind="transfer", object_id=posted.id)
    for account in (posted.payer_account_id, posted.payee_account_id):
        assert f'href="/desk/accounts/{account}"' in text
        assert f'href="{page}"' in text_of(auditor.get(f"/desk/accounts/{account}"))
    steps, decisions = (
        f"/desk/events?about={posted.id}&amp;from=2026-01-05",
        f"/desk/decisions?about={posted.id}&amp;from=2026-01-05",
    )
    for address in (steps, decisions, f"/desk/decisions/{decision.id}"):
        assert f'href="{address}"' in text
        assert f'href="{page}"' in text_of(auditor.get(address.replace("&amp;", "&")))
    assert "/desk/events" not in text_of(signed_in("teller").get(page)).split("<main")[1]


def test_steps_are_found_by_reference_and_by_account(posted, signed_in):
    auditor, tail = signed_in("auditor"), posted.id.hex[-12:]
    for about, count in (
        (f"{tail[:4]}-{tail[4:8]}-{tail[8:]}".upper(), 1),
        (str(posted.id), 1),
        (str(posted.payer_account_id), 1),
        (str(posted.payee_account_id), 2),
        (str(posted.made_by_id), 0),
    ):
        assert rows_of(text_of(auditor.get("/desk/events", {"about": about, "from": "2026-01-01"}))) == count, about
        assert auditor.get("/desk/decisions", {"about": about}).status_code == 200
    unknown = auditor.get("/desk/events", {"about": "0000-0000-0000"})
    assert unknown.status_code == 400
    assert "没有该流水号的转账" in text_of(unknown)


def test_a_decision_about_a_certificate_leads_to_it(posted, signed_in):
    certify_account(posted.payer_account.account_number)
    about = Decision.objects.filter(kind="certificate").latest("at").object_id
    assert f'href="/desk/certificates/{about}"' in text_of(signed_in("auditor").get("/desk/decisions"))


def test_certificate_links_to_its_customers(posted, signed_in):
    certificate = certify_account(posted.payer_account.account_number)
    page, officer = f"/desk/certificates/{certificate.id}", signed_in("compliance")
    assert f'hx-get="{page}/customers"' in text_of(officer.get(page))
    part = text_of(officer.get(f"{page}/customers"))
    assert f'href="/desk/customers/{posted.payer_account.customer_id}"' in part
    assert factories.ZHANG.name not in part
    elsewhere = certify_account("6222000011119999", "OTHERBANK")
    assert "本行没有" in text_of(signed_in("auditor").get(f"/desk/certificates/{elsewhere.id}/customers"))
    assert signed_in("teller").get(f"{page}/customers").status_code == 403


def test_counts_on_the_home_page_link_to_their_lists(posted, signed_in):
    Decision.objects.create(
        at=NOON, kind="transfer", outcome="refused", code="ACCOUNT_FROZEN", policy_version="x", facts={}
    )
    transfers, evidence = (
        "/desk/transfers?code=ACCOUNT_FROZEN&amp;first_day=2026-01-05",
        "/desk/decisions?outcome=refused&amp;code=ACCOUNT_FROZEN",
    )
    assert transfers not in text_of(signed_in("teller").get("/desk/")), "no transfer was refused by it"
    held(posted.payer_account, due_at=NOON)
    Event.objects.create(transfer=Transfer.objects.latest("pk"), at=NOON, new_status="refused", code="ACCOUNT_FROZEN")
    auditor, teller = text_of(signed_in("auditor").get("/desk/")), text_of(signed_in("teller").get("/desk/"))
    assert transfers in teller
    assert evidence in auditor
    assert evidence not in teller


@pytest.mark.django_db(transaction=True)
def test_the_steps_of_a_transfer_are_found_without_reading_all(noon):
    seed_transfers(NOON)
    with past_the_guards("transfers_event"):
        rows(STEPS)
    vacuum("transfers_event")
    about = Transfer.objects.first().id
    look = {"status": "", "code": "", "before": None, "most": 51, "about": about}
    for plan in plans_of(lambda: steps_between(NOON - timedelta(days=7), NOON, **look), table="transfers_transfer"):
        assert not plan.scanned & {"transfers_transfer", "transfers_event"}
