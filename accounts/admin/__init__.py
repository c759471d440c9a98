"""The back office's view of customers, accounts and cards."""

from accounts.admin import accounts, cards, customers  # noqa: F401 - they register their tables
