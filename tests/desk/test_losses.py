"""A lost card at the desk: the reporter and their identification, the receipt, and the end of an oral report."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import LossReport
from accounts.operations.cards import cancel_card, reinstate_card, report_card_lost
from accounts.policy.cards import loss_report_end
from accounts.vocabulary.losses import ApplicantIdentification, LossKind
from tests import factories
from tests.clock import NOON
from tests.desk.pages import text_of

pytestmark = pytest.mark.django_db
END = loss_report_end(LossKind.BY_WORD, NOON, 5)


@pytest.fixture
def card(zhang):
    return factories.card(factories.account(zhang), activated_at=NOON)


def test_the_teller_says_how_the_applicant_was_identified_and_prints_a_receipt(signed_in, card, noon):
    desk = signed_in("teller")
    page = f"/desk/cards/{card.id}/report_lost"
    assert "请选择申请人如何核实" in text_of(desk.post(page, {"once": "0" * 32}))
    shown = desk.post(page, {"once": "0" * 32, "identified": "by_phone"}, follow=True)
    report = LossReport.objects.get()
    receipt = f"/desk/loss-reports/{report.id}"
    assert shown.redirect_chain == [(receipt, 302)]
    for words in ("口头挂失", "至2026", "电话申请", "622848***"):
        assert words in text_of(shown), words
    assert "第 1 次打印" in text_of(desk.post(f"{receipt}/print"))
    account = text_of(desk.get(f"/desk/accounts/{card.account_id}"))
    assert "补办正式挂失" in account
    assert "口头挂失" in account
    timeline = f"/desk/customers/{card.customer_id}/timeline"
    assert "口头挂失到期失效" not in text_of(desk.get(timeline))
    noon.set(END)
    assert "口头挂失到期失效" in text_of(desk.get(timeline))
    assert "补办正式挂失" not in text_of(desk.get(f"/desk/accounts/{card.account_id}"))


def test_formal_or_recovered_report_is_not_shown_as_ended(signed_in, zhang, noon):
    account = factories.account(zhang)
    formal, recovered, cancelled = (factories.card(account, activated_at=NOON) for _ in range(3))
    by = factories.caller("teller")
    with transaction.atomic():
        for each in (formal, recovered, cancelled):
            report_card_lost(principal=by, card_id=each.id, identified=ApplicantIdentification.BY_PHONE)
        noon.set(NOON + timedelta(days=1))
        report_card_lost(principal=by, card_id=formal.id, identified=ApplicantIdentification.IN_PERSON)
        reinstate_card(principal=by, card_id=recovered.id)
        cancel_card(principal=by, card_id=cancelled.id)
        noon.set(END)
    assert "到期失效" not in text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}/timeline"))
