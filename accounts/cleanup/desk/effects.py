"""What an action would bring, as its page shows it before anything is submitted."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.cleanup.models import CleanupItem
from accounts.cleanup.policy.cases import DOWN_TO, OF_LIMIT
from accounts.cleanup.queries.effect import Effect, accounts_to_merge_into
from accounts.cleanup.queries.found import live_cards_of
from accounts.cleanup.vocabulary import CleanupWay
from accounts.models import Account
from accounts.vocabulary import account_text
from accounts.vocabulary.limits import CleanupLimit
from config.frames.desk.problems import PageProblem, problem_of
from config.kernel.identity.masking import mask_account
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.money import yuan_text
from config.kernel.law.text import text


@dataclass(frozen=True, slots=True)
class EffectShown:
    """An effect in words.

    :ivar lines: what it brings, a line each.
    :ivar under_way: transfers on hold that it touches.
    :ivar obstacle: what bars it as things stand.
    """

    lines: tuple[str, ...]
    under_way: tuple[str, ...]
    obstacle: PageProblem | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form of an action offers.

    :ivar cards: how many cards the account has that are not cancelled.
    """

    accounts: tuple[tuple[str, str], ...] = ()
    classes: tuple[tuple[str, str], ...] = ()
    cards: int = 0


def effect_shown(effect: Effect) -> EffectShown:
    """Return an effect as the page shows it."""
    return EffectShown(
        lines=tuple(effect.lines()),
        under_way=tuple(_under_way(effect)),
        obstacle=problem_of(effect.refusal) if effect.refusal else None,
    )


def choices_of(item: CleanupItem, way: CleanupWay) -> Choices:
    """Return what may be chosen for an item and a way; the rules judge what is chosen."""
    limit = CleanupLimit(item.limit)
    if way is CleanupWay.MERGE:
        return Choices(accounts=tuple(map(_account, accounts_to_merge_into(item))), cards=live_cards_of(item))
    if way is CleanupWay.DOWNGRADE and limit in DOWN_TO:
        to = DOWN_TO[limit]
        return Choices(classes=((to.value, str(account_text(OF_LIMIT[limit][0], to))),))
    return Choices()


def _account(row: Account) -> tuple[str, str]:
    kind = account_text(row.kind, row.account_class)
    yuan = yuan_text(row.balance_fen)
    number = mask_account(row.account_number)
    return str(row.id), text(f"{number} · {kind.zh} · 余额 {yuan} 元", f"{number} · {kind.en} · balance {yuan} yuan")


def _under_way(effect: Effect) -> Iterable[str]:
    for each in effect.under_way:
        yuan = yuan_text(each.amount_fen)
        due: Any = each.due_at and f"{each.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
        if each.incoming:
            yield text(f"待转入 {yuan} 元，到账时间 {due or '-'}", f"{yuan} yuan to it, due {due or '-'}")
        else:
            yield text(f"待转出 {yuan} 元，到账时间 {due or '-'}", f"{yuan} yuan from it, due {due or '-'}")
