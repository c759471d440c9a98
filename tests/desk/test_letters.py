"""Letters at the desk: due on the customer's page, issued, printed with a record, delivered, checked."""

import re

import pytest

from accounts.letters.models import Letter, LetterPrint
from config.kernel.models import Decision
from tests.desk.pages import english, text_of
from tests.factories import LI, ZHANG, customer
from tests.listings import certify

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(zhang, noon):
    return certify(ZHANG)


@pytest.fixture
def issued(signed_in, zhang, paper):
    """The letter about 张三's penalty, issued by a teller: return the teller and the letter's address."""
    teller = signed_in("teller")
    body = {"kind": "penalty", "about": str(paper.id), "once": "k" * 32}
    answer = teller.post(f"/desk/customers/{zhang.id}/letters/issue", body)
    assert answer.status_code == 302
    return teller, answer.url


def on_screen(page: str) -> str:
    return re.sub(r'<div class="acc-paper">.*?</div>', "", page, flags=re.DOTALL)


def test_due_letter_is_on_the_customers_page_and_issued_once(signed_in, zhang, paper, issued):
    teller, _ = issued
    page = text_of(teller.get(f"/desk/customers/{zhang.id}/letters"))
    assert "惩戒措施告知书 惩告〔2026〕1号" in page
    assert "未送达" in page
    assert "待出具" not in page
    again = teller.post(
        f"/desk/customers/{zhang.id}/letters/issue",
        {"kind": "penalty", "about": str(paper.id), "once": "m" * 32},
        follow=True,
    )
    assert "该事项已出具信函" in text_of(again)
    assert Letter.objects.count() == 1


def test_the_screen_is_masked_and_the_paper_is_whole_in_both_languages(issued):
    teller, address = issued
    page = text_of(teller.get(address))
    for words in ("张*", "公(反诈)认字〔2026〕001号", "至2031年1月2日（含）止", "through 2 January 2031", "尚未打印"):
        assert words in page
    assert "张三" not in page
    answer = teller.post(f"{address}/print")
    printed = text_of(answer)
    assert "张三（居民身份证 110105********002X）：" in printed
    assert "张三" not in on_screen(printed)
    assert answer.headers["Refresh"] == f"180; url={address}"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "重印 1" in text_of(teller.post(f"{address}/print"))
    file = teller.post(f"{address}/file")
    assert file.content.startswith(b"%PDF")
    assert b"/FontFile2" in file.content
    assert list(LetterPrint.objects.order_by("nth").values_list("nth", "form")) == [
        (1, "html"),
        (2, "html"),
        (3, "pdf"),
    ]
    assert Decision.objects.filter(kind="print_letter").count() == 3


def test_a_delivery_is_recorded_and_the_list_forgets_it(signed_in, zhang, issued):
    teller, address = issued
    officer = signed_in("compliance")
    assert "惩告〔2026〕1号" in text_of(officer.get("/desk/letters?show=undelivered"))
    teller.post(f"{address}/print")
    wrong = teller.post(f"{address}/deliver", {"way": "post", "once": "d" * 32})
    assert wrong.status_code == 400
    assert "须填写邮件号码" in text_of(wrong)
    done = teller.post(f"{address}/deliver", {"way": "post", "tracking_number": "EA 1234 56789 CN", "once": "e" * 32})
    assert (done.status_code, done.url) == (302, address)
    assert "EA123456789CN" in text_of(teller.get(address))
    assert "惩告〔2026〕1号" not in text_of(officer.get("/desk/letters?show=undelivered"))


def test_compliance_lists_due_and_issued_letters_of_a_certificate(signed_in, zhang, paper):
    officer = signed_in("compliance")
    due = text_of(officer.get("/desk/letters"))
    assert "惩戒措施告知书" in due
    assert "张*" in due
    assert f"/desk/letters?certificate={paper.id}" in text_of(officer.get(f"/desk/certificates/{paper.id}"))
    assert "待出具" in text_of(officer.get(f"/desk/letters?certificate={paper.id}"))
    assert 'hx-get="/desk/letters/due"' in text_of(officer.get("/desk/"))
    assert text_of(officer.get("/desk/letters/due")) == "1"
    assert "Letters due" in text_of(english(officer).get("/desk/letters"))


def test_home_counts_so_many_letters_due_and_says_that_there_are_more(signed_in, zhang, paper, monkeypatch):
    monkeypatch.setattr("accounts.letters.desk.letters.COUNT_MAX", 1)
    customer(LI)
    assert text_of(signed_in("compliance").get("/desk/letters/due")) == "1"
    certify(LI)
    assert text_of(signed_in("compliance").get("/desk/letters/due")) == "1+"


def test_a_paper_is_checked(signed_in, issued):
    teller, _ = issued
    row = Letter.objects.get()
    good = teller.post("/desk/letters/check", {"number": row.number, "code": row.code})
    assert "是本行出具的信函，内容未变" in text_of(good)
    assert "没有文号和校验码都相符的信函" in text_of(
        teller.post("/desk/letters/check", {"number": row.number, "code": "1111-1111-1111-1111"})
    )


def test_a_refusal_is_offered_for_a_letter(signed_in, zhang, paper, client_for):
    asked = {"customer_id": str(zhang.id), "kind": "bank", "account_class": "I"}
    assert client_for("teller").post("/accounts", asked).status_code == 422
    page = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}/letters"))
    assert "OPENING_BARRED" in page
    assert 'value="refusal"' in page
    assert '<span title="OPENING_BARRED">受惩戒，不得新开户</span>' in page
