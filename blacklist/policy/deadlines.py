"""By when a certificate is decided (复核时限): it stops an account by one person's word, and lapses by itself no more."""

from datetime import datetime, timedelta


def due_at(made_at: datetime, hours: int) -> datetime:
    """Return the instant by which a certificate registered at another is to be decided.

    Nothing happens then but that it is overdue: what it stops stays stopped, and the bank is told.

    :param hours: elapsed ones, the bank's setting `BANK_CERTIFICATE_DUE_HOURS`.
    :source: house rule: 银发〔2016〕261号 一(二) sets no time, and a stop by one person is no longer than its review.
    """
    return made_at + timedelta(hours=hours)


def is_overdue(made_at: datetime, hours: int, at: datetime) -> bool:
    """Say whether a certificate that is undecided at an instant should have been decided: at the due instant it is."""
    return due_at(made_at, hours) <= at
