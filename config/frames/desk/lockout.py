"""Lockout of sign-ins: failures lock the sender's address first, and others cannot lock a known person out.

Five failures lock a name for addresses from which its person never signed in. For an address of an earlier
sign-in only its own failures count; for administrators this holds for every address. Records of sign-ins and
failures are never deleted (签到记录).
"""

from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from config.frames.desk.second_factors import forget_wrong_codes
from config.kernel.models import BudgetUse
from config.kernel.trail import budgets
from config.kernel.trail.budgets import Budget, OverBudget, Spending
from config.kernel.trail.trail import asker_of, network_of, signed_in_from
from config.kernel.vault.sealed import user_key

_PAIR = ["username", "ip_address"]
#: How long an address from which a person signed in counts as known.
KNOWN_FOR = timedelta(days=90)


def name_tried(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str | None:
    """Return the name under which failures are recorded (for axes): a user's name, or the key of another text.

    Another text may be a password or a number typed into the wrong field.
    """
    asked = credentials or (request.POST if request else {})
    typed: str | None = asked.get("username")
    if not typed or User.objects.filter(username=typed).exists():
        return typed
    return f"?{user_key(typed).hex()}"


def lockout_parameters(tried: Any, credentials: dict[str, Any] | None = None) -> list[Any]:
    """Return how failures are counted (for axes): by name and address, and for unknown addresses by name alone."""
    asked = isinstance(tried, HttpRequest)
    name = get_client_username(tried, credentials) if asked else tried.username
    person = User.objects.filter(username=name).values("pk", "is_superuser", "is_active").first() if name else None
    if person is None:
        return ["username", _PAIR]
    if person["is_superuser"] and person["is_active"]:
        return [_PAIR]
    address = asker_of(tried).address if asked else tried.ip_address
    return [_PAIR] if signed_in_from(person["pk"], address, within=KNOWN_FOR) else ["username", _PAIR]


def count_attempt(request: HttpRequest) -> None:
    """Count an attempt of an address to sign in, before anything is hashed.

    :raises OverBudget: after too many attempts within the minute, or failures within the hour.
    """
    tries = Spending(Budget.SIGN_INS, "minute", settings.SIGN_INS_PER_MINUTE)
    if wait := budgets.spend(asker_of(request).network, tries, _failures(take=0)):
        raise OverBudget(retry_after=wait)


def count_failure(request: HttpRequest) -> None:
    """Count a failed sign-in for its address."""
    budgets.spend(asker_of(request).network, _failures(take=1))


def enrolment_pause(request: HttpRequest) -> int:
    """Return the seconds in which this address may not try an enrolment code; 0 if it may."""
    return budgets.spend(asker_of(request).network, _enrolment_failures(take=0))


def count_wrong_enrolment(request: HttpRequest) -> None:
    """Count a wrong enrolment code for its address."""
    budgets.spend(asker_of(request).network, _enrolment_failures(take=1))


def unlock(name: str) -> int:
    """Unlock a name at once: delete its failures and the pause of the second factor.

    :returns: the number of deleted failure counts.
    """
    if user_id := User.objects.filter(username=name).values_list("pk", flat=True).first():
        forget_wrong_codes(user_id)
    return int(reset(username=name))


def unlock_address(address: str) -> None:
    """Unlock a network address at once: delete its failures and attempts."""
    reset(ip=address)
    tried = [
        f"{budget} {window}"
        for budget, window in (
            (Budget.SIGN_INS, "minute"),
            (Budget.SIGN_IN_FAILURES, "hour"),
            (Budget.ENROLMENT_FAILURES, "minute"),
        )
    ]
    BudgetUse.objects.filter(what__in=tried, who=network_of(address)).delete()


def _failures(*, take: int) -> Spending:
    return Spending(Budget.SIGN_IN_FAILURES, "hour", settings.SIGN_IN_FAILURES_PER_HOUR, take)


def _enrolment_failures(*, take: int) -> Spending:
    return Spending(Budget.ENROLMENT_FAILURES, "minute", settings.ENROLMENT_FAILURES_PER_MINUTE, take)


class PermanentRecords(AxesDatabaseHandler):
    """Axes handler that never deletes records; the original deletes the oldest beyond a number or an age."""

    def remove_out_of_limit_failure_logs(self, **_limits: object) -> int:
        return 0

    def reset_logs(self, **_limits: object) -> int:
        return 0

    def reset_failure_logs(self, **_limits: object) -> int:
        return 0
