"""Regime, direction and end are worded alike at entry, decision, display and enforcement of a certificate."""

from datetime import date

import pytest

from tests import factories, listings
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.http import ApiClient

pytestmark = pytest.mark.django_db

JDM = {"legal_basis": "JDM_2024", "extent": {"accounts": 3, "times": 0}}
OUTFLOW = "限制非柜面出金2年，自2026年1月2日起算，至2028年1月2日（含）止。柜面业务、收款、自助设备存现"
ADDED = "期限自首个受限之日起累计，连续不超过5年"


def approval_page(desk, made):
    return text_of(desk.get(f"/desk/inbox/{made['approval_id']}"))


def test_checker_sees_measures_subjects_and_remarks(account, signed_in):
    listings.certify(factories.ZHANG, certified_on=date(2025, 5, 20), **JDM)
    made = listings.enter(factories.ZHANG, factories.LI, **JDM | {"category": "CRIMINAL_PUNISHED"})
    page = approval_page(signed_in("compliance", "second"), made)
    assert "通过后的结果" in page
    assert "限制非柜面出金3年，自2026年1月2日起算，至2029年1月2日（含）止" in page
    assert "金融惩戒(一)" in page
    assert ADDED in page
    # 张三 is a customer whose first term still runs: two years and three; 李四 is none yet.
    assert "张*：本行客户，账户1个（含已销户）。限制非柜面出金至2030年5月20日（含）止" in page
    assert "李*：非本行客户，成为客户后适用。限制非柜面出金至2029年1月2日（含）止" in page
    replaced = listings.enter(factories.ZHANG, legal_basis="NOTICE_2016")
    page = approval_page(signed_in("compliance", "second"), replaced)
    assert "所依据的文件已被替代：“银发〔2019〕85号”自2019年4月1日起施行，本认定书认定于2026年1月2日" in page
    assert "停止非柜面业务5年" in page
    text = text_of(english(signed_in("compliance", "second")).get(f"/desk/inbox/{replaced['approval_id']}"))
    assert "“PBOC [2019] No. 85” has been in force since 1 April 2019" in text


def test_remarks_are_shown_with_every_view_of_the_certificate(account, signed_in):
    long = listings.enter(factories.ZHANG, term={"from": "2026-01-02", "to": "2036-01-02"}, **JDM)
    replaced = listings.enter(factories.LI, legal_basis="NOTICE_2016")
    desk = signed_in("compliance", "second")
    page = approval_page(desk, long)
    assert "自文书所载起始日起最长执行至2031年1月2日（含）止。请核对文书。转人工审查。" in page
    assert "限制非柜面出金按文书所载期限、最长5年，自2026年1月2日起算，至2031年1月2日（含）止" in page
    page = text_of(desk.get(f"/desk/certificates/{long['id']}"))
    assert "（超过五年的部分不执行）" in page
    assert "最长执行至2031年1月2日（含）止" in page
    assert "所依据的文件已被替代" in text_of(desk.get(f"/desk/certificates/{replaced['id']}"))
    register = text_of(desk.get("/desk/certificates"))
    for words in ("文书所载期限超过五年", "认定日期当日，所依据的文件已被替代"):
        assert words in register
    register = text_of(english(desk).get("/desk/certificates"))
    assert "The legal basis had been replaced on the certification date" in register


@pytest.mark.parametrize("more", [JDM, {"case_accounts": [{"account_number": "62220001", "bank_code": "ICBC"}]}])
def test_checker_page_has_a_constant_number_of_queries(noon, signed_in, more):
    few, many = (listings.enter(*(factories.new_person() for _ in range(each)), **more) for each in (2, 12))
    desk = signed_in("compliance", "second")
    counted = [queries_of(lambda made=made: approval_page(desk, made)) for made in (few, few, many)]
    # Ten more people, and a query more for what else waits.
    assert counted[2] <= counted[1] + 1


def test_effect_of_an_approval_is_shown_to_possible_checkers_only(signed_in, noon):
    made = listings.enter(factories.ZHANG, **JDM)
    assert "通过后的结果" in approval_page(signed_in("compliance"), made)
    assert "通过后的结果" not in approval_page(signed_in("auditor"), made)


def test_certificates_page_shows_basis_stated_term_and_chain(signed_in, noon):
    made = listings.enter(factories.ZHANG, **JDM, term={"from": "2026-01-02", "to": "2026-12-31"})
    page = text_of(signed_in("compliance").get(f"/desk/certificates/{made['id']}"))
    assert "联合惩戒办法（2024年）" in page
    assert "（按此执行）" in page
    assert "限制非柜面出金按文书所载期限，自2026年1月2日起算，至2026年12月31日（含）止" in page
    assert "账户（卡）数量 3 · 次数 0 · 对象数 -" in page
    assert f"在惩戒期内再次被认定的，{ADDED}" in page
    assert "生效后对人的影响" in page
    assert "<li>张*：非本行客户，成为客户后适用。限制非柜面出金至2026年12月31日（含）止" in page


def test_accumulated_terms_are_shown_with_one_end(signed_in, account, zhang):
    """The certificate, the register, the calendar and the customer's page show the end that refusals use (W8)."""
    first = listings.certify(factories.ZHANG, certified_on=date(2025, 5, 20), **JDM)
    second = listings.certify(factories.ZHANG, **JDM | {"category": "CRIMINAL_PUNISHED"})
    own, added_up, alone = "至2027年5月20日（含）止", "至2030年5月20日（含）止", "至2029年1月2日（含）止"
    desk = signed_in("compliance")
    page = text_of(desk.get(f"/desk/certificates/{second.id}"))
    assert f"限制非柜面出金3年，自2026年1月2日起算，连同其他认定累计{added_up}" in page
    assert f"<li>张*：本行客户，账户1个（含已销户）。限制非柜面出金{added_up}" in page
    assert alone not in page
    assert "单独计算" not in page
    earlier = text_of(desk.get(f"/desk/certificates/{first.id}"))
    assert f"限制非柜面出金2年，自2025年5月20日起算，{own}" in earlier
    register = text_of(desk.get("/desk/certificates"))
    assert own in register
    assert added_up in register
    assert alone not in register
    assert added_up in text_of(desk.get(f"/desk/customers/{zhang.id}"))


def test_term_beginning_after_five_years_is_shown_as_without_effect(signed_in, account, zhang):
    listings.certify(
        factories.ZHANG, certified_on=date(2025, 1, 10), term={"from": "2025-01-10", "to": "2030-01-10"}, **JDM
    )
    after = listings.certify(
        factories.ZHANG, certified_on=date(2025, 5, 20), term={"from": "2030-01-11", "to": "2031-01-11"}, **JDM
    )
    desk = signed_in("compliance")
    page = text_of(desk.get(f"/desk/certificates/{after.id}"))
    assert "<li>张*：本行客户，账户1个（含已销户）。连续执行期限已满五年，本认定书不再执行" in page
    assert "连续执行期限已满五年" in text_of(desk.get("/desk/certificates"))
    assert "至2030年1月10日（含）止" in text_of(desk.get(f"/desk/customers/{zhang.id}"))


def test_certificate_shows_each_subjects_own_end(signed_in, account):
    listings.certify(factories.ZHANG, certified_on=date(2025, 5, 20), **JDM)
    both = listings.certify(factories.ZHANG, factories.LI, **JDM)
    desk = signed_in("compliance")
    page = text_of(desk.get(f"/desk/certificates/{both.id}"))
    assert "限制非柜面出金2年，自2026年1月2日起算，止日连同其他认定累计，见各对象" in page
    assert "张*：本行客户，账户1个（含已销户）。限制非柜面出金至2029年5月20日（含）止" in page
    assert "李*：非本行客户，成为客户后适用。限制非柜面出金至2028年1月2日（含）止" in page
    assert "最晚至2029年5月20日（含）止" in text_of(desk.get("/desk/certificates"))
    text = text_of(english(desk).get("/desk/certificates"))
    assert "the last" in text


def test_subject_who_is_no_customer_is_counted_alike(signed_in, noon):
    listings.certify(factories.LI, certified_on=date(2025, 5, 20), **JDM)
    second = listings.certify(factories.LI, **JDM)
    desk = signed_in("compliance")
    assert "李*：非本行客户，成为客户后适用。限制非柜面出金至2029年5月20日（含）止" in text_of(
        desk.get(f"/desk/certificates/{second.id}")
    )
    assert "至2029年5月20日（含）止" in text_of(desk.get("/desk/certificates"))


def test_measures_are_shown_during_entry(signed_in, noon, settings):
    desk = signed_in("compliance")
    typed = {"level": "prefecture", "region_code": "440100", "certified_on": "2026-01-02", "category": "SELL"}

    def checked(**more):
        return text_of(desk.get("/desk/certificates/new/check", typed | more))

    jdm = checked(legal_basis="JDM_2024")
    assert OUTFLOW in jdm
    assert "暂停新开立支付账户2年" in jdm
    assert "至少一项须达到3。转人工审查" in jdm
    assert "转人工审查" not in checked(legal_basis="JDM_2024", accounts="3")
    assert "至2026年12月31日（含）止" in checked(legal_basis="JDM_2024", term_from="2026-01-02", term_to="2026-12-31")
    whole = checked(legal_basis="JDM_2024", term_from="2026-01-02", term_to="2031-01-02", accounts="3")
    assert ("至2031年1月2日（含）止" in whole, "转人工审查" in whole) == (True, True)
    cut = checked(legal_basis="JDM_2024", term_from="2026-01-02", term_to="2031-01-03", accounts="3")
    assert "自文书所载起始日起最长执行至2031年1月2日（含）止。请核对文书。转人工审查。" in cut
    assert "限制非柜面出金按文书所载期限、最长5年，自2026年1月2日起算，至2031年1月2日（含）止" in cut
    notice = checked(legal_basis="NOTICE_2016", term_from="2026-01-02", term_to="2026-12-31")
    assert "不得新开立账户3年，自2026年1月2日起算，至2029年1月2日（含）止" in notice
    assert "按“六部门通告（2016年）”执行，不因文书所载期限缩短" in notice
    assert "银发〔2019〕85号" in notice
    assert "转人工审查" not in notice
    settings.REMARKS_TO_REVIEW = True
    assert checked(legal_basis="NOTICE_2016").count("转人工审查") == 1


def test_extent_is_typed_and_kept(noon, signed_in):
    desk = signed_in("compliance", with_codes=True)
    form = text_of(desk.get("/desk/certificates/new"))
    assert 'data-thresholds="JDM_2024 BY_DATE"' in form
    assert form.count("desk-extent") == 3
    typed = {
        "doc_no": "1", "authority": "广州市公安局", "region_code": "440100", "level": "prefecture",
        "certified_on": "2026-01-02", "category": "SELL", "legal_basis": "JDM_2024", "times": "2", "once": "1",
        "subject-TOTAL_FORMS": "20", "subject-INITIAL_FORMS": "0", "account-TOTAL_FORMS": "20", "account-INITIAL_FORMS": "0",
        "subject-0-kind": "individual", "subject-0-name": "张三", "subject-0-type": "resident_id",
        "subject-0-number": factories.ZHANG.number,
    }  # fmt: skip
    wrong = desk.post("/desk/certificates/new", typed | {"accounts": "-1", "counterparties": "x"})
    assert wrong.status_code == 400
    assert text_of(wrong).count("数") > 2
    page = text_of(desk.post("/desk/certificates/new", typed, follow=True))
    assert "账户（卡）数量 - · 次数 2 · 对象数 -" in page
    assert "数量、次数、对象数均未达到依据所定标准或未载明" in page


def test_teller_reads_direction_and_remaining_restrictions(account, zhang, signed_in):
    listings.certify(factories.ZHANG, **JDM)
    desk = signed_in("teller")
    for page in (
        text_of(desk.get(f"/desk/customers/{zhang.id}")),
        text_of(desk.get(f"/desk/accounts/{account.id}")),
        text_of(desk.post("/desk/screening", factories.ZHANG.document | {"reason": "business"})),
    ):
        assert "限制非柜面出金" in page
        assert "柜面业务、收款、自助设备存现" in page
        assert ">停止非柜面业务" not in page


def test_calendar_shows_chains_and_both_directions(account, signed_in):
    listings.certify(factories.ZHANG, certified_on=date(2025, 5, 20), **JDM)
    listings.certify(factories.ZHANG, **JDM)
    listings.certify(factories.ZHANG, certified_on=date(2020, 1, 1), legal_basis="PBOC_85")
    asked = factories.ZHANG.document | {"reason": "business"}
    drawing = signed_in("compliance").post("/desk/screening", asked).context["drawing"]
    ends = dict(drawing.ends)
    assert drawing.lines[0].text.startswith("2026年1月2日认定 ")
    assert drawing.rows[0].certified_on == drawing.rows[0].starts_on == "2026年1月2日"
    assert ends["限制非柜面出金"] == "至2029年5月20日（含）止"
    assert ends["暂停非柜面业务"] == "无"


def test_opening_form_cites_the_regime_of_the_day(account, signed_in):
    page = text_of(signed_in("teller").get(f"/desk/accounts/{account.id}/opened"))
    assert (
        "经设区的市级及以上公安机关认定后，依法受到惩戒：2年内（受刑事处罚的3年内）限制非柜面出金、停止支付账户业务"
        in page
    )
    assert "5年" not in page
    text = text_of(english(signed_in("teller")).get(f"/desk/accounts/{account.id}/opened"))
    assert "are penalized by law: non-counter outflow restricted" in text
    assert "opening of new payment accounts suspended, for 2 years (punishment for a crime: 3)." in text


def test_checker_of_a_revocation_sees_remaining_restrictions_and_moved_ends(signed_in, account, zhang, noon):
    first = listings.certify(factories.ZHANG, certified_on=date(2025, 5, 20), **JDM)
    listings.certify(factories.ZHANG, **JDM)
    both = listings.certify(factories.ZHANG, factories.LI)

    def remaining(certificate):
        asked = ApiClient("compliance").post(
            f"/blacklist/certificates/{certificate.id}/revocations",
            {"doc_no": "撤1", "revoked_on": "2026-01-04", "reason": "认定有误"},
        )
        page = approval_page(signed_in("compliance", "second"), asked.json())
        return page.split("撤销后其他认定书的限制")[1].split("</section>")[0]

    # The second alone ends earlier than added up with the first.
    assert "张*：" in (left := remaining(first))
    assert "限制非柜面出金，至2028年1月2日（含）止" in left
    assert "至2029年5月20日" not in left
    assert "停止非柜面业务，至2031年1月2日（含）止" in left
    left = remaining(both)
    assert "限制非柜面出金，至2029年5月20日（含）止" in left
    assert "停止非柜面业务" not in left
    assert "李*：没有其他认定限制。" in left
