"""An additional legal basis needs one file: certificates of it are registered, shown, enforced and expire."""

import re
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

from blacklist.regimes import instruments, regimes
from config.kernel.law.ends import end_text
from tests import factories, listings
from tests.blacklist.cast import body
from tests.clock import NOON
from tests.desk.pages import text_of
from tests.http import outcome

TO_COME = Path(__file__).resolve().parents[1] / "future_regimes"
END = NOON.replace(year=2027, day=5, hour=0)
TICK = timedelta(microseconds=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def law(monkeypatch):
    """One more file among the instruments."""
    monkeypatch.setattr(instruments, "__path__", [*instruments.__path__, str(TO_COME)])
    regimes.cache_clear()
    yield "LAW_2030"
    regimes.cache_clear()
    sys.modules.pop(f"{instruments.__name__}.law_2030", None)


def certify(**more):
    return listings.certify(factories.ZHANG, certified_on=date(2026, 1, 4), **more)


def test_certificate_of_the_additional_regime_is_registered_enforced_and_ends(law, account, client_for, noon):
    certificate = certify(legal_basis=law)
    shown = client_for("auditor").get(f"/blacklist/certificates/{certificate.id}").json()
    assert (shown["legal_basis"], shown["status"], shown["remarks"]) == (law, "in_force", [])
    card = factories.card(account).number
    atm = client_for("atm")

    def withdraw():
        return atm.post("/cash/withdrawals", {"account": {"card_number": card}, "amount": "10.00"})

    refused = withdraw().json()
    assert (refused["code"], refused["clause"]) == ("NON_COUNTER_SUSPENDED", "《某反诈骗法》(2030) 第一条")
    assert refused["fields"]["until"] == "2027-01-05T00:00:00.000000+08:00"
    noon.set(END - TICK)
    assert outcome(withdraw()) == "NON_COUNTER_SUSPENDED"
    noon.set(END)
    assert outcome(withdraw()) == "INSUFFICIENT_FUNDS"


def test_codes_forms_and_the_document_follow_it(law, signed_in, noon):
    desk = signed_in("compliance")
    form = text_of(desk.get("/desk/certificates/new"))
    assert re.search(r'<option value="LAW_2030">\d 某反诈骗法（2030年）</option>', form)
    typed = {"legal_basis": law, "category": "SELL", "certified_on": "2026-01-04", "level": "province"}
    page = text_of(desk.get("/desk/certificates/new/check", typed | {"region_code": "350000"}))
    assert "暂停非柜面业务1年" in page
    assert end_text(END).zh in page
    schemas = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    for name in ("CertificateBody", "CertificateAnswer"):
        assert schemas[name]["properties"]["legal_basis"]["enum"] == ["NOTICE_2016", "PBOC_85", "JDM_2024", law]


def test_replaced_regime_has_a_remark_from_the_new_ones_first_day_on(law, client_for, noon):
    certificate = certify(legal_basis="JDM_2024", extent={"accounts": 3})
    shown = client_for("auditor").get(f"/blacklist/certificates/{certificate.id}").json()
    assert shown["remarks"] == ["BASIS_REPLACED"]


def test_register_shows_certificates_of_an_unknown_basis(law, account, signed_in, monkeypatch):
    """A process that does not know the basis shows the certificate and the others of the same person."""
    known, further = certify(legal_basis="JDM_2024", extent={"accounts": 3}), certify(legal_basis=law)
    monkeypatch.setattr(instruments, "__path__", [each for each in instruments.__path__ if each != str(TO_COME)])
    regimes.cache_clear()
    desk = signed_in("compliance")
    for path in ("", f"/{known.id}", f"/{further.id}"):
        page = text_of(desk.get(f"/desk/certificates{path}"))
        assert further.doc_no in page or path.endswith(str(known.id))
        assert "至2028年1月4日（含）止" in page or path.endswith(str(further.id))
        assert "不支持以 LAW_2030 为依据的认定书" in page or path.endswith(str(known.id))


def test_regime_without_its_file_is_unknown(client_for, noon):
    refused = client_for("compliance").post("/blacklist/certificates", body(legal_basis="LAW_2030"))
    assert (refused.status_code, refused.json()["code"]) == (422, "LEGAL_BASIS_NOT_OFFERED")
