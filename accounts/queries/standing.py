"""Which restrictions stand against a customer or an account at an instant: derived, never copied."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from accounts.models import Account, Customer
from accounts.vocabulary import AccountKind
from blacklist.policy.restrictions import Listing, Restriction, restrictions_of_account, restrictions_of_person
from blacklist.queries import case_account_key, listed
from config.kernel.locks import lock_subjects


@dataclass(frozen=True, slots=True)
class Standing:
    """What lists a customer, under any of his documents or accounts, read at once."""

    listings: tuple[Listing, ...]
    reverified_at: datetime | None
    at: datetime

    def of_person(self) -> tuple[Restriction, ...]:
        """Return what stands against the person, the bar on opening among it."""
        return restrictions_of_person(
            self.listings,
            at=self.at,
            reverified_at=self.reverified_at,
            grace_days=settings.CASE_HOLDER_GRACE_DAYS,
        )

    def of_account(self, account: Account) -> tuple[Restriction, ...]:
        """Return what stands against one of his accounts; freezes are not among it."""
        return restrictions_of_account(
            self.listings,
            account_number=account.account_number,
            payment=account.kind == AccountKind.PAYMENT,
            at=self.at,
            reverified_at=self.reverified_at,
            grace_days=settings.CASE_HOLDER_GRACE_DAYS,
        )


@dataclass(frozen=True, slots=True)
class SubjectKeys:
    """Under which keys a customer could be listed: his identities and every account he has or had."""

    identity_keys: tuple[bytes, ...]
    account_numbers: tuple[str, ...]

    def locks(self) -> set[bytes]:
        """Return the keys that a decision about the customer shares."""
        return {*self.identity_keys, *(case_account_key(number, "") for number in self.account_numbers)}


def subject_keys(customer_id: UUID) -> SubjectKeys:
    """Return the keys under which a customer could be listed."""
    customer = Customer(pk=customer_id)
    return SubjectKeys(
        tuple(bytes(key) for key in customer.identities.values_list("key", flat=True)),
        tuple(customer.accounts.values_list("account_number", flat=True)),
    )


def share_subjects(customer_id: UUID) -> SubjectKeys:
    """Serialise a decision about a customer with acts that list him; take this before row locks."""
    keys = subject_keys(customer_id)
    lock_subjects(keys.locks())
    return keys


def standing_of(customer: Customer, keys: SubjectKeys, at: datetime) -> Standing:
    """Return what lists a customer at an instant."""
    listings = listed(keys.identity_keys, keys.account_numbers)
    return Standing(listings.of(keys.identity_keys, keys.account_numbers), customer.reverified_at, at)


def restrictions_of_customer(customer_id: UUID, at: datetime) -> tuple[Restriction, ...]:
    """Return what stands against a customer as a person, whatever his accounts."""
    customer = Customer.objects.only("reverified_at").get(pk=customer_id)
    return standing_of(customer, subject_keys(customer_id), at).of_person()
