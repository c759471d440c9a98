"""Certificates over the API: registered, masked, approved by a second person, listed, by permission."""

import pytest

from blacklist.models import Certificate
from config.kernel.models import Decision
from tests.blacklist.calls import CERTIFICATES, screen
from tests.blacklist.cast import body
from tests.database import queries_of

pytestmark = pytest.mark.usefixtures("noon")


def test_certificate_is_registered_masked_and_pending(officer, teller) -> None:
    answer = officer.post(CERTIFICATES, body(received_on="2026-01-03", term={"from": "2026-01-01", "to": "2028-01-01"}))
    assert answer.status_code == 201
    certificate = answer.json()
    assert certificate == {
        "id": certificate["id"],
        "status": "pending",
        "doc_no": "公(反诈)认字〔2026〕001号",
        "authority": {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"},
        "certified_on": "2026-01-01",
        "received_on": "2026-01-03",
        "category": "SELL",
        "legal_basis": "NOTICE_2016",
        "subjects": [
            {
                "kind": "individual",
                "name": "张*",
                "document": {"type": "resident_id", "number": "110105********002X"},
            }
        ],
        "case_accounts": [],
        "term": {"from": "2026-01-01", "to": "2028-01-01"},
        "sentence": None,
        "extent": None,
        "remarks": ["BASIS_REPLACED", "TERM_SHORTER"],
        "corrects": None,
        "corrected_by": None,
        "review_reasons": [],
        "made_by": "compliance",
        "made_at": "2026-01-05T12:00:00.000000+08:00",
        "in_force_at": None,
        "revoked_at": None,
        "approval_id": certificate["approval_id"],
        "revocations": [],
    }
    assert screen(teller) == []


def test_two_persons_approve_and_two_revoke_a_certificate(officer, second, teller) -> None:
    certificate = officer.post(CERTIFICATES, body()).json()
    assert officer.approve(certificate["approval_id"]).json()["code"] == "SAME_PERSON"
    approved = second.approve(certificate["approval_id"]).json()
    assert (approved["kind"], approved["status"]) == ("certificate", "approved")
    assert approved["object"] == {"type": "certificate", "id": certificate["id"]}
    assert [(each["code"], each["until"]) for each in screen(teller)] == [
        ("NON_COUNTER_SUSPENDED", "2031-01-02T00:00:00.000000+08:00"),
        ("PAYMENT_BUSINESS_SUSPENDED", "2031-01-02T00:00:00.000000+08:00"),
        ("OPENING_BARRED", "2029-01-02T00:00:00.000000+08:00"),
    ]
    path = f"{CERTIFICATES}/{certificate['id']}"
    answer = officer.post(f"{path}/revocations", {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "误认张三"})
    assert answer.status_code == 201
    revocation = answer.json()
    assert (revocation["certificate_id"], revocation["status"]) == (certificate["id"], "pending")
    assert officer.get(path).json()["status"] == "in_force"
    assert len(screen(teller)) == 3
    assert second.approve(revocation["approval_id"]).json()["kind"] == "revocation"
    shown = officer.get(path).json()
    assert (shown["status"], shown["revoked_at"]) == ("revoked", "2026-01-05T12:00:00.000000+08:00")
    assert shown["revocations"][0]["status"] == "in_force"
    assert screen(teller) == []
    again = officer.post(f"{path}/revocations", {"doc_no": "撤2", "revoked_on": "2026-01-05", "reason": "再撤"})
    assert (again.status_code, again.json()["code"]) == (409, "CERTIFICATE_STATE")


def test_the_same_paper_is_200_and_another_content_409(officer, second) -> None:
    first = officer.post(CERTIFICATES, body()).json()
    again = officer.post(CERTIFICATES, body())
    assert (again.status_code, again.json()) == (200, first)
    other = officer.post(CERTIFICATES, body(category="BUY"))
    assert (other.status_code, other.json()["code"]) == (409, "CERTIFICATE_EXISTS")
    assert other.json()["fields"] == {"certificate_id": first["id"], "differs": "category"}
    second.reject(first["approval_id"])
    assert officer.post(CERTIFICATES, body(category="BUY")).status_code == 201


def test_a_county_is_refused_in_words_and_the_refusal_is_kept(officer) -> None:
    county = body(authority={"name": "某县公安局", "region_code": "440183", "level": "county"})
    answer = officer.post(CERTIFICATES, county, key="county")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "AUTHORITY_TOO_LOW")
    assert problem["clause"] == "《关于防范和打击电信网络诈骗犯罪的通告》(2016) 第五条"
    assert problem["fields"] == {"level": "county", "region_code": "440183"}
    assert "440183" in problem["detail"]
    assert officer.post(CERTIFICATES, county, key="county").content == answer.content
    assert Decision.objects.filter(code="AUTHORITY_TOO_LOW").count() == 1
    assert not Certificate.objects.exists()


@pytest.mark.parametrize(
    ("basis", "case", "clause"),
    [
        ("NOTICE_2016", False, "《关于防范和打击电信网络诈骗犯罪的通告》(2016) 第五条"),
        ("NOTICE_2016", True, "《关于防范和打击电信网络诈骗犯罪的通告》(2016) 第五条"),
        ("PBOC_85", False, "银发〔2019〕85号 买卖账户惩戒"),
        ("PBOC_85", True, "银发〔2016〕261号 一(二)"),
        ("JDM_2024", False, "《电信网络诈骗及其关联违法犯罪联合惩戒办法》(2024) 第三条(二)"),
        ("JDM_2024", True, "银发〔2016〕261号 一(二)"),
    ],
)
def test_a_county_is_refused_by_the_basis_of_its_paper(officer, basis, case, clause) -> None:
    county = {"name": "某县公安局", "region_code": "440183", "level": "county"}
    accounts = {"category": "CASE_ACCOUNT", "case_accounts": [{"account_number": "6217A"}]} if case else {}
    answer = officer.post(CERTIFICATES, body(authority=county, legal_basis=basis, **accounts))
    assert (answer.json()["code"], answer.json()["clause"]) == ("AUTHORITY_TOO_LOW", clause)


def test_a_legal_basis_not_offered(officer) -> None:
    answer = officer.post(CERTIFICATES, body(legal_basis="RUMOUR"))
    assert (answer.status_code, answer.json()["code"]) == (422, "LEGAL_BASIS_NOT_OFFERED")
    assert answer.json()["fields"]["offered"] == ["NOTICE_2016", "PBOC_85", "JDM_2024"]


def test_certificate_shows_its_extent_and_its_remarks(officer, teller) -> None:
    term = {"from": "2026-02-01", "to": "2026-12-31"}
    answer = officer.post(CERTIFICATES, body(legal_basis="JDM_2024", extent={"times": 3}, term=term))
    assert answer.status_code == 201
    certificate = answer.json()
    assert certificate["extent"] == {"accounts": None, "times": 3, "counterparties": None}
    assert (certificate["status"], certificate["remarks"]) == ("pending", [])
    proposed = officer.get(f"/approvals/{certificate['approval_id']}").json()["after"]
    assert (proposed["legal_basis"], proposed["extent"], proposed["remarks"]) == (
        "JDM_2024", certificate["extent"], [],
    )  # fmt: skip


@pytest.mark.parametrize("extent", [None, {"accounts": 2, "times": 2, "counterparties": 2}, {}])
def test_certificate_below_the_threshold_needs_manual_review(officer, second, teller, extent) -> None:
    certificate = officer.post(CERTIFICATES, body(legal_basis="JDM_2024", extent=extent)).json()
    assert (certificate["status"], certificate["review_reasons"]) == ("manual_review", ["BELOW_THRESHOLD"])
    assert certificate["remarks"] == ["BELOW_THRESHOLD"]
    assert certificate["extent"] == (extent or None)
    assert second.approve(certificate["approval_id"]).status_code == 200
    assert len(screen(teller)) == 3


def test_a_term_beyond_five_years_is_looked_at_by_hand_and_ends_with_them(officer, second, teller) -> None:
    long = body(legal_basis="JDM_2024", extent={"accounts": 3}, term={"from": "2026-01-01", "to": "2036-01-01"})
    certificate = officer.post(CERTIFICATES, long).json()
    assert (certificate["status"], certificate["remarks"]) == ("manual_review", ["TERM_BEYOND_FIVE_YEARS"])
    assert certificate["review_reasons"] == ["TERM_BEYOND_FIVE_YEARS"]
    assert certificate["term"] == {"from": "2026-01-01", "to": "2036-01-01"}
    assert second.approve(certificate["approval_id"]).status_code == 200
    assert {each["last_day"] for each in screen(teller)} == {"2031-01-01"}
    path = f"{CERTIFICATES}/{certificate['id']}/corrections"
    slip = long | {"term": {"from": "2026-01-01", "to": "2035-01-01"}, "correction_reason": "误"}
    corrected = officer.post(path, slip).json()
    assert (corrected["status"], corrected["review_reasons"]) == ("manual_review", ["TERM_BEYOND_FIVE_YEARS"])


def test_certificate_with_remarks_waits_for_manual_review_by_setting(officer, settings) -> None:
    for to_review, status, reasons in [(False, "pending", []), (True, "manual_review", ["BASIS_REPLACED"])]:
        settings.REMARKS_TO_REVIEW = to_review
        certificate = officer.post(CERTIFICATES, body(doc_no=status)).json()
        assert (certificate["status"], certificate["review_reasons"]) == (status, reasons)
        assert certificate["remarks"] == ["BASIS_REPLACED"]


def test_a_paper_entered_before_extents_were_kept_is_still_the_same(officer) -> None:
    first = officer.post(CERTIFICATES, body())
    for same in (body(), body() | {"extent": None}, body(extent={})):
        again = officer.post(CERTIFICATES, same)
        assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    other = officer.post(CERTIFICATES, body(extent={"accounts": 0})).json()
    assert (other["code"], other["fields"]["differs"]) == ("CERTIFICATE_EXISTS", "extent")


def test_two_different_extents_are_never_equal(officer) -> None:
    for doc_no, (one, two) in enumerate([({"accounts": 3}, {"times": 3}), ({"accounts": 3}, {"accounts": 4})]):
        first = body(doc_no=f"{doc_no}", extent=one)
        assert officer.post(CERTIFICATES, first).status_code == 201
        assert officer.post(CERTIFICATES, first).status_code == 200
        other = officer.post(CERTIFICATES, body(doc_no=f"{doc_no}", extent=two)).json()
        assert (other["code"], other["fields"]["differs"]) == ("CERTIFICATE_EXISTS", "extent")


@pytest.mark.parametrize(
    ("level", "region"), [("district_branch", "110105"), ("province", "440100"), ("prefecture", "440105")]
)
def test_a_doubtful_authority_goes_to_manual_review(officer, level: str, region: str) -> None:
    answer = officer.post(CERTIFICATES, body(authority={"name": "某局", "region_code": region, "level": level}))
    assert (answer.status_code, answer.json()["status"]) == (201, "manual_review")
    assert answer.json()["approval_id"]
    assert len(answer.json()["review_reasons"]) == 1


def test_certificates_are_listed_newest_first_by_page(officer, client_for) -> None:
    ids = [officer.post(CERTIFICATES, body(doc_no=str(number))).json()["id"] for number in range(5)]
    auditor = client_for("auditor")
    first = auditor.get(CERTIFICATES, limit=2).json()
    assert [each["id"] for each in first["results"]] == ids[:2:-1]
    officer.post(CERTIFICATES, body(doc_no="later"))
    second = auditor.get(CERTIFICATES, limit=3, cursor=first["next"]).json()
    assert [each["id"] for each in second["results"]] == ids[2::-1]
    assert second["next"] is None
    assert auditor.get(CERTIFICATES, limit=201).status_code == 400
    assert auditor.get(CERTIFICATES, cursor="x").status_code == 400
    assert auditor.get(CERTIFICATES, status="pending").status_code == 400


def test_a_page_takes_as_many_queries_whatever_its_length(officer, settings, in_force) -> None:
    # Each view has its line: the first would have it alone.
    settings.TRAIL_VIEW_MINUTES = 0
    in_force()
    one = queries_of(lambda: officer.get(CERTIFICATES))
    for number in range(4):
        in_force(doc_no=str(number))
    assert queries_of(lambda: officer.get(CERTIFICATES)) == one
