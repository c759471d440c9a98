"""What of a customer takes which place of each limit, and what is beyond: as it is drawn on a case's page (限额与超限)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from accounts.cleanup.queries.population import MOST
from accounts.queries.customer_lines import AccountLine, CardLine, CustomerOverview
from accounts.vocabulary import COUNTED_CARD_PRODUCTS, AccountStatus
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.identity.masking import mask_account
from config.kernel.law.money import Fen


@dataclass(frozen=True, slots=True)
class TakenPlace:
    """An account that takes a place, or is beyond; its number masked."""

    id: object
    number: str
    balance_fen: Fen


@dataclass(frozen=True, slots=True)
class ClassDrawn:
    """The places of one class: those taken, those free (None), and what is beyond them."""

    limit: CleanupLimit
    most: int
    places: tuple[TakenPlace | None, ...]
    beyond: tuple[TakenPlace, ...]


def class_places(overview: CustomerOverview, exceeded: Collection[str]) -> Sequence[ClassDrawn]:
    """Return the places of each class that the customer has accounts of, or that the case is about."""
    by_limit: dict[CleanupLimit, list[AccountLine]] = {}
    for line in overview.accounts:
        limit = limit_of(line)
        if limit is not None and line.status is AccountStatus.OPEN:
            by_limit.setdefault(limit, []).append(line)
    told = [each for each in MOST if each is not CleanupLimit.CARDS and (each in by_limit or each in exceeded)]
    return [_places(limit, by_limit.get(limit, ())) for limit in told]


def beyond_cards(overview: CustomerOverview) -> tuple[CardLine, ...]:
    """Return the cards that count and have none of the four places."""
    return tuple(card for card in overview.apart if card.product in COUNTED_CARD_PRODUCTS)


def limit_of(line: AccountLine) -> CleanupLimit | None:
    """Return which limit counts an account, None where none does."""
    code = f"{line.kind.value}_{line.account_class.value.lower()}"
    return CleanupLimit(code) if code in CleanupLimit.values else None


def _places(limit: CleanupLimit, lines: Iterable[AccountLine]) -> ClassDrawn:
    placed = [each for each in lines if each.class_slot is not None]
    beyond = [each for each in lines if each.class_slot is None]
    places: list[TakenPlace | None] = [None] * MOST[limit]
    for each in placed:
        places[(each.class_slot or 1) - 1] = _place(each)
    return ClassDrawn(limit, MOST[limit], tuple(places), tuple(map(_place, beyond)))


def _place(line: AccountLine) -> TakenPlace:
    return TakenPlace(line.id, mask_account(line.account_number), line.balance_fen)
