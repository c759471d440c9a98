"""What whoever decides about an action of the clean-up is shown of its account and its card, masked."""

from typing import Any

from accounts.cleanup.models import CleanupAction
from accounts.cleanup.queries.plans import ActionAsked, card_now, concerned
from accounts.cleanup.vocabulary import CleanupWay
from accounts.models import Account, Card
from accounts.policy.facts import PartyFacts
from accounts.queries.cards import status_of
from accounts.queries.party_sets import look_at
from accounts.vocabulary import CardStatus
from config.kernel.database.clock import bank_now
from config.kernel.identity.masking import mask_account, mask_card
from config.kernel.law.dates import rfc3339

#: The ways of which the money on the account tells what is decided about; any other goes on whatever is paid meanwhile.
_OF_MONEY = frozenset({CleanupWay.MERGE})
#: The ways that do something to the cards of an account, or depend on there being none.
_OF_CARDS = frozenset({CleanupWay.MERGE, CleanupWay.DOWNGRADE, CleanupWay.CANCEL})


def as_it_is(row: CleanupAction) -> dict[str, Any]:
    """Return what is decided about as it stands: whatever of it changes makes the proposal stale.

    Of a merge the money is among it, of every way the state of the account and of the card, and what restricts it.
    """
    asked, card = ActionAsked.of(row), card_now(row.item)
    account_id, others = concerned(row.item, asked)
    wanted = {account_id, *others, *([row.to_account_id] if row.to_account_id else [])}
    look, at = look_at(wanted), bank_now()
    numbers = dict(Account.objects.filter(pk__in=wanted).values_list("pk", "account_number"))
    account = look.at(account_id, at)
    found: dict[str, Any] = {
        "status": str(row.status),
        "way": str(row.way),
        "limit_kind": str(row.item.limit),
        "account_number": mask_account(numbers[account_id]),
        "account_status": account.status.value,
        "account_class": account.account_class.value,
        "frozen": account.frozen,
        "restricted_by": _told(account),
    }
    # Cards matter to what becomes of their account; an explanation or one card stands whatever is done about the others:
    # several things are proposed about a customer at once, and the first that is approved leaves the rest as it was.
    if row.way in _OF_CARDS and card is None:
        live = Card.objects.filter(account_id=account_id).exclude(status=CardStatus.CANCELLED)
        found["live_cards"] = live.count()
    if card is not None:
        found |= {"card_number": mask_card(card.number), "card_status": status_of(card, at).value}
    if row.way in _OF_MONEY:
        found |= {"balance_fen": account.balance_fen, "held_fen": account.held_fen, "cards": row.cards}
    if row.to_account_id is not None:
        to = look.at(row.to_account_id, at)
        found |= {
            "to_account_number": mask_account(numbers[row.to_account_id]),
            "to_account_status": to.status.value,
            "to_frozen": to.frozen,
            "to_restricted_by": _told(to),
        }
    if others:
        found["other_accounts"] = [mask_account(numbers[each]) for each in others]
    if row.undoes is not None:
        found |= {"undone_way": str(row.undoes.way), "undone": row.undoes.undone_at is not None}
    return found


def _told(account: PartyFacts) -> list[dict[str, Any]]:
    told = {(each.code, each.cause.value, rfc3339(each.until)) for each in account.restrictions}
    return [
        {"code": code, "cause": cause, "until": until}
        for code, cause, until in sorted(told, key=lambda each: tuple(map(str, each)))
    ]
