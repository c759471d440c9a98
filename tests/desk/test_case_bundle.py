"""The evidence of one case as a PDF: its content, masking, record and receipt."""

import hashlib

import pytest

from config.kernel.models import Decision, ExportReceipt, TrailRecord
from config.kernel.trail.receipts import receipt_number
from config.oversight.desk import case_paper
from tests.desk.pages import english, text_of
from tests.factories import ZHANG
from tests.listings import certify

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(zhang, noon, signed_in):
    """A certificate in force, with a printed letter about it."""
    row = certify(ZHANG)
    teller = signed_in("teller")
    body = {"kind": "penalty", "about": str(row.id), "once": "k" * 32}
    teller.post(f"{teller.post(f'/desk/customers/{zhang.id}/letters/issue', body).url}/print")
    return row


@pytest.fixture
def written_pdf(monkeypatch):
    """The text of the last written PDF, in the order of its layout."""
    seen, write = {}, case_paper.case_paper

    def watched(parts, **more):
        seen["text"] = "\n".join(f"{name} {line}" for part in parts for name, line in [(part.title, ""), *part.lines])
        seen["head"] = " ".join(each for line in more["head"] for each in line)
        return write(parts, **more)

    monkeypatch.setattr(case_paper, "case_paper", watched)
    return seen


def taken(client, paper, **more):
    answer = client.post(f"/desk/certificates/{paper.id}/evidence", more)
    return answer, b"".join(answer.streaming_content)


def test_an_auditor_takes_out_the_case_masked_with_a_receipt(paper, written_pdf, signed_in):
    auditor = signed_in("auditor")
    assert "下载案件证据包" in text_of(auditor.get(f"/desk/certificates/{paper.id}"))
    answer, file = taken(auditor, paper)
    receipt = ExportReceipt.objects.get()
    number = receipt_number(receipt.decision_id)
    assert answer["Content-Type"] == "application/pdf"
    assert file.startswith(b"%PDF")
    assert bytes(receipt.sha256) == hashlib.sha256(file).digest()
    assert number in receipt.file_name
    assert number in written_pdf["head"]
    for words in (
        "公(反诈)认字〔2026〕001号", "广州市公安局", "张*", "至2031年1月2日（含）止", "惩告〔2026〕1号", "内容 SHA-256", "第1次", "复核通过，生效",
        "register_certificate", "(letter)", "内容指纹", "2026.", "提示 认定日期当日，所依据的文件已被替代",
    ):  # fmt: skip
        assert words in written_pdf["text"], words
    assert ZHANG.name not in written_pdf["text"]
    assert ZHANG.number not in written_pdf["text"]
    kept = receipt.decision
    assert (kept.object_id, kept.facts["list"], kept.facts["whole"]) == (paper.id, "case", False)
    assert TrailRecord.objects.filter(kind="export", object_id=paper.id).count() == 1
    assert number in text_of(auditor.get(f"/desk/receipts?about={paper.id}"))


def test_whole_data_needs_permission_and_reason_and_is_recorded(paper, written_pdf, signed_in):
    officer = signed_in("compliance")
    taken(officer, paper)
    assert ZHANG.number not in written_pdf["text"]
    taken(officer, paper, reason="internal_review")
    assert ZHANG.number in written_pdf["text"]
    assert Decision.objects.filter(kind="unmask", object_id=paper.id).count() == 1
    taken(english(signed_in("auditor")), paper, reason="internal_review")
    assert "1. Certificate" in written_pdf["text"]
    assert ZHANG.number not in written_pdf["text"]
    for role in ("teller", "supervisor"):
        assert signed_in(role).post(f"/desk/certificates/{paper.id}/evidence").status_code == 403
