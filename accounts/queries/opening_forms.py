"""What decides on the print of an account's opening form (开户申请书)."""

from django.db.models import QuerySet

from accounts.models import Account
from accounts.policy.opening import FormFacts
from accounts.vocabulary import DecisionKind
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day
from config.kernel.models import Decision, Outcome
from config.kernel.trail.unmasking import was_unmasked


def opened_by(account: Account) -> str:
    """Return the name of whoever opened an account, empty where it came with the existing data."""
    found = _openings(account).values_list("principal__name", flat=True).first()
    return str(found or "")


def form_facts(principal: Caller, account: Account) -> FormFacts:
    """Return the facts on whether the caller may print an account's form now."""
    opened = _openings(account).filter(principal_id=principal.id)
    return FormFacts(
        opened_on=shanghai_day(account.opened_at),
        today=shanghai_day(bank_now()),
        opened_by_caller=opened.exists(),
        printed=was_unmasked(account.id),
    )


def _openings(account: Account) -> QuerySet[Decision]:
    return Decision.objects.filter(object_id=account.id, kind=DecisionKind.OPEN_ACCOUNT, outcome=Outcome.ALLOWED)
