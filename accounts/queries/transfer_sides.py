"""The accounts and holders on both sides of transfers, and their entries: for pages, in one query each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from accounts.models import Account, Customer, Entry
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus
from config.kernel.database.sql import rows
from config.kernel.law.money import Fen
from config.kernel.vault.masked import mask_of


@dataclass(frozen=True, slots=True)
class AccountSide:
    """An account and its holder, as they are now; name and number are whole."""

    account_id: UUID
    customer_id: UUID
    holder_name: str = field(repr=False)
    account_number: str = field(repr=False)
    kind: AccountKind
    account_class: AccountClass
    status: AccountStatus
    balance_fen: Fen
    held_fen: Fen

    @property
    def available_fen(self) -> Fen:
        """Return the available amount: the balance less reservations."""
        return self.balance_fen - self.held_fen

    @property
    def masked_name(self) -> str:
        """Return the holder's masked name."""
        return mask_of(Customer, "name")(self.holder_name)

    @property
    def masked_number(self) -> str:
        """Return the masked account number."""
        return mask_of(Account, "account_number")(self.account_number)


@dataclass(frozen=True, slots=True)
class Leg:
    """One entry of a posting (分录): of a customer's account, or of the bank's internal account for `bank_code`."""

    leg: int
    account_number: str | None = field(repr=False)
    bank_code: str
    amount_fen: Fen
    account_id: UUID | None = None


def account_sides(account_ids: Iterable[UUID | None]) -> dict[UUID, AccountSide]:
    """Return several accounts with their holders, in one query whatever their number."""
    ids = {account_id for account_id in account_ids if account_id is not None}
    if not ids:
        return {}
    accounts = Account.objects.filter(pk__in=ids).select_related("customer")
    return {
        row.id: AccountSide(
            account_id=row.id,
            customer_id=row.customer_id,
            holder_name=row.customer.name,
            account_number=row.account_number,
            kind=AccountKind(row.kind),
            account_class=AccountClass(row.account_class),
            status=AccountStatus(row.status),
            balance_fen=row.balance_fen,
            held_fen=row.held_fen,
        )
        for row in accounts.defer("agent_name")
    }


def account_ids_of(customer_id: UUID) -> list[UUID]:
    """Return the accounts of a customer, closed ones too."""
    return list(Account.objects.filter(customer_id=customer_id).order_by("id").values_list("id", flat=True))


def legs_of(posting_id: UUID) -> list[Leg]:
    """Return the entries of a posting, the debit first; none before it is posted."""
    entries = Entry.objects.filter(posting_id=posting_id).select_related("account", "internal").order_by("leg")
    return [
        Leg(
            leg=row.leg,
            account_number=row.account.account_number if row.account else None,
            bank_code=row.internal.bank_code if row.internal else "",
            amount_fen=row.amount_fen,
            account_id=row.account_id,
        )
        for row in entries
    ]


def clearing_totals() -> dict[str, Fen]:
    """Return the balances of the clearing accounts (他行清算户余额), by bank code."""
    totals = rows(
        "SELECT i.bank_code, coalesce(sum(s.amount_fen), 0) AS fen FROM accounts_internalaccount i "
        "LEFT JOIN accounts_internalsum s ON s.internal_id = i.id WHERE i.kind = 'clearing' GROUP BY i.bank_code "
        "ORDER BY i.bank_code"
    )
    return {row["bank_code"]: int(row["fen"]) for row in totals}
