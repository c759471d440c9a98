"""Appeals at the desk: recorded beside the certificate, answered, and on the list until then."""

import pytest

from tests.desk.pages import text_of
from tests.factories import ZHANG
from tests.listing import certify

pytestmark = pytest.mark.django_db


def test_an_appeal_from_its_receipt_to_the_revocation(noon, signed_in):
    certificate = certify(ZHANG)
    officer, page = signed_in("compliance"), f"/desk/certificates/{certificate.id}"
    body = {"once": "a1", "subject": "1", "appellant": "张三", "received_on": "2026-01-05", "grounds": "冒用"}
    assert officer.post(f"{page}/appeal", body).url == page
    shown = text_of(officer.get(page))
    assert ("已收到" in shown, "2026-01-20" in shown, "申诉期间限制不停止执行" in shown) == (True, True, True)
    assert certificate.doc_no in text_of(officer.get("/desk/certificates/due"))
    appeal = certificate.appeals.get()
    answer = {"once": "a2", "status": "upheld", "on": "2026-01-05", "doc_no": "复1", "text": "成立"}
    assert officer.post(f"/desk/appeals/{appeal.id}", answer).url == f"{page}/revocation"
    assert "申诉成立" in text_of(officer.get(page))
    assert officer.post(f"/desk/appeals/{appeal.id}", answer | {"once": "a3"}).status_code == 409
