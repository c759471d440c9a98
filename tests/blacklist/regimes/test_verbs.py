"""Each legal basis has its own verb for its measures (停止、暂停、限制); pages, letters and refusals quote it."""

from datetime import date

import pytest

from accounts.policy.facts import AccountStanding
from accounts.policy.money import check_debit
from accounts.refusals.money import NonCounterSuspended, PaymentBusinessSuspended
from accounts.refusals.other_restrictions import also_text
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus
from blacklist.policy.restrictions import restrictions_of_person
from blacklist.regimes import Verb, verb_of
from blacklist.vocabulary import Act, Category, RestrictionCause, RestrictionKind
from config.kernel.law.refusals import Refusal
from tests.blacklist.regimes.worked_cases import certified, midnight

DAY = date(2024, 12, 2)
AT = midnight(2025, 2, 1)


def measures(basis: str, category: Category = Category.SELL) -> list[str]:
    return [each.text.zh for each in restrictions_of_person([certified(basis, DAY, category)], at=AT)]


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        ("NOTICE_2016", ["停止非柜面业务", "停止支付账户所有业务", "不得新开立账户"]),
        ("PBOC_85", ["暂停非柜面业务", "暂停支付账户所有业务", "不得新开立账户"]),
        ("JDM_2024", ["限制非柜面出金", "停止支付账户业务（余额可转出）", "暂停新开立支付账户"]),
    ],
)
def test_a_measure_is_called_as_its_instrument_calls_it(basis, words):
    assert measures(basis) == words
    assert measures(basis, Category.CRIMINAL_PUNISHED) == words


@pytest.mark.parametrize("basis", ["NOTICE_2016", "PBOC_85", "JDM_2024"])
def test_text_says_suspended_for_case_holders_under_every_basis(basis):
    assert verb_of(RestrictionCause.CASE_HOLDER, basis) is Verb.SUSPEND


def test_a_penalty_of_no_known_basis_takes_the_verb_of_the_notice():
    assert verb_of(RestrictionCause.PENALTY, "") is verb_of(RestrictionCause.PENALTY, "NONE") is Verb.STOP


def refused(basis: str, kind: AccountKind) -> Refusal:
    act = Act.PAYMENT_OUT if kind is AccountKind.PAYMENT else Act.REMOTE_TRANSFER_OUT
    wanted = (
        RestrictionKind.PAYMENT_BUSINESS_SUSPENDED
        if kind is AccountKind.PAYMENT
        else RestrictionKind.NON_COUNTER_SUSPENDED
    )
    found = restrictions_of_person([certified(basis, DAY)], at=AT)
    standing = AccountStanding(
        kind=kind,
        account_class=AccountClass.III,
        status=AccountStatus.OPEN,
        restrictions=tuple(each for each in found if each.kind is wanted),
    )
    with pytest.raises(Refusal) as refusal:
        check_debit(standing, act)
    return refusal.value


@pytest.mark.parametrize("kind", [AccountKind.BANK, AccountKind.PAYMENT])
@pytest.mark.parametrize(("basis", "zh", "en"), [("NOTICE_2016", "停止", "stopped"), ("PBOC_85", "暂停", "suspended")])
def test_a_refusal_has_the_verb_of_the_basis_and_says_it_again(kind, basis, zh, en):
    refusal = refused(basis, kind)
    assert refusal.fields["legal_basis"] == basis
    assert f"业务已{zh}，至" in refusal.detail("zh")
    assert f"business is {en} through" in refusal.detail("en")
    assert type(refusal).sentence(refusal.fields, "zh") == refusal.detail("zh")


def test_a_limit_of_outflow_is_called_a_limit():
    assert "非柜面的取款、转出和支付已限制，至" in refused("JDM_2024", AccountKind.BANK).detail("zh")
    assert "payments are restricted through" in refused("JDM_2024", AccountKind.BANK).detail("en")


@pytest.mark.parametrize("kind", [NonCounterSuspended, PaymentBusinessSuspended])
def test_decision_stored_without_a_basis_keeps_its_words(kind):
    assert "业务已停止，" in kind.sentence({"cause": "penalty", "until": None}, "zh")
    assert "业务已暂停，" in kind.sentence({"cause": "case_holder", "until": None}, "zh")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "停止非柜面业务（惩戒），"),
        ({"legal_basis": "NOTICE_2016"}, "停止非柜面业务（惩戒），"),
        ({"legal_basis": "PBOC_85"}, "暂停非柜面业务（惩戒），"),
        ({"legal_basis": "JDM_2024", "direction": "out"}, "限制非柜面出金（惩戒），"),
    ],
)
def test_texts_next_to_a_refusal_use_the_verb_of_the_law(more, words):
    other = {"code": "NON_COUNTER_SUSPENDED", "cause": "penalty", "until": None}
    assert also_text(other | more).zh.startswith(words)
