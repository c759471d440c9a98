"""The codes of the statement of an account (账户明细) and of the cancellation of a held transfer (撤销转账)."""

from collections.abc import Iterator

from django.urls import reverse

from accounts.desk.act_codes import Beginning, act_code, of_account
from accounts.queries.counter import AtCounter
from config.frames.desk.slips import NumberedSlip
from config.kernel.access.permissions import Permission
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text
from transfers.desk.lines import lines_of
from transfers.queries.board import held_of_accounts
from transfers.queries.listing import transfers_by_reference

#: The most held transfers that are offered.
_SHOWN = 20


def _held(found: AtCounter) -> Iterator[Beginning]:
    """Yield the transfers of a customer's accounts that can still be cancelled, the next due first."""
    held = held_of_accounts([each.id for each in found.accounts], limit=_SHOWN)
    for line in lines_of(held, found.overview.at):
        if line.cancellable:
            yield Beginning(
                name=f"{yuan_text(line.amount_fen)} → {line.payee.name or line.payee.bank}",
                number=line.payee.account_number,
                note=line.reference,
                url=reverse("desk:transfer-cancel", args=[line.id]),
            )


def _by_slip(reference: bytes) -> NumberedSlip | None:
    """Return the transfer with a number on its slip; its form says whether it can be cancelled."""
    found = transfers_by_reference(reference, most=2)
    if len(found) != 1:
        return None
    address = reverse("desk:transfer-cancel", args=[found[0].pk])
    return NumberedSlip(found[0].pk, str(_TITLE), found[0].accepted_at, address)


def _statements(found: AtCounter) -> Iterator[Beginning]:
    """Yield a customer's accounts, closed ones too."""
    for line in found.accounts:
        yield of_account(line, reverse("desk:statement", args=[line.id]), None)


_TITLE = Text("撤销转账", "Cancel a transfer")
ACT_CODES = (
    act_code(
        "1112", Text("账户明细", "Account statement"), "zhmx", Permission.VIEW_ACCOUNT, _statements,
        "对账单 dzd 流水 ls 明细 mx",
    ),
    act_code("2002", _TITLE, "cxzz", Permission.CANCEL_TRANSFER, _held, "撤销 撤单 cd", by_slip=_by_slip),
)  # fmt: skip
