"""Acts that are unavailable for a customer or an account, with one sentence that says why (暂不可办理)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from accounts.refusals.opening import DocumentExpired, IdentityUnderReview, OpeningBarred
from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import Act
from config.kernel.access.permissions import Permission

#: Refusals that depend on the customer alone: they refuse every account. A full limit and an absent guardian do not.
_OF_CUSTOMER = frozenset({OpeningBarred.code, IdentityUnderReview.code, DocumentExpired.code})
_CARD = "debit_card"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one product may be opened; if not, why, by which clause.

    :ivar note: which of its functions would be suspended from the start, where it may be opened.
    """

    product: str
    allowed: bool
    note: str = ""
    sentence: str = ""
    clause: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class VerdictGroup:
    """Products with one sentence: each allowed product alone, products refused for the same reason together."""

    products: tuple[str, ...]
    verdict: Verdict


def grouped(verdicts: Iterable[Verdict]) -> list[VerdictGroup]:
    """Return verdicts grouped so that no refusal is repeated, in their order."""
    groups: dict[tuple[str, ...], list[Verdict]] = {}
    for each in verdicts:
        key = (each.product,) if each.allowed else (each.sentence, each.clause, each.code)
        groups.setdefault(key, []).append(each)
    return [VerdictGroup(tuple(each.product for each in alike), alike[0]) for alike in groups.values()]


def unavailable_for_customer(verdicts: Sequence[Verdict]) -> dict[str, bool]:
    """Return the acts on a customer's page that would be refused whatever is entered, by the act's name.

    A bar on opening does not make 发卡 unavailable, because it allows cards that count towards no limit.
    """
    accounts = [each for each in verdicts if each.product != _CARD]
    card = next((each.code for each in verdicts if each.product == _CARD), "")
    return {
        Permission.OPEN_ACCOUNT.value: bool(accounts) and all(each.code in _OF_CUSTOMER for each in accounts),
        Permission.ISSUE_CARD.value: card in _OF_CUSTOMER - {OpeningBarred.code},
    }


def unavailable_for_account(
    *, blocked: bool, of_account: Collection[Restriction], of_holder: Collection[Restriction]
) -> dict[str, bool]:
    """Return the acts on an account's page that would be refused whatever is entered, by the act's name.

    :param blocked: nothing can be paid from it.
    :param of_account: the restrictions on it.
    :param of_holder: the restrictions of its holder, with a bar on opening.
    """
    stopped = {act for each in of_account for act in each.stopped}
    return {
        Permission.MAKE_TRANSFER.value: blocked,
        Permission.MOVE_CASH.value: stopped >= {Act.COUNTER_CASH_IN, Act.COUNTER_CASH_OUT},
        Permission.ISSUE_CARD.value: Act.ISSUE_CARD in stopped,
        Permission.ASK_CARD_EXCEPTION.value: any(each.stops(Act.ISSUE_CARD) for each in of_holder),
    }
