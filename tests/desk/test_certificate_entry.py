"""Entry of a certificate: checked during typing, errors beside the fields, no input lost."""

from datetime import date

import pytest

from blacklist.models import Certificate
from config.kernel.models import Approval, Decision
from tests import factories
from tests.desk.pages import english, text_of
from tests.desk.papers import NEW, paper

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "box"),
    [
        ({"category": "CASE_ACCOUNT"}, "id_account-0-account_number_error"),
        ({"subject-0-name": "", "subject-0-number": ""}, "id_subject-0-name_error"),
    ],
    ids=["accounts", "subjects"],
)
def test_missing_subjects_and_accounts_are_reported_at_the_first_row(officer, changes, box):
    page = text_of(officer.post(NEW, paper(**changes)))
    assert f'class="invalid-feedback d-block" id="{box}"' in page
    assert page.count('class="alert alert-danger" role="alert"') == 1


@pytest.mark.parametrize("day", ["9999-12-31", "9900-01-01"])
def test_a_day_at_the_end_of_the_calendar_loses_nothing(officer, day):
    answer = officer.post(NEW, paper(certified_on=day))
    assert answer.status_code == 400
    assert f'value="{day}"' in text_of(answer)


@pytest.mark.parametrize("typed", ["2026-01-01", "20260101", "2026/1/1", " 2026-01-01 "])
def test_day_field_accepts_typed_formats(officer, typed):
    check = officer.get(
        "/desk/certificates/new/check", {"certified_on": typed, "category": "SELL", "legal_basis": "NOTICE_2016"}
    )
    assert "至2031年1月1日（含）止" in text_of(check)
    officer.post(NEW, paper(certified_on=typed))
    assert Certificate.objects.get().certified_on == date(2026, 1, 1)


def test_day_field_is_shown_in_the_desks_own_format(officer):
    page = text_of(officer.get(NEW))
    assert page.count('placeholder="YYYY-MM-DD"') == 6
    assert 'type="date"' not in page


def test_entry_registers_and_names_the_pending_decision(officer):
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


def test_a_form_sent_twice_registers_once(officer):
    officer.post(NEW, paper())
    assert "未重复办理" in text_of(officer.post(NEW, paper(), follow=True))
    assert Certificate.objects.count() == 1


def test_several_subjects_and_the_term_are_registered(officer):
    typed = paper(
        **{
            "subject-2-kind": "organization",
            "subject-2-name": "示范有限公司",
            "subject-2-type": "uscc",
            "subject-2-number": factories.ORGANIZATION.number,
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


def test_case_accounts_without_a_subject_are_registered(officer):
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
def test_errors_are_beside_the_fields_and_input_is_kept(officer, change, box, message):
    answer = officer.post(NEW, paper(**change))
    page = text_of(answer)
    assert answer.status_code == 400
    field_error = page.split(f'id="id_{box}_error"')[1].split("</div>")[0]
    assert message in field_error
    (drawn,) = (each for each in page.split("<") if f'id="id_{box}"' in each)
    assert f"id_{box}_error" in drawn.split('aria-describedby="')[1].split('"')[0]
    assert 'aria-invalid="true"' in drawn
    assert "广州市公安局" in page
    assert "INVALID_REQUEST" in page
    assert not Certificate.objects.exists()


def test_a_certificate_without_anybody_is_refused_at_the_top(officer):
    page = text_of(officer.post(NEW, paper(**{"subject-0-name": "", "subject-0-number": ""})))
    assert "须至少列明一个认定对象" in page


def test_a_county_is_refused_with_clause_and_kept_as_a_decision(officer):
    answer = officer.post(NEW, paper(region_code="440183", level="county"))
    page = text_of(answer)
    assert answer.status_code == 422
    for words in ("AUTHORITY_TOO_LOW", "第五条", "设区的市级及以上", "请求号"):
        assert words in page
    assert not Certificate.objects.exists()
    assert Decision.objects.get().code == "AUTHORITY_TOO_LOW"


def test_corrected_form_is_registered_after_a_refusal(officer):
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
def test_the_level_is_judged_while_it_is_typed(officer, level, region, words):
    page = text_of(officer.get(f"{NEW}/check", {"level": level, "region_code": region}))
    assert words in page


def test_preview_shows_the_ends(officer):
    typed = {"certified_on": "2020-02-29", "category": "SELL", "legal_basis": "NOTICE_2016"}
    page = text_of(officer.get(f"{NEW}/check", typed))
    assert "至2025年2月28日（含）止" in page
    assert "至2023年2月28日（含）止" in page


def test_a_row_more_is_empty_and_of_its_own_name(officer):
    def row(*taken: int) -> str:
        return text_of(officer.get(f"{NEW}/row", {"kind": "subject", "subject_rows": taken}))

    assert 'name="subject-1-name"' in row(0)
    assert 'name="subject-3-name"' in row(0, 2)
    assert 'name="subject-1-name"' in row(0, *range(2, 20))
    assert 'name="account_rows"' in text_of(officer.get(f"{NEW}/row?kind=account"))
    assert "每类最多 20" in row(*range(20))


def test_page_is_in_english_throughout(officer):
    page = text_of(english(officer).get(NEW))
    body = page.split("<main")[1]
    assert "Submit for approval" in body
    assert not any("\u4e00" <= character <= "\u9fff" for character in body.replace("公(反诈)认字〔2026〕001号", ""))


def test_a_basis_is_chosen_where_the_day_does_not_say_it(officer, settings):
    for meaning in ("NOTICE_2016", "REQUIRED"):
        settings.LEGAL_BASIS_WHEN_MISSING = meaning
        answer = officer.post(NEW, paper(legal_basis=""))
        assert (answer.status_code, "id_legal_basis_error" in text_of(answer)) == (400, True)
        assert "文书未载明" not in text_of(officer.get(NEW))
    assert not Certificate.objects.exists()


@pytest.mark.parametrize(
    ("day", "basis", "words"),
    [
        ("2019-03-31", "NOTICE_2016", "六部门通告"),
        ("2019-04-01", "PBOC_85", "银发〔2019〕85号"),
        ("2024-12-01", "JDM_2024", "联合惩戒办法"),
    ],
)
def test_a_basis_that_the_paper_does_not_state_is_that_of_the_day_and_shown(officer, settings, day, basis, words):
    settings.LEGAL_BASIS_WHEN_MISSING = "BY_DATE"
    assert "文书未载明：按认定日期" in text_of(officer.get(NEW))
    typed = {"certified_on": day, "category": "SELL", "legal_basis": "BY_DATE"}
    check = text_of(officer.get(f"{NEW}/check", typed))
    assert f"文书未载明认定依据，按认定日期适用“{words}" in check
    assert text_of(officer.get(f"{NEW}/check", typed | {"legal_basis": basis})) == check.replace(by_day_line(check), "")
    assert officer.post(NEW, paper(certified_on=day, legal_basis="")).status_code == 400
    assert not Certificate.objects.exists()
    officer.post(NEW, paper(certified_on=day, legal_basis="BY_DATE"))
    assert Certificate.objects.get().legal_basis == basis


def by_day_line(check: str) -> str:
    (line,) = (each for each in check.split('<div class="desk-rule">') if "文书未载明认定依据" in each)
    return f'<div class="desk-rule">{line}'


PUNISHED = {
    "category": "CRIMINAL_PUNISHED",
    "legal_basis": "JDM_2024",
    "accounts": "3",
    "sentence_kind": "custodial",
    "effective_on": "2025-03-01",
}


def test_a_sentence_is_checked_while_typed_registered_and_kept_for_the_correction(officer):
    check = text_of(officer.get("/desk/certificates/new/check", paper(**PUNISHED)))
    assert "直至刑罚执行完毕满三年" in check
    officer.post(NEW, paper(**PUNISHED))
    certificate = Certificate.objects.get()
    assert (certificate.sentence_kind, certificate.sentence_effective_on) == ("custodial", date(2025, 3, 1))
    assert "实刑" in text_of(officer.get(f"/desk/certificates/{certificate.id}"))


@pytest.mark.parametrize(
    ("changes", "box"),
    [
        ({"effective_on": ""}, "id_effective_on_error"),
        ({"category": "SELL"}, "id_sentence_kind_error"),
        ({"served_on": "2025-02-28"}, "id_sentence_kind_error"),
    ],
)
def test_an_error_of_the_sentence_is_shown_beside_its_fields(officer, changes, box):
    answer = officer.post(NEW, paper(**PUNISHED | changes))
    assert answer.status_code == 400
    assert box in text_of(answer)
    assert not Certificate.objects.exists()
