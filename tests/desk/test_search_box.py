"""The search box (F2) finds pages, transfers and customers; look-ups are recorded, and no number is in an address."""

import pytest
from django.test import override_settings

from config.kernel.models import TrailRecord
from config.kernel.vault.sealed import card_key
from tests import factories
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db
CARD = "6222020000000000000"


@pytest.fixture
def transfer(noon, zhang):
    account = factories.account(zhang, "I", account_number="6000100000000001")
    pay_in(account, 100_000)
    factories.card(account, number=CARD)
    return held(account, due_at=NOON)[0]


def found(client, typed):
    answer = client.post("/desk/find", {"key": typed})
    return answer["Location"] if answer.status_code == 302 else text_of(answer)


def test_codes_references_and_numbers_lead_to_their_pages(transfer, zhang, signed_in):
    teller, tail = signed_in("teller"), transfer.id.hex[-12:].upper()
    page, customer = f"/desk/transfers/{transfer.id}", f"/desk/customers/{zhang.id}"
    reference = f"{tail[:4]}-{tail[4:8]}-{tail[8:]}"
    assert found(teller, "2010") == found(teller, " ZZCX ") == "/desk/transfers"
    for typed in (reference, tail.lower(), str(transfer.id), reference.replace("-", "－")):
        assert found(teller, typed) == page, typed
    for typed in (factories.ZHANG.number, "6222 0200 0000 0000 000", "6000100000000001"):
        assert found(teller, typed) == customer, typed
    assert reference in text_of(teller.get(page))
    assert 'action="/desk/find"' in text_of(teller.get("/desk/"))


def test_unknown_term_is_reported(transfer, signed_in):
    teller, auditor = signed_in("teller"), signed_in("auditor")
    assert "没有找到" in found(teller, "F2D6-0270-E1DD")
    assert "没有找到" in found(teller, "无此页")
    assert "没有这位客户" in found(teller, "13800138000")
    assert "Not found" in found(english(teller), "0190abcd-0000-7000-8000-000000000000")
    assert "查询理由" in found(auditor, CARD), "an auditor says why"
    assert auditor.get("/desk/find").status_code == 405


def test_each_look_is_on_record_and_within_the_budget(transfer, zhang, signed_in):
    teller = signed_in("teller")
    found(teller, CARD)
    look = TrailRecord.objects.get(kind="look_up_customer")
    assert (bytes(look.whom), look.customer_id, look.reason, look.outcome) == (
        card_key(CARD),
        zhang.id,
        "business",
        "found",
    )
    auditor = signed_in("auditor")
    found(auditor, CARD)
    assert TrailRecord.objects.filter(kind="look_up_customer").count() == 1, "nobody was asked for without a reason"
    asked = {"by": "any", "key": CARD}
    assert auditor.post("/desk/customers", asked | {"reason": "business"}).status_code == 400
    assert auditor.post("/desk/customers", asked | {"reason": "audit"})["Location"] == f"/desk/customers/{zhang.id}"
    page = text_of(auditor.get(f"/desk/customers/{zhang.id}"))
    assert "张*" in page
    assert "张三" not in page
    assert TrailRecord.objects.get(kind="look_up_customer", reason="audit").customer_id == zhang.id
    assert teller.post("/desk/customers", asked | {"reason": "audit"}).status_code == 400
    with override_settings(MISSES_PER_HOUR=1):
        assert "没有找到" in found(teller, "F2D6-0270-E1DD")
        assert TrailRecord.objects.filter(kind="view", outcome="not_found").exists()
        assert teller.post("/desk/find", {"key": "F2D6-0270-E1DE"}).status_code == 429
        assert teller.post("/desk/find", {"key": CARD}).status_code == 429
