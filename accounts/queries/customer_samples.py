"""Random customers with the data that a certificate may name, for made-up lists (抽样客户)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import batched
from random import Random

from accounts.models import Customer, Document
from accounts.vocabulary import CustomerKind, CustomerStatus

_PORTION = 500


@dataclass(frozen=True, slots=True)
class SampledCustomer:
    """The data of a customer that a list may name.

    :ivar document: type, number and country of the first document.
    """

    kind: CustomerKind
    name: str = field(repr=False)
    document: tuple[str, str, str] = field(repr=False)
    account_numbers: tuple[str, ...] = field(repr=False)
    card_numbers: tuple[str, ...] = field(repr=False)


def sampled_customers(count: int, random: Random) -> Iterator[SampledCustomer]:
    """Yield the given number of random active customers, or all active customers if there are fewer."""
    ids = list(Customer.objects.filter(status=CustomerStatus.ACTIVE).order_by("pk").values_list("pk", flat=True))
    for portion in batched(random.sample(ids, min(count, len(ids))), _PORTION, strict=False):
        found = Customer.objects.prefetch_related("documents", "accounts", "cards").in_bulk(portion)
        for customer_id in portion:
            row = found[customer_id]
            primary = next((each for each in row.documents.all() if each.is_primary), None)
            if primary is not None:
                yield _sampled(row, primary)


def _sampled(row: Customer, document: Document) -> SampledCustomer:
    return SampledCustomer(
        CustomerKind(row.kind),
        str(row.name),
        (document.type, str(document.number), document.country),
        tuple(sorted(each.account_number for each in row.accounts.all())),
        tuple(sorted(str(each.number) for each in row.cards.all())),
    )
