"""Write sets of stock rows (存量写入): what is there already is found and left as it is.

Each function runs in its caller's transaction and returns what every key stands for afterwards,
and how many rows it made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts import ledger
from accounts.ledger import Posting, Side
from accounts.models import Account, Card, Customer, Document, Identity, ImportBatch
from accounts.operations.stock_breaches import place_young_accounts, place_young_cards
from accounts.operations.stock_rows import StockAccountRow, StockCardRow, StockCustomerRow
from accounts.policy.stock import is_stock_account, is_stock_card
from accounts.queries.matches import inner_key_of, match_key_of
from accounts.vocabulary import (
    AccountClass,
    AccountKind,
    AccountStatus,
    CardStatus,
    CustomerKind,
    EntryKind,
    InternalKind,
    RequestStatus,
)
from config.kernel.dates import shanghai_day, start_of_day
from config.kernel.ids import new_id
from config.kernel.money import Fen
from config.kernel.sealed import name_key
from config.kernel.sql import ask


@dataclass(frozen=True, slots=True)
class StockHolder:
    """A customer a row's reference stands for."""

    id: UUID
    kind: CustomerKind
    name_index: bytes


@dataclass(frozen=True, slots=True)
class StockAccount:
    """An account a row's reference stands for, as it is kept."""

    id: UUID
    customer_id: UUID
    kind: AccountKind
    account_class: AccountClass
    opened_on: date
    closed: bool


@dataclass(frozen=True, slots=True)
class Load:
    """Which batch rows belong to, and the bank's instant they are written at."""

    batch: ImportBatch
    at: datetime


def write_customers(load: Load, fresh: Mapping[bytes, StockCustomerRow]) -> tuple[dict[bytes, StockHolder], int]:
    """Register customers by identity (存量客户); one that is known keeps what the bank knows.

    :param fresh: identity key -> row.
    """
    identities = Identity.objects.filter(key__in=list(fresh)).select_related("customer")
    found = {bytes(identity.key): _holder(identity.customer) for identity in identities}
    customers = {key: _customer(load, row) for key, row in fresh.items() if key not in found}
    new_identities = {key: Identity(id=new_id(), customer=customer, key=key) for key, customer in customers.items()}
    Customer.objects.bulk_create(customers.values())
    Identity.objects.bulk_create(new_identities.values())
    Document.objects.bulk_create(
        Document(
            id=new_id(),
            customer=customer,
            identity=new_identities[key],
            identity_key=key,
            status=RequestStatus.IN_FORCE,
            type=fresh[key].document.type,
            country=fresh[key].document.country,
            number=fresh[key].document.number,
            inner_key=inner_key_of(fresh[key].document.type, fresh[key].document.number),
            is_primary=True,
            created_at=load.at,
        )
        for key, customer in customers.items()
    )
    return found | {key: _holder(customer) for key, customer in customers.items()}, len(customers)


def write_accounts(
    load: Load, fresh: Mapping[str, tuple[StockAccountRow, StockHolder]]
) -> tuple[dict[str, StockAccount], int]:
    """Open accounts by number (存量账户) and post their opening balances with them.

    Stock has no place within a limit yet: `stock_slots` gives them out once all are there.

    :param fresh: account number -> row and holder.
    """
    known = Account.objects.filter(account_number__in=list(fresh))
    found = {account.account_number: _kept(account) for account in known}
    accounts = [
        Account(
            id=new_id(),
            customer_id=holder.id,
            account_number=row.number,
            kind=row.kind,
            account_class=row.account_class,
            import_batch=load.batch,
            opened_at=start_of_day(row.opened_on),
        )
        for row, holder in fresh.values()
        if row.number not in found
    ]
    # What is younger than the rules has a place at once, or is listed: it may not wait beyond a limit.
    old = [each for each in accounts if is_stock_account(each.opened_at)]
    young = [each for each in accounts if not is_stock_account(each.opened_at)]
    Account.objects.bulk_create(old)
    place_young_accounts(young)
    Account.objects.bulk_create(young)
    _post_openings(load, {account.id: fresh[account.account_number][0].balance_fen for account in accounts})
    return found | {account.account_number: _kept(account) for account in accounts}, len(accounts)


def write_cards(load: Load, fresh: Mapping[bytes, tuple[StockCardRow, StockAccount]]) -> tuple[dict[bytes, UUID], int]:
    """Keep cards by number (存量卡): active, since they are in their holders' hands.

    :param fresh: blind index of the number -> row and account.
    :returns: blind index -> the account the card lies on.
    """
    known = Card.objects.filter(number_index__in=list(fresh)).values_list("number_index", "account_id")
    found = {bytes(index): account_id for index, account_id in known}
    cards = [
        Card(
            id=new_id(),
            account_id=account.id,
            customer_id=account.customer_id,
            product=row.product,
            status=CardStatus.ACTIVE,
            number=row.number,
            number_index=index,
            import_batch=load.batch,
            issued_at=start_of_day(row.issued_on),
            activated_at=start_of_day(row.issued_on),
        )
        for index, (row, account) in fresh.items()
        if index not in found
    ]
    old = [each for each in cards if is_stock_card(each.issued_at)]
    young = [each for each in cards if not is_stock_card(each.issued_at)]
    Card.objects.bulk_create(old)
    place_young_cards(young)
    Card.objects.bulk_create(young)
    return {index: account.id for index, (_, account) in fresh.items()} | found, len(cards)


def name_index(row: StockCustomerRow) -> bytes:
    """Return the blind index of a row's name, as customers keep it."""
    return name_key(row.name)


def _customer(load: Load, row: StockCustomerRow) -> Customer:
    return Customer(
        id=new_id(),
        kind=row.kind,
        name=row.name,
        name_index=name_index(row),
        sealed_birth_date=row.document.birth_date and row.document.birth_date.isoformat(),
        match_key=match_key_of(row.kind, row.name, row.document.birth_date),
        created_at=load.at,
        import_batch=load.batch,
    )


def _post_openings(load: Load, balances: Mapping[UUID, Fen]) -> None:
    stock = ledger.internal_side(InternalKind.STOCK)
    postings = [
        Posting(new_id(), EntryKind.OPENING, stock, Side(account_id=account_id), balance_fen, load.at)
        for account_id, balance_fen in balances.items()
        if balance_fen
    ]
    if postings:
        ask(ledger.post_statement(postings))


def _holder(customer: Customer) -> StockHolder:
    return StockHolder(customer.id, CustomerKind(customer.kind), bytes(customer.name_index))


def _kept(account: Account) -> StockAccount:
    return StockAccount(
        account.id,
        account.customer_id,
        AccountKind(account.kind),
        AccountClass(account.account_class),
        shanghai_day(account.opened_at),
        account.status == AccountStatus.CLOSED,
    )
