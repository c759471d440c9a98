"""Recorded rehashing: when the parameters of the hasher have changed, Django hashes a right password again.

The password is the same in another form. The decision is written first: a process that ends between the two
leaves a decision without effect, never a password without a decision. Other ways to save a password write no
such decision.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from config.frames.desk.evidence import DecisionKind, Rule
from config.kernel.access.passwords import FACT, mark_of
from config.kernel.database.clock import bank_now
from config.kernel.trail.decisions import deciding

_typed: ContextVar[bool] = ContextVar("password_typed", default=False)


@contextmanager
def password_typed() -> Iterator[None]:
    """Mark the check of a typed password; nothing else belongs in the block."""
    token = _typed.set(True)
    try:
        yield
    finally:
        _typed.reset(token)


def record_rehash(instance: User, update_fields: Collection[str] | None = None, **_: Any) -> None:
    """Record that a password is about to be rehashed; receiver of `pre_save`.

    Inside the block, only `AbstractBaseUser.check_password` saves a password, after it was right.
    """
    if not _typed.get() or update_fields is None or set(update_fields) != {"password"}:
        return
    with (
        transaction.atomic(),
        deciding(DecisionKind.REHASH_PASSWORD, principal=None, rule=Rule.PASSWORD_SHOWN) as decision,
    ):
        decision.at = bank_now()
        decision.facts = {"user": instance.get_username(), FACT: mark_of(instance)}
