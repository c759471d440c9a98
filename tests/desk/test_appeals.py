"""Appeals at the desk: recorded with the certificate, listed until they are answered."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from blacklist.appeals.models import AppealAttachment
from config.kernel.approvals import latest_about
from config.kernel.models import Decision
from tests.desk.pages import text_of
from tests.factories import ZHANG
from tests.listings import certify

pytestmark = pytest.mark.django_db


def test_an_appeal_from_its_receipt_to_the_revocation(noon, signed_in):
    certificate = certify(ZHANG)
    officer, page = signed_in("compliance"), f"/desk/certificates/{certificate.id}"
    body = {"once": "a1", "subject": "1", "appellant": "张三", "received_on": "2026-01-05", "grounds": "冒用"}
    assert officer.post(f"{page}/appeal", body).url == page
    shown = text_of(officer.get(page))
    assert ("已收到" in shown, "2026年1月20日" in shown, "申诉期间限制不停止执行" in shown) == (True, True, True)
    assert certificate.doc_no in text_of(officer.get("/desk/certificates/due"))
    appeal = certificate.appeals.get()
    answer = {"once": "a2", "status": "upheld", "on": "2026-01-05", "doc_no": "复1", "text": "成立"}
    assert officer.post(f"/desk/appeals/{appeal.id}", answer).url == f"{page}/revocation"
    assert "申诉成立" in text_of(officer.get(page))
    assert officer.post(f"/desk/appeals/{appeal.id}", answer | {"once": "a3"}).status_code == 409
    revoking = {"once": "a4", "doc_no": "撤1", "revoked_on": "2026-01-05", "ground": "appeal", "reason": "申诉成立"}
    form = officer.get(f"{page}/revocation").context["form"]
    assert (form["ground"].value(), form["appeal"].value()) == (None, None)
    for left, wrong in (({"ground": ""}, "ground"), ({}, "appeal")):
        refused = officer.post(f"{page}/revocation", revoking | left)
        assert (refused.status_code, list(refused.context["form"].errors)) == (400, [wrong])
    assert not certificate.revocations.exists()
    assert officer.post(f"{page}/revocation", revoking | {"appeal": str(appeal.id)}).url == page
    asked = certificate.revocations.get()
    assert asked.appeal == appeal
    approval = reverse("desk:approval", args=[latest_about([asked.id])[asked.id]])
    for shown in (page, f"/desk/appeals/{appeal.id}"):
        assert approval in text_of(officer.get(shown))
    assert f"/desk/appeals/{appeal.id}" in text_of(officer.get(page))


def test_scans_of_an_appeal_are_added_at_once_or_later_and_opened_with_a_reason(noon, signed_in):
    def scan(content: bytes = b"%PDF-1.7") -> SimpleUploadedFile:
        return SimpleUploadedFile("李四的材料.pdf", content, content_type="application/pdf")

    certificate = certify(ZHANG)
    officer, page = signed_in("compliance"), f"/desk/certificates/{certificate.id}"
    body = {"once": "a1", "subject": "not-named", "appellant": "张三", "received_on": "2026-01-05", "grounds": "冒用"}
    wrong = officer.post(f"{page}/appeal", body | {"file": scan(b"<html>")})
    assert (wrong.status_code, "文件内容与文件类型不符" in text_of(wrong)) == (400, True)
    assert not certificate.appeals.exists()
    assert officer.post(f"{page}/appeal", body | {"once": "a2", "file": scan()}).url == page
    assert certificate.appeals.get().named_subject is None
    own = f"/desk/appeals/{certificate.appeals.get().id}"
    answer = {"once": "a3", "status": "dismissed", "on": "2026-01-05", "file": scan()}
    assert officer.post(own, answer).url == page
    sent = officer.post(f"{own}/attachments", {"once": "a4", "paper": "submitted", "file": scan()})
    assert sent.url == own
    assert officer.post(f"{own}/attachments", {"once": "a5", "paper": "submitted"}).status_code == 400
    assert list(AppealAttachment.objects.order_by("pk").values_list("paper", flat=True)) == [
        "submitted",
        "answer",
        "submitted",
    ]
    shown = text_of(officer.get(own))
    assert ("李四的材料" in shown, "答复文书：" in shown) == (True, True)
    opens = f"/desk/appeals/attachments/{AppealAttachment.objects.first().id}"
    assert officer.post(opens, {"reason": ""}).status_code == 302
    assert not Decision.objects.filter(kind="unmask").exists()
    opened = officer.post(opens, {"reason": "document_check"})
    assert opened.content == b"%PDF-1.7"
    # It may hold scripts: it is saved, not shown, and under no name of a person.
    assert re.fullmatch(r'attachment; filename="[0-9a-f-]{36}\.pdf"', opened["Content-Disposition"])
    assert opened["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in opened["Content-Security-Policy"]
    assert Decision.objects.filter(kind="unmask").exists()
    assert signed_in("auditor").post(opens, {"reason": "document_check"}).status_code == 403
