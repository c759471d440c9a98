"""Lines of a customer's overview (客户概览): masked, as of an instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.policy.opening import carries_cards
from accounts.queries.matches import MatchLine
from accounts.queries.names import OtherNames
from accounts.queries.subject_lines import SubjectLine
from accounts.vocabulary import (
    AccountClass,
    AccountKind,
    AccountStatus,
    CardProduct,
    CardStatus,
    RequestStatus,
)
from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import Act, RestrictionKind
from config.kernel.law.money import Fen
from config.kernel.law.refusals import Refusal

#: The restrictions that stop every payment from an account, as a freeze does.
BLOCKING_KINDS = (RestrictionKind.CASE_ACCOUNT_STOPPED, RestrictionKind.PAYMENT_BUSINESS_SUSPENDED)


@dataclass(frozen=True, slots=True)
class FreezeLine:
    """A freeze in force (冻结); without an end it lasts until it is lifted."""

    id: UUID
    authority: str
    order_no: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account with its restrictions; the number is whole.

    :ivar class_slot: its slot among those of its class, None without one.
    :ivar excess: whether it exceeds the limit since a merge of customers.
    :ivar breach: whether it was imported beyond a limit, and is younger than the limit.
    :ivar stock: whether it was imported beyond a limit, and is older.
    :ivar explained: whether a second person approved the excess when it was downgraded.
    """

    id: UUID
    account_number: str
    kind: AccountKind
    account_class: AccountClass
    status: AccountStatus
    balance_fen: Fen
    held_fen: Fen
    restrictions: tuple[Restriction, ...]
    freezes: tuple[FreezeLine, ...]
    class_slot: int | None = None
    excess: bool = False
    breach: bool = False
    stock: bool = False
    explained: bool = False

    @property
    def available_fen(self) -> Fen:
        """Return the available amount: the balance less reservations."""
        return self.balance_fen - self.held_fen

    @property
    def blocked(self) -> bool:
        """Return whether nothing can be paid from it, whatever its balance."""
        return bool(self.freezes) or any(each.kind in BLOCKING_KINDS for each in self.restrictions)

    @property
    def cash_stopped(self) -> bool:
        """Return whether cash can be neither paid in nor paid out."""
        return self._stops(Act.COUNTER_CASH_IN) and self._stops(Act.COUNTER_CASH_OUT)

    @property
    def issue_stopped(self) -> bool:
        """Return whether no card can be issued on it."""
        return self._stops(Act.ISSUE_CARD)

    @property
    def carries_cards(self) -> bool:
        """Return whether the account can have cards."""
        return carries_cards(self.kind, self.account_class)

    def _stops(self, act: Act) -> bool:
        return any(each.stops(act) for each in self.restrictions)


@dataclass(frozen=True, slots=True)
class CardLine:
    """A card that is not cancelled, its number masked, with the kind of its account.

    :ivar slot: its slot among the four, None without one.
    :ivar exception: whether it was approved beyond the four.
    :ivar excess: whether it exceeds the limit since a merge of customers.
    :ivar breach: whether it was imported beyond the four, and is younger than the limit.
    """

    account_id: UUID
    kind: AccountKind
    account_class: AccountClass
    number: str
    product: CardProduct
    status: CardStatus
    slot: int | None
    exception: bool
    excess: bool = False
    breach: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the four slots, and the card that takes it."""

    number: int
    card: CardLine | None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document in force or pending, its number masked.

    :ivar can_go: whether it may be withdrawn, because another one is in force.
    :ivar expired: whether its last day is over.
    """

    id: UUID
    type: str
    number: str
    country: str
    valid_until: date | None
    status: RequestStatus
    is_primary: bool
    can_go: bool
    expired: bool


@dataclass(frozen=True, slots=True)
class RepresentativeLine:
    """The legal representative of an organization (法定代表人), masked."""

    name: str
    type: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ExternalAccountLine:
    """An own account at another bank, its number masked."""

    id: UUID
    account_number: str
    bank_code: str
    status: RequestStatus


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check of the identity (身份核查)."""

    method: str
    result: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CustomerOverview:
    """A customer at an instant.

    :ivar accounts: the open ones before the closed.
    :ivar apart: live cards without one of the four slots.
    :ivar eligibility: by product the refusal the customer would meet, None where none (开户资格).
    :ivar matches: customers who may be the same person, undecided.
    :ivar known_as: other names of the customer.
    :ivar waiting: ids of rows about the customer that may be pending approval.
    """

    subject: SubjectLine
    documents: tuple[DocumentLine, ...]
    representative: RepresentativeLine | None
    accounts: tuple[AccountLine, ...]
    restrictions: tuple[Restriction, ...]
    grace: tuple[Restriction, ...]
    slots: tuple[Slot, ...]
    apart: tuple[CardLine, ...]
    eligibility: Mapping[str, Refusal | None]
    external_accounts: tuple[ExternalAccountLine, ...]
    checks: tuple[CheckLine, ...]
    matches: tuple[MatchLine, ...]
    known_as: OtherNames
    waiting: tuple[UUID, ...]
    at: datetime

    @property
    def restricted(self) -> bool:
        """Return whether the customer or one of the open accounts is restricted."""
        return bool(self.restrictions) or any(
            each.restrictions for each in self.accounts if each.status is AccountStatus.OPEN
        )
