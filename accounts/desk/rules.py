"""The rule panel of an opening: the result of each rule for the present entries, before anything is done.

The rules are those that decide later. The panel applies each of them separately, so that one refusal does not hide
another.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from accounts.desk.forms import CHOOSE_RESULT
from accounts.desk.identity_rules import (
    NO,
    NOTE,
    WAIT,
    YES,
    PanelRule,
    ask,
    changes_entered,
    entered_value,
    of_guardian,
    of_identity,
    of_namesake,
    of_possible_same,
    of_representative,
)
from accounts.desk.opening_forms import AgentForm, IdentityForm, ProductForm, RepresentativeForm
from accounts.models import Customer
from accounts.operations.holders import AGENT_IS_HOLDER, NO_ADULT
from accounts.policy.identity import cause_of
from accounts.policy.opening import (
    AGENT_CARDS_MAX,
    DEBIT_CARDS_MAX,
    LIMITS,
    OpeningFacts,
    carries_cards,
    check_debit_card,
    check_issue_card,
    check_open_account,
    check_product,
    may_be_guardian,
)
from accounts.queries.customer_restrictions import SubjectKeys, subject_keys
from accounts.queries.customers import find_customer_with_identity
from accounts.queries.documents import born_on
from accounts.queries.matches import MatchData, citizen_key_of, match_data_of, match_key_of
from accounts.queries.opening import counted_card_numbers, open_account_numbers, opening_of
from accounts.queries.opening_changes import OpeningChanges
from accounts.vocabulary import (
    AccountClass,
    AccountKind,
    AgentRelation,
    CardProduct,
    CheckResult,
    CustomerKind,
    ReviewCause,
    account_text,
)
from config.kernel.database.clock import bank_now
from config.kernel.identity.documents import IdentityDocument
from config.kernel.identity.names import same_name
from config.kernel.law.clauses import (
    CBRC_48_AGENT,
    NOTICE_5_CARDS,
    NOTICE_5_OPENING_BAR,
    PBOC_302_NO_CARD,
    PBOC_345_CHECK,
    PBOC_392_DOCUMENT,
    clause_text,
)
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import text
from config.kernel.vault.sealed import identity_key

#: How many accounts or cards that fill a limit the panel names.
HOLDERS_SHOWN_MAX = 6


@dataclass(frozen=True, slots=True)
class Panel:
    """The results of all rules, the customer whom the document names, and whether a card beyond four may be requested.

    :ivar changes: what the opening changes of a customer on record who was found by the document, else None.
    """

    rules: list[PanelRule] = field(default_factory=list)
    known: Customer | None = None
    cards_full: bool = False
    changes: OpeningChanges | None = None

    @property
    def clear(self) -> bool:
        """Return whether no rule refuses."""
        return all(rule.state in {YES, NOTE} for rule in self.rules)


def panel_for(
    *,
    customer: Customer | None = None,
    identity: IdentityForm | None = None,
    representative: RepresentativeForm | None = None,
    product: ProductForm | None = None,
    agent: AgentForm | None = None,
) -> Panel:
    """Apply every rule to the present entries.

    :param customer: the applicant, if already found as a customer; else `identity` names the person.
    """
    at = bank_now()
    rules: list[PanelRule] = []
    read: IdentityDocument | None = None
    known = customer
    changes: OpeningChanges | None = None
    if identity is not None:
        read = entered_value(identity, "read")
        if read is not None:
            known = find_customer_with_identity(identity_key(read.identity))
        changes = changes_entered(known, identity, read, representative, shanghai_day(at))
        rules += of_identity(identity, read, known, changes)
    if representative is not None:
        rules.append(of_representative(representative, at))
    person = _person(known, identity, read)
    facts = _facts(known, identity, read, agent, at, person)
    if facts is not None and changes is not None and changes.renews:
        # The opening records the shown document, which is valid, so the expired one on file does not refuse.
        facts = replace(facts, expired_on=None)
    has_agent = agent is not None and bool(entered_value(agent, "came"))
    result = None if identity is None else bool(entered_value(identity, "result"))
    kind = AccountKind((entered_value(product, "kind") if product is not None else None) or AccountKind.BANK)
    rules += _of_person(facts, has_result=result, kind=kind)
    if product is not None:
        rules += _of_product(product, facts, known)
    born = born_on(known, shanghai_day(at)) if known is not None else _born(identity, read)
    name = known.name if known is not None else entered_value(identity, "name")
    rules += of_possible_same(person)
    rules += of_namesake(name, born, _keys(known, read), at)
    rules += of_guardian(facts.age if facts else None, _relation(agent) if has_agent else None)
    if agent is not None and has_agent:
        rules.append(_of_agent(agent, facts, _keys(known, read), shanghai_day(at)))
    full = facts is not None and facts.debit_cards >= DEBIT_CARDS_MAX
    shown = known if customer is not None or _is_named(identity, known) else None
    return Panel(rules, shown, full, changes)


def _born(identity: IdentityForm | None, read: IdentityDocument | None) -> date | None:
    """Return a new customer's birth date, from the document or else as entered."""
    if read is not None and read.birth_date is not None:
        return read.birth_date
    entered_day: date | None = entered_value(identity, "birth_date")
    return entered_day


def _person(known: Customer | None, identity: IdentityForm | None, read: IdentityDocument | None) -> MatchData | None:
    """Return the holder's data for the comparison with other customers; None without a holder, and for an organization."""
    if known is not None:
        return match_data_of(known) if known.kind == CustomerKind.INDIVIDUAL else None
    if read is None or read.is_organization:
        return None
    name, citizen = entered_value(identity, "name"), citizen_key_of(read)
    return MatchData(
        match_key=match_key_of(CustomerKind.INDIVIDUAL, name, _born(identity, read)) if name else None,
        citizen_keys=frozenset([citizen] if citizen else []),
    )


def _is_named(identity: IdentityForm | None, known: Customer | None) -> bool:
    """Return whether the entered name is that of the customer the document belongs to."""
    name = entered_value(identity, "name")
    return known is not None and bool(name) and same_name(known.name, name)


def _facts(
    known: Customer | None,
    identity: IdentityForm | None,
    read: IdentityDocument | None,
    agent: AgentForm | None,
    at: datetime,
    person: MatchData | None,
) -> OpeningFacts | None:
    """Return the facts for the rules, None without a holder; a new customer has no accounts yet."""
    proxy = entered_value(agent, "agent") if agent is not None else None
    acting: dict[str, Any] = {"agent_key": proxy.key, "relation": proxy.relation} if proxy else {}
    acting["person"] = person
    result = entered_value(identity, "result")
    if known is not None:
        found = opening_of(known, subject_keys(known.id), at, **acting).facts
    elif read is None:
        return None
    else:
        applicant = Customer(kind=identity.holder_kind if identity else CustomerKind.INDIVIDUAL)
        if (born := _born(identity, read)) is not None:
            applicant.sealed_birth_date = born.isoformat()
        found = opening_of(applicant, SubjectKeys((identity_key(read.identity),), (), ()), at, **acting).facts
    return _once_checked(found, CheckResult(result)) if result else found


def _once_checked(facts: OpeningFacts, result: CheckResult) -> OpeningFacts:
    """Return the facts as they will be once the identity check of the form is recorded."""
    if cause := cause_of(result):
        return replace(facts, in_review=True, review_cause=cause)
    if facts.review_cause is ReviewCause.NOT_CHECKED:
        return replace(facts, in_review=False, review_cause=None)
    return facts


def _relation(agent: AgentForm | None) -> AgentRelation | None:
    """Return the capacity in which an agent acts, None while it is not entered."""
    relation = entered_value(agent, "relation")
    return AgentRelation(relation) if relation else None


def _of_person(facts: OpeningFacts | None, *, has_result: bool | None, kind: AccountKind) -> Iterator[PanelRule]:
    """Yield the rules on the person.

    :param has_result: the form says what a check found; None where it asks for none, because the customer was found.
    :param kind: of the account that is asked for.
    """
    checked, listed = text("身份核查", "Identity check"), text("惩戒名单", "Penalty list")
    if facts is None:
        waits = text("录入证件后核对。", "Checked once the document is entered.")
        yield PanelRule(checked, WAIT, waits, str(PBOC_345_CHECK))
        yield PanelRule(listed, WAIT, waits, str(NOTICE_5_OPENING_BAR))
        return
    anything = AccountKind.BANK, AccountClass.I if facts.holder_kind is CustomerKind.INDIVIDUAL else AccountClass.NONE
    if has_result is not False:
        yield ask(
            checked,
            lambda: check_open_account(
                replace(facts, opening_bars=(), open_accounts={}, expired_on=None, age=None), *anything
            ),
            text("核查一致。", "The check matches.") if has_result
            else text("身份没有待核实的事项。", "Nothing about the identity is under review."),
            str(PBOC_345_CHECK),
        )  # fmt: skip
    else:
        yield PanelRule(checked, WAIT, str(CHOOSE_RESULT), str(PBOC_345_CHECK))
    if facts.expired_on is not None:
        yield ask(
            text("证件有效期", "Validity"),
            lambda: check_open_account(
                replace(facts, in_review=False, opening_bars=(), open_accounts={}, age=None), kind, anything[1]
            ),
            "",
            str(PBOC_392_DOCUMENT),
        )
    alone = replace(facts, in_review=False, open_accounts={}, expired_on=None, age=None)
    clauses = dict.fromkeys(clause_text(each.clause) for each in facts.opening_bars) or [str(NOTICE_5_OPENING_BAR)]
    yield ask(
        listed, lambda: check_open_account(alone, kind, anything[1]), _not_barred(facts), text("；", "; ").join(clauses)
    )


def _not_barred(facts: OpeningFacts) -> str:
    """Return the sentence where no bar applies; it names bars that apply to other products."""
    others = [(each.text, each.end) for each in facts.opening_bars]
    if not others:
        return text("不在不得新开户的惩戒期内。", "No opening bar is in force.")
    zh = "；".join(f"{what.zh}，{end.zh}" for what, end in others)
    en = "; ".join(f"{what.en} {end.en}" for what, end in others)
    return text(f"可以开立；另有限制：{zh}。", f"It can be opened. Restricted besides: {en}.")


def _of_product(form: ProductForm, facts: OpeningFacts | None, known: Customer | None) -> Iterator[PanelRule]:
    kind, account_class = entered_value(form, "kind"), entered_value(form, "account_class")
    if not kind or not account_class:
        return
    key = AccountKind(kind), AccountClass(account_class)
    word = account_text(kind, account_class)
    only = (
        replace(facts, in_review=False, expired_on=None, opening_bars=(), age=None)
        if facts
        else OpeningFacts(CustomerKind.INDIVIDUAL)
    )
    if key in LIMITS:
        refusal, most = LIMITS[key]
        count = only.count(key)
        rule = ask(
            text("账户数量", "Number of accounts"), lambda: check_open_account(only, *key),
            text(f"{word.in_language('zh')}已有 {count} 户，限 {most} 户。", f"{word.in_language('en')}: {count} of {most}."), str(refusal.clause or ""),
        )  # fmt: skip
        if rule.state != YES and known is not None:
            rule = replace(rule, holders=open_account_numbers(known.id, key, HOLDERS_SHOWN_MAX))
        yield rule
    else:
        yield PanelRule(
            text("账户数量", "Number of accounts"),
            YES,
            text("该类账户不限数量。", "No limit for this type of account."),
        )
    if card := entered_value(form, "card"):
        yield from _of_card(CardProduct(card), key, only, known)


def _of_card(
    product: CardProduct, key: tuple[AccountKind, AccountClass], facts: OpeningFacts, known: Customer | None
) -> Iterator[PanelRule]:
    if not carries_cards(*key):
        yield ask(
            text("配卡", "Card"), lambda: check_issue_card(facts, *key, CardProduct.MEDICAL), "", str(PBOC_302_NO_CARD)
        )
        return
    title = text("借记卡数量", "Number of debit cards")
    if not product.counts:
        yield ask(
            title, lambda: check_product(facts.holder_kind, product),
            text("该卡种不计入限额，须填写申领依据。", "This card does not count towards the limit; tell what entitles to it."),
            str(NOTICE_5_CARDS),
        )  # fmt: skip
        return
    count = facts.debit_cards
    rule = ask(
        title, lambda: check_debit_card(facts, product),
        text(f"已有 {count} 张，限 {DEBIT_CARDS_MAX} 张。", f"{count} of {DEBIT_CARDS_MAX}."), str(NOTICE_5_CARDS),
    )  # fmt: skip
    if rule.state != YES and known is not None:
        rule = replace(rule, holders=counted_card_numbers(known.id, HOLDERS_SHOWN_MAX))
    yield rule


def _keys(known: Customer | None, read: IdentityDocument | None) -> tuple[bytes, ...]:
    """Return the keys of the holder's identities, empty without a holder."""
    if known is not None:
        return subject_keys(known.id).identity_keys
    return (identity_key(read.identity),) if read is not None else ()


def _of_agent(form: AgentForm, facts: OpeningFacts | None, holder: tuple[bytes, ...], day: date) -> PanelRule:
    title, clause = text("代理人", "Agent"), str(CBRC_48_AGENT)
    if not form["name"].value() or not form["number"].value():
        return PanelRule(
            title, WAIT, text("请录入代理人的姓名和证件。", "Enter the agent's name and document."), clause
        )
    if form.errors:
        return PanelRule(title, NO, str(next(iter(form.errors.values()))[0]), clause)
    agent = entered_value(form, "agent")
    if agent is not None and agent.key in holder:
        return PanelRule(title, NO, str(AGENT_IS_HOLDER), clause)
    if agent is not None and agent.relation is AgentRelation.GUARDIAN:
        if not may_be_guardian(agent.document.birth_date, day):
            return PanelRule(title, NO, str(NO_ADULT), clause)
        return PanelRule(
            title, YES, text("监护人代领的卡不计入代理人三张。", "Cards taken by a guardian are not counted."), clause
        )
    count = (facts.agent_cards or 0) if facts else 0
    only = OpeningFacts(CustomerKind.INDIVIDUAL, agent_cards=count)
    return ask(
        title, lambda: check_issue_card(only, AccountKind.BANK, AccountClass.I, CardProduct.DEBIT),
        text(f"已代领 {count} 张，限 {AGENT_CARDS_MAX} 张。", f"{count} of {AGENT_CARDS_MAX} cards collected for others."), clause,
    )  # fmt: skip
