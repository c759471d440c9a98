"""Customers, accounts and cards in templates."""

import re
from collections.abc import Iterable
from datetime import date
from importlib import import_module
from typing import Any

from django import template

from accounts import vocabulary
from accounts.policy import opening
from accounts.vocabulary import AccountClass, AccountKind, account_text, limits, losses, particulars
from blacklist.policy.restrictions import Restriction
from blacklist.queries.certificate_refs import CertifiedRestriction
from blacklist.vocabulary import RestrictionCause
from config.frames.desk.templatetags.desk import yuan
from config.kernel.law.ends import day_text
from config.kernel.law.text import Codes, Text, text
from config.kernel.requests.documents import document_word
from config.kernel.trail.decisions import kind_text
from config.kernel.wings import wings_of

_OF_WINGS = [import_module(f"{wing}.vocabulary") for wing in wings_of("accounts")]
#: The vocabularies that templates use, by name.
_VOCABULARIES: dict[str, type[Codes]] = {
    **{
        name: each
        for words in (vocabulary, limits, losses, particulars, *_OF_WINGS)
        for name, each in vars(words).items()
        if isinstance(each, type) and issubclass(each, Codes)
    },
    "RestrictionCause": RestrictionCause,
}
register = template.Library()
register.filter("document_word", document_word)
register.filter("kind_word", kind_text)


@register.filter
def word(code: Any, vocabulary_name: str) -> str:
    """Show a code of a vocabulary in words: `{{ card.status|word:"CardStatus" }}`."""
    return _VOCABULARIES[vocabulary_name].word(code)


@register.filter
def account_word(account: Any) -> str:
    """Show an account's class, and whether it is a payment account."""
    return str(account_text(account.kind, account.account_class))


@register.filter
def carries_cards(account: Any) -> bool:
    """Return whether an account can have cards."""
    return opening.carries_cards(AccountKind(account.kind), AccountClass(account.account_class))


@register.simple_tag
def classed(kind: str, account_class: str) -> str:
    """Show a class by its codes."""
    return str(account_text(kind, account_class))


@register.filter
def by_measure(restrictions: Iterable[CertifiedRestriction]) -> list[list[CertifiedRestriction]]:
    """Group restrictions of one measure and ground by several papers; in each group the one that ends last is first."""
    groups: dict[tuple[object, ...], list[CertifiedRestriction]] = {}
    for each in restrictions:
        of = each.restriction
        groups.setdefault((of.text, of.cause, of.grounds, of.goes_on, each.grace), []).append(each)
    return [sorted(group, key=lambda each: _latest_first(each.restriction)) for group in groups.values()]


@register.filter
def measures(restrictions: Iterable[Restriction]) -> list[Restriction]:
    """Return restrictions with each measure once, with its last end."""
    last_first = sorted(restrictions, key=_latest_first)
    return list({each.text: each for each in reversed(last_first)}.values())


def _latest_first(restriction: Restriction) -> tuple[bool, float]:
    until = restriction.until
    return until is not None, -until.timestamp() if until else 0


@register.filter
def validity(until: date | None) -> str:
    """Show until when a document is valid (有效期)."""
    return str(day_text(until)) if until else text("长期", "No expiry")


@register.filter
def grouped(number: str) -> str:
    """Show a number in groups of four, as a person reads it out."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


@register.filter
def shortened(masked: str) -> str:
    """Show a masked number with fewer stars, to fit the picture of a card."""
    return re.sub(r"\*+", " ···· ", masked)


@register.filter
def difference(fen: int) -> str:
    """Show in words how a count differs from the books: 长款, 短款, or neither."""
    if not fen:
        return str(Text("无", "None"))
    word = Text("长款", "over") if fen > 0 else Text("短款", "short")
    return f"{word!s} {yuan(abs(fen))}"
