"""The product's migrations of accounts, and a made-up one after them."""

import accounts.migrations

__path__ = [*__path__, *accounts.migrations.__path__]
