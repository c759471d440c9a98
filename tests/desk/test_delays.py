"""The delay of a held transfer at the desk: a page for compliance, from the transfer's page."""

import pytest

from tests import factories
from tests.clock import NOON
from tests.desk.pages import text_of
from tests.transfers.conftest import pay_in
from tests.transfers.factories import DAY, held
from transfers.models import TransferDelay

pytestmark = pytest.mark.django_db


def test_compliance_proposes_a_delay_on_a_recorded_suspicion(signed_in, zhang, noon):
    account = factories.account(zhang)
    pay_in(account, 10_000)
    (transfer,) = held(account, due_at=NOON + DAY)
    page = f"/desk/transfers/{transfer.id}/delay"
    assert page not in signed_in("teller").get(f"/desk/transfers/{transfer.id}").content.decode()
    desk = signed_in("compliance")
    assert page in desk.get(f"/desk/transfers/{transfer.id}").content.decode()
    assert "须先登记" in text_of(desk.get(page))
    said = {"kind": "transfer_delayed", "reason": "scam_suspected", "words": "称要转到安全账户"}
    desk.post("/desk/suspicions/new", {**said, "once": "0" * 32, "transfer_id": str(transfer.id)})
    shown = desk.get(page)
    assert "须先登记" not in text_of(shown)
    suspicion = shown.context["form"].fields["suspicion"].choices[-1][0]
    sent = {"once": "1" * 32, "hours": "73", "suspicion": suspicion, "reason": "等待家属核实"}
    assert desk.post(page, sent).status_code == 400
    answer = desk.post(page, {**sent, "once": "2" * 32, "hours": "72"}, follow=True)
    assert "已提交复核" in text_of(answer)
    row = TransferDelay.objects.get()
    assert (row.until, row.status, row.reason) == (NOON + 4 * DAY, "pending", "等待家属核实")
    assert signed_in("teller").get(page).status_code == 403
