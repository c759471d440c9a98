"""The short number on a slip, a receipt or a proposal leads to it, for those who may see it; each search has an index."""

import pytest

from accounts.models import LossReport
from accounts.queries.slip_numbers import close_outs_numbered, loss_reports_numbered
from accounts.till.models import CashMovement, CounterCash
from accounts.till.queries.boxes import cash_numbered
from config.kernel import approvals
from config.kernel.database.ids import read_reference, reference_text
from config.kernel.database.sql import rows
from config.kernel.models import Approval, TrailRecord
from tests import cash, factories
from tests.clock import NOON
from tests.desk.pages import text_of
from tests.plans import plans_of
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db
ONCE = "0" * 32


def find(client, typed):
    answer = client.post("/desk/find", {"key": typed})
    return answer["Location"] if answer.status_code == 302 else text_of(answer)


def deposited(teller, account, amount="50", once=ONCE):
    entered = {"way": "deposit", "amount": amount, "once": once, "checked": "yes"}
    return teller.post(f"/desk/accounts/{account.id}/cash", entered).url


def test_number_on_a_cash_slip_leads_to_it(signed_in, teller, account):
    cash.box()
    page = deposited(teller, account)
    movement = CashMovement.objects.get()
    number = reference_text(movement.id)
    assert number in text_of(teller.get(page))
    assert f">{movement.id}<" not in text_of(teller.post(f"{page}/print"))
    for typed in (number, number.lower(), number.replace("-", "")):
        assert find(teller, typed) == page, typed
    assert find(signed_in("auditor"), number) == page
    assert TrailRecord.objects.filter(kind="view", outcome="found", object_id=movement.id).exists()
    # The act that takes it back takes the number, too.
    assert teller.post("/desk/counter/2109", {"key": number})["Location"] == f"{page}/reverse"
    assert find(teller, f"抹账 {number}") == f"{page}/reverse"


def test_proposed_cash_and_its_proposal_have_numbers_of_their_own(signed_in, teller, account):
    cash.box()
    deposited(teller, account, "60,000")
    row, proposal = CounterCash.objects.get(), Approval.objects.get()
    number = reference_text(proposal.id)
    assert find(teller, reference_text(row.id)) == f"/desk/cash/{row.id}"
    assert find(teller, number) == find(signed_in("supervisor"), number) == f"/desk/inbox/{proposal.id}"
    assert number in text_of(teller.get(f"/desk/inbox/{proposal.id}"))
    # Another teller does not see it, so the box does not find it.
    assert "没有找到" in find(signed_in("teller", "another"), number)
    approvals.approve(proposal.id, principal=factories.caller("supervisor"))
    assert [each.id for each in cash_numbered(row.id.bytes[-6:])] == [row.id]


def test_number_on_a_loss_receipt_leads_to_it(teller, account):
    card = factories.card(account, activated_at=NOON)
    teller.post(f"/desk/cards/{card.id}/report_lost", {"once": ONCE, "identified": "by_phone"})
    report = LossReport.objects.get()
    page = f"/desk/loss-reports/{report.id}"
    assert reference_text(report.id) in text_of(teller.get(page))
    assert find(teller, reference_text(report.id)) == page


def test_a_number_of_letters_follows_a_code(teller):
    # The act takes it as a number, although the page finds nothing with it.
    assert "没有这个号码" in find(teller, "抹账 ABCD-EFAB-CDEF")


def test_a_transfers_number_leads_to_its_cancellation(teller, account):
    factories.pay_in(account, 100_000)
    waiting = held(account, due_at=NOON.replace(hour=23))[0]
    answer = teller.post("/desk/counter/2002", {"key": reference_text(waiting.id)})
    assert answer["Location"] == f"/desk/transfers/{waiting.id}/cancel"


def test_each_number_is_searched_by_an_index(db):
    number = read_reference("0123-4567-89AB")
    # A table of few rows is read whole, or along its primary key; only a condition makes a bitmap.
    rows("SET LOCAL enable_seqscan = off")
    rows("SET LOCAL enable_indexscan = off")
    rows("SET LOCAL enable_indexonlyscan = off")
    for table, index, search in (
        ("accounts_cashmovement", "cash_movement_by_reference", lambda: cash_numbered(number)),
        ("accounts_countercash", "counter_cash_by_reference", lambda: cash_numbered(number)),
        ("accounts_cashreversal", "cash_reversal_by_reference", lambda: cash_numbered(number)),
        ("accounts_lossreport", "loss_report_by_reference", lambda: loss_reports_numbered(number)),
        ("accounts_closeout", "close_out_by_reference", lambda: close_outs_numbered(number)),
        (
            "kernel_approval",
            "approval_by_reference",
            lambda: approvals.visible_numbered(factories.caller("supervisor"), number),
        ),
    ):
        ways = {way for plan in plans_of(search, table=table) for _, way in plan.ways}
        assert index in ways, (table, ways)
