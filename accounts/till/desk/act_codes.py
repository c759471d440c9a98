"""Codes of cash at the counter: deposit, withdrawal and reversal."""

from collections.abc import Iterator

from django.urls import reverse

from accounts.desk.act_codes import Beginning, act_code, on_accounts
from accounts.policy.facts import PartyFacts
from accounts.policy.money import cash_in, cash_out, check_debit, check_deposit
from accounts.queries.counter import AtCounter
from accounts.till.queries.boxes import cash_numbered, movements_to_reverse
from accounts.till.vocabulary import MovementKind
from accounts.vocabulary import Channel
from config.frames.desk.slips import NumberedSlip
from config.kernel.access.permissions import Permission
from config.kernel.identity.masking import mask_account
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text


def _check_in(party: PartyFacts) -> None:
    check_deposit(party, cash_in(party, Channel.COUNTER))


def _check_out(party: PartyFacts) -> None:
    check_debit(party, cash_out(party, Channel.COUNTER))


def _reversible(found: AtCounter) -> Iterator[Beginning]:
    """Yield today's movements of cash that may be reversed, the newest first."""
    accounts = {each.id: each for each in found.accounts}
    for movement in movements_to_reverse(accounts, found.overview.at):
        yield Beginning(
            name=f"{MovementKind.word(movement.kind)} {yuan_text(abs(movement.amount_fen))}",
            number=mask_account(accounts[movement.account_id].account_number),
            note=f"{movement.at.astimezone(SHANGHAI):%H:%M:%S}",
            url=reverse("desk:cash-reverse", args=[movement.id]),
        )


def _by_slip(reference: bytes) -> NumberedSlip | None:
    """Return the movement with a number on its slip; its form says whether it may be reversed."""
    found = cash_numbered(reference)
    if len(found) != 1:
        return None
    address = reverse("desk:cash-reverse", args=[found[0].id])
    return NumberedSlip(found[0].id, MovementKind.word(found[0].kind), found[0].at, address)


ACT_CODES = (
    act_code(
        "2101", Text("现金存入", "Cash deposit"), "xjcr", Permission.MOVE_CASH,
        on_accounts("desk:cash", _check_in, query="?way=deposit"), "现金 xj 存款 ck 存钱",
    ),
    act_code(
        "2102", Text("现金支取", "Cash withdrawal"), "xjzq", Permission.MOVE_CASH,
        on_accounts("desk:cash", _check_out, query="?way=withdrawal"), "现金 xj 取款 qk 取钱 取现 qx",
    ),
    act_code(
        "2109", Text("现金抹账", "Reverse a cash transaction"), "xjmz", Permission.KEEP_CASH_BOX, _reversible,
        "抹账 mz 冲正 cz 现金 xj", by_slip=_by_slip,
    ),
)  # fmt: skip
