"""The payer cancels a held transfer strictly before its due instant."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import Card, Freeze
from accounts.queries.holders import AccountHolder
from accounts.refusals.money import (
    AccountClosed,
    AccountFrozen,
    CaseAccountStopped,
    NonCounterSuspended,
    PaymentBusinessSuspended,
)
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.http import refused
from tests.transfers.conftest import CARD, money
from transfers.models import Transfer
from transfers.operations import cancel
from transfers.refusals import AlreadyReturned

pytestmark = pytest.mark.django_db
BY_DOCUMENT = {"applicant": {"document": factories.ZHANG.document}}
BY_CARD = {"applicant": {"card_number": CARD}}


@pytest.fixture
def held(atm, order) -> str:
    return atm.post("/transfers", order()).json()["id"]


def test_cancellation_frees_the_amount_at_once(teller, held, payer):
    answer = teller.post(f"/transfers/{held}/cancel", BY_DOCUMENT)
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert money(payer) == (100_000, 0)


@pytest.mark.parametrize(
    ("after", "status", "code"),
    [
        pytest.param(timedelta(hours=24, microseconds=-1), 200, None, id="261-2-8-last-instant"),
        pytest.param(timedelta(hours=24), 409, "CANCEL_TOO_LATE", id="261-2-8-due-instant"),
        pytest.param(timedelta(hours=24, microseconds=1), 409, "CANCEL_TOO_LATE", id="261-2-8-after"),
    ],
)
def test_the_due_instant_belongs_to_the_posting(teller, held, noon, after, status, code):
    noon.set(NOON + after)
    answer = teller.post(f"/transfers/{held}/cancel", BY_DOCUMENT)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    if code is not None:
        assert answer.json()["clause"] == "银发〔2016〕261号 二(八)", "of machines and of every other channel"


def test_a_repeat_is_the_same_and_refunds_once(teller, held, payer):
    first = teller.post(f"/transfers/{held}/cancel", BY_DOCUMENT)
    again = teller.post(f"/transfers/{held}/cancel", BY_DOCUMENT)
    assert (again.status_code, again.json()) == (200, first.json())
    assert money(payer) == (100_000, 0)


def test_only_the_payer_cancels(teller, gateway, held, order, li, payee):
    factories.card(payee, number="6217000000000006")
    own = gateway.post("/transfers", order(channel="online", arrival="ordinary")).json()["id"]
    for client, transfer in ((teller, held), (gateway, own)):
        for other in ({"document": factories.LI.document}, {"card_number": "6217000000000006"}):
            refused(client.post(f"/transfers/{transfer}/cancel", {"applicant": other}), "NOT_THE_PAYER", 422)


def test_a_gateway_learns_of_anothers_transfer_from_its_payer_only(gateway, atm, order, held, li, payee):
    factories.card(payee, number="6217000000000006")
    lost = atm.post("/transfers", order(payer={"card_number": "6222020000000000009"})).json()["fields"]["transfer_id"]
    for other in ({"document": factories.LI.document}, {"card_number": "6217000000000006"}):
        refused(gateway.post(f"/transfers/{held}/cancel", {"applicant": other}), "NOT_FOUND", 404)
        refused(gateway.post(f"/transfers/{lost}/cancel", {"applicant": other}), "NOT_FOUND", 404)
    kept = Decision.objects.filter(kind="cancel_transfer", object_id=held)
    assert set(kept.values_list("code", flat=True)) == {"NOT_THE_PAYER"}
    assert gateway.post(f"/transfers/{held}/cancel", BY_CARD).status_code == 200


def test_a_machine_cancels_its_own_with_the_payers_card(client_for, held):
    refused(client_for("atm", "2").post(f"/transfers/{held}/cancel", BY_CARD), "NOT_FOUND", 404)
    refused(client_for("atm").post(f"/transfers/{held}/cancel", BY_DOCUMENT), "INVALID_REQUEST", 400)
    assert client_for("atm").post(f"/transfers/{held}/cancel", BY_CARD).status_code == 200


def test_restrictions_freezes_and_a_lost_card_do_not_hinder_it(teller, held, payer):
    Freeze.objects.create(account=payer, authority="法院", order_no="1", placed_at=NOON)
    Card.objects.update(status="lost")
    assert teller.post(f"/transfers/{held}/cancel", BY_DOCUMENT).status_code == 200


def test_transfer_that_was_never_held_is_not_cancelled(teller, atm, order, payer):
    posted = teller.post("/transfers", order(payer={"account_id": str(payer.id)}, arrival="real_time")).json()["id"]
    lost = atm.post("/transfers", order(amount="5000")).json()["fields"]["transfer_id"]
    for each in (posted, lost):
        refused(teller.post(f"/transfers/{each}/cancel", BY_DOCUMENT), "NOT_CANCELLABLE", 409)


@pytest.mark.parametrize(
    ("status", "code"), [("posted", "ALREADY_POSTED"), ("returned", "ALREADY_RETURNED")], ids=["posted", "returned"]
)
def test_answer_says_how_the_transfer_ended(teller, held, status, code, noon):
    due_at = NOON + timedelta(hours=24)
    noon.set(due_at)
    settled = {"settled_at": due_at} if status == "posted" else {"outcome_code": "ACCOUNT_CLOSED"}
    Transfer.objects.update(status=status, ended_at=due_at, **settled)
    answer = teller.post(f"/transfers/{held}/cancel", BY_DOCUMENT)
    refused(answer, code, 409)
    assert "ACCOUNT_CLOSED" not in answer.json()["detail"], "the reason is stated in words"


def test_cancellation_of_an_ended_transfer_frees_nothing(held, payer, monkeypatch, noon):
    """The lock keeps the status as it was read; without it the other outcome is found and nothing is freed twice."""
    seen = Transfer.objects.get()
    due_at = NOON + timedelta(hours=24)
    noon.set(due_at)
    Transfer.objects.update(status="returned", outcome_code="ACCOUNT_FROZEN", ended_at=due_at)

    def without_a_lock(transfer, _):
        transfer.status, transfer.outcome_code = seen.status, seen.outcome_code
        return NOON, AccountHolder(payer.customer_id, is_applicant=True)

    monkeypatch.setattr(cancel, "_lock", without_a_lock)
    applicant = cancel.Applicant.by_card(CARD)
    with pytest.raises(RuntimeError, match="changed under its lock"), transaction.atomic():
        cancel.cancel_transfer(seen.id, principal=factories.caller("teller"), applicant=applicant)
    assert (Transfer.objects.get().status, money(payer)) == ("returned", (100_000, 0))


def test_every_reason_to_return_a_transfer_has_its_words():
    """Covers the refusals of `check_debit` and `check_payee` at the due time, and a return by two persons."""
    returning = {AccountClosed, CaseAccountStopped, AccountFrozen, PaymentBusinessSuspended, NonCounterSuspended}
    assert set(AlreadyReturned.words["outcome_code"].values) == {each.code for each in returning} | {
        "BALANCE_LIMIT",
        "PARKED_RETURN",
    }


def test_order_refused_without_a_payer_was_never_held(atm, teller, order):
    unknown = "6222021234567890128"
    refusal = atm.post("/transfers", order(payer={"card_number": unknown})).json()
    refused_id = refusal["fields"]["transfer_id"]
    for client, body in ((atm, {"applicant": {"card_number": unknown}}), (teller, BY_DOCUMENT)):
        refused(client.post(f"/transfers/{refused_id}/cancel", body), "NOT_CANCELLABLE", 409)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"applicant": {}},
        {"applicant": {"document": factories.ZHANG.document, "card_number": CARD}},
        {"applicant": {"document": {"type": "resident_id", "number": "110105194912310021"}}},
        {"applicant": {"document": {"type": "library_card", "number": "1"}}},
        {"applicant": {"document": factories.ZHANG.document | {"valid_until": "2016-12-31"}}},
        {"applicant": {"card_number": "x"}},
        {"applicant": {"card_number": CARD}, "amount": "1.00"},
    ],
)
def test_a_malformed_application_changes_nothing(teller, held, payer, body):
    refused(teller.post(f"/transfers/{held}/cancel", body), "INVALID_REQUEST", 400)
    assert money(payer) == (100_000, 10_000)


@pytest.mark.parametrize("more", [{"valid_until": None}, {"valid_until": "2099-01-01"}, {"country": None}])
def test_a_document_is_written_as_it_was_at_registration(teller, held, more):
    body = {"applicant": {"document": factories.ZHANG.document | more}}
    assert teller.post(f"/transfers/{held}/cancel", body).status_code == 200


def test_events_name_actors_in_chronological_order(teller, auditor, held, noon):
    noon.advance(hours=1)
    teller.post(f"/transfers/{held}/cancel", BY_DOCUMENT)
    events = auditor.get(f"/transfers/{held}/events").json()
    assert [(each["actor"], each["old_status"], each["new_status"]) for each in events["results"]] == [
        ("atm", None, "held"),
        ("teller", "held", "cancelled"),
    ]
    assert auditor.get("/transfers/unknown/events").status_code == 404


@pytest.mark.parametrize(
    ("by", "shown"),
    [
        (BY_DOCUMENT, {"type": "resident_id", "number": "110105********002X"}),
        (BY_CARD, {"type": "bank_card", "number": "622202*********0000"}),
    ],
    ids=["document", "card"],
)
def test_applicants_document_is_kept_masked_with_the_decision(teller, held, payer, by, shown):
    teller.post(f"/transfers/{held}/cancel", by)
    decision = Decision.objects.get(kind="cancel_transfer")
    assert decision.facts["applicant"] == shown
    assert decision.customer_id == payer.customer_id


def test_the_reason_is_kept_sealed_with_the_transfer_alone(teller, held):
    teller.post(f"/transfers/{held}/cancel", BY_DOCUMENT | {"reason": " 怀疑被骗，张三要求撤销 "})
    transfer = Transfer.objects.get(pk=held)
    assert transfer.cancel_reason == "怀疑被骗，张三要求撤销"
    assert "怀疑".encode() not in bytes(Transfer.objects.filter(pk=held).values_list("cancel_reason", flat=True)[0])
    assert "怀疑" not in str(Decision.objects.get(kind="cancel_transfer").facts)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}], ids=["none", "empty", "blank"])
def test_no_reason_is_needed(teller, held, body):
    assert teller.post(f"/transfers/{held}/cancel", BY_DOCUMENT | body).status_code == 200
    assert Transfer.objects.get(pk=held).cancel_reason is None


def test_a_repeat_keeps_the_first_reason(teller, held):
    for reason in ("第一次", "第二次"):
        assert teller.post(f"/transfers/{held}/cancel", BY_DOCUMENT | {"reason": reason}).status_code == 200
    assert Transfer.objects.get(pk=held).cancel_reason == "第一次"
