"""Who prints an account's opening form whole (开户申请书)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What the rule looks at.

    :ivar opened_on: the bank's day on which the account was opened.
    :ivar today: the bank's day.
    :ivar opened_by_caller: the caller opened the account.
    :ivar printed: the form was printed before.
    """

    opened_on: date
    today: date
    opened_by_caller: bool
    printed: bool


def may_take_form(facts: FormFacts) -> bool:
    """Say whether the form may be printed whole: once, on the day of the opening, by who opened the account."""
    return facts.opened_by_caller and facts.opened_on == facts.today and not facts.printed
