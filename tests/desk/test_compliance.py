"""Compliance at the desk: a certificate from the paper to the answer, and back."""

from datetime import date

import pytest

from blacklist.models import Certificate, Revocation
from blacklist.operations.register import register_certificate
from blacklist.operations.revoke import RevocationDraft, request_revocation
from blacklist.vocabulary import AuthorityLevel
from config.kernel import approvals
from config.kernel.clock import bank_now
from config.kernel.models import Approval, Decision
from tests import factories
from tests.blacklist.cast import OWN_ACCOUNT, case_draft, draft, latest_approval, person
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db

NEW = "/desk/certificates/new"


def paper(**changes: str) -> dict[str, str]:
    """What an officer types for the certificate of `draft()`."""
    typed: dict[str, str] = {
        "once": "once-1",
        "doc_no": "公(反诈)认字〔2026〕001号",
        "authority": "广州市公安局",
        "region_code": "440100",
        "level": "prefecture",
        "certified_on": "2026-01-01",
        "category": "SELL",
        "legal_basis": "NOTICE_2016",
        "subject-TOTAL_FORMS": "20",
        "subject-INITIAL_FORMS": "0",
        "account-TOTAL_FORMS": "20",
        "account-INITIAL_FORMS": "0",
        "subject-0-kind": "individual",
        "subject-0-name": "张三",
        "subject-0-type": "resident_id",
        "subject-0-number": factories.ZHANG.number,
    }
    return typed | changes


def in_force(of=None) -> Certificate:
    certificate, _ = register_certificate(
        principal=factories.caller("compliance", "maker"), draft=of or draft(), at=bank_now()
    )
    approvals.approve(latest_approval().id, principal=factories.caller("compliance", "checker"))
    certificate.refresh_from_db()
    return certificate


@pytest.fixture
def officer(noon, signed_in):
    return signed_in("compliance", with_codes=True)


class TestEntry:
    @pytest.mark.parametrize(
        ("changes", "box"),
        [
            ({"category": "CASE_ACCOUNT"}, "id_account-0-account_number_error"),
            ({"subject-0-name": "", "subject-0-number": ""}, "id_subject-0-name_error"),
        ],
        ids=["accounts", "subjects"],
    )
    def test_what_is_missing_altogether_stands_beside_the_first_row(self, officer, changes, box):
        page = text_of(officer.post(NEW, paper(**changes)))
        assert f'class="invalid-feedback d-block" id="{box}"' in page
        assert page.count('class="alert alert-danger" role="alert"') == 1

    @pytest.mark.parametrize("day", ["9999-12-31", "9900-01-01"])
    def test_a_day_at_the_end_of_the_calendar_loses_nothing(self, officer, day):
        answer = officer.post(NEW, paper(certified_on=day))
        assert answer.status_code == 400
        assert f'value="{day}"' in text_of(answer)

    @pytest.mark.parametrize("typed", ["2026-01-01", "20260101", "2026/1/1", " 2026-01-01 "])
    def test_takes_a_day_as_people_type_it(self, officer, typed):
        check = officer.get(
            "/desk/certificates/new/check", {"certified_on": typed, "category": "SELL", "legal_basis": "NOTICE_2016"}
        )
        assert "至2031年1月1日（含）止" in text_of(check)
        officer.post(NEW, paper(certified_on=typed))
        assert Certificate.objects.get().certified_on == date(2026, 1, 1)

    def test_shows_a_box_for_a_day_in_the_desks_own_form(self, officer):
        page = text_of(officer.get(NEW))
        assert page.count('placeholder="YYYY-MM-DD"') == 4
        assert 'type="date"' not in page

    def test_registers_and_says_what_waits_for_whom(self, officer):
        page = text_of(officer.post(NEW, paper(), follow=True))
        certificate = Certificate.objects.get()
        assert certificate.status == "pending"
        for words in (
            "待另一名合规人员复核",
            "待复核",
            "张*",
            "110105********002X",
            "至2031年1月1日（含）止",
            "至2029年1月1日（含）止",
        ):
            assert words in page
        assert factories.ZHANG.number not in page
        assert Approval.objects.get().object_id == certificate.id

    def test_a_form_sent_twice_registers_once(self, officer):
        officer.post(NEW, paper())
        assert "未重复办理" in text_of(officer.post(NEW, paper(), follow=True))
        assert Certificate.objects.count() == 1

    def test_takes_several_subjects_and_the_term(self, officer):
        typed = paper(
            **{
                "subject-2-kind": "organization",
                "subject-2-name": "示范有限公司",
                "subject-2-type": "uscc",
                "subject-2-number": factories.UNIT.number,
                "subject-3-kind": "individual",
                "subject-3-type": "resident_id",
                "term_from": "2026-01-01",
                "term_to": "2027-12-31",
            }
        )
        officer.post(NEW, typed)
        certificate = Certificate.objects.get()
        assert certificate.subjects.count() == 2
        assert certificate.term_to == date(2027, 12, 31)

    def test_takes_case_accounts_without_a_subject(self, officer):
        typed = paper(
            **{
                "category": "CASE_ACCOUNT",
                "subject-0-name": "",
                "subject-0-number": "",
                "account-0-account_number": "6000000000000001",
                "account-5-account_number": "6217000000000006",
                "account-5-bank_code": "OTHERBANK",
            }
        )
        page = text_of(officer.post(NEW, typed, follow=True))
        assert Certificate.objects.get().case_accounts.count() == 2
        assert "OTHERBANK" in page
        assert "本行" in page

    @pytest.mark.parametrize(
        ("change", "box", "message"),
        [
            ({"doc_no": ""}, "doc_no", "请填写文书号。"),
            ({"region_code": "999999"}, "region_code", "GB/T 2260"),
            ({"certified_on": "2026-01-06"}, "certified_on", "不得晚于今天"),
            ({"received_on": "2025-12-31"}, "received_on", "不得早于认定日期"),
            ({"subject-0-number": "110105194912310021"}, "subject-0-number", ""),
            ({"subject-0-kind": "organization"}, "subject-0-kind", "对象类别与证件种类不符"),
            ({"term_from": "2026-01-01"}, "term_to", "同时填写"),
            ({"term_from": "2026-01-02", "term_to": "2026-01-01"}, "term_to", "不得早于起始日"),
            ({"category": "CASE_ACCOUNT", "account-7-account_number": "6217_1"}, "account-7-account_number", "1至34位"),
            ({"certified_on": "昨天"}, "certified_on", "YYYY-MM-DD"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
    )
    def test_says_beside_the_box_what_is_wrong_and_loses_nothing(self, officer, change, box, message):
        answer = officer.post(NEW, paper(**change))
        page = text_of(answer)
        assert answer.status_code == 400
        beside = page.split(f'id="id_{box}_error"')[1].split("</div>")[0]
        assert message in beside
        (drawn,) = (each for each in page.split("<") if f'id="id_{box}"' in each)
        assert f"id_{box}_error" in drawn.split('aria-describedby="')[1].split('"')[0]
        assert 'aria-invalid="true"' in drawn
        assert "广州市公安局" in page
        assert "INVALID_REQUEST" in page
        assert not Certificate.objects.exists()

    def test_a_certificate_without_anybody_is_refused_at_the_top(self, officer):
        page = text_of(officer.post(NEW, paper(**{"subject-0-name": "", "subject-0-number": ""})))
        assert "须至少列明一个认定对象" in page

    def test_a_county_is_refused_with_clause_and_kept_as_a_decision(self, officer):
        answer = officer.post(NEW, paper(region_code="440183", level="county"))
        page = text_of(answer)
        assert answer.status_code == 422
        for words in ("AUTHORITY_TOO_LOW", "第五条", "设区的市级及以上", "请求号"):
            assert words in page
        assert not Certificate.objects.exists()
        assert Decision.objects.get().code == "AUTHORITY_TOO_LOW"

    def test_after_a_refusal_the_corrected_form_is_registered(self, officer):
        page = text_of(officer.post(NEW, paper(level="county", region_code="440183")))
        fresh = page.split('name="once" value="')[1].split('"')[0]
        officer.post(NEW, paper(once=fresh))
        assert Certificate.objects.count() == 1

    @pytest.mark.parametrize(
        ("level", "region", "words"),
        [
            ("prefecture", "440100", "认定机关层级符合要求"),
            ("district_branch", "110105", "转人工审查"),
            ("prefecture", "440183", "转人工审查"),
            ("province", "440100", "转人工审查"),
            ("county", "440183", "层级不足，不予登记"),
            ("ministry", "000000", "认定机关层级符合要求"),
            ("prefecture", "990100", "行政区划代码不存在"),
            ("prefecture", "4401", "填写行政区划代码和层级"),
            ("", "", "填写行政区划代码和层级"),
        ],
    )
    def test_the_level_is_judged_while_it_is_typed(self, officer, level, region, words):
        page = text_of(officer.get(f"{NEW}/check", {"level": level, "region_code": region}))
        assert words in page

    def test_the_ends_are_foretold(self, officer):
        typed = {"certified_on": "2020-02-29", "category": "SELL", "legal_basis": "NOTICE_2016"}
        page = text_of(officer.get(f"{NEW}/check", typed))
        assert "至2025年2月28日（含）止" in page
        assert "至2023年2月28日（含）止" in page

    def test_a_row_more_is_empty_and_of_its_own_name(self, officer):
        def row(*taken: int) -> str:
            return text_of(officer.get(f"{NEW}/row", {"kind": "subject", "subject_rows": taken}))

        assert 'name="subject-1-name"' in row(0)
        assert 'name="subject-3-name"' in row(0, 2)
        assert 'name="subject-1-name"' in row(0, *range(2, 20))
        assert 'name="account_rows"' in text_of(officer.get(f"{NEW}/row?kind=account"))
        assert "每类最多 20" in row(*range(20))

    def test_speaks_english_throughout(self, officer):
        page = text_of(english(officer).get(NEW))
        body = page.split("<main")[1]
        assert "Submit for approval" in body
        assert not any("\u4e00" <= character <= "\u9fff" for character in body.replace("公(反诈)认字〔2026〕001号", ""))


class TestRegister:
    @pytest.mark.usefixtures("papers_lapse")
    def test_a_certificate_whose_proposal_lapsed_says_how_to_go_on(self, officer, noon):
        maker = factories.caller("compliance", "maker")
        certificate, _ = register_certificate(principal=maker, draft=draft(), at=bank_now())
        where, told = f"/desk/certificates/{certificate.id}", "复核申请已逾期失效，未生效"
        assert told not in text_of(officer.get(where))
        noon.advance(days=7)
        page = text_of(officer.get(where))
        assert told in page
        assert ("待复核" in page, "生效后" in page, "措施（未生效）" in page) == (False, False, True)
        register_certificate(principal=maker, draft=draft(), at=bank_now())
        assert told not in text_of(officer.get(where))

    @pytest.mark.usefixtures("papers_lapse")
    def test_a_paper_entered_again_says_whether_it_was_submitted_again(self, officer, noon):
        for once, told in (("1", "已登记，待另一名"), ("2", "未重复登记"), ("3", "已重新提交，待另一名合规人员复核")):
            if once == "3":
                noon.advance(days=7)
            assert told in text_of(officer.post(NEW, paper(once=once), follow=True))
        assert Approval.objects.filter(kind="certificate").count() == 2

    def test_what_was_revoked_was_in_force_and_what_was_rejected_never(self, officer, noon):
        factories.account(factories.customer(), "I", account_number=OWN_ACCOUNT)
        certificate, _ = register_certificate(
            principal=factories.caller("compliance", "maker"), draft=case_draft(), at=bank_now()
        )
        where, checker = f"/desk/certificates/{certificate.id}", factories.caller("compliance", "checker")
        approvals.reject(latest_approval().id, principal=checker, reason="文书号有误")
        page = text_of(officer.get(where))
        assert ("措施（未通过）" in page, "已撤销）" in page) == (True, False)
        certificate = in_force(case_draft())
        assert "措施（" not in text_of(officer.get(f"/desk/certificates/{certificate.id}"))
        paper = RevocationDraft(doc_no="撤1", revoked_on=date(2026, 1, 4), reason="x")
        request_revocation(
            principal=factories.caller("compliance", "maker"), certificate_id=certificate.id, draft=paper, at=bank_now()
        )
        approvals.approve(latest_approval().id, principal=checker)
        page = text_of(officer.get(f"/desk/certificates/{certificate.id}"))
        assert ("措施（已撤销）" in page, "对人的影响（已撤销）" in page, "未生效" in page) == (True, True, False)

    @pytest.mark.usefixtures("papers_lapse")
    def test_the_list_tells_whose_proposal_lapsed(self, officer, noon):
        maker = factories.caller("compliance", "maker")
        register_certificate(principal=maker, draft=draft(), at=bank_now())
        assert "复核申请已逾期失效" not in text_of(officer.get("/desk/certificates"))
        noon.advance(days=7)
        row = text_of(officer.get("/desk/certificates")).split("<tbody>")[1]
        assert "复核申请已逾期失效" in row
        assert "待复核" not in row
        assert "2031年1月1日（含）" not in row
        register_certificate(principal=maker, draft=draft(), at=bank_now())
        assert "复核申请已逾期失效" not in text_of(officer.get("/desk/certificates"))

    def test_a_proposal_to_revoke_that_lapsed_is_in_nobodys_way(self, officer, noon):
        certificate = in_force()
        where = f"/desk/certificates/{certificate.id}"
        maker, link = factories.caller("compliance", "maker"), f'href="{where}/revocation"'
        paper = RevocationDraft(doc_no="撤1", revoked_on=date(2026, 1, 4), reason="x")
        request_revocation(principal=maker, certificate_id=certificate.id, draft=paper, at=bank_now())
        assert link not in text_of(officer.get(where))
        assert "撤销待复核" in text_of(officer.get("/desk/certificates"))
        noon.advance(days=7)
        assert link in text_of(officer.get(where))
        page = text_of(officer.get("/desk/certificates"))
        assert "撤销申请已逾期失效" in page
        assert "撤销待复核" not in page

    def test_lists_the_newest_first_with_masked_subjects(self, officer):
        in_force(draft(doc_no="甲1"))
        in_force(draft(doc_no="乙2"))
        page = text_of(officer.get("/desk/certificates"))
        assert page.index("乙2") < page.index("甲1")
        assert "张*" in page
        assert "张三" not in page

    def test_shows_the_last_day_of_what_restricts_alone(self, officer):
        maker, checker = (factories.caller("compliance", name) for name in ("maker", "checker"))
        register_certificate(principal=maker, draft=draft(), at=bank_now())
        assert "2031年1月1日（含）" not in text_of(officer.get("/desk/certificates"))
        approvals.reject(latest_approval().id, principal=checker, reason="x")
        assert "2031年1月1日（含）" not in text_of(officer.get("/desk/certificates"))
        certificate = in_force()
        assert "2031年1月1日（含）" in text_of(officer.get("/desk/certificates"))
        revoking = RevocationDraft(doc_no="撤1", revoked_on=date(2026, 1, 4), reason="x")
        request_revocation(principal=maker, certificate_id=certificate.id, draft=revoking, at=bank_now())
        approvals.approve(latest_approval().id, principal=checker)
        assert "2031年1月1日（含）" not in text_of(officer.get("/desk/certificates"))

    def test_filters_by_status_category_number_and_authority(self, officer):
        in_force(draft(doc_no="甲1"))
        factories.account(factories.customer(), account_number=OWN_ACCOUNT)
        register_certificate(
            principal=factories.caller("compliance", "maker"),
            draft=case_draft(doc_no="乙2", authority_name="深圳市公安局", region_code="440300"),
            at=bank_now(),
        )
        for query, shown, hidden in (
            ({"status": "pending"}, "乙2", "甲1"),
            ({"category": "SELL"}, "甲1", "乙2"),
            ({"q": "甲"}, "甲1", "乙2"),
            ({"q": "深圳"}, "乙2", "甲1"),
        ):
            body = text_of(officer.get("/desk/certificates", query)).split("<main")[1]
            assert shown in body
            assert hidden not in body

    def test_lists_what_must_be_looked_at_by_hand(self, officer):
        in_force(draft(doc_no="甲1"))
        register_certificate(
            principal=factories.caller("compliance", "maker"),
            draft=draft(doc_no="乙2", level=AuthorityLevel.DISTRICT_BRANCH, region_code="110105"),
            at=bank_now(),
        )
        body = text_of(officer.get("/desk/certificates?status=manual_review")).split("<main")[1]
        assert "乙2" in body
        assert "甲1" not in body

    def test_finds_a_persons_certificates_without_his_number_in_the_address(self, officer):
        in_force(draft(doc_no="甲1"))
        in_force(draft(doc_no="乙2", subjects=(person(factories.LI.number, "李四"),)))
        typed = {"type": "resident_id", "number": factories.ZHANG.number}
        answer = officer.post("/desk/certificates/person", typed)
        assert factories.ZHANG.number not in answer.url
        body = text_of(officer.get(answer.url)).split("<main")[1]
        assert "甲1" in body
        assert "乙2" not in body

    def test_finds_the_certificate_that_names_a_persons_account_alone(self, officer, zhang):
        certificate = in_force(case_draft((factories.account(zhang).account_number, "DEMOBANK"), doc_no="甲1"))
        answer = officer.post("/desk/certificates/person", {"type": "resident_id", "number": factories.ZHANG.number})
        body = text_of(officer.get(answer.url)).split("<main")[1]
        assert "甲1" in body
        assert str(certificate.id) in answer.url
        answer = officer.post("/desk/certificates/person", {"type": "resident_id", "number": factories.LI.number})
        assert "甲1" not in text_of(officer.get(answer.url))

    def test_says_when_nobody_is_named(self, officer):
        answer = officer.post("/desk/certificates/person", {"type": "resident_id", "number": factories.WANG.number})
        assert "没有认定书列明该人" in text_of(officer.get(answer.url))

    @pytest.mark.parametrize("number", ["", "123"])
    def test_a_wrong_number_is_said_beside_the_box(self, officer, number):
        answer = officer.post("/desk/certificates/person", {"type": "resident_id", "number": number})
        assert answer.status_code == 400
        assert 'id="id_number_error"' in text_of(answer)

    def test_pages_cost_the_same_for_one_as_for_many(self, officer, django_assert_max_num_queries):
        officer.get("/desk/certificates")

        def count() -> int:
            with django_assert_max_num_queries(22) as seen:
                assert officer.get("/desk/certificates").status_code == 200
            return len(seen)

        maker = factories.caller("compliance", "maker")
        register_certificate(principal=maker, draft=draft(), at=bank_now())
        one = count()
        for number in range(59):
            register_certificate(principal=maker, draft=draft(doc_no=f"文书{number}"), at=bank_now())
        assert count() == one
        page = text_of(officer.get("/desk/certificates"))
        assert page.split("<tbody>")[1].count("<tr>") == 50
        older = page.split('href="?before=')[1].split('"')[0]
        assert text_of(officer.get(f"/desk/certificates?before={older}")).split("<tbody>")[1].count("<tr>") == 10


class TestCertificate:
    def test_shows_the_calendar_the_history_and_the_ends(self, officer):
        certificate = in_force()
        page = text_of(officer.get(f"/desk/certificates/{certificate.id}"))
        for words in (
            "<svg",
            "至2031年1月1日（含）止",
            "至2029年1月1日（含）止",
            "今天",
            "登记并提交复核",
            "复核通过，生效",
            "申请撤销",
        ):
            assert words in page

    def test_is_revoked_by_two_persons_and_says_so_meanwhile(self, officer, signed_in):
        certificate = in_force()
        where = f"/desk/certificates/{certificate.id}"
        typed = {"once": "r1", "doc_no": "撤〔2026〕1号", "revoked_on": "2026-01-05", "reason": "认定有误"}
        page = text_of(officer.post(f"{where}/revocation", typed, follow=True))
        assert "复核前认定书仍有效" in page
        assert "待复核" in page
        officer.post(f"{where}/revocation", typed)
        assert Revocation.objects.count() == 1
        signed_in("compliance", "other", with_codes=True).post(
            f"/desk/inbox/{latest_approval().id}", {"decision": "approve"}
        )
        page = text_of(officer.get(where))
        assert "撤销生效" in page
        assert "已撤销" in page
        assert "is-lifted" in page

    def test_whoever_decides_about_its_revocation_reads_which_it_is(self, officer, signed_in):
        certificate = in_force()
        typed = {"once": "r1", "doc_no": "撤〔2026〕1号", "revoked_on": "2026-01-05", "reason": "认定有误"}
        officer.post(f"/desk/certificates/{certificate.id}/revocation", typed)
        page = text_of(signed_in("compliance", "other").get(f"/desk/inbox/{latest_approval().id}"))
        assert "<dt>拟撤销的认定书</dt>" in page
        assert f"{certificate.doc_no} · {certificate.authority_name} · 出售账户 · 张*" in page
        assert "撤销文号" in page
        # Why is for whoever decides, and so is whom it names.
        assert "张*" not in text_of(signed_in("supervisor").get(f"/desk/inbox/{latest_approval().id}"))

    @pytest.mark.parametrize(
        ("change", "status", "words"),
        [
            ({"revoked_on": "2026-01-06"}, 400, "撤销日期不得晚于今天"),
            ({"revoked_on": "2025-12-31"}, 400, "撤销日期不得早于认定日期"),
            ({"doc_no": ""}, 400, "id_doc_no_error"),
            ({"reason": ""}, 400, "id_reason_error"),
        ],
        ids=["tomorrow", "before", "no number", "no reason"],
    )
    def test_a_wrong_revocation_is_said_beside_the_box(self, officer, change, status, words):
        certificate = in_force()
        typed = {"once": "r1", "doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "认定有误"} | change
        answer = officer.post(f"/desk/certificates/{certificate.id}/revocation", typed)
        assert answer.status_code == status
        assert words in text_of(answer)
        assert not Revocation.objects.exists()

    def test_what_is_not_in_force_cannot_be_revoked(self, officer):
        certificate, _ = register_certificate(
            principal=factories.caller("compliance", "maker"), draft=draft(), at=bank_now()
        )
        typed = {"once": "r1", "doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "认定有误"}
        answer = officer.post(f"/desk/certificates/{certificate.id}/revocation", typed)
        assert answer.status_code == 409
        assert "CERTIFICATE_STATE" in text_of(answer)

    def test_costs_the_same_for_one_subject_as_for_many(self, officer, django_assert_max_num_queries):
        def count(certificate: Certificate) -> int:
            with django_assert_max_num_queries(29) as seen:
                assert officer.get(f"/desk/certificates/{certificate.id}").status_code == 200
            return len(seen)

        one = in_force(draft(doc_no="甲1"))
        people = tuple(person(factories.somebody().number, "某某") for _ in range(12))
        many = in_force(draft(doc_no="乙2", subjects=people))
        in_force(draft(doc_no="丙3", subjects=people))
        officer.get("/desk/certificates")
        assert count(one) == count(many)


class TestScreening:
    def screen(self, client, someone, **more):
        typed = {"type": someone.type, "number": someone.number} | more
        return text_of(client.post("/desk/screening", typed))

    @pytest.mark.parametrize("role", ["teller", "supervisor", "compliance"])
    def test_shows_the_restrictions_with_clause_and_end(self, officer, signed_in, role):
        in_force()
        page = self.screen(signed_in(role), factories.ZHANG)
        for words in (
            "有限制措施",
            "NON_COUNTER_SUSPENDED",
            "OPENING_BARRED",
            "第五条",
            "至2031年1月1日（含）止",
            "至2029年1月1日（含）止",
            "<svg",
        ):
            assert words in page
        assert factories.ZHANG.number not in page.split("<section")[1]

    def test_a_teller_learns_the_restriction_and_not_the_paper(self, officer, signed_in):
        certificate = in_force()
        page = self.screen(signed_in("teller"), factories.ZHANG)
        assert certificate.doc_no not in page
        assert str(certificate.id) not in page
        assert certificate.doc_no in self.screen(officer, factories.ZHANG)

    def test_says_clearly_when_there_is_none(self, officer):
        in_force()
        page = self.screen(officer, factories.LI)
        assert "无限制" in page
        assert "有限制措施" not in page

    def test_a_customers_linked_documents_count(self, officer, zhang):
        factories.document(zhang, "passport", "E12345678", "CHN")
        in_force()
        passport = factories.Person("张三", "E12345678", "passport")
        assert "OPENING_BARRED" in self.screen(officer, passport, country="CHN")

    @pytest.mark.parametrize(("days", "suspended"), [(0, True), (1, False)], ids=["last day", "day after"])
    def test_ends_after_the_corresponding_day(self, officer, noon, days, suspended):
        in_force()
        noon.set(noon.at.replace(year=2031, month=1, day=1 + days, hour=0))
        page = self.screen(officer, factories.ZHANG)
        assert ("NON_COUNTER_SUSPENDED" in page) is suspended
        assert "OPENING_BARRED" not in page

    def test_keeps_nothing(self, officer):
        before = Decision.objects.count()
        self.screen(officer, factories.ZHANG)
        assert Decision.objects.count() == before


@pytest.mark.parametrize("where", ["/desk/screening", "/desk/certificates/person"])
def test_a_wrong_document_is_told_with_its_code(officer, where):
    answer = officer.post(where, {"type": "resident_id", "number": "123"})
    page = text_of(answer)
    assert answer.status_code == 400
    assert "<code>INVALID_REQUEST</code>" in page
    assert 'value="123"' in page
