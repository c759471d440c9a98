"""Kinds of approval in the import of stock."""

from accounts.stock.operations import KIND

KINDS = (KIND,)
