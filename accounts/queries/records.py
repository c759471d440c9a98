"""Records about a customer (客户名下的记录): the ids under which pages, proposals and the trail name it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import ForeignKey, Model, Q, QuerySet

from accounts.models import Account, Customer, ExternalAccount


def _ways(table: type[Model], *visited: type[Model]) -> tuple[str, ...]:
    """Return the foreign keys by which each row of a table belongs to a customer: the direct ones, else the shortest path."""
    keys = {key.name: key.related_model for key in table._meta.fields if isinstance(key, ForeignKey) and not key.null}
    if own := tuple(name for name, to in keys.items() if to is Customer):
        return own
    further = {name: _ways(to, *visited, table) for name, to in keys.items() if to not in (*visited, table)}
    paths = [tuple(f"{name}__{way}" for way in ways) for name, ways in further.items() if ways]
    return min(paths, key=lambda ways: ways[0].count("__"), default=())


#: The foreign keys by which each table's rows belong to a customer. Entries are left out: some have no account.
PLACES: Mapping[type[Model], tuple[str, ...]] = {
    table: ways for table in apps.get_app_config("accounts").get_models() if (ways := _ways(table))
}


@dataclass(frozen=True, slots=True)
class Records:
    """Ids of all records about some customers, past ones too.

    :ivar ids: of every row, accounts included; transfers and certificates are known to other apps.
    :ivar outside_keys: of present and former own accounts at other banks.
    """

    ids: tuple[UUID, ...] = ()
    account_ids: tuple[UUID, ...] = ()
    outside_keys: tuple[bytes, ...] = field(default=(), repr=False)


def records_of(customer_ids: Collection[UUID]) -> Records:
    """Return the records about some customers, in three queries.

    :param customer_ids: every id of the customers, as `accounts.queries.merged_customers.ids_of_customer` returns them.
    """
    if not customer_ids:
        return Records()
    first, *further = (rows_of(table, ways, customer_ids) for table, ways in PLACES.items())
    accounts = Account.objects.filter(customer_id__in=customer_ids).values_list("id", flat=True)
    outside = ExternalAccount.objects.filter(customer_id__in=customer_ids, in_force_at__isnull=False)
    return Records(
        ids=tuple(first.union(*further, all=True)),
        account_ids=tuple(accounts),
        outside_keys=tuple(bytes(key) for key in outside.values_list("number_key", flat=True) if key is not None),
    )


def rows_of(
    table: type[Model], ways: Collection[str], customer_ids: Collection[UUID] | QuerySet[Any, Any]
) -> QuerySet[Any, UUID]:
    """Return the query of the ids of a table's rows that belong to some customers."""
    belongs = Q()
    for way in ways:
        belongs |= Q(**{f"{way}__in": customer_ids})
    return table._default_manager.filter(belongs).order_by().values_list("pk", flat=True)
