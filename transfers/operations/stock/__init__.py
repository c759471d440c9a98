"""Held transfers as a sheet of the stock (在途转账): accepted before the take-over, not yet arrived."""

from datetime import timedelta

from django.conf import settings

from accounts.stock.operations import StockSheet
from config.kernel.intake.tables.cells import Cells
from transfers.operations.stock import rows, staged_rows
from transfers.vocabulary import HELD_TRANSFERS, AtmProfile


def _rule(cells: Cells) -> None:
    rows.check_held_transfer(cells, bank_terms())


def bank_terms() -> rows.BankTerms:
    """Return the bank's settings that decide when a transfer arrives."""
    return rows.BankTerms(
        AtmProfile(settings.ATM_RULE_PROFILE),
        timedelta(seconds=settings.ORDINARY_ARRIVAL_SECONDS),
        settings.BANK_CODE,
    )


SHEET = StockSheet(
    name="held_transfers",
    text=HELD_TRANSFERS,
    columns=rows.COLUMNS,
    rule=_rule,
    stage=rows.stage_held_transfer,
    table="transfers_stagedtransfer",
    staged=rows.STAGED,
    checks=staged_rows.CHECKS,
    known=staged_rows.KNOWN,
    reviews=staged_rows.REVIEWS,
    apply=staged_rows.write_held_transfers,
    order=60,
    amount="amount_fen",
)
