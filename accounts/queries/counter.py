"""What a number given at the counter means: customers with their accounts and cards, as the acts at the counter need them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Card
from accounts.policy.facts import PartyFacts
from accounts.queries.accounts import find_account
from accounts.queries.cards import cards_at
from accounts.queries.customer_lines import AccountLine, CustomerOverview
from accounts.queries.customer_overview import customer_overview
from accounts.vocabulary import CardStatus, CustomerKind
from config.kernel.vault.sealed import card_key

#: Customers who share a number of a phone; more are not shown.
SHARED_MAX = 5


@dataclass(frozen=True, slots=True)
class AtCounter:
    """A customer at the counter.

    :ivar accounts: those that the number means; all if it is none of an account or a card.
    :ivar cards: those that the number means, cancelled ones only if it is theirs.
    :ivar exact: whether the number was one of an account or a card.
    """

    overview: CustomerOverview
    accounts: tuple[AccountLine, ...]
    cards: tuple[Card, ...]
    exact: bool

    @property
    def customer_id(self) -> UUID:
        """Return the customer's id."""
        return self.overview.subject.customer_id

    @property
    def parties(self) -> Mapping[UUID, PartyFacts]:
        """Return the facts of all accounts for the rules, by account; nothing is locked."""
        return {each.id: self._party(each) for each in self.overview.accounts}

    def account_of(self, card: Card) -> AccountLine:
        """Return the account of one of the cards."""
        return next(each for each in self.overview.accounts if each.id == card.account_id)

    def _party(self, line: AccountLine) -> PartyFacts:
        ends = [each.until for each in line.freezes]
        return PartyFacts(
            account_id=line.id,
            customer_id=self.customer_id,
            holder_kind=CustomerKind(self.overview.subject.kind),
            kind=line.kind,
            account_class=line.account_class,
            status=line.status,
            balance_fen=line.balance_fen,
            held_fen=line.held_fen,
            frozen=bool(ends),
            frozen_until=max((each for each in ends if each is not None), default=None) if None not in ends else None,
            restrictions=line.restrictions,
        )


def at_counter(customer_ids: Iterable[UUID], number: str) -> list[AtCounter]:
    """Return the customers whom a number means, as of now.

    :param customer_ids: as the search for the number found them.
    :param number: of an account, a card, a document or a phone, without spaces.
    """
    card = Card.objects.filter(number_index=card_key(number)).first()
    account_id = find_account(account_number=number)
    overviews = (customer_overview(customer_id) for customer_id in list(customer_ids)[:SHARED_MAX])
    return [_of_number(each, account_id, card) for each in overviews if each is not None]


def _of_number(overview: CustomerOverview, account_id: UUID | None, card: Card | None) -> AtCounter:
    ids = {each.id for each in overview.accounts}
    if account_id in ids:
        accounts = [each for each in overview.accounts if each.id == account_id]
        cards = _live(Card.objects.filter(account_id=account_id), overview)
        return AtCounter(overview, tuple(accounts), tuple(cards), exact=True)
    if card is not None and card.account_id in ids:
        accounts = [each for each in overview.accounts if each.id == card.account_id]
        return AtCounter(overview, tuple(accounts), tuple(cards_at([card], overview.at)), exact=True)
    cards = _live(Card.objects.filter(account_id__in=ids), overview)
    return AtCounter(overview, overview.accounts, tuple(cards), exact=False)


def _live(cards: QuerySet[Card], overview: CustomerOverview) -> list[Card]:
    return cards_at(cards.exclude(status=CardStatus.CANCELLED).order_by("id"), overview.at)
