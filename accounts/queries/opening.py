"""Facts about a customer for an opening, and for the print of its form (开户申请书)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import Account, Card, Customer, Document, Identity, IdentityCheck
from accounts.policy.identity import CheckFacts, expired_on, review_cause
from accounts.policy.limits import NO_SAME_PERSON, ClassKey, SamePersonHoldings
from accounts.policy.opening import FormFacts, OpeningFacts
from accounts.queries.customer_restrictions import Standing, SubjectKeys, standing_of, subject_keys
from accounts.queries.documents import age_of
from accounts.queries.matches import MatchData, match_data_of, possible_same, same_person_holdings
from accounts.queries.merged_customers import ids_of, survivor_of
from accounts.vocabulary import (
    COUNTED_CARD_PRODUCTS,
    COUNTED_CARD_STATUSES,
    AccountClass,
    AccountKind,
    AccountStatus,
    AgeClass,
    AgentRelation,
    CardStatus,
    CheckResult,
    CustomerKind,
    CustomerStatus,
    DecisionKind,
    RequestStatus,
)
from accounts.vocabulary.particulars import OrganizationAccountKind
from blacklist.vocabulary import RestrictionKind
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day
from config.kernel.models import Decision, Outcome
from config.kernel.trail.unmasking import was_unmasked
from config.kernel.vault.masked import masked


@dataclass(frozen=True, slots=True)
class Opening:
    """A customer's facts at an instant, and the slots that are taken.

    :ivar grace_until: the end of the days of grace, the first one if there are several; None without any.
    """

    facts: OpeningFacts
    class_slots: Mapping[ClassKey, frozenset[int]]
    card_slots: frozenset[int]
    agent_slots: frozenset[int] = frozenset()
    grace_until: datetime | None = None

    def record(self) -> dict[str, object]:
        """Return the facts as a decision keeps them."""
        return {
            "holder_kind": self.facts.holder_kind.value,
            "in_review": self.facts.in_review,
            "expired_on": self.facts.expired_on.isoformat() if self.facts.expired_on else None,
            "open_accounts": {
                f"{kind.value}_{account_class.value}": count
                for (kind, account_class), count in self.facts.open_accounts.items()
            },
            "debit_cards": self.facts.debit_cards,
            "agent_cards": self.facts.agent_cards,
            "agent_relation": self.facts.agent_relation.value if self.facts.agent_relation else None,
            "age_class": self.facts.age.value if self.facts.age else None,
        } | self._same_person_record()

    def _same_person_record(self) -> dict[str, object]:
        """Return the facts about customers who may be the same person; nothing without any."""
        holdings = self.facts.same_person
        if not holdings.customer_ids:
            return {}
        return {
            "possible_same": [str(each) for each in holdings.customer_ids],
            "beside_accounts": {
                f"{kind.value}_{account_class.value}": count
                for (kind, account_class), count in holdings.open_accounts.items()
            },
            "beside_cards": holdings.debit_cards,
        }


def opening_of(
    customer: Customer,
    keys: SubjectKeys,
    at: datetime,
    *,
    agent_key: bytes | None = None,
    relation: AgentRelation | None = None,
    person: MatchData | None = None,
) -> Opening:
    """Return the facts for the opening rules; the caller holds the customer's lock.

    Stock beyond a limit has no slot, but counts.

    :param keys: under which the customer could be listed.
    :param agent_key: an identity of the agent, None without one; cards taken under the agent's other identities count, too.
    :param relation: the agent's capacity; a guardian's cards are not counted.
    :param person: the customer's data that is compared with others, if it was read already.
    """
    open_accounts = Account.objects.filter(customer=customer, status=AccountStatus.OPEN)
    cards = Card.objects.filter(customer=customer, product__in=COUNTED_CARD_PRODUCTS, status__in=COUNTED_CARD_STATUSES)
    documents = list(Document.objects.filter(customer=customer, status=RequestStatus.IN_FORCE).order_by("id"))
    return count_opening(
        customer,
        list(open_accounts.values_list("kind", "account_class", "class_slot")),
        list(cards.values_list("slot", flat=True)),
        standing_of(customer, keys, at),
        checks=check_facts(customer, last_checks(customer)),
        last_days=[row.valid_until for row in documents],
        age=age_of(customer, at, documents),
        relation=relation,
        by_agent=None if agent_key is None or relation is AgentRelation.GUARDIAN else _agent_cards(agent_key),
        same_person=same_person_holdings(possible_same(person or match_data_of(customer, documents), hints=False)),
    )


def count_basic(customer_id: UUID, *, without: UUID | None = None) -> int:
    """Return the number of an organization's open basic accounts (基本存款账户); the caller holds the customer's lock.

    :param without: an account that is not counted; None to count all.
    """
    basic = Account.objects.filter(
        customer_id=customer_id, status=AccountStatus.OPEN, unit_kind=OrganizationAccountKind.BASIC
    )
    return (basic if without is None else basic.exclude(pk=without)).count()


def count_opening(
    customer: Customer,
    open_accounts: Iterable[tuple[str, str, int | None]],
    card_slots: Sequence[int | None],
    standing: Standing,
    *,
    checks: CheckFacts,
    last_days: Iterable[date | None],
    age: AgeClass | None,
    relation: AgentRelation | None = None,
    by_agent: Sequence[int] | None = None,
    same_person: SamePersonHoldings = NO_SAME_PERSON,
) -> Opening:
    """Return the facts for the opening rules, from rows read before.

    :param open_accounts: kind, class and class slot of each.
    :param card_slots: of the debit cards that count against the four, None for one without a slot.
    :param checks: the results of the customer's identity checks.
    :param last_days: the last days of the documents in force.
    :param age: the customer's age class.
    :param relation: the agent's capacity, None without an agent.
    :param by_agent: the slots of the cards that the agent has taken for others, None without an agent.
    :param same_person: accounts and cards of customers who may be the same person.
    """
    counts: defaultdict[ClassKey, int] = defaultdict(int)
    slots: defaultdict[ClassKey, set[int]] = defaultdict(set)
    for kind, account_class, slot in open_accounts:
        key = AccountKind(kind), AccountClass(account_class)
        counts[key] += 1
        if slot is not None:
            slots[key].add(slot)
    cause = review_cause(CustomerStatus(customer.status), checks, needs_check=settings.OPENING_NEEDS_CHECK)
    return Opening(
        facts=OpeningFacts(
            holder_kind=CustomerKind(customer.kind),
            in_review=cause is not None,
            review_cause=cause,
            expired_on=expired_on(last_days, on=shanghai_day(standing.at)),
            age=age,
            agent_relation=relation,
            opening_bars=tuple(each for each in standing.of_person() if each.kind is RestrictionKind.OPENING_BARRED),
            open_accounts=dict(counts),
            debit_cards=len(card_slots),
            agent_cards=None if by_agent is None else len(by_agent),
            same_person=same_person,
        ),
        class_slots={key: frozenset(taken) for key, taken in slots.items()},
        card_slots=frozenset(slot for slot in card_slots if slot is not None),
        agent_slots=frozenset(by_agent or ()),
        grace_until=min((each.starts_at for each in standing.grace_of_person()), default=None),
    )


def last_checks(customer: Customer, most: int = 1) -> list[IdentityCheck]:
    """Return the last checks of a customer's identity, newest first, and the last that failed, in one query.

    :param most: how many of the last; an earlier one that failed follows them.
    """
    checks = IdentityCheck.objects.filter(customer_id__in=ids_of(customer.pk)).order_by("-at", "-id")
    last = checks[:most].union(checks.exclude(result=CheckResult.MATCH)[:1])
    return sorted(last, key=lambda each: (each.at, each.id), reverse=True)


def check_facts(customer: Customer, last: Iterable[IdentityCheck]) -> CheckFacts:
    """Return the facts about a customer's identity checks.

    Where a check and a re-verification have the same instant, the customer's status says which came last.

    :param last: as `last_checks` returns them.
    """
    checks = tuple(last)
    reverified_at, in_review = customer.reverified_at, customer.status == CustomerStatus.IN_REVIEW
    since = (
        CheckResult(each.result) for each in checks if in_review or reverified_at is None or each.at > reverified_at
    )
    return CheckFacts(
        checked=bool(checks), failed=next((each for each in since if each is not CheckResult.MATCH), None)
    )


def opening_at(customer_id: UUID, at: datetime) -> Opening | None:
    """Return the facts for the opening rules without any lock, for a reading caller; None for an unknown customer.

    :param at: the instant for which limits and listings are judged.
    """
    customer = survivor_of(Customer.objects.defer("name", "phone").filter(pk=customer_id).first())
    return opening_of(customer, subject_keys(customer.pk), at) if customer else None


def opening_facts(customer_id: UUID, at: datetime) -> OpeningFacts | None:
    """Return a customer's facts as `opening_at` finds them, None for an unknown customer."""
    opening = opening_at(customer_id, at)
    return opening.facts if opening else None


def _agent_cards(agent_key: bytes) -> list[int]:
    """Return the slots of the uncancelled cards that a person has taken for others, under any of the person's documents."""
    others = Identity.objects.filter(customer__identities__key=agent_key).values("key")
    live = Card.objects.filter(Q(agent_key=agent_key) | Q(agent_key__in=others)).exclude(status=CardStatus.CANCELLED)
    return [slot for slot in live.values_list("agent_slot", flat=True) if slot is not None]


def open_account_numbers(customer_id: UUID, key: ClassKey, most: int) -> tuple[str, ...]:
    """Return the masked numbers of a customer's open accounts of a kind and class, the oldest first.

    :param most: how many at most.
    """
    kind, account_class = key
    accounts = Account.objects.filter(
        customer_id=customer_id, kind=kind, account_class=account_class, status=AccountStatus.OPEN
    )
    return tuple(masked(account, "account_number") for account in accounts.order_by("id").only("account_number")[:most])


def counted_card_numbers(customer_id: UUID, most: int) -> tuple[str, ...]:
    """Return the masked numbers of a customer's debit cards that count against the four, by their slots.

    :param most: how many at most.
    """
    cards = Card.objects.filter(
        customer_id=customer_id, product__in=COUNTED_CARD_PRODUCTS, status__in=COUNTED_CARD_STATUSES
    ).order_by("slot", "id")
    return tuple(masked(card, "number") for card in cards[:most])


def opened_by(account: Account) -> str:
    """Return the name of the person who opened an account, empty for an imported one."""
    return str(_openings(account).values_list("principal__name", flat=True).first() or "")


def form_facts(principal: Caller, account: Account) -> FormFacts:
    """Return the facts on whether the caller may print an account's form now."""
    opened = _openings(account).filter(principal_id=principal.id)
    return FormFacts(
        opened_on=shanghai_day(account.opened_at),
        today=shanghai_day(bank_now()),
        opened_by_caller=opened.exists(),
        printed=was_unmasked(account.id),
    )


def _openings(account: Account) -> QuerySet[Decision]:
    return Decision.objects.filter(object_id=account.id, kind=DecisionKind.OPEN_ACCOUNT, outcome=Outcome.ALLOWED)
