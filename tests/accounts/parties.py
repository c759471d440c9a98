"""Account facts for tests of the rules, built without a database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from accounts.policy.facts import PartyFacts
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CustomerKind
from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import Act, RestrictionCause, RestrictionKind
from tests.clock import NOON

#: What a penalty stops under the measures of 2024, and under the instruments before: all of it.
OUT_ALONE = frozenset({Act.PAYMENT_OUT})
ALL = frozenset({Act.PAYMENT_OUT, Act.PAYMENT_IN, Act.PAYMENT_BALANCE_OUT})


def party(**more: Any) -> PartyFacts:
    """Return an individual's open Class II payment account with 100 fen, with changes."""
    facts: dict[str, Any] = {
        "account_id": UUID(int=1),
        "customer_id": UUID(int=2),
        "holder_kind": CustomerKind.INDIVIDUAL,
        "kind": AccountKind.PAYMENT,
        "account_class": AccountClass.II,
        "status": AccountStatus.OPEN,
        "balance_fen": 100,
        "held_fen": 0,
    }
    return PartyFacts(**(facts | more))


def own_bank_account(account: PartyFacts, **more: Any) -> PartyFacts:
    """Return a bank account of the same holder."""
    return replace(account, account_id=UUID(int=3), kind=AccountKind.BANK, restrictions=(), **more)


def suspended(
    cause: RestrictionCause = RestrictionCause.PENALTY, acts: frozenset[Act] = ALL
) -> tuple[Restriction, ...]:
    """Return a restriction of a payment account for one year."""
    return (
        Restriction(
            RestrictionKind.PAYMENT_BUSINESS_SUSPENDED,
            cause,
            None,
            starts_at=NOON,
            until=NOON + timedelta(days=365),
            certificate_id=UUID(int=9),
            acts=acts,
        ),
    )
