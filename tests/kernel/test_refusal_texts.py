"""Texts of refusals: an end is shown as its last day, an open end in words."""

import pytest

from accounts.refusals.identity import IdentityNotConfirmed
from accounts.refusals.money import AccountFrozen, CardNotActive, NonCounterSuspended, PaymentBusinessSuspended
from accounts.refusals.opening import DocumentExpired, PossibleSameUndecided
from config.frames.desk.problems import problem_of
from config.kernel.law.clauses import NOTICE_5_SUSPENSION, PBOC_16_CLASS_II, PBOC_345_CHECK
from transfers.refusals import AlreadyPosted

END = "2031-01-05T00:00:00.000000+08:00"


@pytest.mark.parametrize(
    ("until", "language", "sentence"),
    [
        (END, "zh", "冻结，至2031年1月4日（含）止，"),
        (END, "en", "account through 4 January 2031 (inclusive):"),
        ("2031-01-05T00:00:01+08:00", "zh", "冻结，至2031年1月5日00:00:01止，"),
        ("2031-01-05T00:00:01+08:00", "en", "account until 00:00:01 on 5 January 2031:"),
        (None, "zh", "冻结，直至解除，"),
        (None, "en", "account until released:"),
    ],
)
def test_refusal_states_its_end(until, language, sentence):
    refusal = AccountFrozen(until=until)
    assert sentence in refusal.detail(language)
    assert refusal.fields == {"until": until}


def test_a_missing_field_leaves_a_dash():
    assert "冻结，-，" in AccountFrozen().detail("zh")


def test_code_is_explained_in_words_and_kept_in_the_fields():
    refusal = CardNotActive(card_status="lost")
    assert "状态为“已挂失”，" in refusal.detail("zh")
    assert "“Reported lost”" in refusal.detail("en")
    assert refusal.fields == {"card_status": "lost"}


@pytest.mark.parametrize("kind", [NonCounterSuspended, PaymentBusinessSuspended])
def test_text_says_stopped_for_the_penalized_and_suspended_for_case_holders(kind):
    penalized, holder = kind(until=END, cause="penalty"), kind(until=None, cause="case_holder")
    assert "受惩戒，" in penalized.detail("zh")
    assert "已停止，至2031年1月4日（含）止。" in penalized.detail("zh")
    assert "is stopped through 4 January 2031 (inclusive)." in penalized.detail("en")
    assert "涉案账户，" in holder.detail("zh")
    assert "已暂停，直至认定撤销或身份重新核实。" in holder.detail("zh")
    assert "is suspended until revocation or re-verification." in holder.detail("en")


@pytest.mark.parametrize("kind", [NonCounterSuspended, PaymentBusinessSuspended])
def test_re_verification_is_mentioned_to_case_holders_only(kind):
    for cause, is_mentioned in (("case_holder", True), ("penalty", False), ("another", False)):
        refusal = kind(until=None, cause=cause)
        assert ("重新核实身份" in refusal.detail("zh")) is is_mentioned
        assert ("re-verified" in refusal.detail("en")) is is_mentioned
    assert "-" in kind.sentence({"cause": "penalty"}, "zh"), "what was not kept is a dash"


def test_several_codes_are_explained_in_order():
    refusal = IdentityNotConfirmed(result=["name_mismatch", "photo_mismatch"])
    assert "“姓名不一致、照片不一致”" in refusal.detail("zh")


def test_a_clause_is_cited_with_the_day_it_came_into_force():
    assert NOTICE_5_SUSPENSION.cited("zh").endswith("第五条（自2017年1月1日起施行）")
    assert NOTICE_5_SUSPENSION.cited("en").startswith("Notice 2016, Art. 5: 《")
    assert NOTICE_5_SUSPENSION.cited("en").endswith("第五条 (in force from 1 January 2017)")
    assert PBOC_16_CLASS_II.cited("zh").endswith("（自2018年1月起施行）"), "a day is cited that no source states"
    assert PBOC_16_CLASS_II.cited("en").endswith("(in force from January 2018)")
    assert PBOC_345_CHECK.cited("zh").endswith("（自2007年起施行）")


def test_a_day_and_an_instant_are_written_as_a_bank_writes_them():
    expired = DocumentExpired(valid_until="2027-01-01")
    assert "最后有效日为2027年1月1日，" in expired.detail("zh")
    assert "(the last valid day was 1 January 2027)" in expired.detail("en")
    posted = AlreadyPosted(settled_at="2027-01-03T00:02:07.500000+08:00")
    assert posted.detail("zh").startswith("该转账已于2027年1月3日00:02:07入账或转出，")
    assert posted.detail("en").startswith("This transfer was posted or paid out at 00:02:07 on 3 January 2027 and")


@pytest.mark.parametrize(
    ("kind", "zh", "en"),
    [
        ("bank_i", "合并计算已有Ⅰ类户1个，限1个，", "the count of Class I accounts is 1 and the limit is 1."),
        (
            "payment_iii",
            "合并计算已有Ⅲ类支付账户1个，限1个，",
            "the count of Class III payment accounts is 1 and the limit is 1.",
        ),
        ("cards", "合并计算已有借记卡1张，限1张，", "the count of debit cards is 1 and the limit is 1."),
        (None, "合并计算已有1，限1，", "the count is 1 and the limit is 1."),
    ],
)
def test_limit_over_two_customers_names_the_counted_rows(kind, zh, en):
    refusal = PossibleSameUndecided(limit_kind=kind, count=1, limit=1)
    assert zh in refusal.detail("zh")
    assert en in refusal.detail("en")
    assert problem_of(NonCounterSuspended(until=None)).clause == NOTICE_5_SUSPENSION.cited("zh")
