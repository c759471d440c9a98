"""Give what came young its place, or list it (违规超限): it is beyond a limit that was law when it was opened."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from accounts.models import Account, Card, Customer, StockBreach
from accounts.policy.opening import DEBIT_CARDS_MAX, class_max, free_slot
from accounts.policy.stock import limit_of
from accounts.vocabulary import COUNTED_CARD_PRODUCTS, AccountClass, AccountKind, AccountStatus, CardStatus
from accounts.vocabulary.cleanup import CleanupLimit
from config.kernel.dates import shanghai_day
from config.kernel.ids import new_id


def place_young_accounts(accounts: Sequence[Account]) -> None:
    """Place accounts that are about to be written within what their holders have left, the oldest first."""
    _lock({each.customer_id for each in accounts})
    live: defaultdict[tuple[UUID, str, str], list[int | None]] = defaultdict(list)
    there = Account.objects.filter(customer_id__in={each.customer_id for each in accounts}, status=AccountStatus.OPEN)
    for customer_id, kind, of, slot in there.values_list("customer_id", "kind", "account_class", "class_slot"):
        live[customer_id, kind, of].append(slot)
    breaches = []
    for each in sorted(accounts, key=lambda each: (each.opened_at, each.id)):
        key = AccountKind(each.kind), AccountClass(each.account_class)
        most, limit = class_max(key), limit_of(*key)
        if most is None or limit is None:
            continue
        taken = live[each.customer_id, each.kind, each.account_class]
        if len(taken) < most:
            each.class_slot = free_slot(_given(taken), most)
        else:
            each.breach = _breach(each, limit)
            breaches.append(each.breach)
        taken.append(each.class_slot)
    StockBreach.objects.bulk_create(breaches)


def place_young_cards(cards: Sequence[Card]) -> None:
    """Place debit cards that are about to be written within what is left of their holders' four, the oldest first."""
    counted = [each for each in cards if each.product in COUNTED_CARD_PRODUCTS]
    _lock({each.customer_id for each in counted})
    live: defaultdict[UUID, list[int | None]] = defaultdict(list)
    there = Card.objects.filter(
        customer_id__in={each.customer_id for each in counted}, product__in=COUNTED_CARD_PRODUCTS
    ).exclude(status=CardStatus.CANCELLED)
    for customer_id, slot in there.values_list("customer_id", "slot"):
        live[customer_id].append(slot)
    breaches = []
    for each in sorted(counted, key=lambda each: (each.issued_at, each.id)):
        taken = live[each.customer_id]
        if len(taken) < DEBIT_CARDS_MAX:
            each.slot = free_slot(_given(taken), DEBIT_CARDS_MAX)
        else:
            each.breach = _breach(each, CleanupLimit.CARDS)
            breaches.append(each.breach)
        taken.append(each.slot)
    StockBreach.objects.bulk_create(breaches)


def _lock(customers: Collection[UUID]) -> None:
    found = Customer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=customers).order_by("pk")
    list(found.values_list("pk", flat=True))


def _given(slots: Sequence[int | None]) -> Collection[int]:
    return {each for each in slots if each is not None}


def _breach(row: Account | Card, limit: CleanupLimit) -> StockBreach:
    began = row.opened_at if isinstance(row, Account) else row.issued_at
    return StockBreach(id=new_id(), import_batch=row.import_batch, limit=limit, opened_on=shanghai_day(began))
