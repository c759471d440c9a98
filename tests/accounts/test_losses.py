"""Loss of a card (挂失), oral for some days or formal: blocked before its end, free from it on."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from accounts.models import Card, LossReport
from accounts.operations.cards import reinstate_card
from accounts.policy.cards import check_loss_report, loss_report_end, status_at
from accounts.queries.cards import live_cards
from accounts.refusals.opening import CardState, LossReported
from accounts.vocabulary import CardStatus
from accounts.vocabulary.losses import ApplicantIdentification, LossKind
from config.kernel.law.dates import SHANGHAI
from config.kernel.models import Decision
from tests import factories
from tests.accounts.test_posting_guards import settle
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import WANG
from tests.http import code

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)
#: Of a report at noon of the bank's frozen day, and five days.
END = loss_report_end(LossKind.BY_WORD, NOON, 5)


@pytest.fixture
def card(zhang):
    return factories.card(factories.account(zhang, balance_fen=100_00), activated_at=NOON)


def lost(teller, card, identified=None, **more):
    return teller.post(f"/cards/{card.id}/report-lost", ({"identified": identified} if identified else {}) | more)


def status(client, card) -> str:
    return client.get(f"/accounts/{card.account_id}").json()["cards"][0]["status"]


# --- the rule --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hour", "days", "last"), [(0, 5, 6), (23, 5, 6), (12, 1, 2)])
def test_the_day_of_the_report_is_not_counted_and_the_last_one_is_whole(hour, days, last):
    at = datetime(2026, 3, 1, hour, tzinfo=SHANGHAI)
    assert loss_report_end(LossKind.BY_WORD, at, days) == datetime(2026, 3, last + 1, tzinfo=SHANGHAI)
    assert loss_report_end(LossKind.FORMAL, at, days) is None


def test_orally_reported_card_is_lost_until_the_end_and_then_has_its_former_status():
    lost_card = {"status": CardStatus.LOST, "lost_until": END}
    assert status_at(**lost_card, activated=True, at=END - TICK) is CardStatus.LOST
    assert status_at(**lost_card, activated=True, at=END) is CardStatus.ACTIVE
    assert status_at(**lost_card, activated=False, at=END + TICK) is CardStatus.ISSUED
    assert status_at(CardStatus.LOST, None, activated=True, at=END) is CardStatus.LOST
    assert status_at(CardStatus.STOPPED, END, activated=True, at=END) is CardStatus.STOPPED


def test_oral_report_is_made_formal_and_not_prolonged():
    for each in (CardStatus.LOST, CardStatus.STOPPED):
        check_loss_report(LossKind.FORMAL, each, END)
    with pytest.raises(CardState):
        check_loss_report(LossKind.BY_WORD, CardStatus.STOPPED, END)
    with pytest.raises(LossReported):
        check_loss_report(LossKind.BY_WORD, CardStatus.LOST, END)
    for each in (CardStatus.LOST, CardStatus.STOPPED, CardStatus.CANCELLED):
        for kind in LossKind:
            with pytest.raises(CardState):
                check_loss_report(kind, each, None)
    assert [each.loss_kind for each in ApplicantIdentification] == [LossKind.FORMAL] * 2 + [LossKind.BY_WORD] * 2


# --- over REST -------------------------------------------------------------------------------------------


def test_report_without_a_way_of_identification_is_formal(teller, card):
    answer = lost(teller, card)
    assert (answer.status_code, answer.json()["status"]) == (200, "lost")
    assert "lost_until" not in answer.json()
    report = LossReport.objects.get()
    assert (report.kind, report.identified, report.lapses_at) == ("formal", None, None)
    assert code(lost(teller, card, "in_person")) == (409, "CARD_STATE")


def test_orally_reported_card_pays_only_after_the_end(teller, client_for, card, noon):
    answer = lost(teller, card, "by_phone")
    assert datetime.fromisoformat(answer.json()["lost_until"]) == END
    evidence = Decision.objects.get(kind="report_card_lost").facts
    assert (evidence["loss_kind"], evidence["identified"], evidence["card_status"]) == ("by_word", "by_phone", "active")
    machine = client_for("atm")
    cash = {"account": {"card_number": card.number}, "amount": "1.00"}
    noon.set(END - TICK)
    for way in ("/cash/withdrawals", "/cash/deposits"):
        assert machine.post(way, cash).json()["code"] == "CARD_NOT_ACTIVE"
    assert status(teller, card) == "lost"
    refused = lost(teller, card, "without_document")
    assert code(refused) == (409, "LOSS_REPORTED")
    assert "再次口头挂失" in refused.json()["detail"]
    noon.set(END)
    assert machine.post("/cash/withdrawals", cash).status_code == 201
    assert (status(teller, card), live_cards(card.customer_id)[0].status) == ("active", "正常")
    with pytest.raises(CardState), transaction.atomic():
        reinstate_card(principal=factories.caller("teller"), card_id=card.id)
    assert lost(teller, card, "by_phone").status_code == 200
    assert reinstate_card(principal=factories.caller("teller"), card_id=card.id).lost_until is None


def test_made_formal_it_never_comes_back_by_itself(teller, card, noon):
    lost(teller, card, "by_phone")
    assert "lost_until" not in lost(teller, card, "in_person").json()
    noon.set(END)
    assert status(teller, card) == "lost"
    settle()


def test_unactivated_card_is_activated_after_the_end_of_the_report(teller, zhang, noon):
    issued = factories.card(factories.account(zhang), status="issued")
    lost(teller, issued, "by_phone")
    assert code(teller.post(f"/cards/{issued.id}/activate")) == (409, "CARD_STATE")
    noon.set(END)
    assert teller.post(f"/cards/{issued.id}/activate").json()["status"] == "active"
    settle()
    issued.refresh_from_db()
    assert (issued.status, issued.lost_until) == ("active", None)


def test_an_agent_is_named_where_one_came_and_kept_sealed(teller, card):
    agent = {"name": WANG.name, "document": WANG.document}
    for wrong in ({"identified": "by_agent"}, {"identified": "by_phone", "agent": agent}, {"agent": agent}):
        assert code(teller.post(f"/cards/{card.id}/report-lost", wrong)) == (400, "INVALID_REQUEST")
    assert lost(teller, card, "by_agent", agent=agent).status_code == 200
    report = LossReport.objects.get()
    assert (report.kind, report.agent_name, report.agent_relation) == ("formal", WANG.name, "agent")


# --- the database ----------------------------------------------------------------------------------------


def report(card, **more):
    word = {"kind": "by_word", "at": NOON, "lapses_at": END, "identified": "by_phone"}
    return LossReport(card=card, principal_id=factories.caller("teller").id, **(word | more))


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("loss_report_lapses_by_word", {"lapses_at": None}),
        ("loss_report_lapses_by_word", {"lapses_at": NOON}),
        ("loss_report_lapses_by_word", {"kind": "formal", "identified": None}),
        ("loss_report_identified", {"kind": "hearsay"}),
        ("loss_report_identified", {"identified": None}),
        ("loss_report_identified", {"identified": "in_person"}),
        ("loss_report_agent", {"kind": "formal", "identified": "by_agent", "lapses_at": None}),
        ("loss_report_agent", {"agent_key": b"k" * 32}),
    ],
)
def test_loss_report_has_consistent_fields(card, constraint, wrong):
    with refused_by(constraint):
        report(card, **wrong).save(force_insert=True)


@pytest.mark.parametrize(
    "second", [{}, {"kind": "formal", "identified": None, "lapses_at": None}], ids=["by_word", "formal"]
)
def test_one_statement_reports_a_card_once(card, second):
    """With an oral report beside it, a formal report would lapse too."""
    formal = {"kind": "formal", "identified": None, "lapses_at": None, "at": NOON - TICK}
    with refused_by("loss_report_not_prolonged"):
        LossReport.objects.bulk_create([report(card, **formal), report(card, **second)])


def test_a_card_is_lost_as_reported(card, noon):
    with refused_by("card_lost_as_reported"):
        Card.objects.filter(pk=card.pk).update(status="lost", lost_until=END)
    with refused_by("card_lost_as_reported"):
        factories.card(card.account, status="lost", lost_until=END)
    with refused_by("card_lost_until_fits"):
        Card.objects.filter(pk=card.pk).update(lost_until=END)
    # A report stops its card, also when it is written without the operation.
    report(card).save(force_insert=True)
    card.refresh_from_db()
    assert (card.status, card.lost_until) == ("lost", END)
    # Neither while it holds, nor beforehand: by the bank's clock it has not come to its end.
    for at in (NOON + TICK, END):
        with refused_by("loss_report_not_prolonged"):
            report(card, at=at, lapses_at=END + TICK).save(force_insert=True)
    for prolonged in (END + TICK, None):
        with refused_by("card_lost_as_reported"):
            Card.objects.filter(pk=card.pk).update(lost_until=prolonged)
    with refused_by("card_found_by_decision"):
        Card.objects.filter(pk=card.pk).update(status="active")
        settle()
    noon.set(END)
    with refused_by("card_found_by_decision"):
        Card.objects.filter(pk=card.pk).update(status="issued")
        settle()
    # An update that does not mention the end clears it: the next loss has none.
    Card.objects.filter(pk=card.pk).update(status="active")
    settle()
    Card.objects.filter(pk=card.pk).update(status="lost")
    assert Card.objects.get(pk=card.pk).lost_until is None
