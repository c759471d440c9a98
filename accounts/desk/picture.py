"""Everything about a customer on one page, in a number of queries that does not grow with what he has."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import (
    Account,
    Card,
    CardException,
    Customer,
    Document,
    ExternalAccount,
    Freeze,
    IdentityCheck,
    LegalRepresentative,
    Reverification,
)
from accounts.operations.representatives import representative_of
from accounts.policy.opening import OpeningFacts, check_open_account, eligibility
from accounts.queries.accounts import standing_freezes
from accounts.queries.customers import show_customer
from accounts.queries.opening import opening_of
from accounts.queries.standing import standing_of
from accounts.queries.subject_lines import SubjectLine, subject_line_of
from accounts.vocabulary import (
    CARD_SLOTS,
    AccountClass,
    AccountKind,
    CardStatus,
    CustomerKind,
    RequestStatus,
)
from blacklist.policy.restrictions import Restriction
from config.kernel.refusals import NotFound, Refusal
from config.kernel.text import language

#: How many identity checks stand beside the page, the newest first; the timeline has all.
CHECKS = 3


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in the customer's table."""

    account: Account
    restrictions: tuple[Restriction, ...]
    freezes: tuple[Freeze, ...]

    @property
    def available_fen(self) -> int:
        """Return what can be spent: the balance less what is held."""
        return self.account.balance_fen - self.account.held_fen


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the four places, and the card that has it."""

    number: int
    card: Card | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one product may be opened; if not, why, by which clause."""

    product: str
    allowed: bool
    sentence: str = ""
    clause: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A customer at an instant.

    :ivar apart: live cards that take none of the four places, and why.
    :ivar waiting: ids of what of his waits for a second person.
    """

    customer: Customer
    subject: SubjectLine
    documents: tuple[Document, ...]
    representative: LegalRepresentative | None
    accounts: list[AccountRow]
    restrictions: tuple[Restriction, ...]
    slots: list[Slot]
    apart: list[Card]
    verdicts: list[Verdict]
    external_accounts: list[ExternalAccount]
    checks: list[IdentityCheck]
    waiting: list[UUID]
    at: datetime


def picture_of(customer_id: UUID) -> Picture:
    """Return a customer as he stands now.

    :raises NotFound: when there is none of this id.
    """
    shown = show_customer(customer_id)
    if shown is None:
        raise NotFound
    customer, at = shown.customer, shown.at
    standing = standing_of(customer, shown.keys, at)
    freezes: dict[UUID, list[Freeze]] = defaultdict(list)
    for freeze in standing_freezes(at).filter(account__customer=customer).order_by("id"):
        freezes[freeze.account_id].append(freeze)
    rows = [
        AccountRow(account, standing.of_account(account), tuple(freezes[account.id]))
        for account in sorted(shown.accounts, key=lambda account: account.status == "closed")
    ]
    live = list(
        Card.objects.filter(customer=customer)
        .exclude(status=CardStatus.CANCELLED)
        .select_related("account")
        .order_by("slot", "id")
    )
    external = list(
        ExternalAccount.objects.filter(customer=customer)
        .exclude(status=RequestStatus.REJECTED)
        .defer("evidence")
        .order_by("id")
    )
    return Picture(
        customer=customer,
        subject=subject_line_of(customer, shown.documents),
        documents=shown.documents,
        representative=representative_of(customer_id),
        accounts=rows,
        restrictions=shown.restrictions,
        slots=slots_of(live),
        apart=[card for card in live if card.slot is None],
        verdicts=verdicts_of(opening_of(customer, shown.keys, at).facts),
        external_accounts=external,
        checks=list(IdentityCheck.objects.filter(customer=customer).order_by("-at", "-id")[:CHECKS]),
        waiting=_waiting(
            customer, shown.documents, external, [freeze.id for each in freezes.values() for freeze in each]
        ),
        at=at,
    )


def slots_of(cards: list[Card]) -> list[Slot]:
    """Return the four places in order."""
    taken = {card.slot: card for card in cards if card.slot is not None}
    return [Slot(number, taken.get(number)) for number in range(1, CARD_SLOTS + 1)]


def verdicts_of(facts: OpeningFacts) -> list[Verdict]:
    """Return what may be opened and what not (开户资格); of an organization only what it can have."""
    found = eligibility(facts)
    if facts.holder_kind is CustomerKind.ORGANIZATION:
        found = {"unit_account": _unit_account(facts), "debit_card": found["debit_card"]}
    return [verdict(product, refusal) for product, refusal in found.items()]


def verdict(product: str, refusal: Refusal | None) -> Verdict:
    """Return a rule's answer as a person reads it."""
    if refusal is None:
        return Verdict(product, allowed=True)
    sentence = refusal.detail(language())
    clause = refusal.clause.cited(language()) if refusal.clause else ""
    return Verdict(product, allowed=False, sentence=sentence, clause=clause, code=refusal.code)


def _unit_account(facts: OpeningFacts) -> Refusal | None:
    try:
        check_open_account(facts, AccountKind.BANK, AccountClass.NONE)
    except Refusal as refusal:
        return refusal
    return None


def _waiting(
    customer: Customer, documents: tuple[Document, ...], external: list[ExternalAccount], freeze_ids: list[UUID]
) -> list[UUID]:
    pending = RequestStatus.PENDING
    exceptions = CardException.objects.filter(account__customer=customer, status=pending).values_list("id", flat=True)
    again = Reverification.objects.filter(customer=customer, status=pending).values_list("id", flat=True)
    shown = [row.id for row in documents if row.status == pending]
    shown += [row.id for row in external if row.status == pending]
    return [*shown, *freeze_ids, *exceptions, *again]
