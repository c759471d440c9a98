"""The warnings of fraud that the bank has chosen for each channel (`BANK_WARNINGS`)."""

from functools import cache

from django.conf import settings

from transfers.policy.fraud_warnings import FraudWarnings, fraud_warnings
from transfers.vocabulary import FraudKind


def warnings_at(channel: str) -> FraudWarnings:
    """Return the warnings that a channel shows now."""
    return _of_kinds(settings.WARNINGS[channel])


# Once per process: each accepted order asks for the version.
@cache
def _of_kinds(kinds: tuple[str, ...]) -> FraudWarnings:
    return fraud_warnings(map(FraudKind, kinds))
