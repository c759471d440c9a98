"""What an act will end of what stands against a customer, and what goes on all the same: told before it is decided."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.queries.course import Still, course_of
from accounts.refusals.restricted import also_text
from blacklist.vocabulary import RestrictionCause
from config.kernel.law.text import text

#: What is told of it, as facts of a proposal: what ends, what goes on.
ENDS, GOES_ON = "ends", "goes_on"


def after_reverification(customer_id: UUID, at: datetime) -> dict[str, str]:
    """Return what of a customer's restrictions a re-verification ends, and what goes on; a line each.

    :source: 银发〔2016〕261号 一(二), from 2017-01-01: it ends what the holder of a case account suffers, nothing else.
    """
    standing = course_of(customer_id).standing(at)
    lifted = [each for each in standing if each["cause"] == RestrictionCause.CASE_HOLDER]
    return {ENDS: _lines(lifted), GOES_ON: _lines(each for each in standing if each not in lifted)}


def after_freeze_lift(customer_id: UUID, freeze_id: UUID, at: datetime) -> dict[str, str]:
    """Return what still stands against a customer and any account of theirs without one freeze; a line each."""
    return {GOES_ON: _lines(course_of(customer_id).standing(at, but=freeze_id))}


def _lines(found: Iterable[Still]) -> str:
    return "\n".join(str(also_text(each)) for each in found) or text("无", "None")
