"""The blacklist as its callers see it."""

from typing import Any

import pytest

from blacklist.models import Certificate
from blacklist.operations import customers
from blacklist.operations.customers import Linked
from blacklist.policy.reverified import Reverified
from config.kernel.models import Decision
from tests.blacklist.cast import LI, OWN_ACCOUNT, UNIT, ZHANG, body, key_of
from tests.clock import Clock

CERTIFICATES = "/blacklist/certificates"
SCREENINGS = "/blacklist/screenings"
PERSON = {"kind": "individual", "name": "张三", "document": {"type": "resident_id", "number": ZHANG}}


@pytest.fixture(autouse=True)
def stands_at_noon(noon: Clock) -> Clock:
    return noon


@pytest.fixture
def officer(client_for) -> Any:
    return client_for("compliance")


@pytest.fixture
def second(client_for) -> Any:
    return client_for("compliance", "second")


@pytest.fixture
def in_force(officer, second) -> Any:
    def post(**changes: Any) -> dict[str, Any]:
        certificate = officer.post(CERTIFICATES, body(**changes)).json()
        assert second.approve(certificate["approval_id"]).status_code == 200
        return certificate

    return post


def screen(client: Any, number: str = ZHANG, type_: str = "resident_id") -> list[dict[str, Any]]:
    answer = client.post(SCREENINGS, {"document": {"type": type_, "number": number}}, key=None)
    assert answer.status_code == 200
    return answer.json()["restrictions"]


def test_registers_masks_and_waits(officer, teller) -> None:
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


def test_two_persons_put_it_in_force_and_two_revoke_it(officer, second, teller) -> None:
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


def test_a_repeat_is_answered_byte_for_byte(officer) -> None:
    first = officer.post(CERTIFICATES, body(), key="once")
    again = officer.post(CERTIFICATES, body(), key="once")
    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotent-Replayed"] == "true"


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


def test_a_legal_basis_not_offered(officer) -> None:
    answer = officer.post(CERTIFICATES, body(legal_basis="RUMOUR"))
    assert (answer.status_code, answer.json()["code"]) == (422, "LEGAL_BASIS_NOT_OFFERED")
    assert answer.json()["fields"]["offered"] == ["NOTICE_2016", "PBOC_85", "JDM_2024"]


def test_says_how_much_was_done_and_what_does_not_fit(officer, teller) -> None:
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
def test_below_the_threshold_it_is_looked_at_by_hand(officer, second, teller, extent) -> None:
    certificate = officer.post(CERTIFICATES, body(legal_basis="JDM_2024", extent=extent)).json()
    assert (certificate["status"], certificate["review_reasons"]) == ("manual_review", ["BELOW_THRESHOLD"])
    assert certificate["remarks"] == ["BELOW_THRESHOLD"]
    assert certificate["extent"] == (extent or None)
    assert second.approve(certificate["approval_id"]).status_code == 200
    assert len(screen(teller)) == 3


def test_what_does_not_fit_waits_by_hand_where_the_bank_says_so(officer, settings) -> None:
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


def test_of_two_extents_none_is_the_other(officer) -> None:
    for doc_no, (one, two) in enumerate([({"accounts": 3}, {"times": 3}), ({"accounts": 3}, {"accounts": 4})]):
        first = body(doc_no=f"{doc_no}", extent=one)
        assert officer.post(CERTIFICATES, first).status_code == 201
        assert officer.post(CERTIFICATES, first).status_code == 200
        other = officer.post(CERTIFICATES, body(doc_no=f"{doc_no}", extent=two)).json()
        assert (other["code"], other["fields"]["differs"]) == ("CERTIFICATE_EXISTS", "extent")


def test_by_the_measures_of_2024_the_way_out_is_stopped_as_the_paper_says(in_force, teller, noon) -> None:
    in_force(legal_basis="JDM_2024", extent={"accounts": 3}, term={"from": "2026-01-01", "to": "2026-12-31"})
    end = "2027-01-01T00:00:00.000000+08:00"
    assert [(each["code"], each.get("direction"), each["until"]) for each in screen(teller)] == [
        ("NON_COUNTER_SUSPENDED", "out", end),
        ("PAYMENT_BUSINESS_SUSPENDED", None, end),
        ("OPENING_BARRED", None, end),
    ]
    in_force(legal_basis="JDM_2024", extent={"accounts": 3}, doc_no="2")
    # Certified again while the written term runs: two years more, from its last day.
    assert {each["until"] for each in screen(teller)} == {end, "2029-01-01T00:00:00.000000+08:00"}


@pytest.mark.parametrize(
    ("level", "region"), [("district_branch", "110105"), ("province", "440100"), ("prefecture", "440105")]
)
def test_a_doubtful_authority_goes_to_manual_review(officer, level: str, region: str) -> None:
    answer = officer.post(CERTIFICATES, body(authority={"name": "某局", "region_code": region, "level": level}))
    assert (answer.status_code, answer.json()["status"]) == (201, "manual_review")
    assert answer.json()["approval_id"]
    assert len(answer.json()["review_reasons"]) == 1


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
        ({"legal_basis": "rumour"}, "legal_basis"),
        ({"legal_basis": ""}, "legal_basis"),
        ({"legal_basis": 5}, "legal_basis"),
        ({"legal_basis": "A" * 13}, "legal_basis"),
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
def test_names_the_field_that_is_wrong(officer, changes: dict[str, Any], field: str) -> None:
    answer = officer.post(CERTIFICATES, body(**changes))
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
    assert set(answer.json()["fields"]) == {field}
    assert ZHANG not in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_document_that_has_expired_since_is_still_its_holder_s(officer) -> None:
    assert officer.post(CERTIFICATES, body(subjects=with_document(valid_until="2020-01-01"))).status_code == 201


def test_a_unit_and_a_foreigner_are_listed_under_their_own_documents(in_force, teller) -> None:
    unit = {"kind": "organization", "name": "示范有限公司", "document": {"type": "uscc", "number": UNIT}}
    passport = {"type": "passport", "number": "X1234567", "country": "FRA"}
    foreigner = {"kind": "individual", "name": "Jean Dupont", "document": passport}
    certificate = in_force(subjects=[unit, foreigner])
    assert certificate["subjects"][1]["document"]["country"] == "FRA"
    assert len(screen(teller, UNIT, "uscc")) == 3
    found = teller.post(SCREENINGS, {"document": passport}, key=None).json()["restrictions"]
    assert len(found) == 3
    other = teller.post(SCREENINGS, {"document": passport | {"country": "DEU"}}, key=None)
    assert other.json() == {"restrictions": []}


def test_why_one_is_to_be_revoked_stands_in_no_list(in_force, officer) -> None:
    url = f"{CERTIFICATES}/{in_force()['id']}"
    asked = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "张三并非本人"}
    assert officer.post(f"{url}/revocations", asked).json()["reason"] == asked["reason"]
    assert officer.get(url).json()["revocations"][0]["reason"] == asked["reason"]
    assert officer.get(CERTIFICATES).json()["results"][0]["revocations"][0]["reason"] is None


def test_numbers_in_a_reason_are_for_the_role_that_decides_it(in_force, officer, client_for) -> None:
    url = f"{CERTIFICATES}/{in_force()['id']}"
    asked = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "误认，联系电话13912345678"}
    assert officer.post(f"{url}/revocations", asked).json()["reason"] == asked["reason"]
    assert officer.get(url).json()["revocations"][0]["reason"] == asked["reason"]
    told = client_for("auditor").get(url).json()["revocations"][0]["reason"]
    assert ("13912345678" in told, "误认，联系电话" in told) == (False, True)


class TestCaseAccounts:
    ACCOUNT = {"account_number": OWN_ACCOUNT}

    def test_shows_the_accounts_whole_and_this_bank_s_without_a_code(self, in_force) -> None:
        accounts = [
            self.ACCOUNT,
            {"account_number": "6218", "bank_code": "DEMOBANK"},
            {"account_number": "7", "bank_code": "ICBC"},
        ]
        certificate = in_force(category="CASE_ACCOUNT", subjects=[], case_accounts=accounts)
        assert certificate["case_accounts"] == [
            {"account_number": OWN_ACCOUNT, "bank_code": None},
            {"account_number": "6218", "bank_code": None},
            {"account_number": "7", "bank_code": "ICBC"},
        ]

    def test_a_list_masks_the_accounts_that_the_certificate_names(self, in_force, officer) -> None:
        accounts = [self.ACCOUNT, {"account_number": "7", "bank_code": "ICBC"}]
        certificate = in_force(category="CASE_ACCOUNT", subjects=[], case_accounts=accounts)
        one = officer.get(f"{CERTIFICATES}/{certificate['id']}").json()
        assert [each["account_number"] for each in one["case_accounts"]] == [OWN_ACCOUNT, "7"]
        (listed,) = officer.get(CERTIFICATES).json()["results"]
        assert listed["case_accounts"] == [
            {"account_number": "6000********0001", "bank_code": None},
            {"account_number": "*", "bank_code": "ICBC"},
        ]

    def test_subjects_may_be_left_out(self, officer) -> None:
        assert (
            officer.post(
                CERTIFICATES, body(category="CASE_ACCOUNT", subjects=None, case_accounts=[self.ACCOUNT])
            ).status_code
            == 201
        )

    def test_suspends_no_subject_who_holds_none_of_the_accounts(self, in_force, teller) -> None:
        in_force(category="CASE_ACCOUNT", case_accounts=[self.ACCOUNT])
        assert screen(teller) == []

    def test_suspends_the_named_subjects_at_once_with_no_end_where_an_account_elsewhere_is_named(
        self, in_force, teller
    ) -> None:
        in_force(category="CASE_ACCOUNT", case_accounts=[self.ACCOUNT, {"account_number": "7", "bank_code": "ICBC"}])
        assert [(each["kind"], each["code"], each["starts_at"], each["until"]) for each in screen(teller)] == [
            ("case_holder", "NON_COUNTER_SUSPENDED", "2026-01-05T12:00:00.000000+08:00", None),
            ("case_holder", "PAYMENT_BUSINESS_SUSPENDED", "2026-01-05T12:00:00.000000+08:00", None),
        ]

    def test_a_screening_tells_what_begins_when_days_of_grace_are_over(self, in_force, teller, noon, settings) -> None:
        settings.CASE_HOLDER_GRACE_DAYS = 3
        in_force(category="CASE_ACCOUNT", case_accounts=[self.ACCOUNT, {"account_number": "7", "bank_code": "ICBC"}])
        body_ = {"document": {"type": "resident_id", "number": ZHANG}}
        told = teller.post(SCREENINGS, body_, key=None).json()
        assert told["restrictions"] == []
        assert {(each["kind"], each["starts_at"]) for each in told["grace"]} == {
            ("case_holder", "2026-01-09T00:00:00.000000+08:00")
        }
        noon.advance(days=4)
        told = teller.post(SCREENINGS, body_, key=None).json()
        assert (len(told["restrictions"]), "grace" in told) == (2, False)

    def test_a_screening_counts_what_is_known_of_a_customer(self, in_force, teller, noon: Clock) -> None:
        in_force(category="CASE_ACCOUNT", subjects=[], case_accounts=[self.ACCOUNT])
        assert screen(teller) == []
        customers.register_link_lookup(lambda keys: {key: Linked((key, key_of(LI)), (OWN_ACCOUNT,)) for key in keys})
        assert len(screen(teller)) == 2
        verified = noon.advance(days=1)
        again = Linked((key_of(ZHANG), key_of(LI)), (OWN_ACCOUNT,), (), Reverified(verified))
        customers.register_link_lookup(lambda keys: dict.fromkeys(keys, again))
        assert screen(teller) == []
        in_force(doc_no="2", subjects=[PERSON | {"name": "李四", "document": {"type": "resident_id", "number": LI}}])
        assert len(screen(teller)) == 3


def test_the_last_restricted_day_is_whole(in_force, teller, noon: Clock) -> None:
    in_force(certified_on="2024-02-29")
    noon.set(noon.at.replace(year=2029, month=2, day=28, hour=23, minute=59, second=59, microsecond=999999))
    assert [each["code"] for each in screen(teller)] == ["NON_COUNTER_SUSPENDED", "PAYMENT_BUSINESS_SUSPENDED"]
    noon.advance(microseconds=1)
    assert screen(teller) == []


class TestScreenings:
    def test_an_unknown_person_has_no_restrictions(self, supervisor) -> None:
        assert screen(supervisor, LI) == []

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({}, "document"),
            ({"document": {"type": "resident_id"}}, "document.number"),
            ({"document": {"type": "resident_id", "number": "110105194912310021"}}, "document.number"),
            ({"document": {"type": "passport", "number": "X1"}}, "document.country"),
            ({"document": {"type": "resident_id", "number": ZHANG}, "name": "张三"}, "name"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, teller, sent: dict[str, Any], field: str) -> None:
        answer = teller.post(SCREENINGS, sent, key=None)
        assert answer.status_code == 400
        assert set(answer.json()["fields"]) == {field}


class TestRevocations:
    WHOLE = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "误认"}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"doc_no": ""}, "doc_no"),
            ({"revoked_on": "2026-01-06"}, "revoked_on"),
            ({"revoked_on": "2025-12-31"}, "revoked_on"),
            ({"reason": ""}, "reason"),
            ({"note": "x"}, "note"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, officer, in_force, changes: dict[str, Any], field: str) -> None:
        path = f"{CERTIFICATES}/{in_force()['id']}/revocations"
        answer = officer.post(path, self.WHOLE | changes)
        assert answer.status_code == 400
        assert set(answer.json()["fields"]) == {field}

    @pytest.mark.parametrize("unknown", ["01a2104f-67de-7203-ad34-d6dea41f2f02", "17", "é"])
    def test_an_unknown_certificate_is_404(self, officer, unknown: str) -> None:
        assert officer.post(f"{CERTIFICATES}/{unknown}/revocations", self.WHOLE).status_code == 404
        assert officer.get(f"{CERTIFICATES}/{unknown}").status_code == 404

    def test_a_certificate_that_still_waits_is_409(self, officer) -> None:
        certificate = officer.post(CERTIFICATES, body()).json()
        answer = officer.post(f"{CERTIFICATES}/{certificate['id']}/revocations", self.WHOLE)
        assert (answer.status_code, answer.json()["code"]) == (409, "CERTIFICATE_STATE")
        assert answer.json()["fields"]["status"] == "pending"


def test_lists_newest_first_page_by_page(officer, client_for) -> None:
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
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert officer.get(CERTIFICATES).status_code == 200
        return len(found)

    # Each view has its line: the first would have it alone.
    settings.TRAIL_VIEW_MINUTES = 0
    in_force()
    one = queries()
    for number in range(4):
        in_force(doc_no=str(number))
    assert queries() == one


ROLES = {"atm", "gateway", "teller", "supervisor", "compliance", "auditor"}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_may_what_the_contract_gives_it(client_for, in_force, role: str) -> None:
    certificate = in_force()
    client = client_for(role)
    path = f"{CERTIFICATES}/{certificate['id']}"
    reads = role in {"compliance", "auditor"}
    assert (client.get(CERTIFICATES).status_code == 200) is reads
    assert (client.get(path).status_code == 200) is reads
    assert (client.post(CERTIFICATES, body()).status_code == 200) is (role == "compliance")
    revoked = client.post(f"{path}/revocations", TestRevocations.WHOLE)
    assert (revoked.status_code == 201) is (role == "compliance")
    screened = client.post(SCREENINGS, {"document": PERSON["document"]}, key=None)
    assert screened.status_code == (200 if role in {"teller", "supervisor", "compliance"} else 403)


def test_a_change_needs_its_key(officer) -> None:
    answer = officer.post(CERTIFICATES, body(), key=None)
    assert (answer.status_code, answer.json()["code"]) == (400, "IDEMPOTENCY_KEY_MISSING")
