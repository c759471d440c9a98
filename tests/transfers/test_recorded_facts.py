"""A decision stores exactly the facts that the rule saw, without personal data."""

import json

import pytest

from accounts.models import Account, Freeze
from config.kernel.database.sql import rows
from config.kernel.models import Decision
from tests.clock import NOON
from tests.factories import LI
from tests.transfers.conftest import CARD
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations import accept, cancel, release
from transfers.operations.release import Released, release_due
from transfers.policy.acceptance import Held, Posted, Refused
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(monkeypatch):
    """Record the facts that are passed to the rules."""
    asked = []

    def watched(module, name):
        plain = getattr(module, name)
        monkeypatch.setattr(module, name, lambda facts: asked.append(facts) or plain(facts))

    watched(accept, "judge_acceptance")
    watched(cancel, "check_cancellation")
    watched(release, "check_release")
    return asked


def kept(kind):
    return Decision.objects.filter(kind=kind).latest("id")


@pytest.mark.parametrize(
    ("change", "code"),
    [({}, ""), ({"amount": "9999"}, "INSUFFICIENT_FUNDS"), ({"payee": {"account_number": "404", "name": "李四"}}, "PAYEE_NOT_FOUND"),
     ({"payee": {"account_number": "6217", "bank_code": "ICBC", "name": "李四"}}, "")],
    ids=["held", "refused", "unknown-payee", "another-bank"],
)  # fmt: skip
def test_of_an_acceptance(atm, order, noon, seen, change, code):
    answer = atm.post("/transfers", order(**change))
    decision = kept("transfer")
    (facts,) = seen
    assert decision.code == code
    stated = {"transfer_id": answer.json()["fields"]["transfer_id"]} if code else {}
    came_with = {"with_memo": False, "with_screen": False}
    assert {**decision.facts, **stated} == {**facts.record(), **came_with, **stated}
    assert decision.facts["available_fen"] == facts.payer.available_fen == 100_000
    payee = decision.facts.pop("payee.account_id", None)
    assert payee == (
        None if change.get("payee") else str(Account.objects.get(customer__identities__key=LI.identity_key).pk)
    )
    text = json.dumps(decision.facts, ensure_ascii=False)
    for personal in ("李四", CARD, "6000200000000002", "6217", facts.payer.name_index.hex()):
        assert personal not in text


def test_of_a_release(noon, payer, payee, seen):
    Freeze.objects.create(account=payer, authority="法院", order_no="1", placed_at=NOON)
    held(payer, payee, due_at=NOON)
    assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=1, returned=1)
    (facts,) = [each for each in seen if each.payer.frozen]
    decision = kept("release")
    assert decision.facts == {**facts.record(), "until": None}
    assert decision.facts["payer.frozen"] is True


def test_of_a_cancellation(atm, teller, order, noon, seen):
    made = atm.post("/transfers", order()).json()["id"]
    body = {"applicant": {"card_number": CARD}}
    assert teller.post(f"/transfers/{made}/cancel", body).status_code == 200
    facts = seen[-1]
    shown = {"type": "bank_card", "number": "622202*********0000"}
    assert kept("cancel_transfer").facts["status"] == "held"
    assert kept("cancel_transfer").facts.keys() - facts.record().keys() == {"applicant"}
    assert {**kept("cancel_transfer").facts, "applicant": shown} == {**facts.record(), "applicant": shown}


def test_an_order_becomes_one_of_three(noon, payer, payee, order, atm, gateway, monkeypatch):
    judged = []
    plain = accept.judge_acceptance
    monkeypatch.setattr(accept, "judge_acceptance", lambda facts: judged.append(plain(facts)) or judged[-1])
    atm.post("/transfers", order())
    gateway.post("/transfers", order(channel="mobile", arrival="real_time"))
    rows("UPDATE accounts_card SET status = 'lost' WHERE account_id = %s", [payer.id])
    atm.post("/transfers", order())
    assert [type(each) for each in judged] == [Held, Posted, Refused]
    assert [each.status for each in Transfer.objects.order_by("id")] == ["held", "posted", "refused"]
