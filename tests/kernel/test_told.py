"""A refusal is told as a person reads it: an end as day and time, an open end in words."""

import pytest

from accounts.refusals.identity import IdentityNotConfirmed
from accounts.refusals.money import AccountFrozen, CardNotActive, NonCounterSuspended
from config.desk.problems import problem_of
from config.kernel.clauses import NOTICE_5_SUSPENSION, PBOC_16_CLASS_II

END = "2031-01-05T00:00:00.000000+08:00"


@pytest.mark.parametrize(
    ("until", "language", "told"),
    [
        (END, "zh", "至 2031-01-05 00:00:00，"),
        (END, "en", "until 2031-01-05 00:00:00:"),
        (None, "zh", "至 另行通知，"),
        (None, "en", "until further notice:"),
    ],
)
def test_says_until_when(until, language, told):
    refusal = AccountFrozen(until=until)
    assert told in refusal.detail(language)
    assert refusal.fields == {"until": until}


def test_a_missing_field_leaves_a_dash():
    assert "至 -，" in AccountFrozen().detail("zh")


def test_a_code_is_told_in_words_and_stays_a_code_in_the_fields():
    refusal = CardNotActive(card_status="lost")
    assert "状态为“已挂失”，" in refusal.detail("zh")
    assert "The status of this card is “Reported lost”:" in refusal.detail("en")
    assert refusal.fields == {"card_status": "lost"}


@pytest.mark.parametrize(
    ("cause", "zh", "en"),
    [
        ("penalty", "原因：惩戒", "cause: Penalty"),
        ("case_holder", "原因：涉案账户开户人", "cause: Holder of a case account"),
    ],
)
def test_a_suspension_says_why_and_what_ends_it(cause, zh, en):
    refusal = NonCounterSuspended(until=None, cause=cause)
    assert zh in refusal.detail("zh")
    assert en in refusal.detail("en")
    assert "重新核实身份后恢复" in refusal.detail("zh")


def test_several_codes_are_told_one_after_the_other():
    refusal = IdentityNotConfirmed(result=["name_mismatch", "photo_mismatch"])
    assert "“姓名不一致、照片不一致”" in refusal.detail("zh")


def test_a_clause_is_cited_with_the_day_it_came_into_force():
    assert NOTICE_5_SUSPENSION.cited("zh").endswith("第五条（自2017-01-01起施行）")
    assert NOTICE_5_SUSPENSION.cited("en").endswith("第五条 (in force from 2017-01-01)")
    assert PBOC_16_CLASS_II.cited("zh").endswith("（自2018-01起施行）"), "no day is told that no source tells"
    assert problem_of(NonCounterSuspended(until=None)).clause == NOTICE_5_SUSPENSION.cited("zh")
