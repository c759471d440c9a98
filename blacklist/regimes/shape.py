"""Data classes of a regime: its measures, their length, its thresholds, and how terms are counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from types import MappingProxyType

from blacklist.vocabulary import INFLOWS, OF_AN_ACCOUNT, Act, AuthorityLevel, Category, RestrictionKind
from config.kernel.law.clauses import (
    NOTICE_5_CASE_HOLDER,
    PBOC_261_CASE_ACCOUNT,
    PBOC_261_CASE_HOLDER,
    Clause,
)
from config.kernel.law.text import Text

type Acts = frozenset[Act]

#: Non-counter business, both ways (非柜面业务): payments by others to the account are not the holder's business.
NON_COUNTER: Acts = frozenset(
    {
        Act.MACHINE_CASH_IN,
        Act.MACHINE_CASH_OUT,
        Act.REMOTE_TRANSFER_OUT,
        Act.CARD_PAYMENT,
        Act.DIRECT_DEBIT,
        Act.BASIC_DEBIT,
    }
)
#: Its outflow only (非柜面出金), except payments for living.
NON_COUNTER_OUT: Acts = NON_COUNTER - INFLOWS - {Act.BASIC_DEBIT}
#: All business of a payment account (支付账户所有业务): it cannot be closed either.
PAYMENT: Acts = frozenset({Act.PAYMENT_IN, Act.PAYMENT_OUT, Act.PAYMENT_BALANCE_OUT, Act.INBOUND, Act.CLOSE})
#: The same, except the transfer of its balance to the holder and the closing after it.
PAYMENT_BUT_BALANCE: Acts = PAYMENT - {Act.PAYMENT_BALANCE_OUT, Act.CLOSE}
#: New accounts of both kinds; that no card is issued meanwhile is a house rule (本行规则).
OPENING: Acts = frozenset({Act.OPEN_BANK_ACCOUNT, Act.OPEN_PAYMENT_ACCOUNT, Act.ISSUE_CARD})
#: New payment accounts only.
OPENING_PAYMENT: Acts = frozenset({Act.OPEN_PAYMENT_ACCOUNT})

#: The acts that a kind of restriction stops by default.
WHOLE: Mapping[RestrictionKind, Acts] = MappingProxyType(
    {
        RestrictionKind.NON_COUNTER_SUSPENDED: NON_COUNTER,
        RestrictionKind.PAYMENT_BUSINESS_SUSPENDED: PAYMENT,
        RestrictionKind.OPENING_BARRED: OPENING,
        RestrictionKind.CASE_ACCOUNT_STOPPED: OF_AN_ACCOUNT,
    }
)


class Verb(Enum):
    """The word with which an instrument ends a penalized person's business: letters and refusals quote it (停止、暂停)."""

    STOP = Text("停止", "stopped")
    SUSPEND = Text("暂停", "suspended")


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure against a person: stopped acts, length in calendar years, and clause (惩戒措施).

    :ivar years_of_category: years by category, where they differ.
    """

    kind: RestrictionKind
    stops: Acts
    clause: Clause
    years: int
    years_of_category: Mapping[Category, int] = field(default_factory=lambda: MappingProxyType({}))

    def years_for(self, category: Category) -> int:
        """Return the length of the measure for a category, in years."""
        return self.years_of_category.get(category, self.years)


@dataclass(frozen=True, slots=True)
class CaseMeasure:
    """A measure caused by a case account; it lasts until revocation or, for other accounts, re-verification."""

    kind: RestrictionKind
    stops: Acts
    clause: Clause


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least extent that a certificate must state to rest on this basis (认定标准).

    :ivar least: least number of accounts, times or counterparties; one of them is enough.
    :ivar categories: categories to which the threshold applies.
    :ivar exempt: levels of authorities that may certify below it.
    """

    least: int
    categories: frozenset[Category]
    exempt: frozenset[AuthorityLevel]
    clause: Clause


@dataclass(frozen=True, slots=True)
class Regime:
    """The rules of one legal basis (惩戒制度).

    `penalty` holds the measures against certified subjects, counted from the day of certification. `case_holder` stops
    the other accounts of a case account's holder; `case_account` stops the case account itself.

    :ivar code: code of the legal basis.
    :ivar from_day: first day of restrictions, whatever the day of certification or approval.
    :ivar names: categories that the instrument names. To other categories the bank applies the penalty by a house rule
        (本行规则) and cites no clause.
    :ivar verb: its word for what it does to whole business; a narrower measure has a name of its own
        (`blacklist.regimes.words`).
    :ivar replaces: codes of the bases that it replaces from its first day on.
    :ivar term_prevails: whether a term stated by the certificate replaces the computed one.
    :ivar adds_up_to: maximum of added terms, in years; None if each certificate counts alone.
    """

    code: str
    text: Text
    from_day: date
    names: frozenset[Category]
    penalty: tuple[Measure, ...]
    case_holder: tuple[CaseMeasure, ...]
    case_account: CaseMeasure
    verb: Verb = Verb.SUSPEND
    replaces: frozenset[str] = frozenset()
    term_prevails: bool = False
    adds_up_to: int | None = None
    threshold: Threshold | None = None

    def years_for(self, category: Category) -> int:
        """Return the length of the longest measure against a category, in years."""
        return max(each.years_for(category) for each in self.penalty)

    def is_house_rule(self, category: Category) -> bool:
        """Return whether a category has its penalty only by a house rule of the bank."""
        return category not in self.names

    def house_reason_for(self, category: Category) -> Text | None:
        """Return the reason why a category has its penalty only by a house rule; None if the instrument names it."""
        return self.house_reason if self.is_house_rule(category) else None

    @property
    def house_reason(self) -> Text:
        """Return the reason for the house rule (本行规则的理由)."""
        return Text(
            f"“{self.text.zh}”未列“{Category.CRIMINAL_PUNISHED.text.zh}”；对其限制为本行规则，理由是受过此类刑事处罚的，"
            "风险不低于只经认定的。",
            f"“{self.text.en}” does not name the punished; restricting them is a house rule, because a person "
            "punished for such a crime is no smaller risk than one who was only certified.",
        )


def _case_holder(clause: Clause) -> tuple[CaseMeasure, ...]:
    kinds = RestrictionKind.NON_COUNTER_SUSPENDED, RestrictionKind.PAYMENT_BUSINESS_SUSPENDED
    return tuple(CaseMeasure(kind, WHOLE[kind], clause) for kind in kinds)


#: The rules of document 261 on case accounts and their holders' other accounts, replaced by no later instrument.
#: :source: 银发〔2016〕261号 一(二), in force from 2017-01-01.
CASE_ACCOUNT = CaseMeasure(RestrictionKind.CASE_ACCOUNT_STOPPED, OF_AN_ACCOUNT, PBOC_261_CASE_ACCOUNT)
#: Acts stopped while a case account's certificate waits for a second person (临时止付): all except incoming money, as for
#: an emergency stop (止付, 只收不付). :source: house rule, as 银发〔2016〕86号 stops payment.
PROVISIONAL_STOP: Acts = OF_AN_ACCOUNT - INFLOWS - {Act.COUNTER_CASH_IN}
PROVISIONAL_REASON = Text(
    "本行规则：认定书登记后、复核前，所列本行账户先行止付，只收不付，以免复核期间资金转出；一人登记即可止付，故不止收款，"
    "也不涉及名下其他账户，复核决定作出时结束。",
    "House rule: from the registration of a certificate until it is decided, the accounts of this bank that it names pay "
    "nothing out, so that no money leaves meanwhile. One person places it, so money coming in goes on, the holder's other "
    "accounts are not touched, and it ends with the decision.",
)
#: Why a penalty counts from a sentence (`blacklist.policy.content.Sentence`).
SENTENCE_REASON = Text(
    "本行规则：受监禁刑的，服刑期间限制，自刑罚执行完毕之日起算三年；受非监禁刑或缓刑的，自裁判生效之日起算三年。"
    "惩戒办法征求意见稿如此规定，正式文本的条款本行未能核对。",
    "House rule: with a custodial sentence the restriction holds while it is being served and for three years from the day "
    "on which it has been served; with another or a suspended sentence, for three years from the day on which the judgment "
    "takes effect. The draft of the measures says so; the bank could not check the article of the final text.",
)
#: Days within which the holder of a case account re-verifies (3日内). :source: 银发〔2016〕261号 一(二), from 2017-01-01.
GRACE_DAYS = 3


def grace_reason(days: int) -> Text:
    """Return the reason for a suspension that begins after another number of days of grace (宽限期)."""
    return Text(
        f"本行规则：涉案账户开户人名下其他账户自宽限期{days}日届满起暂停；银发〔2016〕261号规定为{GRACE_DAYS}日，通告未规定日数。",
        f"House rule: the other accounts of a case account's holder are suspended after {days} days of grace; "
        f"PBOC [2016] No. 261 has {GRACE_DAYS} days, and the notice has none.",
    )


CASE_HOLDER = _case_holder(PBOC_261_CASE_HOLDER)
#: The notice has the same rule for the holder's other accounts.
CASE_HOLDER_OF_THE_NOTICE = _case_holder(NOTICE_5_CASE_HOLDER)
