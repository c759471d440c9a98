"""Slips of cash by their number (流水号)."""

from django.urls import reverse

from accounts.till.queries.boxes import cash_numbered
from accounts.till.vocabulary import MovementKind
from config.frames.desk.slips import NumberedSlip
from config.kernel.law.money import yuan_text


def slips_numbered(reference: bytes) -> list[NumberedSlip]:
    """Return the movements of cash with a number, posted or proposed."""
    return [
        NumberedSlip(
            each.id,
            f"{MovementKind.word(each.kind)} {yuan_text(each.amount_fen)}",
            each.at,
            reverse("desk:cash-record", args=[each.id]),
        )
        for each in cash_numbered(reference)
    ]
