"""The code of the cancellation of a held transfer (撤销转账)."""

from collections.abc import Iterator

from django.urls import reverse

from accounts.desk.act_codes import Beginning, act_code
from accounts.queries.counter import AtCounter
from config.kernel.access.permissions import Permission
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text
from transfers.desk.lines import lines_of
from transfers.queries.board import held_of_accounts

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


ACT_CODES = (
    act_code("2002", Text("撤销转账", "Cancel a transfer"), "cxzz", Permission.CANCEL_TRANSFER, _held, "撤销", "撤单", "cd"),
)  # fmt: skip
