"""Everything about a customer at an instant, masked, in a number of queries that does not grow with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from accounts.models import (
    Account,
    Card,
    Customer,
    Document,
    ExternalAccount,
    Freeze,
    IdentityCheck,
    LegalRepresentative,
)
from accounts.policy.identity import expired_on
from accounts.policy.limits import limit_of
from accounts.policy.opening import DEBIT_CARDS_MAX, OpeningFacts, check_open_account, eligibility
from accounts.queries.accounts import freezes_in_force
from accounts.queries.cards import cards_at
from accounts.queries.customer_lines import (
    AccountLine,
    CardLine,
    CheckLine,
    CustomerOverview,
    DocumentLine,
    ExternalAccountLine,
    FreezeLine,
    RepresentativeLine,
    Slot,
)
from accounts.queries.customers import CustomerShown, representative_of, show_customer
from accounts.queries.documents import age_of
from accounts.queries.matches import match_lines, same_person_holdings
from accounts.queries.merged_customers import ids_of
from accounts.queries.names import other_names_of
from accounts.queries.opening import check_facts, count_opening, last_checks
from accounts.queries.records import PLACES, rows_of
from accounts.queries.subject_lines import subject_line_of
from accounts.vocabulary import (
    COUNTED_CARD_PRODUCTS,
    COUNTED_CARD_STATUSES,
    COUNTED_REQUESTS,
    AccountClass,
    AccountKind,
    AccountStatus,
    CardProduct,
    CardStatus,
    CustomerKind,
    RequestStatus,
)
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import Refusal
from config.kernel.models import ProposedModel
from config.kernel.vault.masked import masked

#: How many identity checks the overview shows, the newest first; the timeline has all.
CHECKS_SHOWN = 3


def customer_overview(customer_id: UUID) -> CustomerOverview | None:
    """Return the overview of a customer as of now, None for an unknown id.

    Listings, identities, accounts and cards are each read once.
    """
    shown = show_customer(customer_id)
    if shown is None:
        return None
    customer = shown.customer
    freezes = _freezes(customer, shown.at)
    live = Card.objects.filter(customer=customer).exclude(status=CardStatus.CANCELLED).order_by("slot", "id")
    cards = cards_at(live, shown.at)
    external = list(
        ExternalAccount.objects.filter(customer=customer, status__in=COUNTED_REQUESTS).defer("evidence").order_by("id")
    )
    representative = representative_of(customer.pk)
    lines = card_lines(cards, shown.accounts)
    checks = last_checks(customer, CHECKS_SHOWN)
    return CustomerOverview(
        subject=subject_line_of(customer, shown.documents),
        documents=tuple(_document_lines(shown)),
        representative=_representative_line(representative) if representative else None,
        accounts=tuple(_account_lines(shown, freezes)),
        restrictions=shown.restrictions,
        grace=shown.grace,
        slots=slots_of(lines),
        apart=tuple(line for line in lines if line.slot is None),
        eligibility=eligibility_of(_opening_facts(shown, cards, checks)),
        external_accounts=tuple(
            ExternalAccountLine(row.id, masked(row, "sealed_number"), row.bank_code, RequestStatus(row.status))
            for row in external
        ),
        checks=tuple(CheckLine(row.method, row.result, row.at) for row in checks[:CHECKS_SHOWN]),
        matches=match_lines(shown.matches),
        known_as=other_names_of(customer.pk),
        waiting=tuple(_waiting(customer, shown.documents, external, freezes)),
        at=shown.at,
    )


def slots_of(cards: Iterable[CardLine]) -> tuple[Slot, ...]:
    """Return the four slots in order."""
    taken = {card.slot: card for card in cards if card.slot is not None}
    return tuple(Slot(number, taken.get(number)) for number in range(1, DEBIT_CARDS_MAX + 1))


def eligibility_of(facts: OpeningFacts) -> Mapping[str, Refusal | None]:
    """Return the result of the opening rules for each product (开户资格); for an organization only the products it can have."""
    products = eligibility(facts)
    if facts.holder_kind is CustomerKind.ORGANIZATION:
        return {"unit_account": _organization_account(facts), "debit_card": products["debit_card"]}
    return products


def _organization_account(facts: OpeningFacts) -> Refusal | None:
    try:
        check_open_account(facts, AccountKind.BANK, AccountClass.NONE)
    except Refusal as refusal:
        return refusal
    return None


def _opening_facts(shown: CustomerShown, cards: Sequence[Card], checks: Sequence[IdentityCheck]) -> OpeningFacts:
    live = [row for row in shown.accounts if row.status == AccountStatus.OPEN]
    return count_opening(
        shown.customer,
        [(row.kind, row.account_class, row.class_slot) for row in live],
        [row.slot for row in cards if row.product in COUNTED_CARD_PRODUCTS and row.status in COUNTED_CARD_STATUSES],
        shown.standing,
        checks=check_facts(shown.customer, checks),
        last_days=[row.valid_until for row in shown.documents if row.status == RequestStatus.IN_FORCE],
        age=age_of(shown.customer, shown.at, shown.documents),
        same_person=same_person_holdings(shown.matches),
    ).facts


def _freezes(customer: Customer, at: datetime) -> Mapping[UUID, Sequence[Freeze]]:
    freezes: defaultdict[UUID, list[Freeze]] = defaultdict(list)
    for freeze in freezes_in_force(at).filter(account__customer=customer).order_by("id"):
        freezes[freeze.account_id].append(freeze)
    return freezes


def _account_lines(shown: CustomerShown, freezes: Mapping[UUID, Sequence[Freeze]]) -> Iterable[AccountLine]:
    for row in sorted(shown.accounts, key=lambda row: row.status == AccountStatus.CLOSED):
        yield AccountLine(
            id=row.id,
            account_number=row.account_number,
            kind=AccountKind(row.kind),
            account_class=AccountClass(row.account_class),
            status=AccountStatus(row.status),
            balance_fen=row.balance_fen,
            held_fen=row.held_fen,
            restrictions=shown.standing.of_account(row),
            freezes=tuple(
                FreezeLine(each.id, each.authority, each.order_no, each.until) for each in freezes.get(row.id, ())
            ),
            class_slot=row.class_slot,
            **_excess_reason(row),
        )


def _excess_reason(row: Account) -> dict[str, bool]:
    """Return why an account exceeds a limit: the last reason that applied."""
    if row.status != AccountStatus.OPEN or row.class_slot is not None or not _counts(row):
        return {}
    if row.downgrade_id is not None:
        return {"explained": True}
    if row.merge_id is not None:
        return {"excess": True}
    return {"breach": True} if row.breach_id is not None else {"stock": True}


def _counts(row: Account) -> bool:
    return limit_of(AccountKind(row.kind), AccountClass(row.account_class)) is not None


def card_lines(cards: Iterable[Card], accounts: Iterable[Account]) -> list[CardLine]:
    """Return cards masked, each with the kind of its account.

    :param accounts: the accounts of the cards, and possibly others.
    """
    by_id = {row.id: row for row in accounts}
    return [
        CardLine(
            account_id=card.account_id,
            kind=AccountKind(by_id[card.account_id].kind),
            account_class=AccountClass(by_id[card.account_id].account_class),
            number=masked(card, "number"),
            product=CardProduct(card.product),
            status=CardStatus(card.status),
            slot=card.slot,
            exception=card.exception_id is not None,
            excess=card.merge_id is not None and card.slot is None,
            breach=card.breach_id is not None and card.slot is None,
        )
        for card in cards
    ]


def _document_lines(shown: CustomerShown) -> Iterable[DocumentLine]:
    """Yield the documents; the first in force is the primary one, also after a withdrawal."""
    in_force = [row.id for row in shown.documents if row.status == RequestStatus.IN_FORCE]
    for row in shown.documents:
        can_go = row.id in in_force and len(in_force) > 1
        yield _document_line(row, shanghai_day(shown.at), is_primary=row.id == in_force[0], can_go=can_go)


def _document_line(row: Document, today: date, *, is_primary: bool, can_go: bool) -> DocumentLine:
    return DocumentLine(
        id=row.id,
        type=row.type,
        number=masked(row.shown_last, "number"),
        country=row.country,
        valid_until=row.valid_until,
        status=RequestStatus(row.status),
        is_primary=is_primary,
        can_go=can_go,
        expired=expired_on([row.valid_until], on=today) is not None,
    )


def _representative_line(row: LegalRepresentative) -> RepresentativeLine:
    return RepresentativeLine(masked(row, "name"), row.type, masked(row, "number"), row.at)


def _waiting(
    customer: Customer,
    documents: Iterable[Document],
    external: Iterable[ExternalAccount],
    freezes: Mapping[UUID, Sequence[Freeze]],
) -> Iterable[UUID]:
    """Yield the ids of pending proposals about the customer, and about customers merged into it."""
    pending = RequestStatus.PENDING
    yield from (row.id for row in documents if row.status == pending)
    yield from (row.id for row in external if row.status == pending)
    yield from (freeze.id for each in freezes.values() for freeze in each)
    yield from pending_about(customer.id)


def pending_about(customer_id: UUID) -> Iterable[UUID]:
    """Return the ids of pending proposals about a customer, in one query; those about two customers count for both.

    Proposals about customers that were merged into this one since are included.
    """
    every, merged = ids_of(customer_id), Customer.objects.filter(merged_into=customer_id)
    first, *further = (
        rows_of(table, ways, merged if table in (Document, ExternalAccount) else every).filter(
            status=RequestStatus.PENDING
        )
        for table, ways in PLACES.items()
        if issubclass(table, ProposedModel)
    )
    return first.union(*further)
