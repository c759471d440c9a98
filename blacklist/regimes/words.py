"""Names of measures and of the business that they leave open; refusals, forms and drawings use them."""

from collections import defaultdict
from dataclasses import dataclass

from blacklist.regimes.registry import DEFAULT_BASIS, regimes
from blacklist.regimes.shape import Acts, Measure, Regime, Verb
from blacklist.vocabulary import Act, RestrictionCause, RestrictionKind
from config.kernel.law.addressing import addressed
from config.kernel.law.text import Text


@dataclass(frozen=True, slots=True)
class _Words:
    """Words for one kind of measure.

    :ivar left_open: the act that the narrower measure leaves open.
    :ivar narrower: name of the narrower measure; `goes_on_then` is the business that it leaves open, `goes_on` that of
        the full measure.
    :ivar stopped: name of the full measure of an instrument that says 停止; the word of the kind says 暂停.
    """

    left_open: Act
    narrower: Text
    goes_on_then: Text
    goes_on: Text | None
    stopped: Text | None = None


_WORDS: dict[RestrictionKind, _Words] = {
    RestrictionKind.NON_COUNTER_SUSPENDED: _Words(
        Act.MACHINE_CASH_IN,
        Text("限制非柜面出金", "Non-counter outflow restricted"),
        Text(
            "柜面业务、收款、自助设备存现照常；既有协议的税款、社保、水电煤气费等代扣，如有，照常",
            "The counter, money coming in and cash deposits at machines go on; so do debits agreed before for tax, social "
            "insurance and utilities, if there are any",
        ),
        Text("柜面业务和收款照常", "The counter and money coming in go on"),
        stopped=Text("停止非柜面业务", "Non-counter business stopped"),
    ),
    RestrictionKind.PAYMENT_BUSINESS_SUSPENDED: _Words(
        Act.PAYMENT_BALANCE_OUT,
        Text("停止支付账户业务（余额可转出）", "Business of payment accounts stopped (the balance can be paid out)"),
        Text(
            "余额可全部或部分转至{own_account}，可通过网上银行、手机银行或在柜面办理",
            "The balance, as a whole or in part, can be paid out to {own_account}: by online or mobile banking, or at the counter",
        ),
        Text(
            "全部余额经柜面申请和复核，可一次转至{own_account}（本行规则）",
            "The whole balance can be paid out at the counter to {own_account} once a second person approves (house rule)",
        ),
        stopped=Text("停止支付账户所有业务", "All business of payment accounts stopped"),
    ),
    RestrictionKind.OPENING_BARRED: _Words(
        Act.OPEN_BANK_ACCOUNT,
        Text("暂停新开立支付账户", "Opening of new payment accounts suspended"),
        Text(
            "可申请开立功能受限的银行账户，新开账户同样限制非柜面出金；本行依法审核",
            "A bank account with limited functions can be applied for; non-counter outflow is restricted on the new account "
            "too, and the bank examines the application as the law requires",
        ),
        Text(
            "已有账户和补（换）卡不受影响；期间不新发借记卡（本行规则）{personal_cards}",
            "Existing accounts and replaced cards are not affected; no new debit card is issued meanwhile (house rule)"
            "{personal_cards}",
        ),
    ),
    RestrictionKind.CASE_ACCOUNT_STOPPED: _Words(
        Act.INBOUND,
        Text("临时止付（待复核）", "Provisionally stopped (pending approval)"),
        Text(
            "收款、存入照常；名下其他账户不受影响",
            "Money coming in and deposits go on; the holder's other accounts are not affected",
        ),
        None,
    ),
}


def verb_of(cause: str, legal_basis: str) -> Verb:
    """Return with which word business of a person is ended: that of the legal basis (停止、暂停).

    Of a case account's holder the notice and document 261 alike say 暂停.

    :param cause: of the restriction.
    :param legal_basis: of its certificate; where none is known, the notice's word counts.
    :source: 通告第五条 (停止); 银发〔2016〕261号 一(二) and 银发〔2019〕85号 (暂停).
    """
    if cause == RestrictionCause.CASE_HOLDER:
        return Verb.SUSPEND
    return (regimes().get(legal_basis) or regimes()[DEFAULT_BASIS]).verb


def is_narrower(kind: RestrictionKind, stops: Acts) -> bool:
    """Return whether a measure leaves something open that others of its kind stop."""
    words = _WORDS.get(kind)
    return words is not None and words.left_open not in stops


def measure_text(kind: RestrictionKind, stops: Acts, verb: Verb) -> Text:
    """Return what a measure is called: a narrower one by a name of its own, others with the verb of their instrument."""
    words = _WORDS.get(kind)
    if words is None:
        return kind.text
    if words.left_open not in stops:
        return words.narrower
    return words.stopped if words.stopped is not None and verb is Verb.STOP else kind.text


def left_open_text(kind: RestrictionKind, stops: Acts, subject: str) -> Text | None:
    """Return the business that a measure leaves open, None if it leaves none.

    :param subject: kind of the restricted customer or subject, for the words that address it.
    """
    words = _WORDS.get(kind)
    if words is None:
        return None
    left = words.goes_on if words.left_open in stops else words.goes_on_then
    return left and addressed(left, subject)


def terms_text(regime: Regime) -> Text:
    """Return the measures of a regime and their length as a phrase for notices to applicants (告知)."""
    by_length: defaultdict[tuple[str, str], list[Text]] = defaultdict(list)
    for measure in regime.penalty:
        by_length[_length(measure)].append(measure_text(measure.kind, measure.stops, regime.verb))
    zh = [f"{zh}{'、'.join(each.zh for each in words)}" for (zh, _), words in by_length.items()]
    en = [f"{', '.join(_small(each.en) for each in words)}, {en}" for (_, en), words in by_length.items()]
    return Text("；".join(zh), "; ".join(en))


def _length(measure: Measure) -> tuple[str, str]:
    others = measure.years_of_category.items()
    zh = "".join(f"（{category.text.zh}的{years}年内）" for category, years in others)
    en = "".join(f" ({_small(category.text.en)}: {years})" for category, years in others)
    return f"{measure.years}年内{zh}", f"for {measure.years} years{en}"


def _small(word: str) -> str:
    return word[:1].lower() + word[1:]
