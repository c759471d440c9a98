"""Slips of accounts and cards by their number (流水号); the wings add their own (`desk/slip_numbers.py`)."""

from collections.abc import Iterator
from itertools import chain

from django.urls import reverse

from accounts.queries.slip_numbers import close_outs_numbered, loss_reports_numbered
from accounts.vocabulary.losses import LossKind
from config.frames.desk.slips import NumberedSlip
from config.kernel.law.text import text
from config.kernel.wings import of_wings


def slips_numbered(reference: bytes) -> list[NumberedSlip]:
    """Return the loss receipts, close-outs and slips of the wings with a number."""
    wings = chain.from_iterable(find(reference) for find in of_wings("accounts", "desk.slip_numbers", "slips_numbered"))
    return [*_own(reference), *wings]


def _own(reference: bytes) -> Iterator[NumberedSlip]:
    for report in loss_reports_numbered(reference):
        title = text("挂失回执", "Loss receipt") + " · " + LossKind.word(report.kind)
        yield NumberedSlip(report.id, title, report.at, reverse("desk:loss-report", args=[report.id]))
    for row in close_outs_numbered(reference):
        title = text("支付账户余额转出", "Balance of a payment account moved out")
        yield NumberedSlip(row.id, title, row.asked_at, reverse("desk:close-out", args=[row.id]))
