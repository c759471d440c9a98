"""Customers, accounts and cards in templates."""

from typing import Any

from django import template

from accounts.desk import words
from accounts.policy import opening
from accounts.vocabulary import AccountClass, AccountKind

register = template.Library()
register.filter("word_of", words.word_of)
register.filter("document_word", words.document_word)
register.filter("grouped", words.grouped)
register.filter("shortened", words.shortened)


@register.filter
def account_word(account: Any) -> str:
    """Show what an account is: its class, and that it is a payment account."""
    return words.account_word(account.kind, account.account_class)


@register.filter
def carries_cards(account: Any) -> bool:
    """Say whether an account can have cards."""
    return opening.carries_cards(AccountKind(account.kind), AccountClass(account.account_class))


@register.simple_tag
def classed(kind: str, account_class: str) -> str:
    """Show a class by its codes."""
    return words.account_word(kind, account_class)
