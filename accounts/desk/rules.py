"""The rule panel of an opening: each rule asked of what is on the form so far, before anything is done.

It is the same policy that decides; here each rule is asked alone, so that one refusal does not hide another.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.desk.forms import AgentForm, IdentityForm, ProductForm
from accounts.desk.words import account_word, document_word
from accounts.models import Account, Card, Customer
from accounts.policy.identity import status_after_check
from accounts.policy.opening import (
    AGENT_CARDS_MAX,
    DEBIT_CARDS_MAX,
    LIMITS,
    OpeningFacts,
    carries_cards,
    check_debit_card,
    check_issue_card,
    check_open_account,
)
from accounts.queries.customers import customer_with_identity, customers_with_phone
from accounts.queries.opening import opening_of
from accounts.queries.standing import SubjectKeys, subject_keys
from accounts.vocabulary import (
    COUNTED_CARD_STATUSES,
    AccountClass,
    AccountKind,
    AccountStatus,
    CardProduct,
    CheckResult,
    CustomerKind,
)
from config.desk.words import told
from config.kernel.clauses import CBRC_48_AGENT, NOTICE_5_CARDS, NOTICE_5_OPENING_BAR, PBOC_302_NO_CARD, PBOC_345_CHECK
from config.kernel.clock import bank_now
from config.kernel.identity.documents import IdentityDocument
from config.kernel.identity.masking import mask_account, mask_card, mask_name
from config.kernel.identity.names import same_name
from config.kernel.refusals import Refusal
from config.kernel.sealed import identity_key
from config.kernel.words import language

YES, NO, WAIT, NOTE = "yes", "no", "wait", "note"
_REAL_NAME = "国务院令第285号"
_PHONES = "银发〔2016〕261号"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it stands for this form.

    :ivar state: yes, no, wait (not told yet) or note (nothing forbids it, but look).
    :ivar holders: what fills a limit, masked.
    """

    title: str
    state: str
    sentence: str
    clause: str = ""
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """All rules, the customer the document means, and whether a card beyond four could be asked for."""

    rules: list[Rule] = field(default_factory=list)
    known: Customer | None = None
    cards_full: bool = False

    @property
    def clear(self) -> bool:
        """Say whether no rule stands in the way."""
        return all(rule.state in {YES, NOTE} for rule in self.rules)


def panel_for(
    *,
    customer: Customer | None = None,
    identity: IdentityForm | None = None,
    product: ProductForm | None = None,
    agent: AgentForm | None = None,
) -> Panel:
    """Ask every rule of what is told so far.

    :param customer: who stands at the counter, when he was found before; else `identity` tells.
    """
    at = bank_now()
    rules: list[Rule] = []
    read: IdentityDocument | None = None
    known = customer
    if identity is not None:
        read = _told(identity, "read")
        if read is not None:
            holder_id = customer_with_identity(identity_key(read.identity))
            known = Customer.objects.filter(pk=holder_id).first() if holder_id else None
        rules += _of_identity(identity, read, known)
    facts = _facts(known, identity, read, agent, at)
    rules += _of_person(facts)
    if product is not None:
        rules += _of_product(product, facts, known)
    if agent is not None and _told(agent, "came"):
        rules.append(_of_agent(agent, facts))
    full = facts is not None and facts.debit_cards >= DEBIT_CARDS_MAX
    return Panel(rules, known, full)


def _facts(
    known: Customer | None,
    identity: IdentityForm | None,
    read: IdentityDocument | None,
    agent: AgentForm | None,
    at: datetime,
) -> OpeningFacts | None:
    """Return what the rules would see, None while nobody is named; a new person has nothing yet."""
    proxy = _told(agent, "agent") if agent is not None else None
    agent_key = proxy.key if proxy else None
    if known is not None:
        return opening_of(known, subject_keys(known.id), at, agent_key=agent_key).facts
    if read is None:
        return None
    result = _told(identity, "result")
    status = status_after_check(CheckResult(result) if result else None)
    nobody = Customer(kind=CustomerKind.INDIVIDUAL, status=status)
    return opening_of(nobody, SubjectKeys((identity_key(read.identity),), ()), at, agent_key=agent_key).facts


def _of_identity(form: IdentityForm, read: IdentityDocument | None, known: Customer | None) -> Iterator[Rule]:
    title = told("证件号码", "Document number")
    if not form["number"].value():
        yield Rule(title, WAIT, told("请录入证件。", "Enter the document."), _REAL_NAME)
    elif read is None:
        errors = [message for name in ("number", "type", "country") for message in form.errors.get(name, [])]
        if errors:
            yield Rule(title, NO, str(errors[0]), _REAL_NAME)
    else:
        word = document_word(read.type)
        yield Rule(
            title, YES, told(f"{word}，格式和校验码正确。", f"{word}: form and check digit are right."), _REAL_NAME
        )
    if form.errors.get("valid_until"):
        yield Rule(told("证件有效期", "Validity"), NO, str(form.errors["valid_until"][0]), _REAL_NAME)
    yield from _of_one_person(form, read, known)
    if phone := _told(form, "phone"):
        yield from _of_phone(phone, known)


def _of_one_person(form: IdentityForm, read: IdentityDocument | None, known: Customer | None) -> Iterator[Rule]:
    title, name = told("一人一户", "One person, one customer"), _told(form, "name")
    clause = str(PBOC_345_CHECK)
    if read is None:
        return
    if known is None:
        yield Rule(
            title, YES, told("本行尚无此人，将建立新客户。", "Nobody here has this identity: a new customer."), clause
        )
    elif name and not same_name(known.name, name):
        sentence = told(
            "该证件号码已由本行另一姓名的客户使用。请核对证件和姓名。",
            "This number stands under another name here. Check document and name.",
        )
        yield Rule(title, NO, sentence, clause)
    else:
        masked = mask_name(known.name)
        yield Rule(
            title,
            NOTE,
            told(f"已是本行客户 {masked}，直接为其开户。", f"A customer already: {masked}; opened for him."),
            clause,
        )


def _of_phone(phone: str, known: Customer | None) -> Iterator[Rule]:
    others = [each for each in customers_with_phone(phone) if known is None or each != known.id]
    title = told("电话号码", "Phone")
    if others:
        count = len(others)
        yield Rule(
            title, NOTE,
            told(f"该号码另有 {count} 名客户使用，请核实。", f"{count} other customers have this phone; ask why."), _PHONES,
        )  # fmt: skip
    else:
        yield Rule(title, YES, told("该号码没有其他客户使用。", "No other customer has this phone."), _PHONES)


def _of_person(facts: OpeningFacts | None) -> Iterator[Rule]:
    checked, listed = told("身份核查", "Identity check"), told("惩戒名单", "Penalty list")
    if facts is None:
        waits = told("录入证件后核对。", "Known once the document is.")
        yield Rule(checked, WAIT, waits, str(PBOC_345_CHECK))
        yield Rule(listed, WAIT, waits, str(NOTICE_5_OPENING_BAR))
        return
    anything = AccountKind.BANK, AccountClass.I if facts.holder_kind is CustomerKind.INDIVIDUAL else AccountClass.NONE
    yield _ask(
        checked, lambda: check_open_account(replace(facts, opening_bar=None, open_accounts={}), *anything),
        told("核查一致。", "The check matches."), str(PBOC_345_CHECK),
    )  # fmt: skip
    yield _ask(
        listed, lambda: check_open_account(replace(facts, in_review=False, open_accounts={}), *anything),
        told("不在不得新开户的惩戒期内。", "No penalty bars an opening."), str(NOTICE_5_OPENING_BAR),
    )  # fmt: skip


def _of_product(form: ProductForm, facts: OpeningFacts | None, known: Customer | None) -> Iterator[Rule]:
    kind, account_class = _told(form, "kind"), _told(form, "account_class")
    if not kind or not account_class:
        return
    key = AccountKind(kind), AccountClass(account_class)
    word = account_word(kind, account_class)
    only = replace(facts, in_review=False, opening_bar=None) if facts else OpeningFacts(CustomerKind.INDIVIDUAL)
    if key in LIMITS:
        refusal, most = LIMITS[key]
        count = only.count(key)
        rule = _ask(
            told("账户数量", "Number of accounts"), lambda: check_open_account(only, *key),
            told(f"{word}已有 {count} 户，限 {most} 户。", f"{word}: {count} of {most}."), str(refusal.clause or ""),
        )  # fmt: skip
        yield rule if rule.state == YES or known is None else replace(rule, holders=_accounts(known.id, key))
    else:
        yield Rule(told("账户数量", "Number of accounts"), YES, told("该类账户不限数量。", "No limit for this kind."))
    if card := _told(form, "card"):
        yield from _of_card(CardProduct(card), key, only, known)


def _of_card(
    product: CardProduct, key: tuple[AccountKind, AccountClass], facts: OpeningFacts, known: Customer | None
) -> Iterator[Rule]:
    if not carries_cards(*key):
        yield _ask(
            told("配卡", "Card"), lambda: check_issue_card(facts, *key, CardProduct.MEDICAL), "", str(PBOC_302_NO_CARD)
        )
        return
    title = told("借记卡数量", "Number of debit cards")
    if product is not CardProduct.DEBIT:
        yield Rule(
            title, YES, told("该卡种不占四张名额。", "This card does not count among the four."), str(NOTICE_5_CARDS)
        )
        return
    count = facts.debit_cards
    rule = _ask(
        title, lambda: check_debit_card(facts, product),
        told(f"已有 {count} 张，限 {DEBIT_CARDS_MAX} 张。", f"{count} of {DEBIT_CARDS_MAX}."), str(NOTICE_5_CARDS),
    )  # fmt: skip
    yield rule if rule.state == YES or known is None else replace(rule, holders=_cards(known.id))


def _of_agent(form: AgentForm, facts: OpeningFacts | None) -> Rule:
    title, clause = told("代理人", "Agent"), str(CBRC_48_AGENT)
    if not form["name"].value() or not form["number"].value():
        return Rule(title, WAIT, told("请录入代理人的姓名和证件。", "Enter the agent's name and document."), clause)
    if form.errors:
        return Rule(title, NO, str(next(iter(form.errors.values()))[0]), clause)
    count = (facts.agent_cards or 0) if facts else 0
    only = OpeningFacts(CustomerKind.INDIVIDUAL, agent_cards=count)
    return _ask(
        title, lambda: check_issue_card(only, AccountKind.BANK, AccountClass.I, CardProduct.DEBIT),
        told(f"已代领 {count} 张，限 {AGENT_CARDS_MAX} 张。", f"Has taken {count} of {AGENT_CARDS_MAX} cards for others."), clause,
    )  # fmt: skip


def _ask(title: str, check: Callable[[], None], otherwise: str, clause: str) -> Rule:
    try:
        check()
    except Refusal as refusal:
        sentence = refusal.detail("en" if language() == "en" else "zh")
        return Rule(title, NO, sentence, str(refusal.clause or clause))
    return Rule(title, YES, otherwise, clause)


def _accounts(customer_id: UUID, key: tuple[AccountKind, AccountClass]) -> tuple[str, ...]:
    kind, account_class = key
    found = Account.objects.filter(
        customer_id=customer_id, kind=kind, account_class=account_class, status=AccountStatus.OPEN
    )
    return tuple(mask_account(number) for number in found.order_by("id").values_list("account_number", flat=True)[:6])


def _cards(customer_id: UUID) -> tuple[str, ...]:
    found = Card.objects.filter(
        customer_id=customer_id, product=CardProduct.DEBIT, status__in=COUNTED_CARD_STATUSES
    ).order_by("slot", "id")
    return tuple(mask_card(card.number) for card in found[:6])


def _told(form: IdentityForm | ProductForm | AgentForm | None, name: str) -> Any:
    """Return a field's value if it was told and can be read."""
    if form is None or not form.is_bound:
        return None
    form.is_valid()
    return form.cleaned_data.get(name)
