"""A password that Django hashes anew at a sign-in, because the hasher's parameters have changed, is kept as a decision.

It is the same password in another form. The decision is written first: a process that ends between the two leaves a
decision of no effect, never a password without one.
"""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from config.desk.evidence import DecisionKind, Rule
from config.kernel.clock import bank_now
from config.kernel.decisions import deciding
from config.kernel.passwords import FACT, mark_of


def keep_rehashed(instance: User, update_fields: Collection[str] | None = None, **_: Any) -> None:
    """Keep that a password is about to be written in another form: a receiver of `pre_save`.

    Only then does Django save the password alone while it remembers none as new (`AbstractBaseUser.check_password`).
    """
    if update_fields is None or set(update_fields) != {"password"} or getattr(instance, "_password", None) is not None:
        return
    if not instance.has_usable_password():
        return
    with (
        transaction.atomic(),
        deciding(DecisionKind.REHASH_PASSWORD, principal=None, rule=Rule.PASSWORD_SHOWN) as decision,
    ):
        decision.at = bank_now()
        decision.facts = {"user": instance.get_username(), FACT: mark_of(instance)}
