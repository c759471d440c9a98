"""A penalty without a last day, while a sentence is served: pages, refusals and letters say what its end depends on."""

from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse

from accounts.letters.models import Letter
from accounts.letters.queries.composition import content_read
from tests import factories, listings
from tests.desk.pages import english, text_of
from tests.http import ROOT, ApiClient

pytestmark = pytest.mark.django_db
PUNISHED: dict[str, Any] = {
    "legal_basis": "JDM_2024",
    "category": "CRIMINAL_PUNISHED",
    "extent": {"accounts": 3},
    "sentence": {"kind": "custodial", "effective_on": "2025-03-01"},
}
END, END_EN = "直至刑罚执行完毕满三年", "until three years after the sentence has been served"


def said(role: str, path: str, body: dict[str, Any], language: str) -> HttpResponse:
    """Post to the API and read the answer in a language."""
    headers = {"Accept-Language": language, "Idempotency-Key": uuid4().hex}
    client = ApiClient(role)._client()
    return client.post(f"{ROOT}/{path}", body, content_type="application/json", headers=headers)


@pytest.fixture
def account(zhang, noon):
    return factories.account(zhang, "I", balance_fen=10_000)


@pytest.fixture
def certificate(account):
    return listings.certify(factories.ZHANG, **PUNISHED)


def test_pages_say_what_the_end_depends_on_in_both_languages(signed_in, account, zhang, certificate):
    desk = signed_in("compliance")
    for address in (
        f"customers/{zhang.id}",
        f"accounts/{account.id}",
        f"certificates/{certificate.id}",
        "certificates",
    ):
        assert END in text_of(desk.get(f"/desk/{address}")), address
    desk = english(desk)
    for address in (
        f"customers/{zhang.id}",
        f"accounts/{account.id}",
        f"certificates/{certificate.id}",
        "certificates",
    ):
        page = text_of(desk.get(f"/desk/{address}"))
        assert END_EN in page, address
        assert "None" not in page.split("<main")[1], address


def test_the_calendar_draws_an_open_bar_and_names_the_end(signed_in, account, certificate):
    desk = signed_in("compliance")
    drawing = desk.post("/desk/screening", factories.ZHANG.document | {"reason": "business"}).context["drawing"]
    assert dict(drawing.ends)["限制非柜面出金"] == END
    bars = [bar for line in drawing.lines for bar in line.bars]
    assert {line.end for line in drawing.lines if not line.heading} == {END}
    # To the right edge of the axis, a year from now at least.
    assert {bar.x + bar.width for bar in bars if "is-counted" not in bar.tone} == {drawing.right}
    assert {row.last_day for row in drawing.rows} == {END}
    assert {row.state for row in drawing.rows} == {"限制中"}


def test_refusals_say_what_the_end_depends_on(account, zhang, certificate):
    factories.card(account, number="6222020000000000000")
    cash = {"account": {"card_number": "6222020000000000000"}, "amount": "1.00"}
    asked = {"customer_id": str(zhang.id), "kind": "payment", "account_class": "III"}
    for language, words in (("zh", END), ("en", END_EN)):
        for role, path, body, code in (
            ("atm", "cash/withdrawals", cash, "NON_COUNTER_SUSPENDED"),
            ("teller", "accounts", asked, "OPENING_BARRED"),
        ):
            refused = said(role, path, body, language).json()
            assert (refused["code"], refused["clause"], refused["fields"]["until"]) == (code, None, None)
            assert refused["fields"]["counted_from"] == "sentence"
            assert words in refused["detail"]
            assert ("为本行规则" if language == "zh" else "is a house rule") in refused["detail"]
            # The measures name the punished, and stop outflow and payment accounts alone.
            for untrue in (
                "文件未列此类",
                "不新发借记卡",
                "非柜面业务已停止",
                "does not name this case",
                "no new debit",
            ):
                assert untrue not in refused["detail"]
    assert ApiClient("teller").post("/accounts", asked | {"kind": "bank", "account_class": "II"}).status_code == 201


def test_the_letter_says_how_the_penalty_gets_a_last_day(signed_in, zhang, certificate):
    teller = signed_in("teller")
    body = {"kind": "penalty", "about": str(certificate.id), "once": "k" * 32}
    assert teller.post(f"/desk/customers/{zhang.id}/letters/issue", body).status_code == 302
    content = content_read(Letter.objects.get())
    assert all(END in line.zh and END_EN in line.en for line in content.lines("measures"))
    zh, en = (" ".join(getattr(line, of) for line in content.lines("end")) for of in ("zh", "en"))
    assert "刑罚执行完毕后，请凭释放证明书等文书向本行登记" in zh
    assert "Once the sentence has been served" in en
