"""Rules of openings: whether an account may be opened, a card issued, a class changed, and a form printed; guardians.

Each check raises the first refusal in the contract's order. Everything that exists counts against a limit, also stock in
excess: it is kept, and nothing more is opened. Eligibility is answered by the same checks.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.policy.limits import (
    NO_SAME_PERSON,
    ClassKey,
    SamePersonHoldings,
    check_cards_of_same_person,
    check_class_of_same_person,
)
from accounts.policy.restrictions import (
    holder_of,
    house_rule_of,
    limit_of,
    longest_that_stops,
    other_restrictions,
    reckoning_of,
)
from accounts.refusals.opening import (
    AgentCardLimit,
    CardNotOffered,
    ClassIExists,
    ClassIIILimit,
    ClassIILimit,
    DebitCardLimit,
    DocumentExpired,
    ExceptionNotNeeded,
    GuardianRequired,
    IdentityUnderReview,
    OpeningBarred,
    OrganizationHasNoClass,
    PaymentClassIIIExists,
)
from accounts.vocabulary import (
    AccountClass,
    AccountKind,
    AgeClass,
    AgentRelation,
    CardObstacle,
    CardProduct,
    CustomerKind,
    HouseRule,
    ReviewCause,
)
from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import Act
from config.kernel.law.clauses import SETTLEMENT_DOCUMENT
from config.kernel.law.dates import add_years, rfc3339
from config.kernel.law.refusals import Refusal, Ruled

#: The age, in years, from which an individual opens accounts without a guardian (未满16周岁须由监护人代办).
#: :source: house rule: 国务院令第285号 article 5 names the household register for younger persons, and requires no guardian.
WITHOUT_GUARDIAN_FROM_YEARS = 16
#: The age, in years, from which a person can be a guardian: a guardian has full capacity.
#: :source: 《民法典》 articles 17, 18 and 27, in force from 2021-01-01.
GUARDIAN_FROM_YEARS = 18


def age_class(born: date | None, day: date) -> AgeClass:
    """Return an individual's age class (年龄段): sixteen from that birthday on.

    :param born: the birth date, None where it is unknown.
    :param day: the bank's day.
    """
    if born is None:
        return AgeClass.UNKNOWN
    return AgeClass.FROM_16 if day >= add_years(born, WITHOUT_GUARDIAN_FROM_YEARS) else AgeClass.UNDER_16


def check_guardian(age: AgeClass | None, relation: AgentRelation | None) -> None:
    """Check that a customer known to be under sixteen came with a guardian (监护人); another agent is refused.

    :param age: of the holder, None for an organization.
    :param relation: the agent's capacity, None when the holder came alone.
    :raises GuardianRequired: for such a customer without a guardian.
    :source: house rule, see `WITHOUT_GUARDIAN_FROM_YEARS`.
    """
    if age is AgeClass.UNDER_16 and relation is not AgentRelation.GUARDIAN:
        raise GuardianRequired


def may_have_guardian(age: AgeClass | None) -> bool:
    """Return whether a guardian may act for a holder: only for one known to be under sixteen."""
    return age is AgeClass.UNDER_16


def may_be_guardian(born: date | None, day: date) -> bool:
    """Return whether a person can be a guardian: one known to be under eighteen cannot.

    :param born: the birth date, None where it is unknown.
    :param day: the bank's day.
    """
    return born is None or day >= add_years(born, GUARDIAN_FROM_YEARS)


#: Open Class I accounts of one individual at this bank (同一个人在同一家银行一个Ⅰ类户).
#: :source: 《关于防范和打击电信网络诈骗犯罪的通告》第五条; 银发〔2016〕261号 一(一), from 2016-12-01.
CLASS_I_MAX = 1
#: Open Class II and, counted apart, Class III accounts of one individual (分别不得超过5户).
#: :source: 银发〔2018〕16号, from 2018-01.
CLASS_II_MAX = 5
CLASS_III_MAX = 5
#: Open Class III payment accounts of one individual; payment Class III is the highest class.
#: :source: 通告第五条, from 2016-12-01.
PAYMENT_CLASS_III_MAX = 1
#: Debit cards of one customer, issued, active or lost (借记卡原则上不得超过4张).
#: :source: 银监发〔2015〕48号, from 2016-01-01; 通告第五条, from 2016-09-23.
DEBIT_CARDS_MAX = 4
#: Cards one agent has taken for others and that are not cancelled (代理开卡原则上不得超过3张).
#: :source: 银监发〔2015〕48号, from 2016-01-01.
AGENT_CARDS_MAX = 3

#: The act that an opening is, by the kind of account.
OPENING: Mapping[AccountKind, Act] = {
    AccountKind.BANK: Act.OPEN_BANK_ACCOUNT,
    AccountKind.PAYMENT: Act.OPEN_PAYMENT_ACCOUNT,
}

LIMITS: Mapping[ClassKey, tuple[type[Ruled], int]] = {
    (AccountKind.BANK, AccountClass.I): (ClassIExists, CLASS_I_MAX),
    (AccountKind.BANK, AccountClass.II): (ClassIILimit, CLASS_II_MAX),
    (AccountKind.BANK, AccountClass.III): (ClassIIILimit, CLASS_III_MAX),
    (AccountKind.PAYMENT, AccountClass.III): (PaymentClassIIIExists, PAYMENT_CLASS_III_MAX),
}


@dataclass(frozen=True, slots=True)
class OpeningFacts:
    """The facts about a customer for an opening, under the customer's lock.

    `in_review` says that the identity is under review, `review_cause` why. `expired_on` is the last day of the
    document that was valid longest, None while one is valid. `opening_bars` are those in force; each says what it
    bars. `open_accounts` counts by kind and class, `debit_cards` those issued, active or lost; both include stock in
    excess of a limit. `same_person` has the accounts and cards of customers who may be the same person. `age` is the
    holder's, None for an
    organization. `agent_relation` is the capacity of an agent, None without one; `agent_cards` is the number of cards
    that the agent has taken for others, None where they do not count.
    """

    holder_kind: CustomerKind
    in_review: bool = False
    review_cause: ReviewCause | None = None
    expired_on: date | None = None
    age: AgeClass | None = None
    agent_relation: AgentRelation | None = None
    opening_bars: tuple[Restriction, ...] = ()
    open_accounts: Mapping[ClassKey, int] = field(default_factory=dict)
    debit_cards: int = 0
    agent_cards: int | None = None
    same_person: SamePersonHoldings = NO_SAME_PERSON

    def count(self, key: ClassKey) -> int:
        """Return the number of open accounts of a kind and class."""
        return self.open_accounts.get(key, 0)


def class_max(key: ClassKey) -> int | None:
    """Return the largest number of open accounts of a kind and class for an individual, None without a limit."""
    return LIMITS[key][1] if key in LIMITS else None


def check_open_account(facts: OpeningFacts, kind: AccountKind, account_class: AccountClass) -> None:
    """Check that an account may be opened (开户).

    :param account_class: `none` for organizations only; the caller checks that individuals name a class.
    :raises OrganizationHasNoClass: an organization asks for a class.
    :raises IdentityUnderReview: the identity check has not matched, or none was made.
    :raises DocumentExpired: no document of the customer is valid on the day.
    :raises GuardianRequired: the holder is known to be under sixteen and no guardian came.
    :raises OpeningBarred: while a penalty bars accounts of this kind.
    :raises ClassIExists, ClassIILimit, ClassIIILimit, PaymentClassIIIExists: the class is full.
    :raises PossibleSameUndecided: the class is full if customers who may be one person are counted together.
    :source: 通告第五条, from 2016-12-01, the bar from 2017-01-01; 银发〔2018〕16号.
    """
    _check_class_is_personal(facts, account_class)
    _check_identity(facts, opens=kind)
    _check_opening_bar(facts, OPENING[kind])
    _check_class_limit(facts, (kind, account_class))
    _check_class_of_same_person(facts, (kind, account_class))


def check_change_class(facts: OpeningFacts, kind: AccountKind, to: AccountClass, *, live_cards: int) -> None:
    """Check that an account may change to a class (账户升级、降级): nothing is opened, so no bar applies.

    :param facts: the account itself does not count in the target class, because it is of another class now.
    :param live_cards: cards on this account that are not cancelled.
    :raises OrganizationHasNoClass: the account is an organization's.
    :raises ClassIExists, ClassIILimit, ClassIIILimit, PaymentClassIIIExists: the target class is full.
    :raises CardNotOffered: it would be Class III and still has a card.
    :raises PossibleSameUndecided: the target class is full if customers who may be one person are counted together.
    :source: 通告第五条; 银发〔2018〕16号; 银发〔2016〕302号.
    """
    _check_class_is_personal(facts, to)
    _check_class_limit(facts, (kind, to))
    if live_cards and not carries_cards(kind, to):
        raise CardNotOffered(account_class=to.value, cards=live_cards)
    _check_class_of_same_person(facts, (kind, to))


def check_issue_card(
    facts: OpeningFacts,
    kind: AccountKind,
    account_class: AccountClass,
    product: CardProduct,
    *,
    by_exception: bool = False,
) -> None:
    """Check that a card may be issued on an account (发卡).

    :param by_exception: a second person approved a card beyond four; every other rule stays.
    :raises IdentityUnderReview: the identity check has not matched, or none was made.
    :raises DocumentExpired: no document of the customer is valid on the day.
    :raises GuardianRequired: the holder is known to be under sixteen and no guardian came.
    :raises OpeningBarred: a debit card while a penalty bars openings; replacing a card is not barred. The clause on the
        bar names 新开立账户 only: that it bars cards, too, is a house rule (本行规则), and no clause is cited.
    :raises CardNotOffered: Class III and payment accounts carry none, organizations none of a product for individuals.
    :raises DebitCardLimit: the customer has four debit cards.
    :raises PossibleSameUndecided: it would be the fifth if customers who may be one person are counted together; an
        exception does not waive this, because its checker is shown only one of them.
    :raises AgentCardLimit: the agent has taken three for others.
    :source: 银监发〔2015〕48号, from 2016-01-01; 通告第五条; house rules: no new debit card under the bar, and who may
        have which product.
    """
    _check_identity(facts)
    if product.counts:
        _check_opening_bar(facts, Act.ISSUE_CARD)
    if not carries_cards(kind, account_class):
        raise CardNotOffered(kind=kind.value, account_class=account_class.value)
    check_product(facts.holder_kind, product)
    if not by_exception:
        check_debit_card(facts, product)
    check_cards_of_same_person(facts.same_person, product, facts.debit_cards, DEBIT_CARDS_MAX)
    if facts.agent_cards is not None and facts.agent_cards >= AGENT_CARDS_MAX:
        raise AgentCardLimit(count=facts.agent_cards, limit=AGENT_CARDS_MAX)


def check_card_exception(facts: OpeningFacts, product: CardProduct) -> None:
    """Check that a card beyond the limit of four is needed (申请超限额发卡), after every other rule of the card.

    :raises ExceptionNotNeeded: a further debit card fits within four.
    :source: 银监发〔2015〕48号: "原则上"; house rule: nobody decides about what needs no exception.
    """
    if product.counts and facts.debit_cards < DEBIT_CARDS_MAX:
        raise ExceptionNotNeeded(count=facts.debit_cards, limit=DEBIT_CARDS_MAX)


def check_product(holder_kind: CustomerKind, product: CardProduct) -> None:
    """Check that a holder can have a card of a product (卡种): products for individuals are issued to individuals only.

    :raises CardNotOffered: an organization asks for one of them.
    :source: house rule: these cards pay out what belongs to a natural person, and they do not count against the four.
    """
    if product.is_personal and holder_kind is not CustomerKind.INDIVIDUAL:
        refusal = CardNotOffered(cause=CardObstacle.INDIVIDUALS_ONLY.value, product=product.value)
        refusal.clause = None
        raise refusal


def check_debit_card(facts: OpeningFacts, product: CardProduct) -> None:
    """Check that one more card of a product fits within four (借记卡不超过4张).

    Social-security, medical-insurance and military-security cards are not counted.
    """
    if product.counts and facts.debit_cards >= DEBIT_CARDS_MAX:
        raise DebitCardLimit(count=facts.debit_cards, limit=DEBIT_CARDS_MAX)


def carries_cards(kind: AccountKind, account_class: AccountClass) -> bool:
    """Return whether an account can have cards: Class I, Class II and organizations' bank accounts.

    :param account_class: `NONE` for an organization.
    """
    return kind is AccountKind.BANK and account_class is not AccountClass.III


def free_slot(taken: Collection[int], most: int) -> int | None:
    """Return the smallest free slot from 1 to `most`, None when all are taken.

    :param taken: the slots in use.
    :param most: the limit, at least 1.
    """
    return next((slot for slot in range(1, most + 1) if slot not in taken), None)


def eligibility(facts: OpeningFacts) -> dict[str, Refusal | None]:
    """Return for each product the refusal that a customer would meet, None where it may be opened (开户资格)."""
    products: dict[str, Callable[[], None]] = {
        "bank_class_i": lambda: check_open_account(facts, AccountKind.BANK, AccountClass.I),
        "bank_class_ii": lambda: check_open_account(facts, AccountKind.BANK, AccountClass.II),
        "bank_class_iii": lambda: check_open_account(facts, AccountKind.BANK, AccountClass.III),
        "payment_class_iii": lambda: check_open_account(facts, AccountKind.PAYMENT, AccountClass.III),
        "debit_card": lambda: _check_any_card(facts),
    }
    return {name: _refusal(check) for name, check in products.items()}


def _check_any_card(facts: OpeningFacts) -> None:
    """Check a debit card on any account that carries cards."""
    check_issue_card(facts, AccountKind.BANK, AccountClass.NONE, CardProduct.DEBIT)


def _refusal(check: Callable[[], None]) -> Refusal | None:
    try:
        check()
    except Refusal as refusal:
        return refusal
    return None


def _check_class_is_personal(facts: OpeningFacts, account_class: AccountClass) -> None:
    if facts.holder_kind is CustomerKind.ORGANIZATION and account_class is not AccountClass.NONE:
        raise OrganizationHasNoClass(account_class=account_class.value)


def _check_identity(facts: OpeningFacts, *, opens: AccountKind | None = None) -> None:
    """Check that the identity is confirmed, by a document valid on the day, and that a child has come with a guardian.

    :param opens: kind of the new account; None for a card.
    :source: house rule on the review, as 银发〔2007〕345号 asks to verify further; 银发〔2015〕392号 一(一), from 2016-04-01,
        and 中国人民银行令〔2003〕第5号 第十七条, from 2003-09-01, name a bank account; house rule for other openings.
    """
    if facts.in_review:
        # A re-verification does not end a bar on opening, so the refusal lists the bars, too.
        raise IdentityUnderReview(
            cause=(facts.review_cause or ReviewCause.NO_MATCH).value, **other_restrictions(facts.opening_bars)
        )
    if facts.expired_on is not None:
        expired = DocumentExpired(valid_until=facts.expired_on.isoformat())
        if opens is not AccountKind.BANK:
            expired.clause = None
        elif facts.holder_kind is CustomerKind.ORGANIZATION:
            expired.clause = SETTLEMENT_DOCUMENT
        raise expired
    check_guardian(facts.age, facts.agent_relation)


def _check_opening_bar(facts: OpeningFacts, act: Act) -> None:
    """Check that no bar stops an opening; that a bar on accounts also bars cards is a house rule."""
    bar = longest_that_stops(facts.opening_bars, act)
    if bar is None:
        return
    fields: dict[str, Any] = {"until": rfc3339(bar.until), "certificate_id": str(bar.certificate_id)}
    house = HouseRule.NO_NEW_CARD if act is Act.ISSUE_CARD else house_rule_of(bar)
    fields |= {"cause": house.value} if house else {}
    fields |= limit_of(bar) | reckoning_of(bar) | holder_of(facts.holder_kind)
    refusal: Ruled = OpeningBarred(**fields, **other_restrictions(facts.opening_bars, but=bar))
    refusal.clause = None if house else bar.clause
    raise refusal


def _check_class_limit(facts: OpeningFacts, key: ClassKey) -> None:
    if key in LIMITS:
        refusal, most = LIMITS[key]
        if facts.count(key) >= most:
            raise refusal(count=facts.count(key), limit=most)


def _check_class_of_same_person(facts: OpeningFacts, key: ClassKey) -> None:
    if key in LIMITS:
        check_class_of_same_person(facts.same_person, key, facts.count(key), LIMITS[key][1])


@dataclass(frozen=True, slots=True)
class FormFacts:
    """Facts for the rule on printing the opening form.

    :ivar opened_on: the bank's day on which the account was opened.
    :ivar today: the bank's day.
    :ivar opened_by_caller: whether the caller opened the account.
    :ivar printed: whether the form was printed before.
    """

    opened_on: date
    today: date
    opened_by_caller: bool
    printed: bool


def may_print_form(facts: FormFacts) -> bool:
    """Return whether the form may be printed with full data: once, on the day of the opening, by the person who opened it."""
    return facts.opened_by_caller and facts.opened_on == facts.today and not facts.printed
