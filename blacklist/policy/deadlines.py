"""Deadline for the decision about a certificate (复核时限); an undecided certificate never lapses."""

from datetime import datetime, timedelta


def due_at(made_at: datetime, hours: int) -> datetime:
    """Return the instant by which a certificate registered at a given instant must be decided.

    After it the certificate is overdue: its accounts stay stopped, and the bank is alerted.

    :param hours: elapsed hours, the bank's setting `BANK_CERTIFICATE_DUE_HOURS`.
    :source: house rule: 银发〔2016〕261号 一(二) sets no time limit. A stop by one person should last only until its review.
    """
    return made_at + timedelta(hours=hours)


def is_overdue(made_at: datetime, hours: int, at: datetime) -> bool:
    """Return whether a certificate undecided at an instant is past its deadline, the deadline included."""
    return due_at(made_at, hours) <= at
