"""Merged customers (合并客户): from any id to the surviving customer, and back to all ids."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Customer


def surviving_customer(customer_id: UUID) -> Customer | None:
    """Return a customer's row; after a merge that of the surviving customer, with one query more."""
    return survivor_of(Customer.objects.filter(pk=customer_id).first())


def survivor_of(customer: Customer | None) -> Customer | None:
    """Return the surviving customer where this one was merged, itself where it was not."""
    if customer is None or customer.merged_into_id is None:
        return customer
    return Customer.objects.get(pk=customer.merged_into_id)


def merged_into(customer_id: UUID) -> UUID | None:
    """Return the surviving customer of a merged one, None where it was not merged."""
    return Customer.objects.filter(pk=customer_id).values_list("merged_into_id", flat=True).first()


def surviving_ids(customer_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the surviving customer for each of some ids, in one query."""
    found = Customer.objects.filter(pk__in=list(customer_ids))
    return dict(found.values_list("pk", Coalesce("merged_into_id", "pk")))


def ids_of(customer_id: UUID) -> QuerySet[Customer, UUID]:
    """Return the query of all ids under which a customer is on record: records from before a merge keep theirs.

    :param customer_id: of the surviving customer.
    """
    return Customer.objects.filter(Q(pk=customer_id) | Q(merged_into_id=customer_id)).values_list("pk", flat=True)


def merged_mark(customer: Customer) -> dict[str, str]:
    """Return the field that makes a proposal stale once its customer was merged."""
    return {} if customer.merged_into_id is None else {"merged_into": str(customer.merged_into_id)}


def ids_of_customer(any_id: UUID) -> list[UUID]:
    """Return all ids of the customer behind an id, in one query; the id itself where it is no customer's."""
    surviving = Subquery(Customer.objects.filter(pk=any_id).values(surviving=Coalesce("merged_into_id", "pk"))[:1])
    customers = Customer.objects.filter(Q(pk=surviving) | Q(merged_into_id=surviving))
    return list(customers.values_list("pk", flat=True)) or [any_id]
