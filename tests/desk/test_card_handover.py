"""A card beyond four is masked for its approver and handed out once, by its maker."""

from datetime import timedelta

import pytest

from accounts.models import CardException
from accounts.operations.cards import report_card_lost
from accounts.queries.cards import exception_to_hand_out, proposals_to_hand_out
from accounts.vocabulary.losses import ApplicantIdentification
from config.kernel import approvals
from config.kernel.identity.masking import mask_card
from config.kernel.models import Decision
from tests import factories
from tests.blacklist.cast import latest_approval
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.desk.inbox_proposals import address, card_exception
from tests.desk.pages import text_of

pytestmark = pytest.mark.django_db


def test_card_beyond_four_is_masked_for_the_approver_and_shown_once_to_the_maker(noon, signed_in):
    card_exception(factories.caller("teller", "maker"))
    where = address(latest_approval())
    checker, maker = signed_in("supervisor", with_codes=True), signed_in("teller", "maker")
    page = text_of(checker.post(where, {"decision": "approve"}, follow=True))
    exception = CardException.objects.get()
    number = exception.cards.get().number
    assert (mask_card(number) in page, number in page, exception.handed_out_at) == (True, False, None)
    handing = f"/desk/card-exceptions/{exception.id}/hand-out"
    home = text_of(signed_in("teller", "maker").get("/desk/"))
    assert ("待发卡" in home, "今日已通过" in home) == (True, False)
    assert "待发卡" in text_of(maker.get("/desk/"))
    assert handing in text_of(maker.get(where))
    for other in (checker, signed_in("teller", "other")):
        assert handing not in text_of(other.get(where))
        assert other.post(handing, {"once": "k"}).status_code in {403, 404}
    assert number not in text_of(maker.get(handing))
    shown = text_of(maker.post(handing, {"once": "k"}))
    assert number.replace(" ", "") in shown.replace(" ", "")
    for key in ("k", "k2"):
        again = maker.post(handing, {"once": key})
        assert number not in text_of(again).replace(" ", "")
    assert (again.status_code, "CARD_NOT_TO_HAND_OUT" in text_of(again)) == (409, True)
    assert (handing in text_of(maker.get(where)), "待发卡" in text_of(maker.get("/desk/"))) == (False, False)
    decision = Decision.objects.get(kind="hand_out_card", outcome="allowed")
    assert (decision.object_id, decision.principal.name) == (exception.id, "teller-maker")


def test_card_number_answered_by_the_api_counts_as_handed_out(noon, signed_in, client_for):
    card_exception(factories.caller("teller", "maker"))
    approval = latest_approval()
    answer = client_for("supervisor").approve(str(approval.id)).json()
    exception = CardException.objects.get()
    assert answer["card"]["card_number"] == exception.cards.get().number
    assert exception.handed_out_at is not None
    assert "hand-out" not in text_of(signed_in("teller", "maker").get(address(approval)))


def test_lost_card_is_not_handed_out(noon, signed_in):
    card_exception(factories.caller("teller", "maker"))
    approvals.approve(latest_approval().id, principal=factories.caller("supervisor"))
    exception = CardException.objects.get()
    report_card_lost(principal=factories.caller("teller"), card_id=exception.cards.get().id)
    answer = signed_in("teller", "maker").post(f"/desk/card-exceptions/{exception.id}/hand-out", {"once": "k"})
    assert (answer.status_code, CardException.objects.get().handed_out_at) == (409, None)


def test_a_card_waits_to_be_handed_out_once_its_report_by_word_is_over(noon):
    maker = factories.caller("teller", "maker")
    card_exception(maker)
    approval = latest_approval()
    approvals.approve(approval.id, principal=factories.caller("supervisor"))
    exception = CardException.objects.get()
    report_card_lost(principal=maker, card_id=exception.cards.get().id, identified=ApplicantIdentification.BY_PHONE)
    approval.refresh_from_db()
    assert (proposals_to_hand_out(maker.id, 5), exception_to_hand_out(approval)) == ([], None)
    noon.set(NOON + timedelta(days=6))
    assert (proposals_to_hand_out(maker.id, 5), exception_to_hand_out(approval)) == ([approval], exception.id)


def test_the_database_keeps_when_a_card_was_handed_out(noon):
    card_exception(factories.caller("teller", "maker"))
    waiting = CardException.objects.all()
    with refused_by("card_exception_handed_out_in_force"):
        waiting.update(handed_out_at=noon.at)
    approvals.approve(latest_approval().id, principal=factories.caller("supervisor"))
    waiting.update(handed_out_at=noon.at)
    with refused_by("accounts_cardexception_stands"):
        waiting.update(handed_out_at=None)
