"""The back office's view of customers, accounts and cards."""

from accounts.admin import accounts, cards, cash, cleanup, customers, letters  # noqa: F401 - they register their tables
from config.frames.back_office.tables import show_proposed

show_proposed("accounts")
