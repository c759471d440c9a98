"""Each wrong field of a certificate is named in the answer, and nothing is stored."""

from typing import Any

import pytest

from config.kernel.models import Decision
from tests.blacklist.calls import CERTIFICATES, PERSON
from tests.blacklist.cast import ZHANG, body

pytestmark = pytest.mark.usefixtures("noon")
AUTHORITY = {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"}


def with_document(**changes: Any) -> list[dict[str, Any]]:
    return [PERSON | {"document": PERSON["document"] | changes}]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"extra": 1}, "extra"),
        ({"doc_no": None}, "doc_no"),
        ({"doc_no": ""}, "doc_no"),
        ({"doc_no": "  "}, "doc_no"),
        ({"doc_no": "a\u200bb"}, "doc_no"),
        ({"doc_no": 17}, "doc_no"),
        ({"doc_no": "字" * 101}, "doc_no"),
        ({"authority": None}, "authority"),
        ({"authority": "广州市公安局"}, "authority"),
        ({"authority": AUTHORITY | {"region_code": "44010"}}, "authority.region_code"),
        ({"authority": AUTHORITY | {"region_code": "４４０１００"}}, "authority.region_code"),
        ({"authority": AUTHORITY | {"region_code": "990100"}}, "authority.region_code"),
        ({"authority": AUTHORITY | {"region_code": 440100}}, "authority.region_code"),
        ({"authority": AUTHORITY | {"level": "city"}}, "authority.level"),
        ({"authority": AUTHORITY | {"name": ""}}, "authority.name"),
        ({"authority": AUTHORITY | {"phone": "110"}}, "authority.phone"),
        ({"certified_on": None}, "certified_on"),
        ({"certified_on": "2026-01-06"}, "certified_on"),
        ({"certified_on": "2025-02-29"}, "certified_on"),
        ({"certified_on": "20260101"}, "certified_on"),
        ({"certified_on": "2026-01-01T00:00:00+08:00"}, "certified_on"),
        ({"received_on": "2025-12-31"}, "received_on"),
        ({"received_on": "2026-01-06"}, "received_on"),
        ({"category": "STEAL"}, "category"),
        ({"category": "sell"}, "category"),
        ({"legal_basis": 5}, "legal_basis"),
        ({"legal_basis": True}, "legal_basis"),
        ({"legal_basis": ["NOTICE_2016"]}, "legal_basis"),
        ({"legal_basis": {"code": "NOTICE_2016"}}, "legal_basis"),
        ({"extent": {"accounts": -1}}, "extent.accounts"),
        ({"extent": {"times": 1.5}}, "extent.times"),
        ({"extent": {"times": True}}, "extent.times"),
        ({"extent": {"counterparties": "3"}}, "extent.counterparties"),
        ({"extent": {"victims": 3}}, "extent.victims"),
        ({"term": {"from": "2026-01-01", "to": "2127-01-01"}}, "term.to"),
        ({"subjects": None}, "subjects"),
        ({"subjects": []}, "subjects"),
        ({"subjects": {}}, "subjects"),
        ({"subjects": [PERSON | {"kind": "ghost"}]}, "subjects.0.kind"),
        ({"subjects": [PERSON | {"kind": "organization"}]}, "subjects.0.kind"),
        ({"subjects": [PERSON | {"name": "张\u202e三"}]}, "subjects.0.name"),
        ({"subjects": [PERSON | {"name": "三" * 61}]}, "subjects.0.name"),
        ({"subjects": [PERSON | {"nick": "三"}]}, "subjects.0.nick"),
        ({"subjects": with_document(number="110105194912310021")}, "subjects.0.document.number"),
        ({"subjects": with_document(number="110105491231002")}, "subjects.0.document.number"),
        ({"subjects": with_document(number=f" {ZHANG}")}, "subjects.0.document.number"),
        ({"subjects": with_document(type="library_card")}, "subjects.0.document.type"),
        ({"subjects": with_document(type="passport")}, "subjects.0.document.country"),
        ({"subjects": with_document(country="CHN")}, "subjects.0.document.country"),
        ({"subjects": [PERSON, PERSON]}, "subjects.1.document.number"),
        ({"case_accounts": [{"account_number": "6217"}]}, "case_accounts"),
        ({"category": "CASE_ACCOUNT"}, "case_accounts"),
        ({"category": "CASE_ACCOUNT", "case_accounts": []}, "case_accounts"),
        (
            {"category": "CASE_ACCOUNT", "case_accounts": [{"account_number": "6217-1"}]},
            "case_accounts.0.account_number",
        ),
        (
            {"category": "CASE_ACCOUNT", "case_accounts": [{"account_number": "6" * 35}]},
            "case_accounts.0.account_number",
        ),
        (
            {"category": "CASE_ACCOUNT", "case_accounts": [{"account_number": "6217", "bank_code": "I"}]},
            "case_accounts.0.bank_code",
        ),
        ({"term": {"from": "2026-01-02", "to": "2026-01-01"}}, "term.to"),
        ({"term": {"from": "2026-01-02"}}, "term.to"),
    ],
)
def test_wrong_field_is_named(officer, changes: dict[str, Any], field: str) -> None:
    answer = officer.post(CERTIFICATES, body(**changes))
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
    assert set(answer.json()["fields"]) == {field}
    assert ZHANG not in answer.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "basis",
    [
        "rumour", "", " ", "notice_2016", "Notice_2016", "NOTICE-2016", "NOTICE 2016", " NOTICE_2016", "NOTICE_2016\n", "A" * 13,
        "A" * 5000, "NOTICE_2016\u200b", "ＮＯＴＩＣＥ_2016", "通告", "\u202eNOTICE_2016", ZHANG,
    ],
)  # fmt: skip
def test_a_basis_that_is_none_of_the_three_is_not_offered_however_it_is_written(officer, basis: str) -> None:
    answer = officer.post(CERTIFICATES, body(legal_basis=basis))
    assert (answer.status_code, answer.json()["code"]) == (422, "LEGAL_BASIS_NOT_OFFERED")
    assert answer.json()["fields"] == {"legal_basis": None, "offered": ["NOTICE_2016", "PBOC_85", "JDM_2024"]}
    # What is no code is repeated nowhere: it may be anything.
    kept = Decision.objects.get(kind="certificate")
    assert (kept.outcome, kept.code, kept.facts["legal_basis"]) == ("refused", "LEGAL_BASIS_NOT_OFFERED", None)
    assert ZHANG not in answer.content.decode()


def test_a_document_that_has_expired_since_is_still_its_holder_s(officer) -> None:
    assert officer.post(CERTIFICATES, body(subjects=with_document(valid_until="2020-01-01"))).status_code == 201
